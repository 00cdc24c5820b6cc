"""Leases on rows of work: one worker at a time has a row.

A worker **claims** a row for a while (its lease), extends the lease as long as it works, and checks its claim with each
write. If a worker dies, its lease runs out, and another worker may have the row. Functions here never commit.

A time further ahead than it is ever set counts as past: it was written before the clock was set back. The limit is
twice that distance, because the clocks of two machines may differ.
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
    """The lease ran out and another worker may have the row. The caller must stop and leave the row alone."""


def claim(session: Session, work: type[Leased], row_id: int, seconds: float, *, longest_pause: float) -> Claim | None:
    """Claim a waiting row by one conditional UPDATE. Return ``None`` if it is not waiting or not due yet.

    Args:
        seconds: the length of the lease.
        longest_pause: ``due_at`` is never set further ahead than so many seconds.
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
    """Extend a claim by another lease (the heartbeat).

    Raises:
        ClaimLost: the claim is no longer valid.
    """
    change = update(work).where(work.id == claim.row_id, work.lease_token == claim.token)
    kept = session.execute(change.values(lease_until=now() + timedelta(seconds=seconds)))
    if not changed_rows(kept):
        raise ClaimLost


def claimed(session: Session, work: type[Work], claim: Claim) -> Work:
    """Return the claimed row, locked.

    Raises:
        ClaimLost: the claim is no longer valid.
    """
    row = session.get(work, claim.row_id, with_for_update=True, populate_existing=True)
    if row is None or row.lease_token != claim.token or row.status != work.RUNNING:
        raise ClaimLost
    return row


def requeue(row: Leased, pause: float) -> None:
    """Let a row wait again, for at least ``pause`` seconds, so that a lasting fault does not use up its attempts."""
    row.status, row.lease_token, row.lease_until = row.WAITING, None, None
    row.due_at = row.next_send_at = now() + timedelta(seconds=pause)


def is_abandoned(work: type[Leased], seconds: float) -> ColumnElement[bool]:
    """The condition for rows whose worker did not extend its lease, ``seconds`` long, in time."""
    return (work.status == work.RUNNING) & has_come(work.lease_until, seconds)


def is_to_be_sent(work: type[Leased], longest_pause: float) -> ColumnElement[bool]:
    """The condition for waiting rows whose task has to be sent again."""
    return (work.status == work.WAITING) & has_come(work.next_send_at, longest_pause)


def has_come(moment: Any, furthest: float) -> ColumnElement[bool]:
    """The condition that a column's time has come. It is never set further ahead than ``furthest`` seconds."""
    present = now()
    return or_(moment <= present, moment > present + timedelta(seconds=2 * furthest))
