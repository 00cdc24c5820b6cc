"""Files from a folder as uploads: into the library, or as items on a page. What is there already is passed over.

Subtitles go to the film or the recording beside them. Functions here flush and never commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath, PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.cleaning import clean_line, title_of
from cms.database import TITLE_LENGTH
from cms.media import folders, mediatypes
from cms.media.digest import file_digest
from cms.media.folders import Found
from cms.media.models import MediaFile, Upload, UploadStatus
from cms.media.storage.staging import StagedFile, Staging
from cms.messages import N_, InvalidInput
from cms.pages import attachments, room
from cms.pages.models import Attachment, ContentItem, Page, kinds
from cms.pages.pages import next_order, slug_for

#: How many titles one query asks for.
BATCH = 500

_ON_THEIR_WAY = (UploadStatus.PENDING, UploadStatus.PROCESSING)


@dataclass
class Planned:
    """A page for the files of a folder: their paths by their places in the list, in the order of the items."""

    title: str
    is_new: bool
    files: list[int] = field(default_factory=list)


def planned(session: Session, paths: Sequence[str]) -> list[Planned]:
    """The pages for files with these paths, whose folders are separated by slashes.

    Hidden files, and those that are in no folder, are left out.
    """
    names: dict[PurePosixPath, dict[str, int]] = {}
    for place, path in enumerate(map(PurePosixPath, paths)):
        if not any(part.startswith(".") for part in path.parts):
            names.setdefault(path.parent, {})[path.name] = place
    pages: dict[str, Planned] = {}
    for folder in sorted(names, key=lambda folder: [folders.natural(part) for part in folder.parts]):
        if title := title_of_folder(folder.name):
            page = pages.setdefault(title, Planned(title, is_new=True))
            page.files += [names[folder][name] for name in folders.in_order(names[folder])]
    titles = list(pages)
    for start in range(0, len(titles), BATCH):
        is_asked = Page.title.in_(titles[start : start + BATCH])
        there = select(Page.title).where(is_asked, Page.deleted_at.is_(None))
        for title in session.scalars(there):
            pages[title].is_new = False
    return list(pages.values())


class Beside:
    """The items of a run by the names of their files, so that subtitles find what they belong to."""

    def __init__(self) -> None:
        self._items: dict[tuple[PurePath, str], int] = {}  # by folder and name without its end

    def note(self, path: PurePath, item_id: int) -> None:
        """Remember that an item shows the file at this path."""
        self._items[path.parent, path.stem] = item_id

    def item_of(self, path: PurePath) -> tuple[int | None, bool]:
        """The item of the file beside the subtitles at this path, and whether they are called like it alone.

        ``a.mp4`` is beside ``a.srt``, which is called like it alone, and beside ``a.en.srt``.
        """
        stem = path.stem
        names = (stem.rsplit(".", ends)[0] for ends in range(stem.count(".") + 1))
        found = next((item for name in names if (item := self._items.get((path.parent, name)))), None)
        return found, (path.parent, stem) in self._items


def beside_on(session: Session, page: Page) -> Beside:
    """The items of a page by the names of the files that were uploaded for them."""
    mine = (ContentItem.page_id == page.id, ContentItem.deleted_at.is_(None))
    uploads = select(Upload.filename, Upload.item_id).join(ContentItem, ContentItem.id == Upload.item_id).where(*mine)
    beside = Beside()
    for name, item_id in session.execute(uploads.order_by(Upload.id)).tuples():
        if item_id is not None and not mediatypes.is_named_subtitles(name):
            beside.note(PurePath(name), item_id)
    return beside


def on_its_way(
    session: Session, staging: Staging, file: Found, page: Page | None, staged: StagedFile | None
) -> Upload | None:
    """An upload of these bytes that an earlier run has left, and that a worker will carry out."""
    same = (Upload.filename == file.name, Upload.size == file.size, Upload.status.in_(_ON_THEIR_WAY))
    place = Upload.kind == attachments.LIBRARY
    if page is not None:
        place = Upload.item_id.in_(select(ContentItem.id).where(ContentItem.page_id == page.id))
    waiting = session.scalars(select(Upload).where(*same, place)).all() if staged is not None else ()
    mine = file_digest(staged.path) if staged is not None and waiting else ""
    return next((upload for upload in waiting if _staged_digest(staging, upload) == mine), None)


def _staged_digest(staging: Staging, upload: Upload) -> str | None:
    try:
        return file_digest(staging.path(upload.staged_name or ""))
    except OSError:  # a worker has completed it meanwhile
        return None


def showing(session: Session, page: Page, media_file: MediaFile) -> ContentItem | None:
    """The item of the page that shows a media file."""
    shown = select(Attachment.item_id).where(Attachment.media_file_id == media_file.id)
    mine = (ContentItem.page_id == page.id, ContentItem.deleted_at.is_(None), ContentItem.id.in_(shown))
    return session.scalar(select(ContentItem).where(*mine).order_by(ContentItem.id).limit(1))


def kind_for(family: str) -> type[ContentItem]:
    """The kind of items that show one file of that family.

    Raises:
        InvalidInput: there is none.
    """
    for kind in kinds():
        if kind.slots and kind.slots[0].accepts == family and not kind.slots[0].many:
            return kind
    raise InvalidInput(N_("Files of this kind are no items of their own. Import them into the library."))


def slot_for(item: ContentItem, *, is_alone: bool) -> str:
    """Where subtitles go: where the item has its own, if they are called like its file alone, or else to its tracks.

    Raises:
        InvalidInput: the item takes none.
    """
    taking = [slot for slot in item.slots if slot.accepts == "subtitles"]
    free = [slot for slot in taking if slot.many or (is_alone and slot.name not in item.attachments)]
    if not free:
        raise InvalidInput(N_("“%(title)s” takes no more subtitles."), title=item.title)
    return free[0].name


def title_of_folder(name: str) -> str:
    """What the page for the files of a folder is called."""
    return clean_line(name)[:TITLE_LENGTH].rstrip()


def page_titled(session: Session, title: str | None) -> Page | None:
    """The page with that title."""
    return session.scalar(select(Page).where(Page.title == title, Page.deleted_at.is_(None)))


def new_page(session: Session, title: str) -> Page:
    """A new page with that title: a draft."""
    page = Page(title=title, slug=slug_for(session, title), is_published=False)
    session.add(page)
    session.flush()
    return page


def new_item(session: Session, page: Page, kind: type[ContentItem], file: Found) -> ContentItem:
    """A new item at the end of the page, for a file."""
    room.check(session, page.id)
    item = kind(page=page, title=title_of(file.name), order=next_order(session, page.id))
    session.add(item)
    session.flush()
    return item


def locked_item(session: Session, item_id: int) -> ContentItem:
    """An item that gets another file. It stays locked until the transaction ends."""
    lock = {"key_share": True}
    item = session.get_one(ContentItem, item_id, populate_existing=True, with_for_update=lock)
    item.version += 1  # a form that is open elsewhere shows another file
    return item
