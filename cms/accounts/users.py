"""Editors' accounts. Passwords are stored as argon2 hashes (RFC 9106) only."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.accounts import policy
from cms.accounts.models import User
from cms.accounts.policy import Permission, Role
from cms.cleaning import without_controls
from cms.messages import N_, InvalidInput

MIN_PASSWORD_LENGTH = 8
EMAIL_LENGTH = 255

_hasher = PasswordHasher()


def create(session: Session, email: str, password: str, role: Role = Role.ADMIN) -> User:
    """Create an account.

    Raises:
        InvalidInput: the address is invalid or taken, or the password is too short.
    """
    return add(session, email, _hashed(password), role)


def add(session: Session, email: str, password_hash: str, role: Role) -> User:
    """Add an account.

    Raises:
        InvalidInput: the address is invalid or taken.
    """
    email = normal(email)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email) or len(email) > EMAIL_LENGTH:
        raise InvalidInput(N_("%(email)s is not an e-mail address."), email=email)
    if session.scalar(select(User).where(User.email == email)):
        raise InvalidInput(N_("There is already an account for %(email)s."), email=email)
    user = User(email=email, role=role, password_hash=password_hash)
    session.add(user)
    session.flush()
    return user


def set_password(user: User, password: str) -> None:
    """Change the password of an account.

    Raises:
        InvalidInput: the password is too short.
    """
    user.password_hash = _hashed(password)


def find(session: Session, email: str) -> User | None:
    """The account with that address, whatever its case."""
    return session.scalar(select(User).where(User.email == normal(email)))


def may(session: Session, email: str | None, what: Permission) -> bool:
    """Whether an account may do something with what pages share. A command, which has no account, may do everything."""
    if email is None:
        return True
    person = find(session, email)
    return person is not None and person.is_active and policy.may(person, what)


def authenticate(session: Session, email: str, password: str) -> User | None:
    """The active account with that address and password, or ``None``. Renews a hash with outdated parameters."""
    user = find(session, email)
    nobody = _dummy_hash(_hasher)  # computed for every account, so that its first computation tells nothing
    try:
        _hasher.verify((user.password_hash if user else "") or nobody, password)
    except (VerificationError, InvalidHashError):
        return None
    if user is None or not user.is_active or not user.password_hash:
        return None
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
    return user


def is_password(user: User, password: str) -> bool:
    """Whether that is the account's password."""
    try:
        return _hasher.verify(user.password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _hashed(password: str) -> str:
    if len(password) < MIN_PASSWORD_LENGTH:
        raise InvalidInput(N_("A password must have at least %(length)d characters."), length=MIN_PASSWORD_LENGTH)
    return _hasher.hash(password)


@cache
def _dummy_hash(hasher: PasswordHasher) -> str:
    """The hash to verify if there is no such account: the answer takes as long as for a wrong password."""
    return hasher.hash("nobody")


def normal(email: str) -> str:
    """An address as accounts have it, however it was typed."""
    # A copied address may contain direction marks and other invisible format characters.
    seen = (c for c in without_controls(email) if unicodedata.category(c) != "Cf")
    return "".join(seen).strip().casefold()
