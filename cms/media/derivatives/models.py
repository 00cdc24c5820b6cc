"""The table of derivatives: those to be made, those being made, and those that are ready."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cms.database import Base, Leased, UtcDateTime
from cms.media.models import MediaFile

#: The extensions and MIME types of derived files.
TYPES = {
    "jpg": "image/jpeg",
    "json": "application/json",
    "m3u8": "application/vnd.apple.mpegurl",
    "m4a": "audio/mp4",
    "m4s": "video/mp4",
    "mp4": "video/mp4",
    "vtt": "text/vtt",
    "webp": "image/webp",
}


#: The path of a derived file: folders, recipe, version, row, token, name.
PATH = re.compile(
    r"[0-9a-f]{2}/[0-9a-f]{12}/[a-z-]+-\d+-(?P<row>\d+)-(?P<token>[0-9a-f]{16})-(?P<name>[\w-]+)\.(?P<extension>[a-z0-9]+)"
)


class DerivedFile(TypedDict):
    """One file of a derivative.

    ``path`` is its path in the store of derived files. Width and height are in pixels. ``about`` is what else its
    recipe says about it.
    """

    path: str
    mime_type: str
    size: int
    width: int | None
    height: int | None
    about: NotRequired[dict[str, Any]]


class DerivativeStatus(StrEnum):
    """The status of a derivative. The last three are final."""

    PENDING = "pending"
    PROCESSING = "processing"
    READY = "ready"
    SKIPPED = "skipped"
    FAILED = "failed"


#: The statuses of a derivative that is waiting or being made.
UNFINISHED = (DerivativeStatus.PENDING, DerivativeStatus.PROCESSING)


_IS_TRANSCRIPT = text("recipe = 'transcript'")


class Derivative(Leased, Base):
    """What one version of a recipe makes from one media file.

    ``files`` are the files in use. While the derivative is made again, they are those made before. ``size`` is
    the sum of their sizes in bytes. ``progress`` is in percent, and ``started_at`` is when the last work on it began.
    ``facts`` is what the recipe says about its work. ``reason`` is a sentence like that of an upload.
    """

    __tablename__ = "derivative"

    id: Mapped[int] = mapped_column(primary_key=True)
    media_file_id: Mapped[int] = mapped_column(ForeignKey("media_file.id", ondelete="CASCADE"))
    recipe: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    progress: Mapped[int] = mapped_column(default=0, server_default="0")
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    files: Mapped[list[DerivedFile] | None] = mapped_column(JSON(none_as_null=True))
    size: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str | None] = mapped_column(String(500))
    reason_values: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    media_file: Mapped[MediaFile] = relationship()

    __table_args__ = (
        UniqueConstraint("media_file_id", "recipe", "version"),
        Index("ix_derivative_status", "status", "id"),
        # Transcripts, which an editor reads: few of all derivatives.
        Index("ix_derivative_transcript", "id", sqlite_where=_IS_TRANSCRIPT, postgresql_where=_IS_TRANSCRIPT),
        {"sqlite_autoincrement": True},  # file names contain the id, so ids are never reused
    )


class ChosenPoster(Base):
    """An editor's choice of a media file's poster: a moment in seconds, or a picture of their own (WebP)."""

    __tablename__ = "chosen_poster"

    media_file_id: Mapped[int] = mapped_column(
        ForeignKey("media_file.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    second: Mapped[float | None]
    picture: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


def url_path(path: str) -> str:
    """The site's path for the derived file that is stored under ``path``."""
    return f"/derived/{path}"
