"""``flask cms ...``: the commands, and how they refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cms.accounts import users
from cms.accounts.models import User
from cms.pages.models import ContentItem
from cms.view_counts.days import add_to_days, as_json
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


@pytest.fixture
def cms(app: Flask) -> Callable[..., Any]:
    return lambda *words, typed=None: app.test_cli_runner().invoke(args=["cms", *words], input=typed)


@pytest.mark.parametrize("words", [[], ["create-admin"], ["set-password"], ["first-admin"], ["views"], ["uploads"]])
def test_every_command_has_help(cms: Callable[..., Any], words: list[str]) -> None:
    answer = cms(*words, "--help")
    assert answer.exit_code == 0
    assert len(answer.output.splitlines()) > 3


def test_an_admin_is_made(cms: Callable[..., Any], session: Session) -> None:
    answer = cms("create-admin", "--email", "A@example.com", "--password", "correct horse")
    assert answer.exit_code == 0
    assert "correct horse" not in answer.output
    assert users.authenticate(session, "a@example.com", "correct horse")


def test_a_password_is_asked_for_twice(cms: Callable[..., Any], session: Session) -> None:
    answer = cms("create-admin", typed="a@example.com\ncorrect horse\ncorrect horse\n")
    assert answer.exit_code == 0
    assert "correct horse" not in answer.output
    assert users.authenticate(session, "a@example.com", "correct horse")


def test_a_random_password_is_printed_and_right(cms: Callable[..., Any], session: Session) -> None:
    answer = cms("create-admin", "--email", "a@example.com", "--random-password")
    assert users.authenticate(session, "a@example.com", answer.output.split("Password: ")[1].strip())


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("nobody", "correct horse", "is not an e-mail address"),
        ("a@example.com", "short", "at least 8 characters"),
        ("taken@example.com", "correct horse", "There is already an account for taken@example.com"),
    ],
)
def test_a_wrong_account_is_refused_in_one_line(
    cms: Callable[..., Any], factory: Factory, email: str, password: str, sentence: str
) -> None:
    factory.user("taken@example.com", "correct horse")
    answer = cms("create-admin", "--email", email, "--password", password)
    assert answer.exit_code == 1
    assert sentence in answer.output
    assert "Traceback" not in answer.output


def test_accounts_have_roles(cms: Callable[..., Any], factory: Factory, session: Session) -> None:
    factory.user("admin@example.com", "correct horse")
    made = cms("create-admin", "--email", "a@example.com", "--password", "correct horse", "--role", "author")
    assert made.exit_code == 0, made.output
    assert cms("set-role", "a@example.com", "editor").exit_code == 0
    assert session.scalars(select(User.role).order_by(User.email)).all() == ["editor", "admin"]
    session.rollback()
    last = cms("set-role", "admin@example.com", "viewer")
    assert (last.exit_code, "last administrator" in last.output) == (1, True)
    assert cms("set-role", "a@example.com", "owner").exit_code == 2
    assert cms("set-role", "nobody@example.com", "editor").exit_code == 1


def test_a_password_is_changed(cms: Callable[..., Any], factory: Factory, session: Session) -> None:
    factory.user("a@example.com", "correct horse")
    assert cms("set-password", "a@example.com", typed="battery staple\nbattery staple\n").exit_code == 0
    assert users.authenticate(session, "a@example.com", "battery staple")
    session.rollback()
    assert cms("set-password", "nobody@example.com").exit_code == 1


def test_a_password_is_changed_to_a_random_one(cms: Callable[..., Any], factory: Factory, session: Session) -> None:
    factory.user("a@example.com", "correct horse")
    answer = cms("set-password", "a@example.com", "--random-password")
    assert users.authenticate(session, "a@example.com", answer.output.split("Password: ")[1].strip())


def test_the_first_admin_is_made_once(cms: Callable[..., Any], session: Session) -> None:
    answer = cms("first-admin")
    assert answer.exit_code == 0
    password = answer.output.split("password: ")[1].split()[0]
    assert users.authenticate(session, "admin@example.com", password)
    session.rollback()
    assert cms("first-admin").output == ""
    assert len(session.scalars(select(User)).all()) == 1


def test_the_first_admin_is_that_of_the_settings(
    cms: Callable[..., Any], session: Session, with_settings: Callable[..., None]
) -> None:
    with_settings(admin_email="me@example.com", admin_password="correct horse")
    answer = cms("first-admin")
    assert "me@example.com" in answer.output
    assert "correct horse" not in answer.output
    assert users.authenticate(session, "me@example.com", "correct horse")


def test_a_first_admin_that_cannot_be_is_told(cms: Callable[..., Any], with_settings: Callable[..., None]) -> None:
    with_settings(admin_password="short")
    answer = cms("first-admin")
    assert answer.exit_code == 1
    assert "CMS_ADMIN_EMAIL, CMS_ADMIN_PASSWORD: A password must have at least 8 characters." in answer.output


def test_views_and_uploads_and_cache_can_be_seen_to_by_hand(cms: Callable[..., Any]) -> None:
    for words in (["views", "flush"], ["uploads", "sweep"], ["cache", "clear"]):
        assert cms(*words).exit_code == 0, words


def test_reconcile_proves_that_days_add_up(cms: Callable[..., Any], session: Session, factory: Factory) -> None:
    item = factory.item(factory.page(), counter=0)
    add_to_days(session, as_json({item.id: 3}), date(2026, 2, 28), "count")
    session.commit()
    answer = cms("views", "reconcile")
    assert answer.exit_code == 1
    assert f"Item {item.id}: counter 0, days 3" in answer.output
    session.execute(update(ContentItem).values(counter=3, bot_views=1))
    session.commit()
    assert f"Item {item.id}: bot_views 1, days 0" in cms("views", "reconcile").output
    add_to_days(session, as_json({item.id: 1}), date(2026, 2, 28), "bot_views")
    session.commit()
    answer = cms("views", "reconcile")
    assert answer.exit_code == 0
    assert "add up" in answer.output
