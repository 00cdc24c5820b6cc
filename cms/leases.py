"""Work that lies in the database, and that one worker at a time has.

A worker **claims** a row for a while (its lease), extends the lease as long as it works, and checks its claim with each
write. If a worker dies, its lease runs out, and the row is free for another one. Functions here never commit.

No time that is further ahead than it is ever set is believed: it is from before the clock was set back. Twice as far is
still believed, since the clocks of two machines may differ.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.orm import Session

from cms.database import Leased, changed_rows, now

Work = TypeVar("Work", bound=Leased)


@dataclass(frozen=True)
class Claim:
    """A worker's right to one row: valid until the lease runs out or another worker claims it."""

    row_id: int
    token: str


class ClaimLost(Exception):
    """The lease ran out and the row is somebody else's now; whoever sees this stops and leaves it alone."""


def claim(session: Session, work: type[Leased], row_id: int, seconds: float, *, longest_pause: float) -> Claim | None:
    """Claim a row that waits: one conditional UPDATE. ``None`` if it does not wait, or not yet.

    Args:
        seconds: how long the lease is.
        longest_pause: seconds; ``due_at`` is never set further ahead.
    """
    token, moment = secrets.token_hex(16), now()
    is_due = or_(work.due_at.is_(None), has_come(work.due_at, longest_pause))
    change = update(work).where(work.id == row_id, work.status == work.WAITING, is_due)
    taken = session.execute(
        change.values(
            status=work.RUNNING,
            attempts=work.attempts + 1,
            lease_token=token,
            lease_until=moment + timedelta(seconds=seconds),
            due_at=None,
            updated_at=moment,
        )
    )
    return Claim(row_id, token) if changed_rows(taken) else None


def extend(session: Session, work: type[Leased], claim: Claim, seconds: float) -> None:
    """Keep a claim for another lease: the heartbeat.

    Raises:
        ClaimLost: it is no longer ours.
    """
    change = update(work).where(work.id == claim.row_id, work.lease_token == claim.token)
    kept = session.execute(change.values(lease_until=now() + timedelta(seconds=seconds)))
    if not changed_rows(kept):
        raise ClaimLost


def claimed(session: Session, work: type[Work], claim: Claim) -> Work:
    """The row that is claimed, locked.

    Raises:
        ClaimLost: another worker has it now.
    """
    row = session.get(work, claim.row_id, with_for_update=True, populate_existing=True)
    if row is None or row.lease_token != claim.token or row.status != work.RUNNING:
        raise ClaimLost
    return row


def requeue(row: Leased, pause: float) -> None:
    """Have a row wait again, and not be claimed for so many seconds: attempts would be used up while a fault lasts."""
    row.status, row.lease_token, row.lease_until = row.WAITING, None, None
    row.due_at = row.next_send_at = now() + timedelta(seconds=pause)


def is_abandoned(work: type[Leased], seconds: float) -> ColumnElement[bool]:
    """The condition for rows whose worker has not extended its lease of so many seconds in time."""
    return (work.status == work.RUNNING) & has_come(work.lease_until, seconds)


def is_to_be_sent(work: type[Leased], longest_pause: float) -> ColumnElement[bool]:
    """The condition for waiting rows whose task has to be sent again."""
    return (work.status == work.WAITING) & has_come(work.next_send_at, longest_pause)


def has_come(moment: Any, furthest: float) -> ColumnElement[bool]:
    """The condition for a column's moment being over, if it is never set further ahead than so many seconds."""
    present = now()
    return or_(moment <= present, moment > present + timedelta(seconds=2 * furthest))
