"""Media files that people think are the same become one: it takes the places of the others, which go into the trash.

Functions here flush and never commit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from cms.media.models import MediaFile
from cms.messages import N_, InvalidInput
from cms.pages import file_trash, replacing, text_files, trash
from cms.pages.models import Attachment, ContentItem, Page
from cms.pages.replacement_models import ReplacedSlot, Replacement

#: How many files can be made one at a time.
MOST = 50

_IN_TEXTS = N_("Texts name “%(name)s”, as its page tells. Change them first, or let this file stay.")


@dataclass(frozen=True)
class Merged:
    """What was done: the replacements, and the files that went into the trash."""

    replacements: list[Replacement]
    files: list[MediaFile]


def check(session: Session, files: Collection[MediaFile], stays: MediaFile | None) -> None:
    """Whether these files can become one.

    Raises:
        InvalidInput: they are fewer than two or too many, of several kinds, or none of them was chosen to stay.
    """
    if not 2 <= len(files) <= MOST:
        raise InvalidInput(N_("Select two files or more, at most %(most)s."), most=MOST)
    if stays is None or stays not in files:
        raise InvalidInput(N_("Choose the file that stays."))
    for file in files:
        if file is not stays:
            replacing.check(file, stays)
            if text_files.naming(session, file.id, limit=1)[0]:
                raise InvalidInput(_IN_TEXTS, name=str(file))


def count_slots(session: Session, files: Collection[MediaFile]) -> dict[int, int]:
    """In how many slots each of these files is shown, those in the trash included."""
    ids = [file.id for file in files]
    shown = select(Attachment.media_file_id, func.count()).where(Attachment.media_file_id.in_(ids))
    found = dict(session.execute(shown.group_by(Attachment.media_file_id)).tuples().all())
    return {id_: found.get(id_, 0) for id_ in ids}


def merge(session: Session, files: Collection[MediaFile], stays: MediaFile, editor: str, expected: int) -> Merged:
    """Have one file take the places of the others, and put those into the trash.

    Args:
        session: in a transaction that the caller commits.
        files: those that are the same.
        stays: one of them.
        editor: who does this.
        expected: in how many slots the editor was told that others are shown.

    Raises:
        InvalidInput: see :func:`check`; or the others are shown in other places than the editor was told.
    """
    check(session, files, stays)
    others = sorted((file for file in files if file is not stays), key=lambda file: file.id)
    shown_at = select(Attachment.item_id).where(Attachment.media_file_id.in_([file.id for file in others]))
    replacing.lock_files(session, [*others, stays])
    _lock_items(session, shown_at)
    counts = count_slots(session, others)
    if sum(counts.values()) != expected:
        raise InvalidInput(replacing.CHANGED)
    shown = [file for file in others if counts[file.id]]
    made = [replacing.replace(session, file, stays, editor, counts[file.id]) for file in shown]
    return Merged(made, file_trash.discard(session, [file.id for file in others], editor))


def undo(
    session: Session, replacements: Sequence[Replacement], files: Sequence[MediaFile], editor: str
) -> tuple[int, int]:
    """Take the files out of the trash and put them back. Return in how many slots, and in how many others not.

    Raises:
        InvalidInput: this was done already.
    """
    open_ones = [replacement for replacement in replacements if replacement.undone_at is None]
    trashed = [file for file in files if file.deleted_at is not None]
    if not open_ones and not trashed:
        raise InvalidInput(N_("This has been undone already."))
    named = [file for row in open_ones for file in (row.media_file, row.successor)]
    replacing.lock_files(session, [*named, *trashed])
    rows = select(Replacement.id).where(Replacement.id.in_([row.id for row in open_ones])).order_by(Replacement.id)
    session.execute(rows.with_for_update()).all()
    slots = ReplacedSlot.replacement_id.in_([row.id for row in open_ones])
    _lock_items(session, select(ReplacedSlot.item_id).where(slots))
    for file in trashed:
        file_trash.restore(session, file)
    counts = [replacing.undo(session, replacement, editor) for replacement in reversed(open_ones)]
    return sum(done for done, _ in counts), sum(left for _, left in counts)


def _lock_items(session: Session, items: Select[tuple[int]]) -> None:
    """Lock these items and their pages after all files: each replacement would begin anew with files."""
    trash.lock(session, select(ContentItem.id).where(ContentItem.id.in_(items)))
    pages = select(Page.id).where(Page.id.in_(select(ContentItem.page_id).where(ContentItem.id.in_(items))))
    session.execute(pages.order_by(Page.id).with_for_update(key_share=True)).all()
