"""The public JSON contract: what a page and its items look like to a client.

The same schemas serialise and document. A kind has no schema file: its schema is made here from its
slots and columns, with the column's type, comment and nullability.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from marshmallow import Schema, fields
from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, Numeric, Table

from cms.models import ContentItem, Url, kind_named

_FIELDS: list[tuple[type, type[fields.Field[Any]]]] = [
    (Url, fields.Url),
    (Boolean, fields.Boolean),
    (Integer, fields.Integer),
    (Float, fields.Float),
    (Numeric, fields.Float),
    (DateTime, fields.AwareDateTime),
    (Date, fields.Date),
]


def _described(field: type[fields.Field[Any]], description: str, **options: Any) -> Any:
    return field(required=not options.get("allow_none"), metadata={"description": description}, **options)


class ItemSchema(Schema):
    """What every content item has, whatever its kind."""

    id = _described(fields.Integer, "The item's number; never given twice.")
    title = _described(fields.String, "The item's title, not necessarily unique.")
    counter = _described(fields.Integer, "How often the item had been viewed before this response.")
    order = _described(fields.Integer, "Its place on the page, ascending.")
    content_type = _described(fields.String, "The item's kind.")
    is_active = _described(fields.Boolean, "Whether visitors see it; only active items are served.")


class PageSchema(Schema):
    """A page with its active items in order."""

    id = _described(fields.Integer, "The page's number; never given twice.")
    contents = fields.Method(
        "_contents",
        required=True,
        metadata={"description": "The active content items, in order.", "type": "array"},
    )
    created_at = _described(fields.AwareDateTime, "When the page was made, ISO 8601 with offset.", format="iso")
    updated_at = _described(fields.AwareDateTime, "When the page itself last changed.", format="iso")
    url = fields.Method(
        "_url", required=True, metadata={"type": "string", "format": "uri", "description": "The public page."}
    )
    api_url = fields.Method(
        "_api_url", required=True, metadata={"type": "string", "format": "uri", "description": "This page in this API."}
    )
    title = _described(fields.String, "The page's title, unique.")
    text = _described(fields.String, "The page's text in Markdown.")

    def _contents(self, page: dict[str, Any]) -> list[dict[str, Any]]:
        return [item_schema(item["content_type"]).dump(item) for item in page["contents"]]

    def _url(self, page: dict[str, Any]) -> str:
        return f"/{page['slug']}/"

    def _api_url(self, page: dict[str, Any]) -> str:
        return f"/api/page/content/{page['id']}/"


class PageListSchema(Schema):
    """One page of the list of published pages."""

    count = _described(fields.Integer, "How many published pages there are.")
    next = _described(fields.Url, "The next page of the list.", allow_none=True)
    previous = _described(fields.Url, "The page of the list before this one.", allow_none=True)
    results = fields.List(
        fields.Nested(PageSchema), required=True, metadata={"description": "The pages, newest first."}
    )


class ParameterErrorSchema(Schema):
    """What is wrong with one parameter."""

    parameter = _described(fields.String, "The parameter's name, as it was sent.")
    detail = _described(fields.String, "What is wrong with it, in a sentence.")


class ProblemSchema(Schema):
    """Why a request was not answered (RFC 9457, application/problem+json)."""

    type = _described(fields.String, "What kind of problem; about:blank: the status says it all.")
    title = _described(fields.String, "What went wrong, in a few words.")
    status = _described(fields.Integer, "The HTTP status.")
    detail = _described(fields.String, "What went wrong, in a sentence.")
    errors = fields.List(
        fields.Nested(ParameterErrorSchema),
        metadata={"description": "Of a request with wrong or unknown parameters: every one of them."},
    )


def kind_fields(kind: type[ContentItem]) -> list[str]:
    """The kind's own JSON fields, in order: for each slot its path and link, then the other columns."""
    columns = kind.columns()
    names = []
    for slot in kind.slots:
        names.append(slot.path_field)
        if slot.url_field in columns:
            names.append(slot.url_field)
    return names + [name for name in columns if name not in names]


@cache
def item_schema(content_type: str) -> Schema:
    """The schema of that kind's items, made from its slots and columns."""
    kind = kind_named(content_type)
    paths = {slot.path_field: slot for slot in kind.slots}
    columns = cast(Table, kind.__table__).columns
    members: dict[str, Any] = {
        name: _path_field(paths[name].name) if name in paths else _column_field(columns[name])
        for name in kind_fields(kind)
    }
    schema: type[Schema] = type(f"{kind.__name__}Schema", (ItemSchema,), {**members, "__doc__": kind.__doc__})
    return schema()


def _path_field(slot: str) -> Any:
    return fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": f"Where the uploaded {slot} file lies on this site; null until its upload is completed."
        },
    )


def _column_field(column: Column[Any]) -> Any:
    field = next((field for type_, field in _FIELDS if isinstance(column.type, type_)), fields.String)
    return field(
        required=True,
        allow_none=bool(column.nullable),
        metadata={"description": column.comment or column.key.replace("_", " ").capitalize() + "."},
    )
