"""Files that editors drop on a page: each becomes an item, of the kind that takes such files.

Functions here flush and never commit.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from cms import leases
from cms.cleaning import clean_line, title_of
from cms.database import TITLE_LENGTH, PlayedUrl
from cms.media import known, mediatypes
from cms.media.models import MediaFile, Upload, UploadStatus
from cms.messages import N_, InvalidInput
from cms.pages import attachments, room, trash
from cms.pages.models import Attachment, ContentItem, Page, kinds
from cms.pages.pages import next_order
from cms.pages.slots import Slot

_LOCK = {"key_share": True}  # other transactions may still refer to the row


class NoTarget(Exception):
    """The page, the item or the slot that a file is for does not exist, or not any more."""


@dataclass(frozen=True)
class Target:
    """Where a file goes: into the slot of an item, or onto a page as a new item."""

    page: Page
    item: ContentItem | None = None
    slot: str = ""

    @property
    def is_new(self) -> bool:
        """Whether an item has to be made for the file."""
        return self.item is None


def on_page(session: Session, page_id: int) -> Target:
    """The target of a file that is dropped on a page, which stays locked until the transaction ends.

    Raises:
        NoTarget: there is no such page, or it is in the trash.
    """
    page = session.get(Page, page_id, populate_existing=True, with_for_update=_LOCK)
    if page is None or trash.is_in_trash(page):
        raise NoTarget
    return Target(page)


def in_slot(session: Session, item_id: int, slot: str) -> Target:
    """The target of a file for a slot. The item stays locked until the transaction ends.

    Raises:
        NoTarget: there is no such item or slot, or the item is in the trash.
    """
    item = session.get(ContentItem, item_id, populate_existing=True, with_for_update=_LOCK)
    if item is None or trash.is_in_trash(item) or all(slot != known.name for known in item.slots):
        raise NoTarget
    return Target(item.page, item, slot)


def place(session: Session, target: Target, family: str, filename: str) -> tuple[ContentItem, str]:
    """The item and the slot for a file. For a page it is a new item at its end, titled after the file.

    Args:
        session: the caller commits.
        target: where the file goes.
        family: of the file; it is looked at for pages only.
        filename: the client's name of the file.

    Raises:
        InvalidInput: no kind takes such files, or the page has no room.
    """
    if target.item is not None:
        target.item.version += 1  # a form that is open elsewhere shows another file
        return target.item, target.slot
    room.check(session, target.page.id)
    kind, slot = _kind_for(family)
    title = title_of(filename) or clean_line(filename)[:TITLE_LENGTH] or kind.label
    item = kind(page=target.page, title=title, order=next_order(session, target.page.id))
    session.add(item)
    session.flush()
    return item, slot.name


def show_known(session: Session, item: ContentItem, slot: str, filename: str, media_file: MediaFile) -> Upload:
    """Show a media file that is stored already, as if it had been uploaded once more. Its digest is locked.

    Raises:
        InvalidInput: the slot does not take such files.
    """
    accepted = attachments.accepts(item.content_type, slot)
    if accepted != (found := known.family_of(media_file)):
        raise mediatypes.misplaced(found, str(accepted))
    upload = attachments.stage(session, item, slot, filename, media_file.size, None)
    _complete(upload, media_file)
    item.attachments[upload.slot].show(media_file, None, None)
    session.flush()
    return upload


def keep_known(session: Session, filename: str, media_file: MediaFile) -> Upload:
    """Keep a media file in the library that is stored already. Its digest is locked."""
    upload = attachments.stage_for_library(session, known.family_of(media_file), filename, media_file.size, None)
    _complete(upload, media_file)
    session.flush()
    return upload


def _complete(upload: Upload, media_file: MediaFile) -> None:
    """Complete an upload of bytes that are stored already."""
    upload.media_file, upload.is_duplicate = media_file, True
    leases.finish(upload, UploadStatus.COMPLETED)
    known.revive(media_file)


def withdraw(session: Session, upload: Upload) -> bool:
    """Take back what a cancelled upload has changed. Return whether its item was made for it, and is gone, too.

    An item that somebody has changed meanwhile stays, and so does one that shows a file.
    """
    item = session.get(ContentItem, upload.item_id or 0, populate_existing=True, with_for_update=_LOCK)
    attachment = session.get(Attachment, (upload.item_id, upload.slot), populate_existing=True)
    if item is None or attachment is None or attachment.upload_id != upload.id:
        return False
    if attachment.media_file_id is None:
        del item.attachments[attachment.slot]
    is_untouched = upload.made_item and item.version == 1 and not item.attachments
    if is_untouched:
        session.delete(item)
    session.flush()
    return is_untouched


def link_column(kind: type[ContentItem]) -> str | None:
    """The column with an address that is all that an item needs; ``None`` if the kind has none, or needs a file."""
    columns = inspect(kind).local_table.columns
    found = (column.key for column in columns if isinstance(column.type, PlayedUrl))
    return next(found, None) if all(slot.optional for slot in kind.slots) else None


def _kind_for(family: str) -> tuple[type[ContentItem], Slot]:
    """The kind that shows such a file alone. Of several it is the one with the fewest slots."""
    fitting = [
        (kind, slot)
        for kind in kinds()
        for slot in kind.slots
        if slot.accepts == family and not (slot.optional or slot.many)
    ]
    if not fitting:
        raise InvalidInput(
            N_("The file is %(found)s. Add it in the form of an item that takes such files."),
            found=mediatypes.FAMILY_NAMES[family],
        )
    return min(fitting, key=lambda found: len(found[0].slots))
