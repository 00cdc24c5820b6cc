"""The table of revisions: how pages were, with all that was on them."""

from __future__ import annotations

import zlib
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, select
from sqlalchemy.orm import Mapped, mapped_column

from cms.database import TITLE_LENGTH, Base, UtcDateTime, now
from cms.media import references
from cms.media.models import MediaFile, Upload
from cms.pages import snapshots
from cms.pages.snapshots import PageSnapshot


class Revision(Base):
    """A page at one moment, after an editor had changed it.

    ``content`` is the compressed JSON of :mod:`cms.pages.snapshots`, and ``digest`` is that of the JSON. ``editor`` is
    an e-mail address; null if nobody did anything: for the state in which a page was found before its first revision,
    and for what the schedule does. ``action`` is what the editor did, and ``subject`` is the title of the page or the
    item that it was done to. ``seen_before`` is there if visitors see something else from then on: the id of the
    revision that they saw before, or 0 if that was the page itself, or nothing.
    """

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    editor: Mapped[str | None] = mapped_column(String(255))
    action: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    seen_before: Mapped[int | None]

    __table_args__ = (
        Index("ix_revision_page", "page_id", "id"),
        {"sqlite_autoincrement": True},
    )

    @property
    def snapshot(self) -> PageSnapshot:
        """What the revision has kept."""
        return snapshots.read(zlib.decompress(self.content))


class RevisionFile(Base):
    """A media file that a revision names, or an upload whose file it will name. Such files are kept for a while.

    There are no foreign keys. To check them would lock media files and uploads after the page, and workers lock them
    before. A file may be removed at the very moment at which a revision names it; then it is gone.
    """

    __tablename__ = "revision_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id", ondelete="CASCADE"), index=True)
    media_file_id: Mapped[int | None] = mapped_column(index=True)
    upload_id: Mapped[int | None] = mapped_column(index=True)


references.refer(
    select(RevisionFile.id).where(RevisionFile.media_file_id == MediaFile.id).correlate(MediaFile).exists()
)
references.refer(
    select(RevisionFile.id)
    .join(Upload, Upload.id == RevisionFile.upload_id)
    .where(Upload.media_file_id == MediaFile.id)
    .correlate(MediaFile)
    .exists()
)
