"""A worker's work on one derivative, from the claim to the end. It commits after each step.

Each claim has its own folder, in which files are made. They are stored under names with recipe, version, row and
token. So nothing is ever overwritten, and a file's name says whose it is.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cms import leases
from cms.errors import is_transient
from cms.leases import Claim, ClaimLost
from cms.media.derivatives import chosen, deriving, isolation
from cms.media.derivatives.isolation import Limits
from cms.media.derivatives.models import TYPES, Derivative, DerivativeStatus, DerivedFile
from cms.media.derivatives.recipe import Choosable, Following, Made, Progress, Recipe
from cms.media.models import MediaFile
from cms.media.precedence import Courtesy
from cms.media.storage import Storage
from cms.media.storage.store import Publish
from cms.messages import N_, InvalidInput

log = structlog.get_logger(__name__)

#: Bytes to leave free on the disk with the derived files.
RESERVE = 256 * 2**20
#: How many characters of the token a name contains.
TOKEN_LENGTH = 16


@dataclass(frozen=True)
class Source:
    """The media file that a derivative is made from, and the limits of the work.

    ``derived`` is the path of the derived file that is read in its place, if there is one.
    """

    id: int
    digest: str
    path: str
    derived: str | None
    limits: Limits


def work(session: Session, row_id: int, storage: Storage, most_bytes: int | None) -> None:
    """Make one derivative, if it is waiting. Then it is ready, skipped, failed, or waiting for another attempt.

    Args:
        session: its transactions are committed here.
        row_id: the id of the derivative.
        storage: where the source is, and where the files go.
        most_bytes: how much space all derivatives may take; ``None`` for any amount.
    """
    row = session.get(Derivative, row_id, populate_existing=True)
    recipe = deriving.recipe_of(row) if row else None
    if recipe is None:  # the row is gone, or its recipe belongs to another release
        session.rollback()
        return
    claim = deriving.claim(session, row_id)
    session.commit()
    if claim is None:
        return
    began = time.monotonic()
    try:
        row = _carry_out(session, claim, recipe, storage, most_bytes)
    except ClaimLost:
        session.rollback()
        log.warning("derivative_claim_lost", derivative_id=row_id)
        return
    seconds = round(time.monotonic() - began, 3)
    log.info(
        "derivative", derivative_id=row_id, recipe=recipe.NAME, status=row.status, reason=row.reason, seconds=seconds
    )


def _carry_out(session: Session, claim: Claim, recipe: Recipe, storage: Storage, most_bytes: int | None) -> Derivative:
    """Make and store what is claimed. On any error, record the outcome."""
    folder = storage.making / f"{claim.row_id}-{claim.token}"
    try:
        source = _source(session, claim, recipe)
        make = _maker(session, recipe, source)
        _check_room(session, storage, most_bytes)
        session.commit()  # on SQLite, an open transaction would keep every other writer waiting
        folder.mkdir(parents=True)
        heart = _Heart(session, claim)
        store, path = (storage.derived, source.derived) if source.derived else (storage.media, source.path)
        with store.local_path(path) as file, Courtesy(storage.staging) as courtesy:
            made = isolation.run(partial(make, file, folder), source.limits, heart.beat, courtesy.give_way)
        row = _store(session, claim, recipe, source, made, folder, storage, heart)
    except ClaimLost:
        raise
    except InvalidInput as reason:
        session.rollback()
        row = deriving.refuse(session, claim, reason)
    except Exception as error:
        session.rollback()
        log.warning("derivative_fault", derivative_id=claim.row_id, exc_info=not is_transient(error), error=str(error))
        row = deriving.requeue(session, claim, error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    session.commit()
    return row


def _source(session: Session, claim: Claim, recipe: Recipe) -> Source:
    mine = select(MediaFile).join(Derivative).where(Derivative.id == claim.row_id)
    found = session.scalars(mine).one_or_none()
    if found is None:
        raise ClaimLost
    derived = _derived(session, recipe.STARTS_FROM, found.id) if isinstance(recipe, Following) else None
    return Source(found.id, found.digest, found.path, derived, isolation.limits(recipe, found))


def _derived(session: Session, recipe: str, media_file_id: int) -> str | None:
    """The path of the first file that this recipe has made; ``None`` if there is none."""
    rows = select(Derivative).where(Derivative.media_file_id == media_file_id, Derivative.recipe == recipe)
    made = (row.files for row in session.scalars(rows.order_by(Derivative.version.desc())) if row.files)
    return next((files[0]["path"] for files in made), None)


def _maker(session: Session, recipe: Recipe, source: Source) -> Callable[[Path, Path, Progress], Made]:
    """What makes the files: the recipe, which may have to follow an editor's choice.

    It is read after the claim was committed. A later choice takes the claim away (:mod:`~.chosen`).
    """
    choice = chosen.of(session, source.id) if isinstance(recipe, Choosable) else None
    return partial(recipe.make_chosen, choice) if choice and isinstance(recipe, Choosable) else recipe.make


def _check_room(session: Session, storage: Storage, most_bytes: int | None) -> None:
    """Raise InvalidInput if there is no room for more. A retry succeeds once somebody has made room."""
    if most_bytes is not None and (session.scalar(select(func.sum(Derivative.size))) or 0) >= most_bytes:
        raise InvalidInput(N_("All derivatives together take as much room as they may (DERIVED_MAX_GB)."))
    storage.making.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(storage.making).free < RESERVE:
        raise InvalidInput(N_("The disk is almost full."))


def _store(
    session: Session,
    claim: Claim,
    recipe: Recipe,
    source: Source,
    made: Made,
    folder: Path,
    storage: Storage,
    heart: _Heart,
) -> Derivative:
    """Store the files, and complete the derivative in the transaction in which they are published."""
    start = _name_start(source, recipe, claim)
    files: list[DerivedFile] = []
    publishing: list[Callable[[], None]] = []
    with ExitStack() as prepared:
        for number, file in enumerate(made.files):
            # Prepared copies are named after the first 16 characters, so these are unique to the claim and the file.
            written = (folder / file.name).rename(folder / f"{claim.token[:14]}{number:02x}")
            for name in file.names:
                _rename_within(written, name, f"{start.rpartition('/')[2]}-{name}")
            path, size = f"{start}-{file.name}", written.stat().st_size
            mime_type = TYPES[file.name.rpartition(".")[2]]
            stored = DerivedFile(path=path, mime_type=mime_type, size=size, width=file.width, height=file.height)
            files.append({**stored, "about": file.about} if file.about else stored)
            publish: Publish = prepared.enter_context(storage.derived.prepared(written, heart.beat))
            publishing.append(partial(publish, path))

        def publish_all() -> None:
            for publish in publishing:
                publish()

        heart.beat()
        row = deriving.complete(session, claim, source.id, files, made.facts, publish_all)
        session.commit()
    return row


def _rename_within(written: Path, name: str, new_name: str) -> None:
    written.write_bytes(written.read_bytes().replace(name.encode(), new_name.encode()))


def _name_start(source: Source, recipe: Recipe, claim: Claim) -> str:
    """The prefix of the paths of a claim's files: ``0b/0b8a1f6f7c2d/poster-1-42-<token>``."""
    digest = source.digest
    return f"{digest[:2]}/{digest[:12]}/{recipe.NAME}-{recipe.VERSION}-{claim.row_id}-{claim.token[:TOKEN_LENGTH]}"


class _Heart:
    """The heartbeat. It extends the lease and records the progress every two seconds, or sooner if leases are short."""

    def __init__(self, session: Session, claim: Claim) -> None:
        self._session, self._claim = session, claim
        self._next = time.monotonic()
        self._progress = 0.0

    def beat(self, progress: float | None = None) -> None:
        """Extend the lease, if it is time.

        Raises:
            ClaimLost: another worker has the row, or it was canceled, or is gone.
        """
        self._progress = self._progress if progress is None else progress
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + min(deriving.LEASE / 6, 2.0)
        leases.extend(self._session, Derivative, self._claim, deriving.LEASE)
        row = leases.claimed(self._session, Derivative, self._claim)
        row.progress = min(99, round(self._progress))
        self._session.commit()


def left_folders(session: Session, storage: Storage) -> list[Path]:
    """The folders of claims that are over, left by dead workers."""
    if not storage.making.is_dir():
        return []
    folders = {folder.name: folder for folder in storage.making.iterdir()}
    running = select(Derivative.id, Derivative.lease_token).where(Derivative.status == DerivativeStatus.PROCESSING)
    held = {f"{row_id}-{token}" for row_id, token in session.execute(running)}
    return [folder for name, folder in folders.items() if name not in held]
