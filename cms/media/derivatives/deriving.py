"""The life of a derivative. Its row is added with the media file, claimed, and finished with the files made.

Functions here flush and never commit. Whoever locks both rows locks that of the media file first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from cms import leases
from cms.database import now
from cms.errors import explain, is_disk_full, is_transient
from cms.leases import Claim, ClaimLost, Retries
from cms.media import likeness, probe
from cms.media.derivatives.models import UNFINISHED, Derivative, DerivativeStatus, DerivedFile, url_path
from cms.media.derivatives.recipe import Cost, Following, Recipe, Skip, cost
from cms.media.derivatives.recipes import recipes
from cms.media.models import MediaFile
from cms.messages import N_, InvalidInput

RETRIES = Retries(max_attempts=3, retry_after=10)
#: How long a worker may go without a heartbeat, in seconds.
LEASE = 60.0
#: While this many are waiting, none are added for existing files: each waiting row has tasks in the queue.
MOST_WAITING = 200

_FINAL = (DerivativeStatus.READY, DerivativeStatus.SKIPPED, DerivativeStatus.FAILED)


def known_recipes() -> str:
    """A hash of the recipes that are on and their versions, which says for which of them a media file has its rows."""
    names = " ".join(f"{recipe.NAME}-{recipe.VERSION}" for recipe in recipes().values())
    return hashlib.sha256(names.encode()).hexdigest()[:16]


def add(session: Session, media_file: MediaFile) -> None:
    """Add the rows that a media file lacks. The caller has locked its row, or has just added it."""
    if media_file.recipes_seen == known_recipes():
        return
    rows = session.scalars(select(Derivative).where(Derivative.media_file_id == media_file.id)).all()
    there = {(row.recipe, row.version) for row in rows}
    for recipe in recipes().values():
        is_wanted = recipe.is_for(media_file) and not media_file.is_private
        if is_wanted and (recipe.NAME, recipe.VERSION) not in there:
            later = now() + timedelta(seconds=RETRIES.resend_after)
            session.add(
                Derivative(media_file_id=media_file.id, recipe=recipe.NAME, version=recipe.VERSION, next_send_at=later)
            )
    for row in rows:  # those that were never made, and that no recipe makes any more
        if row.files is None and recipe_of(row) is None:
            session.delete(row)
    media_file.recipes_seen = known_recipes()
    session.flush()


def recipe_of(row: Derivative) -> Recipe | None:
    """The recipe of a row, in the row's version; ``None`` if this release does not have it."""
    recipe = recipes().get(row.recipe)
    return recipe if recipe and row.version == recipe.VERSION else None


def add_missing(session: Session) -> int:
    """Add the missing rows of some files that predate a recipe or their probe. Returns the number of files."""
    waiting = session.scalar(select(func.count()).where(Derivative.status == DerivativeStatus.PENDING)) or 0
    lacking = select(MediaFile).where(_lacks_rows()).limit(max(0, MOST_WAITING - waiting))
    files = session.scalars(lacking.with_for_update(skip_locked=True)).all()
    for media_file in files:
        add(session, media_file)
    return len(files)


def ask(session: Session, media_file_id: int, name: str | None = None, *, again: bool = False) -> list[int]:
    """Queue what a media file lacks, and what has failed. Returns the ids of all that are waiting then.

    Args:
        session: in a transaction that the caller commits.
        media_file_id: the id of the media file.
        name: of a recipe, to ask for that one alone.
        again: whether to queue also what is ready, or was skipped.
    """
    media_file = session.get(MediaFile, media_file_id, with_for_update=True, populate_existing=True)
    if media_file is None or media_file.probe_version != probe.VERSION:
        return []
    media_file.recipes_seen = None
    add(session, media_file)
    rows = session.scalars(select(Derivative).where(Derivative.media_file_id == media_file_id)).all()
    asked = [row for row in rows if recipe_of(row) and name in (None, row.recipe)]
    for row in asked:
        if row.status == DerivativeStatus.FAILED or (again and row.status in _FINAL):
            retry(session, row)
    session.expire_all()
    return [row.id for row in asked if row.status == DerivativeStatus.PENDING]


