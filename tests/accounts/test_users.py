"""Accounts: argon2 hashes, and no way to find out which addresses have an account."""

from __future__ import annotations

from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy.orm import Session

from cms.accounts import users
from cms.messages import InvalidInput

pytestmark = pytest.mark.both_databases


class SpiedHasher(PasswordHasher):
    """Records calls. No other hasher in the tests has its parameters."""

    def __init__(self) -> None:
        super().__init__(time_cost=2, memory_cost=16, parallelism=1)
        self.asked: list[tuple[str, str | bytes]] = []
        self.verified_against: list[Any] = []

    def hash(self, password: str | bytes, **options: Any) -> str:
        self.asked.append(("hash", password))
        return super().hash(password, **options)

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:
        self.asked.append(("verify", password))
        self.verified_against.append(extract_parameters(str(hash)))
        return super().verify(hash, password)


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> SpiedHasher:
    spied = SpiedHasher()
    monkeypatch.setattr(users, "_hasher", spied)
    return spied


def test_an_account_may_sign_in_with_its_password_alone(session: Session) -> None:
    user = users.create(session, "Editor@Example.com ", "correct horse")
    assert user.email == "editor@example.com"
    assert users.authenticate(session, " EDITOR@example.com", "correct horse") is user
    assert users.authenticate(session, "editor@example.com", "wrong horse") is None
    assert users.authenticate(session, "editor@example.com", "") is None
    assert users.authenticate(session, "nobody@example.com", "nobody") is None


def test_the_password_is_kept_as_an_argon2_hash_alone(session: Session) -> None:
    user = users.create(session, "a@b", "correct horse")
    assert user.password_hash.startswith("$argon2id$")
    assert "correct" not in user.password_hash
    assert users.create(session, "c@d", "correct horse").password_hash != user.password_hash, "no salt"


def test_a_closed_account_may_not_sign_in(session: Session) -> None:
    users.create(session, "a@b", "correct horse").is_active = False
    assert users.authenticate(session, "a@b", "correct horse") is None


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("editor@example.com", "wrong horse"),
        ("nobody@example.com", "wrong horse"),
        ("nobody@example.com", "nobody"),
        ("closed@example.com", "wrong horse"),
        ("closed@example.com", "correct horse"),
    ],
)
def test_whoever_is_not_let_in_costs_the_same(session: Session, hasher: SpiedHasher, email: str, password: str) -> None:
    """The time of an answer must not reveal whether there is an active account."""
    users.create(session, "editor@example.com", "correct horse")
    users.create(session, "closed@example.com", "correct horse").is_active = False
    hasher.asked.clear()
    assert users.authenticate(session, email, password) is None
    assert [what for what, _ in hasher.asked] == ["hash", "verify"], "the hash of nobody is made once, whoever comes"
    hasher.asked.clear()
    assert users.authenticate(session, email, password) is None
    assert hasher.asked == [("verify", password)]
    of_this_hasher = extract_parameters(hasher.hash("x"))
    assert hasher.verified_against == [of_this_hasher, of_this_hasher]


def test_the_hash_of_a_closed_account_is_not_renewed(session: Session, hasher: SpiedHasher) -> None:
    """Renewing it would take longer than refusing a wrong password."""
    user = users.create(session, "a@b", "correct horse")
    user.is_active = False
    weak = user.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse")
    assert users.authenticate(session, "a@b", "correct horse") is None
    assert user.password_hash == weak


@pytest.mark.parametrize("email", ["", "nobody", "a b@c", "@", "a@", "@b", "a@b@c"])
def test_what_is_no_address_is_refused(session: Session, email: str) -> None:
    with pytest.raises(InvalidInput, match="is not an e-mail address"):
        users.create(session, email, "correct horse")


def test_an_address_is_given_once_in_any_case_of_letters(session: Session) -> None:
    users.create(session, "a@b.example", "correct horse")
    with pytest.raises(InvalidInput, match=r"There is already an account for a@b\.example"):
        users.create(session, "A@B.example", "correct horse")


def test_a_short_password_is_refused(session: Session) -> None:
    with pytest.raises(InvalidInput, match="at least 8 characters"):
        users.create(session, "a@b", "1234567")
    user = users.create(session, "a@b", "12345678")
    with pytest.raises(InvalidInput, match="at least 8 characters"):
        users.set_password(user, "short")


def test_another_password_replaces_the_first(session: Session) -> None:
    user = users.create(session, "a@b", "correct horse")
    users.set_password(user, "battery staple")
    assert users.authenticate(session, "a@b", "battery staple")
    assert users.authenticate(session, "a@b", "correct horse") is None


def test_a_hash_of_an_older_strength_is_renewed(session: Session) -> None:
    user = users.create(session, "a@b", "correct horse")
    weak = user.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse")
    assert users.authenticate(session, "a@b", "wrong horse") is None
    assert user.password_hash == weak
    assert users.authenticate(session, "a@b", "correct horse")
    assert user.password_hash != weak
    assert users.authenticate(session, "a@b", "correct horse")


def test_a_broken_hash_lets_nobody_in(session: Session) -> None:
    users.create(session, "a@b", "correct horse").password_hash = "x"
    assert users.authenticate(session, "a@b", "x") is None
