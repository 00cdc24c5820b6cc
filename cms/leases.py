"""Leases on rows of work: one worker at a time has a row.

A worker **claims** a row for a while (its lease), extends the lease as long as it works, and checks its claim with each
write. If a worker dies, its lease runs out, and another worker may have the row. Functions here never commit.

A time further ahead than any that is set counts as past: it was written before the clock was set back. The limit is
twice that distance, because the clocks of two machines may differ.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from cms.database import Leased, changed_rows, now

#: How many tasks one run of :func:`recover` sends. The next run sends the others.
MAX_SENT = 1000

Work = TypeVar("Work", bound=Leased)


@dataclass(frozen=True)
class Claim:
    """A worker's right to one row: valid until the lease runs out or another worker claims it."""

    row_id: int
    token: str


@dataclass(frozen=True)
class Retries:
    """How often work is tried, and how long the pauses are, in seconds."""

    max_attempts: int = 5
    #: The pause before the second attempt. It doubles each time.
    retry_after: float = 5
    #: The pause before recovery resends a task that no worker took. From then on it is the row's age.
    resend_after: float = 30
    #: The longest pause between two resends.
    max_resend_after: float = 600

    @property
    def longest_pause(self) -> float:
        """The longest of all these pauses: no time is set further ahead."""
        return max(self.max_resend_after, self.retry_after * 2.0 ** (self.max_attempts - 1))


class ClaimLost(Exception):
    """The lease ran out and another worker may have the row. The caller must stop and leave the row alone."""


def claim(session: Session, work: type[Leased], row_id: int, lease: float, retries: Retries) -> Claim | None:
    """Claim a waiting row for ``lease`` seconds, by one conditional UPDATE.

    Return ``None`` if the row is not waiting (say, its task was delivered twice) or not due yet.
    """
    token, moment = secrets.token_hex(16), now()
    is_due = or_(work.due_at.is_(None), has_come(work.due_at, retries.longest_pause))
    change = update(work).where(work.id == row_id, work.status == work.WAITING, is_due)
    taken = session.execute(
        change.values(
            status=work.RUNNING,
            attempts=work.attempts + 1,
            lease_token=token,
            lease_until=moment + timedelta(seconds=lease),
            due_at=None,
            updated_at=moment,
        )
    )
    return Claim(row_id, token) if changed_rows(taken) else None


def extend(session: Session, work: type[Leased], claim: Claim, lease: float) -> None:
    """Extend a claim by another lease (the heartbeat).

    Raises:
        ClaimLost: the claim is no longer valid.
    """
    is_ours = (work.id == claim.row_id, work.lease_token == claim.token, work.status == work.RUNNING)
    extended = session.execute(update(work).where(*is_ours).values(lease_until=now() + timedelta(seconds=lease)))
    if not changed_rows(extended):
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


def finish(row: Leased, status: str) -> None:
    """Give a row its final status. The claim on it ends."""
    row.status = status
    row.lease_token = row.lease_until = row.next_send_at = row.due_at = None


def retry(row: Leased, retries: Retries) -> bool:
    """Let a row wait for another attempt, after a pause that grows each time. Return False if none is left.

    The pause keeps a lasting fault from using up all attempts at once.
    """
    if row.attempts >= retries.max_attempts:
        return False
    row.status, row.lease_token, row.lease_until = row.WAITING, None, None
    row.due_at = row.next_send_at = now() + timedelta(seconds=retries.retry_after * 2.0 ** (row.attempts - 1))
    return True


def recover(
    session: Session, work: type[Work], lease: float, retries: Retries, abandoned: Callable[[Work], None]
) -> list[int]:
    """Free the rows of dead workers, and return the ids of waiting rows whose task has to be sent again.

    Args:
        session: the caller commits before the tasks are sent.
        lease: the length of a lease in seconds.
        abandoned: called with each locked row of a dead worker, to :func:`retry` or :func:`finish` it.
    """
    moment = now()
    left = select(work).where(work.status == work.RUNNING, has_come(work.lease_until, lease))
    for row in session.scalars(left.with_for_update(skip_locked=True)):
        abandoned(row)
    session.flush()
    is_to_be_sent = or_(work.next_send_at.is_(None), has_come(work.next_send_at, retries.longest_pause))
    waiting = select(work).where(work.status == work.WAITING, is_to_be_sent).order_by(work.id).limit(MAX_SENT)
    rows = session.scalars(waiting.with_for_update(skip_locked=True)).all()
    for row in rows:
        pause = max(retries.resend_after, (moment - row.created_at).total_seconds())
        row.next_send_at = moment + timedelta(seconds=min(pause, retries.max_resend_after))
    session.flush()
    return [row.id for row in rows]


def has_come(moment: Any, furthest: float) -> ColumnElement[bool]:
    """The condition that a column's time has come. The time is never set further ahead than ``furthest`` seconds."""
    present = now()
    return or_(moment <= present, moment > present + timedelta(seconds=2 * furthest))
