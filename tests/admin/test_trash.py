"""Deleted pages and items lie in the trash, from which they come back as they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cms import tasks
from cms.admin.formatters import row_name
from cms.database import now
from cms.pages.models import ContentItem, Page
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def post(client: FlaskClient, address: str, **fields: Any) -> Any:
    form = {"csrf_token": csrf_token(client), **fields}
    return client.post(address, data=form, follow_redirects=True)


def delete(client: FlaskClient, row: Page | ContentItem) -> Any:
    return post(client, f"/admin/{row_name(row).partition('-')[0]}/delete/", id=row.id)


def restore(client: FlaskClient, *rows: Page | ContentItem) -> Any:
    return post(client, "/admin/trash/restore/", row=[row_name(row) for row in rows])


def listed(client: FlaskClient, address: str) -> str:
    """What a list shows, without the messages above it."""
    return client.get(address).text.split("<table", 1)[-1] if "<table" in client.get(address).text else ""


def test_a_page_comes_back_with_its_items_and_counts(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page("Dawn", slug="dawn")
    item = factory.item(page, "text", counter=7)
    told = delete(signed_in, page).text
    assert "Page deleted." in told
    assert f'<input type="hidden" name="row" value="page-{page.id}">' in told
    assert signed_in.get("/dawn/").status_code == 404
    assert signed_in.get(f"/api/page/content/{page.id}/").status_code == 404
    assert "Dawn" not in listed(signed_in, "/admin/page/")
    assert item.title not in listed(signed_in, "/admin/text/")
    assert "Dawn" in listed(signed_in, "/admin/trash/")
    assert "Restored:" in restore(signed_in, page).text
    assert signed_in.get(f"/api/page/content/{page.id}/").json["contents"][0]["counter"] == 7
    assert "Dawn" not in listed(signed_in, "/admin/trash/")


def test_items_come_back_to_their_places(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page()
    first, second = (factory.item(page, order=order) for order in (1, 2))
    hidden = factory.item(page, order=3, is_active=False)

    def shown() -> list[int]:
        return [item["id"] for item in signed_in.get(f"/api/page/content/{page.id}/").json["contents"]]

    for item in (first, hidden):
        delete(signed_in, item)
    assert shown() == [second.id]
    assert f'data-item="{first.id}"' not in signed_in.get(f"/admin/page/edit/?id={page.id}").text
    assert "2 restored." in restore(signed_in, first, hidden).text
    assert shown() == [first.id, second.id]


def test_a_draft_comes_back_as_a_draft(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page(published=False)
    delete(signed_in, page)
    restore(signed_in, page)
    assert not factory.reload(page).is_published


def test_a_form_of_what_is_in_the_trash_keeps_its_text(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page("Dawn")
    delete(signed_in, page)
    answer = post(signed_in, f"/admin/page/edit/?id={page.id}", title="Dusk")
    assert "This has been deleted. Your text is still here" in answer.text
    assert factory.reload(page).title == "Dawn"


def test_title_and_address_of_what_is_in_the_trash_are_free(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page("Dawn", slug="dawn")
    delete(signed_in, page)
    post(signed_in, "/admin/page/new/", title="Dawn", slug="dawn", is_published="y")
    assert signed_in.get("/dawn/").status_code == 200
    restore(signed_in, page)
    again = factory.reload(page)
    assert (again.title, again.slug, again.is_published) == ("Dawn (2)", "dawn-2", True)


def test_an_item_waits_for_its_page(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page("Dawn")
    item = factory.item(page, title="Light")
    delete(signed_in, item)
    delete(signed_in, page)
    told = restore(signed_in, item).text
    assert "“Light” was on the page “Dawn”, which is in the trash, too. Restore the page first." in told
    assert "Light" not in listed(signed_in, "/admin/trash/")
    restore(signed_in, page, item)
    assert factory.reload(item).deleted_at is None


def test_what_is_not_in_the_trash_is_neither_restored_nor_deleted(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page()
    for name in ("page-0", f"page-{page.id}", "page-x", "text-", "", "nonsense-1", "page-" + "9" * 30):
        for address in ("restore", "delete"):
            assert post(signed_in, f"/admin/trash/{address}/", row=name).status_code == 200
    assert factory.reload(page)


def test_what_is_deleted_for_good_is_gone(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page()
    item = factory.item(page, "text")
    delete(signed_in, page)
    assert "Deleted for good: 1." in post(signed_in, "/admin/trash/delete/", row=row_name(page)).text
    assert factory.reload(page) is None
    assert factory.reload(item) is None


def test_the_trash_is_emptied_after_its_time(app: Flask, factory: Factory) -> None:
    page = factory.page()
    old, young = (factory.item(page, deleted_at=now() - timedelta(days=days), is_active=False) for days in (31, 29))
    gone = factory.page(deleted_at=now() - timedelta(days=31), published=False)
    inside = factory.item(gone)
    with app.app_context():
        tasks.empty_trash.run()
    assert [factory.reload(row) is None for row in (page, old, young, gone, inside)] == [False, True, False, True, True]


def test_without_a_trash_rows_are_deleted_at_once(
    signed_in: FlaskClient, factory: Factory, with_settings: Callable[..., None]
) -> None:
    page = factory.page()
    with_settings(trash_days=0)
    told = delete(signed_in, page).text
    assert "Page deleted." in told
    assert "trash/restore" not in told
    assert factory.reload(page) is None


def test_a_long_list_has_pages(signed_in: FlaskClient, factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cms.admin.trash.SHOWN", 2)
    page = factory.page()
    names = ["First", "Second", "Third"]
    for hours, title in enumerate(names):
        factory.item(page, title=title, deleted_at=now() - timedelta(hours=hours))
    shown = [listed(signed_in, f"/admin/trash/?page={number}") for number in (0, 1)]
    assert [[name in text for name in names] for text in shown] == [[True, True, False], [False, False, True]]
