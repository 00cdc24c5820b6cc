"""Media files, each stored once, and uploads. An upload's row is also the outbox from which its task is sent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ColumnElement, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from cms.accounts.audit import Audited
from cms.database import (
    SEARCH_KEY,
    TITLE_LENGTH,
    Base,
    Leased,
    Timestamped,
    Trashable,
    UtcDateTime,
    Versioned,
    key_starts_with,
    search_key,
)
from cms.media.storage.names import is_private

DIGEST_LENGTH = 64
#: Longer than Python's longest encoding name.
ENCODING_LENGTH = 40
#: The most characters of an alternative text and of a credit.
ALT_LENGTH, CREDIT_LENGTH = 500, 255


class MediaFault(StrEnum):
    """What the last check of a stored file found wrong with it."""

    MISSING = "missing"
    DAMAGED = "damaged"


class MediaFile(Versioned, Trashable, Timestamped, Base):
    """Bytes on disk under their digest (BLAKE3, 256 bits, hexadecimal). Many items may show the same file.

    ``verified_at`` is when the stored bytes were last hashed again. ``fault`` is what was wrong with them then.
    ``unreferenced_since`` is when they were first found unreferenced: after a grace period they may be removed.
    The columns from ``container`` to ``facts`` are those of :class:`cms.media.probe.Probe`. ``playable`` is null
    if the file is no audio or video, or not probed yet. ``probe_version`` is the version of the rules applied.
    ``derived`` has the derived files that pages show, by JSON field. ``recipes_seen`` identifies the recipes whose rows
    were added (:mod:`cms.media.derivatives.deriving`).

    In the trash (``deleted_at``) it keeps its uses, but nobody sees it there: :mod:`cms.pages.file_trash`.

    ``title``, ``alt`` and ``credit`` are an editor's; ``version`` is theirs. Items that show the file have its
    alternative text and its credit where they have none of their own.
    """

    __tablename__ = "media_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH), unique=True)
    size: Mapped[int] = mapped_column(BigInteger, index=True)
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
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    probe_version: Mapped[int | None] = mapped_column(index=True)
    derived: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    recipes_seen: Mapped[str | None] = mapped_column(String(16), index=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="", server_default="")
    alt: Mapped[str] = mapped_column(String(ALT_LENGTH), default="", server_default="")
    credit: Mapped[str] = mapped_column(String(CREDIT_LENGTH), default="", server_default="")

    __table_args__ = (
        # For the library: newest first, by day, and by type.
        Index("ix_media_file_created_at", "created_at", "id"),
        Index("ix_media_file_mime_type", "mime_type", "id"),
        {"sqlite_autoincrement": True},
    )

    @property
    def url_path(self) -> str:
        """Its address on the site, not percent-encoded. There is none for a private file."""
        return url_path(self.path)

    @property
    def tagged_title(self) -> str | None:
        """The title in the file's own tags."""
        title: str | None = (self.facts or {}).get("tags", {}).get("title")
        return title

    @property
    def is_private(self) -> bool:
        """Whether only editors get it."""
        return is_private(self.path)

    @property
    def filename(self) -> str:
        """The last part of its address."""
        return self.path.rsplit("/", 1)[-1]

    def __str__(self) -> str:
        return self.title or self.filename


class Original(Base):
    """An uploaded picture from which private metadata was removed (:mod:`cms.media.metadata`): ``media_file``.

    ``shown`` is what visitors get in its place. Several originals may differ in their metadata alone. When ``shown`` is
    removed, so is this row: then the original is unreferenced.
    """

    __tablename__ = "original"

    media_file_id: Mapped[int] = mapped_column(ForeignKey("media_file.id", ondelete="RESTRICT"), primary_key=True)
    shown_id: Mapped[int] = mapped_column(ForeignKey("media_file.id", ondelete="CASCADE"), index=True)

    media_file: Mapped[MediaFile] = relationship(foreign_keys=media_file_id)
    shown: Mapped[MediaFile] = relationship(foreign_keys=shown_id)


class UploadStatus(StrEnum):
    """Where an upload stands; the last two are final.

    ``receiving`` is before all others, and only of resumable uploads (:mod:`cms.media.receiving`): no worker may have
    them yet. Uploads in a form are ``pending`` at once.
    """

    RECEIVING = "receiving"
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Upload(Audited, Leased, Base):
    """One file sent by an editor.

    ``staged_name`` names the bytes in the staging folder; they stay there until the upload is final, and after
    a failure that is not the file's fault (``can_retry``). ``filename_key`` is the search key of the file name.
    ``encoding`` is the editor's choice for subtitles; without it the encoding is detected.
    ``reason`` is an English sentence with ``%(name)s`` placeholders for ``reason_values``, so it can be shown in
    the editor's language.

    ``owner`` is the e-mail address of the editor who sends the file, also when there is no such account any more; null
    for what was uploaded before that was noted. Nobody else may continue a resumable upload. ``expires_at`` is until
    when it may be continued; null once the file is whole. ``made_item`` tells that the item was made for this file, and
    goes if the upload is cancelled.
    """

    __tablename__ = "upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("content_item.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(String(50))
    slot: Mapped[str] = mapped_column(String(50))
    filename: Mapped[str] = mapped_column(String(255))
    filename_key: Mapped[str | None] = mapped_column(SEARCH_KEY, index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    staged_name: Mapped[str | None] = mapped_column(String(100), index=True)
    reason: Mapped[str | None] = mapped_column(String(500))
    reason_values: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    can_retry: Mapped[bool] = mapped_column(default=False, server_default=false())
    media_file_id: Mapped[int | None] = mapped_column(ForeignKey("media_file.id", ondelete="SET NULL"), index=True)
    # The column keeps its old name: the previous release uses it, too.
    is_duplicate: Mapped[bool | None] = mapped_column("was_folded")
    encoding: Mapped[str | None] = mapped_column(String(ENCODING_LENGTH))
    owner: Mapped[str | None] = mapped_column(String(255))
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_item: Mapped[bool] = mapped_column(default=False, server_default=false())

    media_file: Mapped[MediaFile | None] = relationship()

    __table_args__ = (
        Index("ix_upload_status", "status", "id"),
        Index("ix_upload_owner", "owner", "media_file_id"),
        {"sqlite_autoincrement": True},
    )
    UNAUDITED = frozenset(
        {"filename_key", "next_send_at", "lease_token", "lease_until", "due_at", "can_retry", "owner"}
    )

    @validates("filename")
    def _keep_filename_key(self, _name: str, filename: str) -> str:
        self.filename_key = search_key(filename)
        return filename

    @classmethod
    def filename_starts_with(cls, prefix: str) -> ColumnElement[bool]:
        """A condition for uploads whose file names begin with ``prefix``, in any case and alphabet, from the index."""
        return key_starts_with(cls.filename_key, prefix)

    def __str__(self) -> str:
        return self.filename


class FolderMark(Base):
    """The mark of a folder of files (``MEDIA_ROOT``, ``STAGING_ROOT``): see :mod:`cms.media.folder_marks`."""

    __tablename__ = "folder_mark"

    folder: Mapped[str] = mapped_column(String(20), primary_key=True)
    mark: Mapped[str] = mapped_column(String(32))


def url_path(path: str) -> str:
    """The URL path of the media file stored under ``path``, not percent-encoded."""
    return f"/media/{path}"
