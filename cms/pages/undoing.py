"""A change of pages is undone by what it has changed: the revisions that it made, compared with those before them.

Only that is brought back, so what others have changed elsewhere on the pages stays. What they have changed in the same
place is never overwritten: then undoing is refused. Undoing makes revisions, too, so it is undone in the same way.

Functions here flush and never commit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, undefer

from cms.media.models import Upload, UploadStatus
from cms.messages import InvalidInput
from cms.pages import revisions, room, snapshots, trash
from cms.pages.models import ContentItem, Page, kind_named
from cms.pages.revision_models import Revision
from cms.pages.revisions import Action
from cms.pages.snapshots import ItemSnapshot
from cms.pages.undoing_pages import TOO_OLD, Change, refuse_if

_ITEM = ("title", "language", "is_active")


@dataclass(frozen=True)
class _Placed:
    """An item as it was, and on which page."""

    page: Page
    item: ItemSnapshot


class Undoing:
    """What undoing the revisions with these ids would change. Its items are locked from now on, as for those who save.

    Raises:
        InvalidInput: a revision, or the one before it, is not kept any more, or its page is in the trash, or somebody
            else has changed the page between two of them.
    """

    def __init__(self, session: Session, ids: Collection[int]) -> None:
        self._session = session
        asked = select(Revision).where(Revision.id.in_(ids)).order_by(Revision.page_id, Revision.id)
        found = session.scalars(asked.options(undefer(Revision.content))).all()
        if not ids or len(found) < len(set(ids)):
            raise InvalidInput(TOO_OLD)
        self._changes = [_change(session, list(made)) for _, made in groupby(found, lambda revision: revision.page_id)]
        self._before = {
            item["id"]: _Placed(change.page, item) for change in self._changes for item in change.before["items"]
        }
        self._after = {
            item["id"]: _Placed(change.page, item) for change in self._changes for item in change.after["items"]
        }
        self._different = [
            id_ for id_ in {**self._before, **self._after} if self._before.get(id_) != self._after.get(id_)
        ]
        on_them = or_(ContentItem.page_id.in_({page.id for page in self.pages}), ContentItem.id.in_(self._different))
        trash.lock(session, select(ContentItem.id).where(on_them))

    @property
    def pages(self) -> set[Page]:
        """The pages that it changes."""
        return {change.page for change in self._changes}

    def carry_out(self, editor: str, *, is_again: bool = False) -> None:
        """Undo it.

        Args:
            editor: who does.
            is_again: whether it was an undoing, which is thereby done again.

        Raises:
            InvalidInput: somebody has changed the same since.
        """
        session, before, after = self._session, self._before, self._after
        for change in self._changes:
            session.refresh(change.page, with_for_update={"key_share": True})
        items = _items(session, self._different)
        seen_before = [change.undo(session) for change in self._changes]
        has_order = _orders_are_as_left(items, before, after)
        if not has_order and all(before.get(id_) and after.get(id_) for id_ in self._different):
            is_order = all(_is_alike(before[id_], after[id_]) for id_ in self._different)
            refuse_if(is_order, self._changes[0].page.title)
        for id_ in self._different:
            _undo_item(session, id_, items.get(id_), before.get(id_), after.get(id_), editor, has_order=has_order)
        session.flush()
        self._check_room()
        action = Action.REDONE if is_again else Action.UNDONE
        for change, seen in zip(self._changes, seen_before, strict=True):
            session.expire(change.page, ["items"])
            revisions.keep(session, change.page, editor, action, change.subject, seen)

    def _check_room(self) -> None:
        """Check that pages which get items back have room for them."""
        before, after = self._before, self._after
        gone = {id_ for id_ in before if id_ not in after or after[id_].page is not before[id_].page}
        for page in {before[id_].page for id_ in gone}:
            room.check(self._session, page.id, more=0)


def _change(session: Session, made: list[Revision]) -> Change:
    """What these revisions of one page have changed together, if the one before them is surely still kept."""
    first, last = made[0], made[-1]
    later = select(func.count(Revision.id)).where(Revision.page_id == first.page_id, Revision.id > first.id)
    earlier = revisions.before(session, first)
    page = session.get_one(Page, first.page_id)
    refuse_if(page.deleted_at is not None, page.title)
    if earlier is None or (session.scalar(later) or 0) >= revisions.ALL_KEPT - 1:
        raise InvalidInput(TOO_OLD)
    refuse_if((session.scalar(later.where(Revision.id <= last.id)) or 0) != len(made) - 1, page.title)
    subjects = {revision.subject for revision in made}
    subject = last.subject if len(subjects) == 1 else page.title
    seen_before = next((each.seen_before for each in made if each.seen_before is not None), None)
    return Change(page, earlier.snapshot, last.snapshot, subject, last, seen_before)


def _items(session: Session, ids: Iterable[int]) -> dict[int, ContentItem]:
    found = select(ContentItem).where(ContentItem.id.in_(ids)).execution_options(populate_existing=True)
    return {item.id: item for item in session.scalars(found)}


def _undo_item(
    session: Session,
    id_: int,
    item: ContentItem | None,
    was: _Placed | None,
    left: _Placed | None,
    editor: str,
    *,
    has_order: bool,
) -> None:
    """Bring one item back to what it was, if it is as the change has left it."""
    known = was or left
    if known is None:
        return
    title = item.title if item else known.item["title"]
    if was is None:  # it was added
        refuse_if(item is None or item.deleted_at is not None or not left, title)
        if item and left:
            refuse_if(item.page_id != left.page.id or not _is_as(session, item, left.item), title)
            trash.discard(session, item, editor)
    elif left is None:  # it was deleted
        refuse_if(item is not None and (item.deleted_at is None or item.page_id != was.page.id), title)
        _restore(session, id_, item, was)
    else:
        refuse_if(item is None or item.deleted_at is not None or item.page_id != left.page.id, title)
        if item:
            _change_back(session, item, was, left, has_order=has_order)


def _restore(session: Session, id_: int, item: ContentItem | None, was: _Placed) -> None:
    if item is None:  # deleted for good meanwhile: its count is gone, and its id is not
        item = kind_named(was.item["kind"])(id=id_, page_id=was.page.id, version=0)
        session.add(item)
    item.deleted_at = item.deleted_by = None
    item.was_active = False
    with session.no_autoflush:
        snapshots.fill(session, item, was.item)
    item.version += 1


def _change_back(session: Session, item: ContentItem, was: _Placed, left: _Placed, *, has_order: bool) -> None:
    """Give an item those values again that the change has changed."""
    now = snapshots.take_item(session, item)
    values: dict[str, Any] = {}
    for name in _ITEM:
        if name == "title" and _has_arrived(was.item, left.item):
            continue  # its title may be that in the file, which a worker has taken
        if was.item[name] != left.item[name]:  # type: ignore[literal-required]
            refuse_if(now[name] != left.item[name], item.title)  # type: ignore[literal-required]
            values[name] = was.item[name]  # type: ignore[literal-required]
    fields = dict(now["fields"])
    for name, value in was.item["fields"].items():
        if value != left.item["fields"].get(name):
            refuse_if(fields.get(name) != left.item["fields"].get(name), item.title)
            fields[name] = value
    if _files(session, was.item) != _files(session, left.item):
        refuse_if(_files(session, now) != _files(session, left.item), item.title)
        values["files"] = was.item["files"]
    is_moved = was.page is not left.page
    if (has_order and was.item["order"] != left.item["order"]) or is_moved:
        values["order"] = was.item["order"]
    if not values and fields == now["fields"]:
        return  # what differs was done by a worker
    if is_moved:
        item.page = was.page
    with session.no_autoflush:
        snapshots.fill(session, item, {**now, **values, "fields": fields})  # type: ignore[typeddict-item]
    item.version += 1


def _orders_are_as_left(items: dict[int, ContentItem], before: dict[int, _Placed], after: dict[int, _Placed]) -> bool:
    """Whether nobody has moved the items since that the change has moved within their page."""
    moved = [id_ for id_ in items if id_ in before and id_ in after and before[id_].page is after[id_].page]
    moved = [id_ for id_ in moved if before[id_].item["order"] != after[id_].item["order"]]
    return all(items[id_].order == after[id_].item["order"] for id_ in moved)


def _is_alike(was: _Placed, left: _Placed) -> bool:
    """Whether only the place of an item is another one."""
    order = was.item["order"]
    return was.page is left.page and {**was.item, "order": order} == {**left.item, "order": order}


def _is_as(session: Session, item: ContentItem, left: ItemSnapshot) -> bool:
    """Whether an item is as a change has left it, but for its place and what became of files on their way."""
    now = snapshots.take_item(session, item)
    same = all(now[name] == left[name] for name in ("language", "is_active", "fields"))
    return same and _files(session, now) == _files(session, left) and _is_titled(item, left)


def _is_titled(item: ContentItem, left: ItemSnapshot) -> bool:
    """Whether an item has the title that it was given, or has since taken that of its file."""
    if item.title == left["title"]:
        return True
    filled = [(found, found.media_file) for found in item.attachments.values() if found.media_file]
    return any(file.tagged_title == item.title and found.names(left["title"]) for found, file in filled)


def _has_arrived(was: ItemSnapshot, left: ItemSnapshot) -> bool:
    """Whether a worker has completed an upload meanwhile."""
    before = {(file["place"], file["upload"]): file["media_file"] for file in was["files"] if file["upload"]}
    after = {(file["place"], file["upload"]): file["media_file"] for file in left["files"] if file["upload"]}
    return any(key in before and before[key] != media_file for key, media_file in after.items())


def _files(session: Session, item: ItemSnapshot) -> list[tuple[Any, ...]]:
    """An item's files, comparable: by what their uploads have become. One that has failed is shown beside the file."""
    named = snapshots.named_files(session, item["files"])
    uploads = {file["upload"] for file in item["files"]}
    failed = set(session.scalars(select(Upload.id).where(Upload.id.in_(uploads), Upload.status == UploadStatus.FAILED)))
    return sorted(
        (
            file["place"],
            file["position"],
            number or -(file["upload"] or 0),
            file["upload"] if file["upload"] in failed else 0,
            str(file["texts"]),
        )
        for file, number in zip(item["files"], named, strict=True)
    )
