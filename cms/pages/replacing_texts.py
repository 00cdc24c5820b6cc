"""Texts that name a media file name the one that replaces it, which can be undone. Functions flush and never commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media.models import MediaFile
from cms.messages import N_, InvalidInput
from cms.pages import text_files
from cms.pages.models import ContentItem, Page
from cms.pages.readdressing import MEDIA, readdressed
from cms.pages.replacement_models import ReplacedText, Replacement, steps_since
from cms.pages.snapshots import PageSnapshot
from cms.pages.text_files import TextFile

_REFUSED = N_("The address of “%(name)s” in the text of “%(title)s” cannot be changed. Change that text first.")


def naming(session: Session, media_file_id: int) -> list[ContentItem | Page]:
    """The items and pages whose texts name a file, as they are now. The caller has locked them."""
    mine = TextFile.media_file_id == media_file_id
    fresh = {"populate_existing": True}
    items = select(ContentItem).where(ContentItem.id.in_(select(TextFile.item_id).where(mine)))
    pages = select(Page).where(Page.id.in_(select(TextFile.page_id).where(mine)))
    return [
        *session.scalars(items.order_by(ContentItem.id), execution_options=fresh),
        *session.scalars(pages.order_by(Page.id), execution_options=fresh),
    ]


def replace(session: Session, replacement: Replacement, rows: Sequence[ContentItem | Page]) -> None:
    """Have the texts of these rows name the successor.

    Raises:
        InvalidInput: an address is written in a way that nobody has thought of.
    """
    file, successor = replacement.media_file, replacement.successor
    for row in rows:
        changed = False
        for name in text_files.texts_of(type(row)):
            before = getattr(row, name) or ""
            after = readdressed(before, file.path, successor.path)
            if after != before:
                of_what = {"page_id" if isinstance(row, Page) else "item_id": row.id}
                replacement.texts.append(ReplacedText(**of_what, name=name, before=before))
                setattr(row, name, after)
                changed = True
        if not changed:
            raise InvalidInput(_REFUSED, name=str(file), title=row.title)
    session.flush()


def undo(session: Session, replacement: Replacement) -> tuple[list[ContentItem | Page], int]:
    """Have the texts name the file again. Return the rows that were changed, and how many others were not.

    A text that is as the replacement has left it is what it was before. In another, that somebody has changed since,
    the address alone goes back.
    """
    file, successor = replacement.media_file, replacement.successor
    changed: list[ContentItem | Page] = []
    for text in replacement.texts:
        row: ContentItem | Page
        if text.page_id is None:
            row = session.get_one(ContentItem, text.item_id, populate_existing=True)
        else:
            row = session.get_one(Page, text.page_id, populate_existing=True)
        present = getattr(row, text.name) or ""
        restored = _restored(present, text.before, file, successor)
        if restored != present:
            setattr(row, text.name, restored)
            changed.append(row)
    session.flush()
    return list(dict.fromkeys(changed)), len(replacement.texts) - len(changed)


def _restored(present: str, before: str, file: MediaFile, successor: MediaFile) -> str:
    if present == readdressed(before, file.path, successor.path):
        return before
    if readdressed(before, successor.path, file.path) != before:
        return present  # it named both: nobody knows any more which was which
    return readdressed(present, successor.path, file.path)


def followed(session: Session, page_id: int, snapshot: PageSnapshot, since: datetime) -> PageSnapshot:
    """What visitors read of a page that was kept at a moment: with the files that have replaced others since."""
    if MEDIA not in snapshot["text"] and not any(
        isinstance(value, str) and MEDIA in value for item in snapshot["items"] for value in item["fields"].values()
    ):
        return snapshot
    steps = [(row.id, row.media_file, row.successor, is_undone) for row, is_undone in steps_since(session, since)]
    undone = {number for number, *_, is_undone in steps if is_undone}
    records = select(ReplacedText).where(ReplacedText.replacement_id.in_(undone))
    kept = {(row.replacement_id, row.page_id, row.item_id, row.name): row.before for row in session.scalars(records)}

    def present(text: object, page_id: int | None, item_id: int | None, name: str) -> object:
        if not isinstance(text, str) or MEDIA not in text:
            return text
        for number, file, successor, is_undone in steps:
            place = (number, page_id, item_id, name)
            if not is_undone:
                kept.setdefault(place, text)
                text = readdressed(text, file.path, successor.path)
            elif place in kept:
                text = _restored(text, kept[place], file, successor)
        return text

    items = [
        {**item, "fields": {name: present(text, None, item["id"], name) for name, text in item["fields"].items()}}
        for item in snapshot["items"]
    ]
    return {**snapshot, "text": present(snapshot["text"], page_id, None, "text"), "items": items}  # type: ignore[typeddict-item]
