"""All rules for every registered kind. New kinds are tested automatically."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from wtforms import Form

import cms.kinds  # noqa: F401  fills the registry
from cms.media import mediatypes
from cms.pages import documents, pages
from cms.pages.models import ContentItem, Page, kind_named, kinds
from cms.pages.schemas import item_schema, kind_fields
from cms.pages.slots import Slot
from tests.api.openapi import component
from tests.factories import EXTENSIONS, Factory

COMMON = ["id", "title", "counter", "order", "content_type", "is_active", "language"]
COLUMNS_OF_ALL = {"id", "page_id", "title", "title_key", "created_at", "updated_at", *COMMON}

every_kind = pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__tablename__)


def test_the_kinds_of_the_contract_are_there() -> None:
    assert {"video", "audio", "text"} <= {kind.__tablename__ for kind in kinds()}


@every_kind
def test_it_has_a_table_joined_to_that_of_all_items(kind: type[ContentItem]) -> None:
    mapper = inspect(kind)
    table = mapper.local_table
    assert table is not ContentItem.__table__
    assert mapper.inherits is inspect(ContentItem)
    [key] = table.columns["id"].foreign_keys
    assert (key.target_fullname, key.ondelete) == ("content_item.id", "CASCADE")
    assert list(table.primary_key.columns) == [table.columns["id"]]


@every_kind
def test_its_name_serves_everywhere(kind: type[ContentItem]) -> None:
    name = kind.__tablename__
    assert name == kind.__name__.lower() == inspect(kind).polymorphic_identity
    assert name.isidentifier()
    assert len(name) <= 50
    assert kind_named(name) is kind
    assert kind.__module__ == f"cms.kinds.{kind.__module__.rpartition('.')[2]}"


@every_kind
def test_it_is_described(kind: type[ContentItem]) -> None:
    assert kind.__doc__, "the docstring is the kind's description in the specification"
    assert kind.icon.startswith("fa-")


@every_kind
def test_its_columns_are_its_own(kind: type[ContentItem]) -> None:
    assert not COLUMNS_OF_ALL & set(kind.columns())


@every_kind
def test_its_columns_may_be_null_or_have_a_server_default(kind: type[ContentItem]) -> None:
    """A migration adds a column to rows that are there. (That the form insists on it is the kind's own affair.)"""
    for column in kind.__table__.columns:
        if column.key != "id":
            assert column.nullable or column.server_default is not None, column.key


@every_kind
def test_its_slots_are_well_formed(kind: type[ContentItem]) -> None:
    names = [slot.name for slot in kind.slots]
    assert len(set(names)) == len(names)
    for slot in kind.slots:
        assert slot.name.isidentifier()
        assert len(slot.name) <= 50
        assert slot.accepts in EXTENSIONS
        assert slot.accepts in mediatypes.FAMILY_NAMES
        assert not {slot.file_field, *slot.json_fields} & {*kind.columns(), *COLUMNS_OF_ALL}


@every_kind
def test_the_texts_of_its_files_are_well_formed(kind: type[ContentItem]) -> None:
    for slot in kind.slots:
        names = [text.name for text in slot.texts]
        assert not names or slot.many
        assert len(set(names)) == len(names)
        assert not {"path", "file", "position", "remove", "encoding"} & set(names)
        assert all(text.name.isidentifier() and not hasattr(Form, text.name) for text in slot.texts)


@every_kind
def test_json_and_specification_and_row_agree(
    app: Flask, session: Session, factory: Factory, kind: type[ContentItem]
) -> None:
    name = kind.__tablename__
    own = kind_fields(kind)
    files = {name for slot in kind.slots for name in slot.json_fields}
    assert files | set(kind.columns()) == set(own)
    schema = component(app, kind.__name__)
    assert set(schema["properties"]) == set(COMMON + own)
    assert set(schema["required"]) == set(COMMON + own)
    factory.item(page := factory.page(), name)
    factory.with_media(page, name)
    document = pages.page_document(session, page.id)
    assert document
    for item in documents.placed(document, "", "en")["contents"]:
        assert list(item) == COMMON + own
        jsonschema.validate(item, schema)
        assert json.loads(json.dumps(item)) == item


@every_kind
def test_the_specification_refuses_another_kinds_name(app: Flask, factory: Factory, kind: type[ContentItem]) -> None:
    schema = component(app, kind.__name__)
    item = item_schema(kind.__tablename__).dump(kind(id=1, title="a", counter=0, order=0, is_active=True))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**item, "content_type": "nonsense"}, schema)


