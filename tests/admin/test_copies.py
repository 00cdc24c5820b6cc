"""Copies of pages, and pages that are published many at a time."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cms.pages.models import ContentItem, Page
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def post(client: FlaskClient, address: str, **fields: Any) -> str:
    form = {"csrf_token": csrf_token(client), **fields}
    return str(client.post(address, data=form, follow_redirects=True).text)


def test_a_copy_is_a_draft_with_the_same_files_and_counts_of_its_own(
    signed_in: FlaskClient, engine: Engine, factory: Factory
) -> None:
    page = factory.page("Dawn", slug="dawn", text="Words", language="it")
    film = factory.with_media(page, "video", title="Film", counter=9, order=1)
    pictures = factory.with_media(page, "gallery", title="Pictures", order=2)
    factory.upload(factory.item(page, "audio", title="On its way", order=3), "audio", "a.mp3", b"none")
    told = post(signed_in, "/admin/page/copy/", id=page.id)
    assert "This is the copy. It is a draft, and its items have counts of their own." in told
    with Session(engine) as session:
        copy = session.scalars(select(Page).where(Page.title == "Dawn (2)")).one()
        assert (copy.slug, copy.text, copy.language, copy.is_published) == ("dawn-2", "Words", "it", False)
        kept = {item.title: item for item in copy.items}
        assert list(kept) == ["Film", "Pictures", "On its way"]
        assert kept["Film"].counter == 0
        for item in (film, pictures):
            own = session.get_one(ContentItem, item.id).attachments
            assert {place: found.media_file_id for place, found in kept[item.title].attachments.items()} == {
                place: found.media_file_id for place, found in own.items()
            }
        assert kept["On its way"].attachments == {}
    assert "Created" in signed_in.get(f"/admin/history/?id={copy.id}").text


def test_what_is_gone_is_not_copied(signed_in: FlaskClient) -> None:
    assert "This no longer exists." in post(signed_in, "/admin/page/copy/", id="0")


def test_pages_are_published_and_unpublished_together(signed_in: FlaskClient, factory: Factory) -> None:
    pages = [factory.page(published=published) for published in (False, True, False)]
    ids = [page.id for page in [*pages, factory.page(published=False, is_template=True)]]
    told = post(signed_in, "/admin/page/action/", action="publish", rowid=ids)
    assert "Published: 2." in told
    made = re.findall(r'name="revision" value="(\d+)"', told)
    assert "Undone." in post(signed_in, "/admin/page/undo/", id=ids[0], revision=made)
    assert [signed_in.get(f"/{page.slug}/").status_code for page in pages] == [404, 200, 404]
    assert "Published: 2." in post(signed_in, "/admin/page/action/", action="publish", rowid=ids)
    assert [signed_in.get(f"/{page.slug}/").status_code for page in pages] == [200, 200, 200]
    assert "Unpublished: 2." in post(signed_in, "/admin/page/action/", action="unpublish", rowid=[*ids[:2], 0])
    assert [signed_in.get(f"/{page.slug}/").status_code for page in pages] == [404, 404, 200]
    assert "Unpublished" in signed_in.get(f"/admin/history/?id={ids[0]}").text


def test_new_pages_are_made_from_a_template_which_visitors_never_see(
    signed_in: FlaskClient, engine: Engine, factory: Factory
) -> None:
    page = factory.page("Weekly", slug="weekly")
    film = factory.with_media(page, "video", title="Film", counter=9)
    assert "This is a template now" in post(signed_in, "/admin/page/template/", id=page.id)
    for address in ("/weekly/", f"/api/page/content/{page.id}/"):
        assert signed_in.get(address).status_code == 404
    assert "a template, which visitors never see" in post(signed_in, "/admin/page/publish/", id=page.id)
    assert "Published: 0." in post(signed_in, "/admin/page/action/", action="publish", rowid=[page.id])
    form = {"title": "Weekly", "slug": "weekly", "is_published": "y"}
    assert "a template, which visitors never see" in post(signed_in, f"/admin/page/edit/?id={page.id}", **form)
    assert "Begin with a template" in signed_in.get("/admin/page/new/").text
    assert "This page is made from the template." in post(signed_in, "/admin/page/from-template/", id=page.id)
    with Session(engine) as session:
        made = session.scalars(select(Page).where(Page.title == "Weekly (2)")).one()
        assert (made.is_template, [(item.title, item.counter) for item in made.items]) == (False, [("Film", 0)])
        assert made.items[0].attachments.keys() == session.get_one(ContentItem, film.id).attachments.keys()
    assert "Published." in post(signed_in, "/admin/page/publish/", id=made.id)
    assert "This is an ordinary page now" in post(signed_in, "/admin/page/template/", id=page.id)
    assert "This is no template any more." in post(signed_in, "/admin/page/from-template/", id=page.id)
    assert "Begin with a template" not in signed_in.get("/admin/page/new/").text