def _lacks_rows() -> ColumnElement[bool]:
    seen = MediaFile.recipes_seen
    is_known = (seen.is_(None), seen < known_recipes(), seen > known_recipes())  # each can use the index
    return or_(*is_known) & (MediaFile.probe_version == probe.VERSION)


def waiting_for(session: Session, media_file_id: int) -> list[int]:
    """The ids of the derivatives of a media file that are waiting to be made."""
    mine = select(Derivative.id).where(Derivative.media_file_id == media_file_id)
    return list(session.scalars(mine.where(Derivative.status == DerivativeStatus.PENDING).order_by(Derivative.id)))


def costs(session: Session, ids: Iterable[int]) -> dict[int, Cost]:
    """The costs of these rows, without those of unknown recipes."""
    rows = session.execute(
        select(Derivative.id, Derivative.recipe, MediaFile).join(MediaFile).where(Derivative.id.in_(ids))
    )
    return {id_: cost(recipes()[name], media_file) for id_, name, media_file in rows if name in recipes()}


def claim(session: Session, row_id: int) -> Claim | None:
    """Claim a derivative that is waiting. ``None`` if it is not."""
    taken = leases.claim(session, Derivative, row_id, LEASE, RETRIES)
    if taken:
        session.execute(update(Derivative).where(Derivative.id == row_id).values(started_at=now()))
    return taken


def complete(
    session: Session,
    claim: Claim,
    media_file_id: int,
    files: list[DerivedFile],
    facts: dict[str, Any],
    publish: Callable[[], None],
) -> Derivative:
    """Publish the files, and make the pages show them.

    The media file's row is locked, so that the file cannot be removed. The rows of earlier versions are deleted; their
    files stay until the next run of :func:`cms.media.derivatives.garbage.collect`. Recipes that start from the new
    files are queued.

    Args:
        session: in a transaction that the caller commits at once.
        claim: on the row.
        media_file_id: the id of its media file.
        files: what was made.
        facts: what the recipe says about the work.
        publish: stores the files under their paths.

    Raises:
        ClaimLost: another worker has the row, or the media file is gone.
        OSError: the files cannot be stored at the moment.
    """
    media_file = session.get(MediaFile, media_file_id, with_for_update=True, populate_existing=True)
    if media_file is None:
        raise ClaimLost
    row = leases.claimed(session, Derivative, claim)
    publish()
    row.files, row.size, row.facts = files, sum(file["size"] for file in files), facts
    _end(row, DerivativeStatus.READY)
    earlier = (Derivative.media_file_id == media_file_id, Derivative.recipe == row.recipe)
    session.execute(delete(Derivative).where(*earlier, Derivative.version < row.version))
    if field := recipes()[row.recipe].FIELD:
        media_file.derived = (media_file.derived or {}) | {field: shown(files)}
    if "likeness" in facts:
        likeness.note(session, media_file, facts["likeness"])
    session.flush()
    for recipe in recipes().values():
        if isinstance(recipe, Following) and row.recipe == recipe.STARTS_FROM:
            remake(session, media_file, recipe.NAME)
    return row


def shown(files: list[DerivedFile]) -> list[dict[str, Any]]:
    """Files as they appear in the page documents."""
    members = ("mime_type", "width", "height")
    return [
        {"path": url_path(file["path"]), **{name: file[name] for name in members}, **file.get("about", {})}  # type: ignore[literal-required]
        for file in files
    ]


def refuse(session: Session, claim: Claim, reason: InvalidInput) -> Derivative:
    """End the work, because there is nothing to make, or something is wrong with the file.

    Raises:
        ClaimLost: another worker has the row now.
    """
    owner = select(Derivative.media_file_id).where(Derivative.id == claim.row_id).scalar_subquery()
    media_file = session.scalar(select(MediaFile).where(MediaFile.id == owner).with_for_update())
    row = leases.claimed(session, Derivative, claim)
    _end(row, DerivativeStatus.SKIPPED if isinstance(reason, Skip) else DerivativeStatus.FAILED, reason)
    if isinstance(reason, Skip) and media_file and (row.facts or {}).get("is_own"):
        # The editor no longer wants their own picture, and there is nothing to take its place.
        row.files, row.size, row.facts = None, 0, None
        field = recipes()[row.recipe].FIELD
        media_file.derived = {name: files for name, files in (media_file.derived or {}).items() if name != field}
    session.flush()
    return row


