"""Who is signed in, for Flask-Login: a session's token is in the cookie, and its row in the database."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from flask import Response, after_this_request, request, session
from flask_login import UserMixin, current_user, login_user, logout_user
from sqlalchemy.exc import OperationalError

from cms import current
from cms.accounts import audit, sessions
from cms.accounts.audit import Deed
from cms.accounts.models import User
from cms.extensions import db, login_manager
from cms.web.language import LANGUAGES, remember_language


class SignedIn(UserMixin):  # type: ignore[misc]
    """The user as Flask-Login needs it. The model itself knows nothing of Flask-Login."""

    def __init__(self, user: User, session_id: int, token: str) -> None:
        self.id = user.id
        self.email = user.email
        self.role = user.role
        self.session_id = session_id
        self._token = token

    def get_id(self) -> str:
        """What the cookie has."""
        return self._token


@login_manager.user_loader
def load_user(token: str) -> SignedIn | None:
    """The signed-in account; ``None`` if the session was ended, or the account has been closed."""
    found = sessions.find(db.session(), token)
    if found is None:
        return None
    user, login = found
    if sessions.is_due(login):
        after_this_request(partial(_note_seen, user.id, login.id))
    return SignedIn(user, login.id, token)


def sign_in(user: User) -> None:
    """Begin a session, and commit. The one that was there before ends."""
    end_session()
    token = sessions.begin(db.session(), user, request.remote_addr or "", request.user_agent.string)
    found = sessions.find(db.session(), token)
    if found is None:
        return  # closed since the password was looked at
    audit.note(db.session(), Deed.SIGNED_IN, user.email, "user", user.id)
    signed_in, language = SignedIn(user, found[1].id, token), user.language
    db.session.commit()
    session.clear()  # drop everything of the anonymous session, including its CSRF token
    login_user(signed_in)
    if language in LANGUAGES:
        after_this_request(partial(remember_language, language))


def end_session() -> None:
    """Sign out whoever is signed in, without a commit."""
    if current_user.is_authenticated:
        sessions.end(db.session(), current_user.id, current_user.session_id)
        logout_user()
    session.clear()


def _note_seen(user_id: int, session_id: int, response: Response) -> Response:
    """Write that somebody is there, in a transaction of its own, once the request is over."""
    db.session.rollback()  # on SQLite it may still hold the lock
    with suppress(OperationalError), current.transactions()() as writing:
        sessions.note_seen(writing, user_id, session_id)
    return response
