"""The settings of a page: its tags and its picture for sharing, in its form and on the list."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from cms.pages.models import Page
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def save(client: FlaskClient, page: Page, **fields: Any) -> str:
    form = {"csrf_token": csrf_token(client), "title": page.title, "slug": page.slug, **fields}
    return str(client.post(f"/admin/page/edit/?id={page.id}", data=form, follow_redirects=True).text)


def act(client: FlaskClient, action: str, *pages: Page, address: str = "action/", **values: Any) -> str:
    sent = {"csrf_token": csrf_token(client), "rowid": [page.id for page in pages], **values}
    return client.post(f"/admin/page/{address}", data={"action": action, **sent}, follow_redirects=True).text


def test_tags_are_saved_once_each_in_order(signed_in: FlaskClient, factory: Factory) -> None:
    factory.page(tags=["Coast"])
    page = factory.page()
    save(signed_in, page, tags="#summer, COAST,, Summer")
    assert factory.reload(page).tags == ["Coast", "summer"]
    form = signed_in.get(f"/admin/page/edit/?id={page.id}").text
    assert 'value="Coast, summer"' in form
    assert '<option value="Coast">' in form
    save(signed_in, page)
    assert factory.reload(page).tags == ["Coast", "summer"], "a form without the field leaves them"
    save(signed_in, page, tags="")
    assert factory.reload(page).tags == []


def test_a_tag_is_written_anew_by_the_only_page_that_has_it(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page(tags=["coast", "night"])
    save(signed_in, page, tags="Coast, night")
    assert factory.reload(page).tags == ["Coast", "night"]
    assert '<option value="Coast">' in signed_in.get(f"/admin/page/edit/?id={page.id}").text
    other = factory.page(tags=["Coast"])
    for one in (page, other):
        save(signed_in, one, tags="COAST")
        assert factory.reload(one).tags == ["Coast"], "the other one has it, too"


def test_tags_that_are_refused_stay_in_the_form(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page(tags=["Coast"])
    refused = save(signed_in, page, tags="x" * 61)
    assert "is too long: a tag may have 60 characters." in refused
    assert f'value="{"x" * 61}"' in refused
    assert "there may be 50" in save(signed_in, page, tags=",".join(map(str, range(51))))
    assert factory.reload(page).tags == ["Coast"]


def test_a_picture_for_sharing_is_one_of_the_library(signed_in: FlaskClient, factory: Factory) -> None:
    picture, film, page = factory.media_file(family="image"), factory.media_file(), factory.page()
    save(signed_in, page, sharing_picture=picture.url_path)
    assert factory.reload(page).sharing_picture == f"![]({picture.url_path})"
    form = signed_in.get(f"/admin/page/edit/?id={page.id}").text
    assert f'name="sharing_picture" type="text" value="{picture.url_path}"' in form
    for address in (film.url_path, "/media/none.png", "https://elsewhere.example/a.png", "javascript:alert(1)", "x) y"):
        assert "There is no picture at this address." in save(signed_in, page, sharing_picture=address)
    factory.change(picture, deleted_at=picture.created_at)
    save(signed_in, page, sharing_picture=picture.url_path, text="More")
    assert factory.reload(page).text == "More", "what is in the trash by now may stay"
    save(signed_in, page, sharing_picture="")
    assert factory.reload(page).sharing_picture == ""
    assert "There is no picture at this address." in save(signed_in, page, sharing_picture=picture.url_path)


def test_many_pages_are_tagged_and_found(signed_in: FlaskClient, factory: Factory) -> None:
    pages = [factory.page(f"Number {number}") for number in range(3)]
    asked = act(signed_in, "tag", *pages[:2])
    assert "Tags of 2 pages" in asked
    assert "Number 1" in asked
    assert "2 pages changed." in act(signed_in, "", *pages[:2], address="tag/", tags="Sea, Best of")
    assert [factory.reload(page).tags for page in pages] == [["Best of", "Sea"], ["Best of", "Sea"], []]
    listed = signed_in.get("/admin/page/?flt0_tag_is=SEA").text
    assert ["Number 0" in listed, "Number 2" in listed] == [True, False]
    assert 'href="/admin/page/?flt0_tag_is=Sea"' in listed
    assert "1 page changed." in act(signed_in, "", *pages[1:], address="tag/", tags="sea", what="remove")
    assert "Write at least one tag." in act(signed_in, "", *pages, address="tag/", tags=" , ")
    told = act(signed_in, "", address="tag/?flt0_tag_is=best+of", all="1", tags="All")
    assert "2 pages changed." in told
    assert [factory.reload(page).tags for page in pages] == [["All", "Best of", "Sea"], ["All", "Best of"], []]


def test_history_tells_of_both(signed_in: FlaskClient, factory: Factory) -> None:
    picture, page = factory.media_file(family="image"), factory.page()
    save(signed_in, page, text="First")
    save(signed_in, page, text="First", tags="Sea", sharing_picture=picture.url_path)
    history = signed_in.get(f"/admin/history/?id={page.id}").text
    address = history.split("/admin/history/compare/?id=", 1)[1].split('"', 1)[0]
    shown = signed_in.get(f"/admin/history/compare/?id={address}").text
    assert '<th scope="row">Tags</th>' in shown
    assert '<th scope="row">Picture for sharing</th>' in shown


def test_the_audit_log_has_the_tags_as_they_are_written(signed_in: FlaskClient, factory: Factory) -> None:
    page, _ = factory.page(tags=["Coast"]), factory.page(tags=["Coast"])
    save(signed_in, page, tags="coast, Night")
    assert "Coast, Night" in signed_in.get("/admin/audit/").text