def requeue(session: Session, claim: Claim, error: Exception) -> Derivative:
    """Queue a row again after a transient error, unless it has had its last attempt. Other errors fail it at once.

    Raises:
        ClaimLost: another worker has the row now.
    """
    row = leases.claimed(session, Derivative, claim)
    reason = explain(error)
    if is_transient(error) and not is_disk_full(error):
        reason = InvalidInput(N_("Something went wrong while this was being made."))
    if not is_transient(error):
        _end(row, DerivativeStatus.FAILED, reason)
    else:
        _try_again(row, reason)
    session.flush()
    return row


def retry(session: Session, row: Derivative) -> None:
    """Queue a finished derivative again. Its existing files are used until then.

    Raises:
        InvalidInput: it is not finished, or this release lacks its recipe.
    """
    if recipe_of(row) is None or not _change(session, row, _FINAL, _waiting_again()):
        raise InvalidInput(N_("This is being made already, or cannot be made any more."))


def remake(session: Session, media_file: MediaFile, name: str) -> list[int]:
    """Queue a derivative even while it is being made: that work ends without effect. Returns the ids.

    Args:
        session: in a transaction that the caller commits.
        media_file: locked by the caller.
        name: of the recipe.
    """
    media_file.recipes_seen = None
    add(session, media_file)
    rows = session.scalars(select(Derivative).where(Derivative.media_file_id == media_file.id)).all()
    ours = [row for row in rows if row.recipe == name and recipe_of(row)]
    return [row.id for row in ours if _change(session, row, (*UNFINISHED, *_FINAL), _waiting_again())]


def cancel(session: Session, row: Derivative) -> None:
    """Cancel a derivative. A worker that is making it stops at its next heartbeat.

    Raises:
        InvalidInput: it is finished already.
    """
    ended = {"status": DerivativeStatus.SKIPPED, "reason": N_("Canceled by an editor."), "reason_values": None}
    none = {"lease_token": None, "lease_until": None, "due_at": None, "next_send_at": None}
    if not _change(session, row, UNFINISHED, ended | none):
        raise InvalidInput(N_("This is finished already."))


def restart(session: Session, media_file_id: int) -> None:
    """Retry what has failed, because the bytes of a media file are back."""
    failed = (Derivative.media_file_id == media_file_id, Derivative.status == DerivativeStatus.FAILED)
    for row in session.scalars(select(Derivative).where(*failed)):
        if recipe_of(row):
            retry(session, row)


def recover(session: Session) -> list[int]:
    """Free the rows of dead workers, and return the ids of those whose task has to be sent again."""
    interrupted = InvalidInput(N_("The work on this file was interrupted."))
    return leases.recover(session, Derivative, LEASE, RETRIES, lambda row: _try_again(row, interrupted))


def _change(session: Session, row: Derivative, states: tuple[DerivativeStatus, ...], values: dict[str, Any]) -> bool:
    """Change a row if its status is one of these. It is locked, because a worker may be changing it too."""
    locked = session.get(Derivative, row.id, with_for_update=True, populate_existing=True)
    if locked is None or locked.status not in states:
        return False
    for name, value in values.items():
        setattr(locked, name, value)
    session.flush()
    return True


def _waiting_again() -> dict[str, Any]:
    again = {"status": DerivativeStatus.PENDING, "attempts": 0, "progress": 0, "reason": None, "reason_values": None}
    lease = {"lease_token": None, "lease_until": None, "due_at": None}
    return again | lease | {"next_send_at": now() + timedelta(seconds=RETRIES.resend_after)}


def _try_again(row: Derivative, reason: InvalidInput) -> None:
    row.progress = 0
    if leases.retry(row, RETRIES):
        row.reason, row.reason_values = reason.sentence, reason.values or None
    else:
        _end(row, DerivativeStatus.FAILED, reason)


def _end(row: Derivative, status: DerivativeStatus, reason: InvalidInput | None = None) -> None:
    leases.finish(row, status)
    row.progress = 100 if status is DerivativeStatus.READY else 0
    row.reason, row.reason_values = (reason.sentence, reason.values or None) if reason else (None, None)
