"""One worker at a time has a row of work, for as long as it extends its lease."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cms import leases
from cms.database import now
from cms.leases import Claim, ClaimLost
from cms.media.models import Upload
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

LEASE, LONGEST_PAUSE = 600, 600

Claiming = Callable[[], Claim | None]


@pytest.fixture
def claim(engine: Engine, upload_id: int) -> Claiming:
    def once() -> Claim | None:
        with Session(engine) as session, session.begin():
            return leases.claim(session, Upload, upload_id, LEASE, longest_pause=LONGEST_PAUSE)

    return once


def test_of_many_who_claim_at_once_one_has_it(claim: Claiming) -> None:
    together, claims = Barrier(4), []

    def one() -> None:
        together.wait(30)
        claims.append(claim())

    threads = [Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([each for each in claims if each]) == 1


def test_a_claim_that_is_lost_writes_nothing(claim: Claiming, engine: Engine, factory: Factory, upload_id: int) -> None:
    first = claim()
    assert first
    factory.change(factory.upload_row(upload_id), status=Upload.WAITING, lease_token=None)
    second = claim()
    assert second
    with Session(engine) as session:
        for refused in (
            lambda: leases.extend(session, Upload, first, LEASE),
            lambda: leases.claimed(session, Upload, first),
        ):
            with pytest.raises(ClaimLost):
                refused()
        assert leases.claimed(session, Upload, second).id == upload_id


@pytest.mark.parametrize(
    ("due_in", "is_claimed"),
    [(None, True), (-1, True), (300, False), (2 * LONGEST_PAUSE - 300, False), (2 * LONGEST_PAUSE + 300, True)],
)
def test_it_is_claimed_when_it_is_due_or_the_clock_was_set_back(
    claim: Claiming, factory: Factory, upload_id: int, due_in: float | None, is_claimed: bool
) -> None:
    due_at = None if due_in is None else now() + timedelta(seconds=due_in)
    factory.change(factory.upload_row(upload_id), due_at=due_at)
    assert (claim() is not None) is is_claimed
    assert factory.upload_row(upload_id).due_at == (None if is_claimed else due_at)


@pytest.mark.parametrize(("ends_in", "is_abandoned"), [(300, False), (-1, True), (2 * LEASE + 300, True)])
def test_it_is_abandoned_when_its_lease_has_run_out(
    claim: Claiming, engine: Engine, factory: Factory, upload_id: int, ends_in: float, is_abandoned: bool
) -> None:
    claim()
    factory.change(factory.upload_row(upload_id), lease_until=now() + timedelta(seconds=ends_in))
    with Session(engine) as session:
        found = session.scalars(select(Upload.id).where(leases.is_abandoned(Upload, LEASE))).all()
    assert (found == [upload_id]) is is_abandoned


def test_what_waits_again_is_due_after_its_pause(
    claim: Claiming, engine: Engine, factory: Factory, upload_id: int
) -> None:
    claim()
    with Session(engine) as session, session.begin():
        leases.requeue(session.get_one(Upload, upload_id), 300)
    row = factory.upload_row(upload_id)
    assert (row.status, row.lease_token, row.lease_until, row.attempts) == (Upload.WAITING, None, None, 1)
    assert row.due_at == row.next_send_at
    assert row.due_at
    assert 0 < (row.due_at - now()).total_seconds() <= 300
    assert claim() is None
