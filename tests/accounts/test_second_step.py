"""The second step: codes as RFC 6238 has them, each taken once, and recovery codes."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.accounts import second_step, users
from cms.accounts.models import RecoveryCode, User
from cms.messages import InvalidInput

pytestmark = pytest.mark.both_databases

START = datetime(2026, 11, 27, 12, 0, 10, tzinfo=UTC)


def code_at(user: User, moment: datetime) -> str:
    return pyotp.TOTP(user.totp_secret or "").at(moment)


@pytest.fixture
def user(session: Session) -> User:
    return users.create(session, "a@example.com", "correct horse")


@pytest.fixture
def codes(session: Session, user: User) -> list[str]:
    """The recovery codes of the account, whose second step is on since START."""
    second_step.begin(session, user)
    return second_step.confirm(session, user, code_at(user, START), START)


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_the_rfc(session: Session, user: User, second: int, code: str) -> None:
    """RFC 6238, appendix B, in six digits."""
    user.totp_secret = base64.b32encode(b"12345678901234567890").decode()
    moment = datetime.fromtimestamp(second, UTC)
    assert second_step.confirm(session, user, code, moment)
    user.totp_step = None
    session.flush()
    with pytest.raises(InvalidInput, match="This code is wrong"):
        second_step.confirm(session, user, code, moment + timedelta(minutes=5))


def test_it_is_on_once_a_code_was_right(session: Session, user: User) -> None:
    for code in ("123456", "", "x"):
        with pytest.raises(InvalidInput, match="This code is wrong"):
            second_step.confirm(session, user, code, START)
    second_step.begin(session, user)
    first = user.totp_secret
    assert not second_step.is_on(user)
    second_step.begin(session, user)
    assert user.totp_secret != first
    assert second_step.confirm(session, user, code_at(user, START), START)
    assert second_step.is_on(user)
    for attempt in (
        lambda: second_step.begin(session, user),
        lambda: second_step.confirm(session, user, code_at(user, START), START),
    ):
        with pytest.raises(InvalidInput):
            attempt()


@pytest.mark.parametrize(
    ("shown", "is_taken"), [(-61, False), (-30, True), (0, True), (29, True), (31, True), (61, False)]
)
def test_clocks_may_differ_a_little(session: Session, user: User, codes: list[str], shown: int, is_taken: bool) -> None:
    moment = START + timedelta(hours=1)
    code = code_at(user, moment.replace(second=0) + timedelta(seconds=shown))
    assert second_step.check(session, user, f" {code[:3]} {code[3:]} ", moment.replace(second=0)) == is_taken


def test_a_code_is_taken_once(session: Session, user: User, codes: list[str]) -> None:
    assert not second_step.check(session, user, code_at(user, START), START), "it was taken when it was turned on"
    later = START + timedelta(seconds=30)
    assert second_step.check(session, user, code_at(user, later), later)
    assert not second_step.check(session, user, code_at(user, later), later)
    assert not second_step.check(session, user, code_at(user, START), later), "nor one from before it"
    for code in ("", "000000", "x", "９" * 6, "\0"):
        assert not second_step.check(session, user, code, later - timedelta(days=1))


def test_each_recovery_code_works_once(session: Session, user: User, codes: list[str]) -> None:
    assert len(set(codes)) == 10
    kept = str(session.scalars(select(RecoveryCode.digest)).all())
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    assert second_step.check(session, user, codes[0].upper().replace("-", " "))
    assert not second_step.check(session, user, codes[0])
    assert second_step.left(session, user) == 9
    other = users.create(session, "b@example.com", "correct horse")
    assert not second_step.check(session, other, codes[1])
    renewed = second_step.renew(session, user)
    assert not second_step.check(session, user, codes[1])
    assert second_step.check(session, user, renewed[1])
    second_step.turn_off(session, user)
    assert not second_step.is_on(user)
    assert second_step.left(session, user) == 0
