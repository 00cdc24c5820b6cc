"""One worker at a time has a row of work, for as long as it extends its lease."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms import leases
from cms.database import now
from cms.leases import Claim, ClaimLost, Retries
from cms.media.models import Upload
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

LEASE, RETRIES = 600, Retries(max_attempts=3, retry_after=100, max_resend_after=600)
LONGEST_PAUSE = RETRIES.longest_pause

Claiming = Callable[[], Claim | None]


@pytest.fixture
def claim(engine: Engine, upload_id: int) -> Claiming:
    def once() -> Claim | None:
        with Session(engine) as session, session.begin():
            return leases.claim(session, Upload, upload_id, LEASE, RETRIES)

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


def recover(engine: Engine) -> tuple[list[int], list[int]]:
    """The ids of rows whose worker is dead, which are to wait again, and of those whose task is to be sent."""
    dead: list[Upload] = []

    def abandoned(row: Upload) -> None:
        dead.append(row)
        leases.retry(row, RETRIES)

    with Session(engine) as session, session.begin():
        due = leases.recover(session, Upload, LEASE, RETRIES, abandoned)
        return [row.id for row in dead], due


@pytest.mark.parametrize(("ends_in", "is_abandoned"), [(300, False), (-1, True), (2 * LEASE + 300, True)])
def test_it_is_abandoned_when_its_lease_has_run_out(
    claim: Claiming, engine: Engine, factory: Factory, upload_id: int, ends_in: float, is_abandoned: bool
) -> None:
    claim()
    factory.change(factory.upload_row(upload_id), lease_until=now() + timedelta(seconds=ends_in))
    assert recover(engine) == ([upload_id] if is_abandoned else [], [])
    assert (factory.upload_row(upload_id).status == Upload.WAITING) is is_abandoned


def test_it_waits_again_for_a_pause_that_grows_until_it_has_had_all_attempts(
    claim: Claiming, engine: Engine, factory: Factory, upload_id: int
) -> None:
    for attempts, pause in ((1, 100), (2, 200), (3, None)):
        assert claim()
        with Session(engine) as session, session.begin():
            assert leases.retry(session.get_one(Upload, upload_id), RETRIES) is (pause is not None)
        row = factory.upload_row(upload_id)
        assert row.attempts == attempts
        if pause is not None:
            assert (row.status, row.lease_token, row.lease_until) == (Upload.WAITING, None, None)
            assert row.due_at
            assert row.due_at == row.next_send_at
            assert pause - 60 < (row.due_at - now()).total_seconds() <= pause
            assert claim() is None
            factory.change(row, due_at=None)


def test_what_is_finished_is_nobodys(claim: Claiming, engine: Engine, factory: Factory, upload_id: int) -> None:
    mine = claim()
    assert mine
    with Session(engine) as session, session.begin():
        leases.finish(leases.claimed(session, Upload, mine), "completed")
    row = factory.upload_row(upload_id)
    assert (row.status, row.lease_token, row.lease_until, row.next_send_at) == ("completed", None, None, None)
    with Session(engine) as session, pytest.raises(ClaimLost):
        leases.extend(session, Upload, mine, LEASE)
    assert claim() is None
    assert recover(engine) == ([], [])


@pytest.mark.parametrize(
    ("send_in", "is_sent"), [(None, True), (-1, True), (300, False), (2 * LONGEST_PAUSE + 9, True)]
)
def test_its_task_is_sent_again_when_it_is_time(
    engine: Engine, factory: Factory, upload_id: int, send_in: float | None, is_sent: bool
) -> None:
    next_send_at = None if send_in is None else now() + timedelta(seconds=send_in)
    factory.change(factory.upload_row(upload_id), next_send_at=next_send_at)
    assert recover(engine) == ([], [upload_id] if is_sent else [])
    assert recover(engine) == ([], []), "not twice in a row"
