"""Files from a folder as uploads: into the library, or as items on a page. What is there already is passed over.

Functions here flush and never commit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from cms.cleaning import title_of
from cms.media import mediatypes
from cms.media.digest import file_digest
from cms.media.families import family_of
from cms.media.models import MediaFile, Original, Upload, UploadStatus
from cms.media.storage.staging import StagedFile, Staging, TooLarge
from cms.messages import N_, InvalidInput
from cms.pages import attachments, room
from cms.pages.models import Attachment, ContentItem, Page, kinds
from cms.pages.pages import next_order, slug_for

_ON_THEIR_WAY = (UploadStatus.PENDING, UploadStatus.PROCESSING)
#: How many bytes are copied at once.
PART = 2**20


@dataclass(frozen=True)
class Found:
    """A file in the folder: its path, the folder's name under which it lies, and its size."""

    path: Path
    folder: str
    size: int

    @property
    def name(self) -> str:
        """Its name. What is no UTF-8 in it is replaced."""
        return os.fsencode(self.path.name).decode(errors="replace")


def files(root: Path) -> Iterator[Found]:
    """The files in a folder and in those below it, by name. Hidden ones and links are left out."""
    for folder, below, names in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield Found(path, os.fsencode(Path(folder).name).decode(errors="replace"), path.stat().st_size)


def known(session: Session, file: Found) -> MediaFile | None:
    """The media file with these bytes that visitors get, if they are stored already."""
    stored = session.scalar(
        select(MediaFile).where(MediaFile.digest == file_digest(file.path), MediaFile.fault.is_(None))
    )
    if stored is not None and stored.is_private:  # a picture that visitors get without its private metadata
        stored = session.scalar(
            select(MediaFile)
            .join(Original, Original.shown_id == MediaFile.id)
            .where(Original.media_file_id == stored.id)
        )
    if stored is None:  # subtitles are stored as WebVTT, so that their bytes are others
        same = select(Upload.media_file_id).where(Upload.filename == file.name, Upload.size == file.size)
        stored = session.scalar(select(MediaFile).where(MediaFile.id.in_(same), MediaFile.mime_type == "text/vtt"))
    return stored


def is_on_its_way(session: Session, file: Found, page: Page | None) -> bool:
    """Whether an earlier run has left an upload of this file that a worker will carry out."""
    same = (Upload.filename == file.name, Upload.size == file.size, Upload.status.in_(_ON_THEIR_WAY))
    place = Upload.kind == attachments.LIBRARY
    if page is not None:
        place = Upload.item_id.in_(select(ContentItem.id).where(ContentItem.page_id == page.id))
    return bool(session.scalar(select(exists().where(*same, place))))


def is_shown_on(session: Session, page: Page, media_file: MediaFile) -> bool:
    """Whether an item of the page shows a media file."""
    items = select(ContentItem.id).where(ContentItem.page_id == page.id, ContentItem.deleted_at.is_(None))
    shown = exists().where(Attachment.item_id.in_(items), Attachment.media_file_id == media_file.id)
    return bool(session.scalar(select(shown)))


def family(file: Found) -> str:
    """The family of a file.

    Raises:
        InvalidInput: it is of none.
        OSError: it cannot be read.
    """
    if not file.size:
        raise InvalidInput(N_("The file is empty."))
    found = mediatypes.family_at(file.path)
    if found is None:
        raise InvalidInput(N_("The file's contents are not of a supported type, whatever its name says."))
    return found


def kind_for(family: str) -> type[ContentItem]:
    """The kind of items that show one file of that family.

    Raises:
        InvalidInput: there is none.
    """
    for kind in kinds():
        if kind.slots and kind.slots[0].accepts == family and not kind.slots[0].many:
            return kind
    raise InvalidInput(N_("Files of this kind are no items of their own. Import them into the library."))


def page_titled(session: Session, title: str) -> tuple[Page, bool]:
    """The page with that title, and whether it is new: then it is a draft."""
    page = session.scalar(select(Page).where(Page.title == title, Page.deleted_at.is_(None)))
    if page is not None:
        return page, False
    page = Page(title=title, slug=slug_for(session, title), is_published=False)
    session.add(page)
    session.flush()
    return page, True


def item_for(session: Session, page: Page, family: str, file: Found) -> ContentItem:
    """A new item at the end of the page, for a file of that family."""
    kind = kind_for(family)
    room.check(session, page.id)
    item = kind(page=page, title=title_of(file.name), order=next_order(session, page.id))
    session.add(item)
    session.flush()
    return item


def show(session: Session, item: ContentItem, media_file: MediaFile) -> None:
    """Have a new item show what is stored already."""
    if family_of(media_file) != item.slots[0].accepts:
        raise InvalidInput(N_("The file's contents are not of a supported type, whatever its name says."))
    item.attachments[item.slots[0].name] = Attachment(slot=item.slots[0].name, media_file=media_file)
    session.flush()


def staged(staging: Staging, file: Found, limit: int) -> StagedFile:
    """A copy of the file in the staging folder, made in parts.

    Raises:
        InvalidInput: it is larger than uploads may be.
        OSError: it cannot be read, or there is no room.
    """
    copy = staging.receive(limit)
    try:
        with file.path.open("rb") as source:
            while part := source.read(PART):
                copy.write(part)
    except TooLarge:
        copy.discard()
        too_large = N_("The file is too large: at most %(limit)g MB is allowed.")
        raise InvalidInput(too_large, limit=limit / 2**20) from None
    except BaseException:
        copy.discard()
        raise
    return copy
