"""Pages are published, and no longer published, at their times: once, and to the minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms import tasks
from cms.database import now
from cms.messages import InvalidInput
from cms.pages import revisions, schedule, trash
from cms.pages.models import Page
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

PAST, FUTURE = now() - timedelta(minutes=1), now() + timedelta(days=300)


def run(app: Flask) -> None:
    with app.app_context():
        tasks.publish_pages.run()


def save(client: FlaskClient, page: Page, **fields: Any) -> str:
    form = {"csrf_token": csrf_token(client), "title": page.title, "slug": page.slug, **fields}
    return str(client.post(f"/admin/page/edit/?id={page.id}", data=form, follow_redirects=True).text)


def test_a_page_is_published_at_its_time(app: Flask, client: FlaskClient, factory: Factory) -> None:
    page = factory.page("Dawn", slug="dawn", published=False, publish_at=FUTURE)
    run(app)
    assert client.get("/dawn/").status_code == 404
    factory.change(page, publish_at=PAST)
    run(app)
    assert client.get("/dawn/").status_code == 200
    assert factory.reload(page).publish_at is None


def test_a_page_is_unpublished_at_its_time(app: Flask, client: FlaskClient, factory: Factory) -> None:
    page = factory.page("Dawn", slug="dawn", unpublish_at=FUTURE)
    assert client.get("/dawn/").status_code == 200
    factory.change(page, unpublish_at=PAST)
    run(app)
    assert client.get("/dawn/").status_code == 404
    assert client.get(f"/api/page/content/{page.id}/").status_code == 404


@pytest.mark.parametrize(("hours", "is_published"), [((2, 1), False), ((1, 2), True)])
def test_of_two_times_that_have_passed_the_later_one_counts(
    app: Flask, factory: Factory, hours: tuple[int, int], is_published: bool
) -> None:
    times = [now() - timedelta(hours=number) for number in hours]
    page = factory.page(published=False, publish_at=times[0], unpublish_at=times[1])
    run(app)
    after = factory.reload(page)
    assert (after.is_published, after.publish_at, after.unpublish_at) == (is_published, None, None)


def test_it_is_done_once_and_is_in_the_history(app: Flask, engine: Engine, factory: Factory) -> None:
    page = factory.page(published=False, publish_at=PAST)
    with Session(engine) as first:
        assert [row.id for row in schedule.run_due(first)] == [page.id]
        first.commit()
        assert schedule.run_due(first) == []
        assert [row.action for row in revisions.of(first, page.id, 0, 9)] == ["published", "found"]


def test_what_is_in_the_trash_stays_there(app: Flask, factory: Factory) -> None:
    page = factory.page(published=False, publish_at=PAST, deleted_at=PAST)
    run(app)
    assert not factory.reload(page).is_published


def test_times_are_written_in_the_sites_time_zone(
    signed_in: FlaskClient, factory: Factory, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    monkeypatch.setattr(app.extensions["page_views"].counter, "zone", ZoneInfo("Asia/Krasnoyarsk"))
    page = factory.page(published=False)
    told = save(signed_in, page, publish_at="2099-03-01T09:30")
    assert "Page saved." in told
    assert factory.reload(page).publish_at == datetime(2099, 3, 1, 2, 30, tzinfo=UTC)
    form = signed_in.get(f"/admin/page/edit/?id={page.id}").text
    assert 'value="2099-03-01T09:30"' in form
    assert "Time zone: Asia/Krasnoyarsk" in form
    assert "from 3/1/99" in signed_in.get("/admin/page/").text


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"publish_at": "2001-01-01T00:00"}, "This time has passed."),
        ({"publish_at": "2099-01-01T00:00", "is_published": "y"}, "The page is published already."),
        ({"publish_at": "2099-01-02T00:00", "unpublish_at": "2099-01-01T00:00"}, "is not published yet."),
        ({"publish_at": "soon"}, "Not a valid datetime value."),
        ({"unpublish_at": "2099-13-01T00:00"}, "Not a valid datetime value."),
    ],
)
def test_times_that_make_no_sense_are_refused(
    signed_in: FlaskClient, factory: Factory, fields: dict[str, str], reason: str
) -> None:
    page = factory.page(published=False)
    assert reason in save(signed_in, page, **fields)
    assert factory.reload(page).version == page.version


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("local", "moment"),
    [
        ("2026-10-25T02:30", "2026-10-25T00:30Z"),  # shown twice: the first time
        ("2026-10-25T03:30", "2026-10-25T02:30Z"),
        ("2026-07-01T12:00", "2026-07-01T10:00Z"),
        ("2026-03-29T02:30", None),  # never shown
    ],
)
def test_clock_changes(local: str, moment: str | None) -> None:
    def found() -> datetime:
        return schedule.moment(datetime.fromisoformat(local), ZoneInfo("Europe/Berlin"))

    if moment is None:
        with pytest.raises(InvalidInput):
            found()
    else:
        assert found() == datetime.fromisoformat(moment)


def test_what_was_due_in_the_trash_is_passed_over(app: Flask, session: Session, factory: Factory) -> None:
    waits = factory.page(published=False, publish_at=now() - timedelta(minutes=1))
    ended = factory.page(unpublish_at=now() - timedelta(minutes=1))
    later = factory.page(published=False, publish_at=now() + timedelta(days=1))
    for page in (waits, ended, later):
        row = session.get_one(Page, page.id)
        trash.discard(session, row, "editor@example.com")
        trash.restore(session, row)
    session.commit()
    run(app)
    assert [factory.reload(page).is_published for page in (waits, ended, later)] == [False] * 3
    assert factory.reload(waits).publish_at is None
    assert factory.reload(later).publish_at
