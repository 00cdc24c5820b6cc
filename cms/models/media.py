"""A media file: bytes kept once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import JSON, BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cms.models.base import Base, Timestamped, UtcDateTime

if TYPE_CHECKING:
    from cms.models.content import Attachment

DIGEST_LENGTH = 64


class MediaFault(StrEnum):
    """What the last look at a stored file has found wrong with it."""

    MISSING = "missing"
    DAMAGED = "damaged"


class MediaFile(Timestamped, Base):
    """Bytes on disk under their digest (BLAKE3, 256 bits, hexadecimal). Many items may show the same one.

    ``verified_at`` is when the stored bytes were last hashed again, ``fault`` what was wrong with them then.
    ``unreferenced_since`` is when they were first seen to be shown nowhere: after a grace period they may go.
    The columns from ``container`` to ``warnings`` are those of :class:`cms.media.probe.Probe`; ``playable`` is null
    for what is no audio or video, and where it was not looked at yet. ``probe_version`` says by which rules it was.
    """

    __tablename__ = "media_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH), unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    mime_type: Mapped[str] = mapped_column(String(100))
    path: Mapped[str] = mapped_column(String(500), unique=True)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    fault: Mapped[str | None] = mapped_column(String(20))
    unreferenced_since: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    container: Mapped[str | None] = mapped_column(String(20))
    video_codec: Mapped[str | None] = mapped_column(String(40))
    audio_codec: Mapped[str | None] = mapped_column(String(40))
    duration: Mapped[float | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    playable: Mapped[bool | None]
    unplayable: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    warnings: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    probe_version: Mapped[int | None] = mapped_column(index=True)

    attachments: Mapped[list[Attachment]] = relationship(back_populates="media_file", passive_deletes="all")

    __table_args__ = (
        # The library: the newest first, of some days, of one type.
        Index("ix_media_file_created_at", "created_at", "id"),
        Index("ix_media_file_mime_type", "mime_type", "id"),
        {"sqlite_autoincrement": True},
    )

    @property
    def url_path(self) -> str:
        """Its address on the site, not percent-encoded."""
        return url_path(self.path)

    def __str__(self) -> str:
        return self.path.rsplit("/", 1)[-1]


class FolderMark(Base):
    """The mark that a folder of files has (``MEDIA_ROOT``, ``STAGING_ROOT``): see :mod:`cms.media.folder_marks`."""

    __tablename__ = "folder_mark"

    folder: Mapped[str] = mapped_column(String(20), primary_key=True)
    mark: Mapped[str] = mapped_column(String(32))


def url_path(path: str) -> str:
    """Where the site has the media file that is stored under ``path``, not percent-encoded."""
    return f"/media/{path}"
