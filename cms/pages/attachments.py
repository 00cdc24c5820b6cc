"""Uploads into the slots of items."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cms.media import uploads
from cms.media.families import FAMILIES
from cms.media.models import MediaFile, Upload
from cms.media.places import Place
from cms.messages import N_, InvalidInput
from cms.pages.models import Attachment, ContentItem, slot_named
from cms.pages.revision_models import RevisionFile
from cms.pages.slots import Slot

#: The kind of uploads that are for no item.
LIBRARY = "library"


def stage(session: Session, item: ContentItem, slot: str, filename: str, size: int, staged_name: str | None) -> Upload:
    """Add a received file as a pending upload, the newest of its slot. The slot shows its old file until completion.

    To the name of a slot that takes several files, the file is added as the last one.
    """
    session.flush()
    found = slot_named(item.content_type, slot)
    is_another = found is not None and found.many and slot == found.name
    place = found.new_place() if found and is_another else slot
    upload = uploads.add(session, item.id, item.content_type, place, filename, size, staged_name)
    if found and is_another:
        last = max((attachment.position for attachment in item.in_slot(found)), default=0)
        texts = {text.name: text.guess(upload.filename) for text in found.texts}
        item.attachments[place] = Attachment(slot=place, position=last + 1, texts=texts)
    attachment = item.attachments.get(place)
    if attachment is None:
        attachment = item.attachments[place] = Attachment(slot=place)
    attachment.upload = upload
    session.flush()
    return upload


def take(item: ContentItem, slot: str, media_file: MediaFile) -> None:
    """Show a file of the library in a slot that takes one. An upload that is on its way there is given up."""
    attachment = item.attachments.get(slot) or Attachment(slot=slot)
    attachment.media_file, attachment.upload = media_file, None
    attachment.encoding = attachment.source = None
    item.attachments[slot] = attachment


def add(item: ContentItem, slot: Slot, media_file: MediaFile) -> None:
    """Show a file of the library as the last one in a slot that takes several."""
    place, last = slot.new_place(), max((attachment.position for attachment in item.in_slot(slot)), default=0)
    texts = {text.name: text.guess(media_file.filename) for text in slot.texts}
    item.attachments[place] = Attachment(slot=place, position=last + 1, texts=texts, media_file=media_file)


def stage_for_library(session: Session, family: str, filename: str, size: int, staged_name: str | None) -> Upload:
    """Add a received file as a pending upload that no item shows."""
    return uploads.add(session, None, LIBRARY, family, filename, size, staged_name)


def accepts(kind: str, slot: str) -> str | None:
    """See :meth:`cms.media.places.Places.accepts`. What is for the library alone has its family in place of a slot."""
    if kind == LIBRARY:
        return slot if slot in FAMILIES else None
    found = slot_named(kind, slot)
    return found.accepts if found else None


class _Library:
    """The place of what no item shows yet."""

    def show(self, media_file: MediaFile, encoding: str | None, source: bytes | None) -> None:
        """Nothing has to be done: the library shows every file."""


def locked(session: Session, upload: Upload) -> Place:
    """See :meth:`cms.media.places.Places.locked`."""
    if upload.kind == LIBRARY:
        return _Library()
    # The item comes first, as for an editor who saves it: to lock them in another order could end in a deadlock.
    session.get(ContentItem, upload.item_id or 0, with_for_update={"key_share": True}, populate_existing=True)
    attachment = session.get(Attachment, (upload.item_id, upload.slot), with_for_update=True, populate_existing=True)
    if attachment is None:
        removed = N_("The file was removed before it was stored.")
        raise InvalidInput(removed if upload.item_id else N_("The item was deleted before its file was stored."))
    if attachment.upload_id != upload.id:
        raise InvalidInput(N_("A newer file was uploaded in its place."))
    return attachment


def replace(session: Session, media_file: MediaFile, successor: MediaFile) -> None:
    """See :meth:`cms.media.places.Places.replace`."""
    for attachment in session.scalars(select(Attachment).where(Attachment.media_file_id == media_file.id)):
        attachment.media_file = successor
    named = update(RevisionFile).where(RevisionFile.media_file_id == media_file.id)
    session.execute(named.values(media_file_id=successor.id))
    session.flush()
