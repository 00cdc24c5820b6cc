"""Sessions: the browsers in which people are signed in. Functions here flush and never commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cms.accounts import audit, tokens
from cms.accounts.audit import Deed
from cms.accounts.models import User, UserSession
from cms.cleaning import without_controls
from cms.database import changed_rows, now

#: After that long without a request a session has ended.
MAX_IDLE = timedelta(days=30)
#: How exactly it is kept when somebody was last seen: one write for each of these.
SEEN_EVERY = timedelta(minutes=1)


def begin(session: Session, user: User, address: str, browser: str) -> str:
    """Begin a session, and return its token. Those of the same account that have long been idle are removed."""
    session.execute(delete(UserSession).where(UserSession.user_id == user.id, UserSession.seen_at < now() - MAX_IDLE))
    token = tokens.new()
    user.seen_at = now()
    session.add(
        UserSession(
            user_id=user.id,
            digest=tokens.digest(token),
            address=address[:45],
            browser=without_controls(browser)[:255],
        )
    )
    session.flush()
    return token


def find(session: Session, token: str) -> tuple[User, UserSession] | None:
    """Who is signed in with that token, by one query; ``None`` if the session has ended or the account is closed."""
    there = select(User, UserSession).join(UserSession, UserSession.user_id == User.id)
    lives = (UserSession.digest == tokens.digest(token), UserSession.seen_at > now() - MAX_IDLE)
    found = session.execute(there.where(*lives, User.is_active)).first()
    return (found[0], found[1]) if found else None


def is_due(login: UserSession) -> bool:
    """Whether it is to be written that the session is in use. (A clock that was set back is no reason to stop.)"""
    return abs(now() - login.seen_at) >= SEEN_EVERY


def note_seen(session: Session, user_id: int, session_id: int) -> None:
    """Keep that somebody is there."""
    moment = now()
    session.execute(update(UserSession).where(UserSession.id == session_id).values(seen_at=moment))
    # It is no change of the account.
    kept = {"seen_at": moment, "updated_at": User.updated_at}
    session.execute(update(User).where(User.id == user_id).values(kept))


def of(session: Session, user_id: int) -> Sequence[UserSession]:
    """The sessions of an account that have not ended, the latest first."""
    mine = select(UserSession).where(UserSession.user_id == user_id, UserSession.seen_at > now() - MAX_IDLE)
    return session.scalars(mine.order_by(UserSession.seen_at.desc(), UserSession.id.desc())).all()


def end(session: Session, user_id: int, session_id: int) -> bool:
    """End a session of an account; ``False`` if it has none with that id."""
    mine = delete(UserSession).where(UserSession.user_id == user_id, UserSession.id == session_id)
    return bool(changed_rows(session.execute(mine)))


def end_all(session: Session, user_id: int, but: int | None = None) -> int:
    """End all sessions of an account, but for one. Returns how many there were."""
    mine = delete(UserSession).where(UserSession.user_id == user_id)
    ended = changed_rows(session.execute(mine if but is None else mine.where(UserSession.id != but)))
    if ended:
        note_ended(session, user_id)
    return ended


def note_ended(session: Session, user_id: int) -> None:
    """Have the commit write who has ended whose sessions."""
    audit.note(session, Deed.ENDED, session.get_one(User, user_id).email, User.__tablename__, user_id)
