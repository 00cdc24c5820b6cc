"""Texts that name a media file name the one that replaces it, which can be undone. Functions flush and never commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media.models import MediaFile
from cms.messages import N_, InvalidInput
from cms.pages import text_files
from cms.pages.models import ContentItem, Page, kinds
from cms.pages.readdressing import MEDIA, paths, readdressed
from cms.pages.replacement_models import ReplacedText, Replacement, steps_since
from cms.pages.snapshots import PageSnapshot
from cms.pages.text_files import TextFile

_REFUSED = N_("The address of “%(name)s” in the text of “%(title)s” cannot be changed. Change that text first.")
_REFUSED_IN_TRASH = N_(
    "The address of “%(name)s” in the text of “%(title)s”, which is in the trash, cannot be changed. Restore it and"
    " change that text first, or delete it for good."
)


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
        InvalidInput: an address cannot be found in a text's source, because of the way in which it is written.
    """
    file, successor = replacement.media_file, replacement.successor
    for row in rows:
        for name in text_files.texts_of(type(row)):
            before = getattr(row, name) or ""
            after = readdressed(before, file.path, successor.path)
            if file.path in paths(after):
                told = _REFUSED_IN_TRASH if _is_in_trash(row) else _REFUSED
                raise InvalidInput(told, name=str(file), title=row.title)
            if after != before:
                of_what = {"page_id" if isinstance(row, Page) else "item_id": row.id}
                replacement.texts.append(ReplacedText(**of_what, name=name, path=file.path, before=before))
                setattr(row, name, after)
    session.flush()


def _is_in_trash(row: ContentItem | Page) -> bool:
    page = row if isinstance(row, Page) else row.page
    return row.deleted_at is not None or page.deleted_at is not None


def undo(session: Session, replacement: Replacement, file: MediaFile) -> tuple[list[ContentItem | Page], int]:
    """Have the texts name the file again. Return the rows that were changed, and how many texts were not.

    Args:
        session: in a transaction that the caller commits, with the rows locked.
        replacement: what is undone.
        file: what visitors get of the file that was replaced.
    """
    changed: list[ContentItem | Page] = []
    for text in replacement.texts:
        model: Any = ContentItem if text.page_id is None else Page
        row: ContentItem | Page = session.get_one(model, text.item_id or text.page_id, populate_existing=True)
        present = getattr(row, text.name) or ""
        restored = _restored(present, text.path, text.before, file.path, replacement.successor.path)
        if restored != present:
            setattr(row, text.name, restored)
            changed.append(row)
    session.flush()
    return list(dict.fromkeys(changed)), len(replacement.texts) - len(changed)


def _restored(present: str, was: str, before: str, path: str, successor: str) -> str:
    """A text with the addresses that a replacement has changed as they were; as it is, if nobody knows which those are.

    A text that is as the replacement has left it is what it was before. In one that somebody has changed since, the
    addresses go back that are still in their places. If others were added or removed, all addresses of the successor
    go back if they are as many as were changed, and there was none before.

    Args:
        present: the text as it is.
        was: the path that was replaced.
        before: the text before that.
        path: the path of what visitors get of the file by now.
        successor: that of the successor.
    """
    if path == was and present == readdressed(before, was, successor):
        return before
    there, here = paths(before), paths(present)
    places = [place for place, each in enumerate(there) if each == was]
    if len(there) == len(here) and all(here[place] == successor for place in places):
        return readdressed(present, successor, path, places)
    if successor not in there and here.count(successor) == len(places):
        return readdressed(present, successor, path)
    return present


def followed(session: Session, page_id: int, snapshot: PageSnapshot, since: datetime) -> PageSnapshot:
    """What visitors read of a page that was kept at a moment: with the files that have replaced others since."""
    columns = {kind.__tablename__: text_files.texts_of(kind) for kind in kinds()}
    fields = {item["id"]: columns.get(item["kind"], []) for item in snapshot["items"]}
    own: dict[str, str] = {name: snapshot[name] for name in text_files.texts_of(Page)}  # type: ignore[literal-required]
    texts = [
        *own.values(),
        *(item["fields"].get(name) for item in snapshot["items"] for name in fields[item["id"]]),
    ]
    if not any(text and MEDIA in text for text in texts):
        return snapshot
    steps = steps_since(session, since)
    undone = {replacement.id for replacement, is_undone in steps if is_undone}
    records = select(ReplacedText).where(ReplacedText.replacement_id.in_(undone))
    kept = {
        (row.replacement_id, row.page_id, row.item_id, row.name): (row.path, row.before)
        for row in session.scalars(records)
    }

    def present(text: str | None, page_id: int | None, item_id: int | None, name: str) -> str | None:
        if not text or MEDIA not in text:
            return text
        named = set(paths(text))
        for replacement, is_undone in steps:
            file, successor = replacement.media_file.path, replacement.successor.path
            place, before = (replacement.id, page_id, item_id, name), text
            if not is_undone and file in named:
                kept[place] = file, text
                text = readdressed(text, file, successor)
            elif is_undone and place in kept and successor in named:
                text = _restored(text, *kept[place], file, successor)
            if text != before:
                named = set(paths(text))
        return text

    items = [
        {
            **item,
            "fields": item["fields"]
            | {name: present(item["fields"].get(name), None, item["id"], name) for name in fields[item["id"]]},
        }
        for item in snapshot["items"]
    ]
    read = {name: present(text, page_id, None, name) for name, text in own.items()}
    return {**snapshot, **read, "items": items}  # type: ignore[typeddict-item]
