"""Media files that people think are the same become one: it takes the places of the others, which go into the trash.

Functions here flush and never commit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from cms.media.models import MediaFile
from cms.messages import N_, InvalidInput
from cms.pages import file_trash, replacing
from cms.pages.replacement_models import Replacement

#: How many files can be made one at a time.
MOST = 50


@dataclass(frozen=True)
class Merged:
    """What was done: the replacements, and the files that went into the trash."""

    replacements: list[Replacement]
    files: list[MediaFile]


def check(files: Collection[MediaFile], stays: MediaFile | None) -> None:
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


def merge(session: Session, files: Collection[MediaFile], stays: MediaFile, editor: str, expected: int) -> Merged:
    """Have one file take the places of the others, and put those into the trash.

    Args:
        session: in a transaction that the caller commits.
        files: those that are the same.
        stays: one of them.
        editor: who does this.
        expected: in how many places the editor was told that others are.

    Raises:
        InvalidInput: see :func:`check`; or the others are in other places than the editor was told.
    """
    check(files, stays)
    others = sorted((file for file in files if file is not stays), key=lambda file: file.id)
    ids = [file.id for file in others]
    replacing.lock_files(session, [*others, stays])
    replacing.lock_places(session, ids)
    counts = replacing.count_places(session, ids)
    if sum(counts.values()) != expected:
        raise InvalidInput(replacing.CHANGED)
    shown = [file for file in others if counts[file.id]]
    made = [replacing.replace(session, file, stays, editor, counts[file.id]) for file in shown]
    return Merged(made, file_trash.discard(session, [file.id for file in others], editor))


def undo(
    session: Session, replacements: Sequence[Replacement], files: Sequence[MediaFile], editor: str
) -> tuple[int, int]:
    """Take the files out of the trash and put them back. Return in how many places, and in how many others not.

    Raises:
        InvalidInput: this was done already.
    """
    open_ones = [replacement for replacement in replacements if replacement.undone_at is None]
    trashed = [file for file in files if file.deleted_at is not None]
    if not open_ones and not trashed:
        raise InvalidInput(N_("This has been undone already."))
    named = [file for row in open_ones for file in (row.media_file, row.successor)]
    replacing.lock_files(session, [*named, *trashed])
    replacing.lock_replacements(session, [row.id for row in open_ones])
    for file in trashed:
        file_trash.restore(session, file)
    counts = [replacing.undo(session, replacement, editor) for replacement in reversed(open_ones)]
    return sum(done for done, _ in counts), sum(left for _, left in counts)
