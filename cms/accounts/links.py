"""Links with which people choose a password: invitations, and resets. Functions here flush and never commit."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cms.accounts import passkeys, sessions, tokens, users
from cms.accounts.models import AccountLink, User
from cms.database import changed_rows, now
from cms.messages import N_, InvalidInput

#: How long an invitation is valid, and a link for a new password.
INVITATION, RESET = timedelta(days=7), timedelta(days=1)


def make(session: Session, user: User) -> str:
    """The token of a new link. Earlier links stay valid until one of them is used."""
    lifetime = RESET if user.password_hash else INVITATION
    token = tokens.new()
    session.execute(delete(AccountLink).where(AccountLink.expires_at < now()))
    session.add(AccountLink(user_id=user.id, digest=tokens.digest(token), expires_at=now() + lifetime))
    session.flush()
    return token


def find(session: Session, token: str) -> User | None:
    """The account that a link is for; ``None`` if it was used, has expired, or the account is closed."""
    valid = (AccountLink.digest == tokens.digest(token), AccountLink.expires_at > now(), User.is_active)
    return session.scalar(select(User).join(AccountLink, AccountLink.user_id == User.id).where(*valid))


def use(session: Session, token: str, password: str) -> User:
    """Set the password of the account that a link is for. All of its links, sessions and passkeys end.

    Somebody else may have had the account until now.

    Raises:
        InvalidInput: the link is not valid any more, or the password is too short.
    """
    user = find(session, token)
    if user is None:
        raise InvalidInput(N_("This link is not valid any more. Ask for another one."))
    users.set_password(user, password)
    this = delete(AccountLink).where(AccountLink.digest == tokens.digest(token))
    if not changed_rows(session.execute(this)):  # of two requests at once one comes here
        raise InvalidInput(N_("This link is not valid any more. Ask for another one."))
    forget(session, user.id)
    sessions.end_all(session, user.id)
    passkeys.remove_all(session, user.id)
    session.flush()
    return user


def forget(session: Session, user_id: int) -> None:
    """End all links of an account."""
    session.execute(delete(AccountLink).where(AccountLink.user_id == user_id))