@every_kind
@pytest.mark.both_databases
def test_it_serialises_without_media_and_with(session: Session, factory: Factory, kind: type[ContentItem]) -> None:
    page = factory.page()
    bare = factory.item(page, kind.__tablename__, order=1)
    full = factory.with_media(page, kind.__tablename__, order=2)
    document = pages.page_document(session, page.id)
    assert document
    first, second = document["contents"]
    assert (first["id"], second["id"]) == (bare.id, full.id)
    assert first["content_type"] == second["content_type"] == kind.__tablename__
    for slot in kind.slots:
        if slot.many:
            assert first[slot.name] == []
            assert [list(file) for file in second[slot.name]] == [["path", "file", *(t.name for t in slot.texts)]] * 2
            assert second[slot.name][0]["path"] != second[slot.name][1]["path"]
        else:
            assert first[slot.path_field] is first[slot.file_field] is None
            assert second[slot.file_field]["path"] == second[slot.path_field]
        for path in _paths(second, slot):
            assert path.startswith("/media/")
            assert path.endswith("." + EXTENSIONS[slot.accepts])
    assert pages.is_shown(second)
    needs_a_file = any(not slot.optional for slot in kind.slots)
    assert pages.is_shown(first) is not needs_a_file


def _does_with_links(kind: type[ContentItem]) -> bool:
    """Whether it needs files, and links can replace them."""
    needed = {slot.url_field for slot in kind.slots if not slot.optional}
    return bool(needed) and needed <= set(kind.columns())


@pytest.mark.parametrize("kind", [*filter(_does_with_links, kinds())], ids=lambda kind: kind.__tablename__)
def test_an_outside_link_stands_in_for_a_file(session: Session, factory: Factory, kind: type[ContentItem]) -> None:
    links = {slot.url_field: "https://example.com/x" for slot in kind.slots if slot.url_field in kind.columns()}
    factory.item(page := factory.page(), kind.__tablename__, **links)
    document = pages.page_document(session, page.id)
    assert document
    assert pages.is_shown(document["contents"][0])


@every_kind
def test_visitors_see_its_title_and_media(client: FlaskClient, factory: Factory, kind: type[ContentItem]) -> None:
    page = factory.page(slug="it")
    item = factory.with_media(page, kind.__tablename__, title="<script>alert(1)</script> & such")
    answer = client.get("/it/")
    assert answer.status_code == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; such" in answer.text
    assert "<script>alert(1)" not in answer.text
    for slot in type(item).slots:
        for path in _paths(_item(client, page), slot):
            assert path in answer.text


@every_kind
def test_the_fallback_template_shows_it_too(
    app: Flask, session: Session, factory: Factory, kind: type[ContentItem]
) -> None:
    """A new kind is shown with it until it has its own template."""
    page = factory.page()
    factory.with_media(page, kind.__tablename__, title="The title")
    document = pages.page_document(session, page.id)
    assert document
    documents.placed(document, "", "en")
    with app.test_request_context():
        text = render_template("content/generic.html", item=document["contents"][0], page=document)
    for slot in kind.slots:
        assert [path for path in _paths(document["contents"][0], slot) if path not in text] == []
        assert slot.label in text
    assert "blake3:" not in text, "what is for programs is not for visitors"


@every_kind
def test_its_views_are_counted(app: Flask, client: FlaskClient, factory: Factory, kind: type[ContentItem]) -> None:
    page = factory.page(slug="it")
    item = factory.with_media(page, kind.__tablename__)
    seen = [_item(client, page)["counter"] for _ in range(3)]
    assert seen == [0, 1, 2]
    assert client.get("/it/").status_code == 200
    assert _item(client, page)["counter"] == 4
    answer = app.test_cli_runner().invoke(args=["cms", "views", "flush"])
    assert answer.exit_code == 0, answer.output
    assert factory.reload(item).counter == 5


@every_kind
@pytest.mark.both_databases
def test_deleting_it_leaves_the_rest(
    app: Flask, client: FlaskClient, session: Session, factory: Factory, kind: type[ContentItem]
) -> None:
    page = factory.page()
    gone, stays = factory.with_media(page, kind.__tablename__), factory.with_media(page, kind.__tablename__)
    client.get(f"/api/page/content/{page.id}/")
    session.delete(session.get_one(ContentItem, gone.id))
    session.commit()
    assert session.scalar(select(kind.id).where(kind.id == gone.id)) is None
    session.commit()
    assert factory.reload(stays)
    answer = app.test_cli_runner().invoke(args=["cms", "views", "flush"])
    assert answer.exit_code == 0, "views of an item that is gone harm nothing"
    assert factory.reload(stays).counter == 1
    assert factory.reload(page)


@every_kind
def test_its_form_has_the_fields_of_the_contract(
    signed_in: FlaskClient, factory: Factory, kind: type[ContentItem]
) -> None:
    answer = signed_in.get(f"/admin/{kind.__tablename__}/new/")
    assert answer.status_code == 200
    common = ["page", "title", "language", "order", "is_active"]
    fields = [*common, *kind.columns(), *(slot.file_field for slot in kind.slots)]
    assert [name for name in fields if f'name="{name}"' not in answer.text] == []


def _paths(item: dict[str, Any], slot: Slot) -> list[str]:
    """The paths of the files in a slot."""
    return [file["path"] for file in item[slot.name]] if slot.many else [item[slot.path_field]]


def _item(client: FlaskClient, page: Page) -> dict[str, Any]:
    [item] = client.get(f"/api/page/content/{page.id}/").json["contents"]
    return dict(item)
