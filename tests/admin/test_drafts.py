"""Editors change a published page, and visitors see the changes when they are published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cms.pages import drafts, revisions
from cms.pages.models import ContentItem, Page
from cms.pages.revisions import Action
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


@pytest.fixture
def page(factory: Factory) -> Page:
    return factory.page("Dawn", slug="dawn", text="Quiet.")


@pytest.fixture
def item(factory: Factory, page: Page) -> ContentItem:
    return factory.item(page, "text", title="Words", order=1, text="Old")


def post(client: FlaskClient, address: str, **fields: Any) -> str:
    form = {"csrf_token": csrf_token(client), **fields}
    return str(client.post(address, data=form, follow_redirects=True).text)


def edit(client: FlaskClient, page: Page, **fields: Any) -> str:
    values = {"title": "Dawn", "slug": "dawn", "text": "Quiet.", "is_published": "y", **fields}
    return post(client, f"/admin/page/edit/?id={page.id}&url=/admin/page/edit/%3Fid={page.id}", **values)


def edit_item(client: FlaskClient, page: Page, item: ContentItem, **fields: Any) -> str:
    values = {"page": page.id, "title": item.title, "order": 1, "is_active": "y", **fields}
    return post(client, f"/admin/text/edit/?id={item.id}", **values)


def seen(client: FlaskClient) -> str:
    """The page as visitors see it."""
    return str(client.get("/dawn/").text)


def test_changes_wait_until_they_are_published(
    signed_in: FlaskClient, client: FlaskClient, page: Page, item: ContentItem
) -> None:
    assert "Quiet." in seen(client)
    told = edit(signed_in, page, text="Loud.", _draft="1")
    assert "Visitors see your changes when you publish them." in told
    edit_item(signed_in, page, item, text="New")  # what is changed afterwards waits, too
    post(signed_in, "/admin/text/new/", page=page.id, title="More", text="Added", is_active="y")
    text = seen(client)
    assert "Quiet." in text
    assert "Old" in text
    assert "Added" not in text
    preview = signed_in.get(f"/admin/page/preview/?id={page.id}").text
    for words in ("Loud.", "New", "Added"):
        assert words in preview
    assert "Published, with changes" in signed_in.get("/admin/page/").text
    assert "Published." in post(signed_in, "/admin/page/publish/", id=page.id)
    text = seen(client)
    for words in ("Loud.", "New", "Added"):
        assert words in text
    assert "Visitors see the page like this already." in post(signed_in, "/admin/page/publish/", id=page.id)


def test_changes_are_discarded(signed_in: FlaskClient, client: FlaskClient, page: Page, item: ContentItem) -> None:
    edit_item(signed_in, page, item, text="New", _draft="1")
    told = post(signed_in, "/admin/page/discard/", id=page.id)
    assert "The changes are discarded." in told
    assert "Old" in signed_in.get(f"/admin/page/preview/?id={page.id}").text
    assert "Old" in seen(client)
    assert "nothing to discard" in post(signed_in, "/admin/page/discard/", id=page.id)


def test_what_is_saved_without_a_draft_is_seen_at_once(
    signed_in: FlaskClient, client: FlaskClient, page: Page, item: ContentItem
) -> None:
    edit_item(signed_in, page, item, text="New")
    assert "New" in seen(client)


@pytest.mark.parametrize("days", [30, 0])
def test_a_deletion_waits(
    signed_in: FlaskClient,
    client: FlaskClient,
    page: Page,
    item: ContentItem,
    days: int,
    with_settings: Callable[..., None],
) -> None:
    with_settings(trash_days=days)
    post(signed_in, "/admin/text/delete/", id=item.id, _draft="1")
    assert "Old" in seen(client)
    assert "Old" not in signed_in.get(f"/admin/page/preview/?id={page.id}").text
    post(signed_in, "/admin/page/publish/", id=page.id)
    assert "Old" not in seen(client)


def test_what_visitors_still_see_is_not_deleted_for_good(
    signed_in: FlaskClient, client: FlaskClient, page: Page, item: ContentItem
) -> None:
    post(signed_in, "/admin/text/delete/", id=item.id, _draft="1")
    told = post(signed_in, "/admin/trash/delete/", row=f"text-{item.id}")
    assert "Visitors still see “Words”. Publish its page first." in told
    assert "Old" in seen(client)
    post(signed_in, "/admin/page/publish/", id=page.id)
    assert "Deleted for good: 1." in post(signed_in, "/admin/trash/delete/", row=f"text-{item.id}")


def test_an_order_waits(
    signed_in: FlaskClient, client: FlaskClient, factory: Factory, page: Page, item: ContentItem
) -> None:
    second = factory.item(page, "text", title="Second", order=2)
    post(signed_in, "/admin/page/reorder/", id=page.id, item=[second.id, item.id], _draft="1")
    assert seen(client).index("Words") < seen(client).index("Second")
    post(signed_in, "/admin/page/publish/", id=page.id)
    assert seen(client).index("Words") > seen(client).index("Second")


def test_an_item_is_hidden_and_shown_and_copied(
    signed_in: FlaskClient, client: FlaskClient, factory: Factory, page: Page, item: ContentItem
) -> None:
    factory.item(page, "text", title="Last", order=2)
    for action in ("duplicate", "hide"):
        post(signed_in, f"/admin/text/{action}/", id=item.id, _draft="1")
    assert seen(client).count("Old") == 1
    post(signed_in, "/admin/page/publish/", id=page.id)
    assert seen(client).count("Old") == 1
    [copied, last] = client.get(f"/api/page/content/{page.id}/").json["contents"]
    assert (copied["title"], copied["id"] == item.id, last["title"]) == ("Words", False, "Last")
    post(signed_in, "/admin/text/hide/", id=item.id)
    assert seen(client).count("Old") == 2
    assert "This no longer exists." in post(signed_in, "/admin/text/hide/", id=0)


def test_an_address_changes_at_once(signed_in: FlaskClient, client: FlaskClient, page: Page) -> None:
    edit(signed_in, page, slug="dusk", title="Dusk", _draft="1")
    assert "Dawn" in client.get("/dusk/").text
    assert client.get("/dawn/").status_code in (301, 308)


def test_a_page_that_is_unpublished_keeps_its_changes(signed_in: FlaskClient, client: FlaskClient, page: Page) -> None:
    edit(signed_in, page, text="Loud.", _draft="1")
    post(signed_in, "/admin/page/unpublish/", id=page.id)
    assert client.get("/dawn/").status_code == 404
    post(signed_in, "/admin/page/publish/", id=page.id)
    assert "Loud." in seen(client)


def test_visitors_cannot_publish(client: FlaskClient, page: Page) -> None:
    for action in ("publish", "unpublish", "discard"):
        answer = client.post(f"/admin/page/{action}/", data={"id": page.id, "csrf_token": csrf_token(client)})
        assert answer.status_code in (302, 400)
    assert client.get("/dawn/").status_code == 200


def test_what_is_undone_does_not_wait(signed_in: FlaskClient, factory: Factory, page: Page, item: ContentItem) -> None:
    post(signed_in, "/admin/text/delete/", id=item.id, _draft="1")
    assert factory.reload(page).live_revision_id
    told = post(signed_in, "/admin/trash/restore/", row=f"text-{item.id}")
    assert "Visitors see your changes" not in told
    assert factory.reload(page).live_revision_id is None
    edit_item(signed_in, page, item, text="Old", title="Other words", _draft="1")
    number = factory.reload(page).live_revision_id
    post(signed_in, "/admin/history/restore/", id=number)
    assert factory.reload(page).live_revision_id is None


def test_what_comes_from_the_trash_waits(
    signed_in: FlaskClient, client: FlaskClient, factory: Factory, page: Page, item: ContentItem
) -> None:
    post(signed_in, "/admin/text/delete/", id=item.id)
    told = post(signed_in, "/admin/trash/restore/", row=f"text-{item.id}", _draft="1")
    assert "Visitors see your changes when you publish them." in told
    assert "Words" not in seen(client)
    post(signed_in, "/admin/page/publish/", id=page.id)
    assert "Words" in seen(client)


def test_who_goes_on_after_others_have_settled_leaves_visitors_what_they_saw(
    factory: Factory, page: Page, session: Session
) -> None:
    row = session.get_one(Page, page.id)
    before = drafts.begin(session, row)
    row.text = "Changed."
    revisions.keep(session, row, "anna@example.com", Action.EDITED, row.title)
    drafts.hold(session, row, before)
    session.commit()
    live, waits = row.live_revision_id, drafts.begin(session, row)
    row.text = "Quiet."
    revisions.keep(session, row, "anna@example.com", Action.UNDONE, row.title)
    drafts.settle(session, row)
    assert row.live_revision_id is None
    row.text = "Changed again."
    revisions.keep(session, row, "boris@example.com", Action.EDITED, row.title)
    drafts.hold(session, row, waits)
    assert row.live_revision_id == live
