"""Long lists: counted only as far as the pager leads, with totals that are not computed for each request."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cms.admin import base
from cms.media.models import MediaFile
from cms.pages import usage
from tests.factories import Factory


@pytest.fixture
def ten_pages(factory: Factory) -> None:
    for _ in range(10):
        factory.page()


@pytest.mark.both_databases
def test_a_list_that_is_counted_whole(signed_in: FlaskClient, ten_pages: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "COUNTED", 10)
    assert ">10</small>" in signed_in.get("/admin/page/").text


@pytest.mark.both_databases
def test_a_list_with_more(signed_in: FlaskClient, ten_pages: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "COUNTED", 9)
    assert ">9+</small>" in signed_in.get("/admin/page/").text


def test_the_pager_leads_on_from_where_it_is(
    signed_in: FlaskClient, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "COUNTED", 50)
    page = factory.page()
    for _ in range(130):
        factory.item(page, "text")
    first = signed_in.get("/admin/text/").text
    assert ">50+</small>" in first
    assert "page=2" in first
    assert "page=6" not in first
    assert "page=6" in signed_in.get("/admin/text/?page=2").text


def test_sums_of_many_files_are_kept_and_of_few_are_not(
    session: Session, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store(digest: str) -> None:
        session.add(MediaFile(digest=digest * 64, size=1, path=digest, mime_type="video/mp4"))
        session.commit()

    latest = usage.LatestUsage()
    store("a")
    assert latest(session).files == 1
    store("b")
    assert latest(session).files == 2
    monkeypatch.setattr(usage, "MANY_FILES", 1)
    assert latest(session).files == 2
    store("c")
    assert latest(session).files == 2
    monkeypatch.setattr(usage, "KEPT_SECONDS", 0)
    assert usage.LatestUsage()(session).files == 3
