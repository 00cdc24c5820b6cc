"""What administrators do with accounts. At least one active administrator stays. Functions here never commit."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.accounts import links, sessions, users
from cms.accounts.models import User
from cms.accounts.policy import Role
from cms.messages import N_, InvalidInput


def invite(session: Session, email: str, role: Role) -> User:
    """Make an account without a password: a link sets it.

    Raises:
        InvalidInput: the address is invalid or taken.
    """
    return users.add(session, email, "", role)


def change_role(session: Session, user: User, role: Role) -> None:
    """Give an account another role.

    Raises:
        InvalidInput: it is the last active administrator.
    """
    if role is not Role.ADMIN:
        _keep_another(session, user)
    user.role = role
    session.flush()


def close(session: Session, user: User) -> None:
    """Close an account: its sessions and links end, and nobody signs in to it.

    Raises:
        InvalidInput: it is the last active administrator.
    """
    _keep_another(session, user)
    user.is_active = False
    links.forget(session, user.id)
    sessions.end_all(session, user.id)
    session.flush()


def reopen(session: Session, user: User) -> None:
    """Let somebody sign in again."""
    user.is_active = True
    session.flush()


def _keep_another(session: Session, user: User) -> None:
    """Refuse to lose the last one. The rows are locked, so that two administrators cannot remove each other at once."""
    session.flush()
    can_sign_in = (User.role == Role.ADMIN, User.is_active, User.password_hash != "")
    locked = select(User.id).where(*can_sign_in).order_by(User.id).with_for_update()
    if list(session.scalars(locked)) == [user.id]:
        raise InvalidInput(N_("This is the last administrator. Make somebody else one first."))
