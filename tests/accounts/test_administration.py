"""Accounts are invited, closed and given roles; sessions and links end; an administrator is always left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.accounts import administration, links, sessions, users
from cms.accounts.models import AccountLink, User, UserSession
from cms.accounts.policy import Role
from cms.database import now
from cms.messages import InvalidInput

pytestmark = pytest.mark.both_databases

PASSWORD = "correct horse"


@pytest.fixture
def admin(session: Session) -> User:
    return users.create(session, "admin@example.com", PASSWORD)


def test_the_last_administrator_stays(session: Session, admin: User) -> None:
    users.create(session, "editor@example.com", PASSWORD, Role.EDITOR)
    users.create(session, "closed@example.com", PASSWORD).is_active = False
    administration.invite(session, "invited@example.com", Role.ADMIN)
    for attempt in (
        lambda: administration.close(session, admin),
        lambda: administration.change_role(session, admin, Role.EDITOR),
    ):
        with pytest.raises(InvalidInput, match="last administrator"):
            attempt()
    assert (admin.is_active, admin.role) == (True, Role.ADMIN)
    administration.change_role(session, admin, Role.ADMIN)
    users.create(session, "second@example.com", PASSWORD)
    administration.change_role(session, admin, Role.VIEWER)
    assert admin.role == Role.VIEWER


def test_an_invitation_is_taken_once(session: Session) -> None:
    user = administration.invite(session, " New@example.com", Role.AUTHOR)
    assert users.authenticate(session, "new@example.com", "") is None
    token, other = links.make(session, user), links.make(session, user)
    assert token not in str([vars(row) for row in session.scalars(select(AccountLink))])
    with pytest.raises(InvalidInput, match="8 characters"):
        links.use(session, token, "short")
    assert links.find(session, token) is user
    links.use(session, token, PASSWORD)
    assert users.authenticate(session, "new@example.com", PASSWORD) is user
    for used in (token, other, "", "nonsense", "\0"):
        assert links.find(session, used) is None
        with pytest.raises(InvalidInput, match="not valid any more"):
            links.use(session, used, PASSWORD)


@pytest.mark.parametrize(("is_new", "days"), [(True, 7), (False, 1)])
def test_links_expire(session: Session, admin: User, is_new: bool, days: int) -> None:
    user = administration.invite(session, "new@example.com", Role.AUTHOR) if is_new else admin
    token = links.make(session, user)
    row = session.scalars(select(AccountLink)).one()
    assert timedelta(days=days - 0.1) < row.expires_at - now() <= timedelta(days=days)
    row.expires_at = now() - timedelta(seconds=1)
    session.flush()
    assert links.find(session, token) is None


def test_a_new_password_ends_all_sessions(session: Session, admin: User) -> None:
    token = sessions.begin(session, admin, "192.0.2.7", "Browser")
    links.use(session, links.make(session, admin), "battery staple")
    assert sessions.find(session, token) is None


def test_a_closed_account_has_neither_sessions_nor_links(session: Session, admin: User) -> None:
    user = users.create(session, "editor@example.com", PASSWORD, Role.EDITOR)
    token, link = sessions.begin(session, user, "", ""), links.make(session, user)
    assert sessions.find(session, token)
    administration.close(session, user)
    administration.reopen(session, user)
    assert sessions.find(session, token) is None
    assert links.find(session, link) is None
    assert users.authenticate(session, "editor@example.com", PASSWORD) is user


def test_sessions_end_one_by_one_all_together_or_by_themselves(session: Session, admin: User) -> None:
    other = users.create(session, "other@example.com", PASSWORD)
    tokens = [sessions.begin(session, admin, "192.0.2.7", "x" * 999) for _ in range(4)]
    theirs = sessions.begin(session, other, "", "")
    found = [sessions.find(session, token) for token in tokens]
    first, second, third, _ = [login for _, login in filter(None, found)]
    assert not sessions.end(session, other.id, first.id), "somebody else's"
    assert sessions.end(session, admin.id, first.id)
    second.seen_at = now() - sessions.MAX_IDLE
    session.flush()
    assert [bool(sessions.find(session, token)) for token in tokens] == [False, False, True, True]
    sessions.begin(session, admin, "", "")
    assert session.get(UserSession, second.id, populate_existing=True) is None, "it is removed at the next sign-in"
    assert sessions.end_all(session, admin.id, but=third.id) == 2
    assert [bool(sessions.find(session, token)) for token in (*tokens, theirs)] == [False, False, True, False, True]


def test_seen_is_no_change_of_the_account(session: Session, admin: User) -> None:
    token = sessions.begin(session, admin, "", "")
    found = sessions.find(session, token)
    assert found
    login, changed = found[1], admin.updated_at
    assert not sessions.is_due(login)
    login.seen_at -= sessions.SEEN_EVERY
    session.flush()
    assert sessions.is_due(login)
    sessions.note_seen(session, admin.id, login.id)
    session.expire_all()
    assert not sessions.is_due(login)
    assert admin.seen_at == login.seen_at
    assert admin.updated_at == changed
