"""Bulk actions in lists, and the ids by which rows are requested."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.admin.items import KindView
from cms.pages import trash
from cms.pages.models import ContentItem, Page, kinds
from tests.conftest import csrf_token
from tests.factories import Factory
from tests.media import uploading as flow

pytestmark = pytest.mark.both_databases

#: What can be deleted in a list: everything except uploads and media files.
LISTS = ["page", *(kind.__tablename__ for kind in kinds())]
#: No row has any of these ids.
NO_IDS = ["abc", "", "-1", "0", "1.0", " 1", "１", "9" * 10, "9" * 20, "9" * 5000, "1,2", "\0"]


def delete(client: FlaskClient, list_: str, ids: list[Any], **fields: str) -> Any:
    form = {"csrf_token": csrf_token(client), "action": "delete", "rowid": ids, **fields}
    return client.post(f"/admin/{list_}/action/", data=form, follow_redirects=True)


def some_rows(factory: Factory, list_: str) -> list[Page | ContentItem]:
    return [factory.page() if list_ == "page" else factory.item(factory.page(), list_) for _ in range(3)]


@pytest.mark.parametrize("list_", LISTS)
def test_selected_rows_are_deleted_and_no_others(signed_in: FlaskClient, factory: Factory, list_: str) -> None:
    first, second, third = some_rows(factory, list_)
    answer = delete(signed_in, list_, [first.id, third.id])
    assert "Deleted: 2." in answer.text
    assert [bool(factory.reload(row).deleted_at) for row in (first, second, third)] == [True, False, True]


@pytest.mark.parametrize("list_", LISTS)
def test_without_its_token_a_bulk_action_is_refused(signed_in: FlaskClient, factory: Factory, list_: str) -> None:
    rows = some_rows(factory, list_)
    for token in ("", "nonsense"):
        assert delete(signed_in, list_, [row.id for row in rows], csrf_token=token).status_code == 400
    assert all(factory.reload(row) for row in rows)


def test_ids_that_no_row_has_are_passed_over(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page()
    assert "Deleted: 1." in delete(signed_in, "page", [*NO_IDS, page.id, page.id]).text
    assert factory.reload(page).deleted_at


@pytest.mark.parametrize("list_", ["upload", "media"])
def test_lists_without_bulk_actions_have_none(
    signed_in: FlaskClient, factory: Factory, upload_id: int, list_: str
) -> None:
    media_file = factory.media_file()
    delete(signed_in, list_, [upload_id, media_file.id])
    assert factory.upload_row(upload_id)
    assert factory.reload(media_file)


@pytest.mark.parametrize("list_", [*LISTS, "upload", "media"])
def test_an_id_that_no_row_has_is_no_fault(signed_in: FlaskClient, factory: Factory, list_: str) -> None:
    factory.item(factory.page(), "text")
    token = csrf_token(signed_in)
    for number in NO_IDS:
        for address in ("edit", "details"):
            answer = signed_in.get(f"/admin/{list_}/{address}/", query_string={"id": number})
            assert answer.status_code == 302, (address, number)
        answer = signed_in.post(f"/admin/{list_}/delete/", data={"csrf_token": token, "id": number})
        assert answer.status_code == 302, number
    for address in ("edit", "details"):
        assert signed_in.get(f"/admin/{list_}/{address}/?id=1&id=2").status_code == 302


def test_pages_items_and_uploads_that_no_row_has_are_no_fault(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page()
    item = factory.item(page)
    token = csrf_token(signed_in)
    for number in NO_IDS:
        order = {"csrf_token": token, "id": page.id, "item": [number]}
        assert signed_in.post("/admin/page/reorder/", data=order).status_code == 400, number
        order = {"csrf_token": token, "id": number, "item": [item.id]}
        assert signed_in.post("/admin/page/reorder/", data=order).status_code == 400, number
        assert signed_in.post("/admin/upload/retry/", data={"csrf_token": token, "id": number}).status_code == 302
        assert signed_in.get("/admin/page/preview/", query_string={"id": number}).status_code == 404
        assert signed_in.get("/admin/status/", query_string={"upload": number, "derivative": number}).json == []
        new = {"csrf_token": token, "page": number, "title": "x", "order": "0"}
        assert "Please fill in this field." in signed_in.post("/admin/text/new/", data=new).text, number


@pytest.mark.postgresql  # on SQLite one transaction writes at a time
def test_what_somebody_else_deletes_meanwhile_is_passed_over(
    signed_in: FlaskClient, engine: Engine, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [factory.item(factory.page()) for _ in range(3)]
    real = trash.discard

    def meanwhile(session: Session, model: ContentItem, editor: str) -> bool:
        if all(factory.reload(row) for row in rows):
            session.rollback()  # on SQLite one transaction writes at a time
            flow.delete(engine, next(row for row in rows if row.id != model.id))
        return real(session, model, editor)

    monkeypatch.setattr(trash, "discard", meanwhile)
    answer = delete(signed_in, "text", [row.id for row in rows])
    assert "Deleted: 2." in answer.text
    left = [row for row in map(factory.reload, rows) if row]
    assert [bool(row.deleted_at) for row in left] == [True, True]


@pytest.mark.parametrize("value", ["abc", "9" * 20, "", "1", "[]", "\0"])
def test_a_filter_with_any_value_is_no_fault(app: Flask, signed_in: FlaskClient, factory: Factory, value: str) -> None:
    factory.item(factory.page(), "video")
    asked = 0
    views = app.extensions["admin"][0]._views
    kinds = [view for view in views if isinstance(view, KindView)]  # whose filters are alike
    for view in views[:1] + kinds[:1] + [view for view in views[1:] if view not in kinds]:
        for index, flt in enumerate(getattr(view, "_filters", None) or []):
            query = {f"flt0_{view.get_filter_arg(index, flt)}": value, "search": value}
            answer = signed_in.get(f"{view.url}/", query_string=query)
            assert answer.status_code == 200 or (answer.status_code == 400 and "\0" in value), (view.url, query)
            asked += 1
    assert asked > 10
