"""Removal of derived files that no row names: of removed media files, of earlier versions, of dead workers.

A file is published while its claim has the row locked, and its path contains the row and the token. So no grace
period is needed: a file that its row neither names nor is about to name is of no more use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.database import Transactions
from cms.media.derivatives.models import PATH, Derivative
from cms.media.storage.store import FoundFile, MediaStore

log = structlog.get_logger(__name__)

# How many files one transaction checks.
_BATCH = 500


def collect(transaction: Transactions, store: MediaStore) -> Iterator[FoundFile]:
    """Remove the files that no row names, and yield them."""
    files = store.iterate()
    ours = (file for file in files if PATH.fullmatch(file.path) or file.path.rpartition("/")[2].startswith("."))
    while batch := list(islice(ours, _BATCH)):
        with transaction() as session:
            unnamed = _unnamed(session, batch)
        for file in unnamed:
            with transaction() as session:
                if not _unnamed(session, [file], lock=True):
                    continue  # it was published just now
                try:
                    store.delete(file.path)
                except OSError as error:  # for example no permission: the others are removed all the same
                    log.warning("file_not_removed", path=file.path, error=str(error))
                    continue
            yield file


def _unnamed(session: Session, files: Iterable[FoundFile], *, lock: bool = False) -> list[FoundFile]:
    """The files that their rows do not name."""
    rows = {file.path: int(found["row"]) for file in files if (found := PATH.fullmatch(file.path))}
    named = select(Derivative).where(Derivative.id.in_(rows.values())).execution_options(populate_existing=True)
    if lock:
        session.connection()  # on SQLite, begins a transaction, which waits for other writers
        named = named.with_for_update()
    kept = {made["path"] for row in session.scalars(named) for made in row.files or ()}
    return [file for file in files if file.path not in kept]
