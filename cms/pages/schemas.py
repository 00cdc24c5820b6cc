"""The public JSON contract: how clients see a page and its items.

The same schemas serialise and document. A kind has no schema file: its schema is made here from its slots and columns,
with each column's type, description and nullability.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from marshmallow import Schema, fields
from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, Numeric, Table, Text

from cms.database import Url
from cms.pages.media_schemas import MediaFileSchema, Response, described, example_file
from cms.pages.models import ContentItem, column_label, kind_named
from cms.pages.slots import FileText, Slot

#: The field for each type of column, and an example for columns without one.
_FIELDS: list[tuple[type, type[fields.Field[Any]], Any]] = [
    (Url, fields.Url, "https://example.com/elsewhere"),
    (Boolean, fields.Boolean, True),
    (Integer, fields.Integer, 3),
    (Float, fields.Float, 1.5),
    (Numeric, fields.Float, 1.5),
    (DateTime, fields.AwareDateTime, "2026-08-27T09:30:00+00:00"),
    (Date, fields.Date, "2026-08-27"),
    (Text, fields.String, "Some *words* in Markdown."),
]


class ItemSchema(Response):
    """What every content item has, whatever its kind."""

    id = described(fields.Integer, "The item's id, never reused.", 42)
    title = described(fields.String, "The item's title, not necessarily unique.", "The harbour at dawn")
    counter = described(fields.Integer, "How often the item had been viewed before this response.", 1204, minimum=0)
    order = described(
        fields.Integer, "Its position on the page, ascending; items with the same order are sorted by id.", 1
    )
    content_type = described(
        fields.String, "The item's kind. New kinds will come: skip items of kinds that you do not know.", "quiz"
    )
    is_active = described(
        fields.Boolean, "Whether visitors see it; always true, because only active items are served.", True
    )
    language = described(
        fields.String, "The language of the item's title and texts, and of its media, as a tag (BCP 47).", "en"
    )


class PageSchema(Response):
    """A page with its active items in order."""

    id = described(fields.Integer, "The page's id, never reused.", 7)
    contents = fields.Method(
        "_contents",
        required=True,
        metadata={
            "description": "The active content items, in order. Skip, or show by its title, an item whose "
            "`content_type` you do not know.",
            "type": "array",
            "items": {
                "anyOf": [{"$ref": "#/components/schemas/ContentItem"}, {"$ref": "#/components/schemas/UnknownItem"}]
            },
        },
    )
    created_at = described(
        fields.AwareDateTime,
        "When the page was created: ISO 8601 with the offset from UTC.",
        "2026-08-27T09:30:00.120000+00:00",
    )
    updated_at = described(
        fields.AwareDateTime,
        "When the page or anything on it last changed: an item was added, edited, moved, reordered or deleted, or an "
        "upload was completed. Views do not change it.",
        "2026-09-01T18:04:11.530000+00:00",
    )
    url = fields.Method(
        "_url",
        required=True,
        metadata={
            "type": "string",
            "format": "uri",
            "description": "The page as visitors see it.",
            "examples": ["https://example.com/by-the-sea/"],
        },
    )
    api_url = fields.Method(
        "_api_url",
        required=True,
        metadata={
            "type": "string",
            "format": "uri",
            "description": "This page in this API.",
            "examples": ["https://example.com/api/page/content/7/"],
        },
    )
    title = described(fields.String, "The page's title, unique.", "By the sea")
    slug = described(fields.String, "The page's part of the address, unique; editors may change it.", "by-the-sea")
    text = described(fields.String, "The page's text in Markdown; may be empty.", "A week on the *coast*.")
    language = described(fields.String, "The language of the page's title and text, as a tag (BCP 47).", "en")
    tags = fields.List(
        fields.String,
        required=True,
        metadata={
            "description": "The page's tags, in alphabetical order. `tag` in the list finds the pages that have one.",
            "examples": [["coast", "summer"]],
        },
    )
    sharing_picture = fields.Nested(
        MediaFileSchema,
        required=True,
        allow_none=True,
        metadata={
            "description": "The picture that an editor has chosen for other sites to show with a link to the page; "
            "null if there is none. Without one they may show the first poster of its contents.",
            "examples": [example_file("image")],
        },
    )

    def _contents(self, page: dict[str, Any]) -> list[dict[str, Any]]:
        return [item_schema(item["content_type"]).dump(item) for item in page["contents"]]

    def _url(self, page: dict[str, Any]) -> str:
        return f"/{page['slug']}/"

    def _api_url(self, page: dict[str, Any]) -> str:
        return f"/api/page/content/{page['id']}/"


class PageListSchema(Response):
    """One page of the list of published pages."""

    count = described(fields.Integer, "How many published pages there are.", 45, minimum=0)
    next = described(
        fields.Url,
        "The next page of the list; null on the last one.",
        "https://example.com/api/page/content/?page=3&page_size=20",
        allow_none=True,
    )
    previous = described(
        fields.Url,
        "The previous page of the list; null on the first one.",
        "https://example.com/api/page/content/?page=1&page_size=20",
        allow_none=True,
    )
    results = fields.List(
        fields.Nested(PageSchema), required=True, metadata={"description": "The pages, newest first."}
    )


def kind_fields(kind: type[ContentItem]) -> list[str]:
    """A kind's own JSON fields, in order: path, file and link (or the files) of each slot, then the other columns."""
    columns = kind.columns()
    names: list[str] = []
    for slot in kind.slots:
        names += slot.json_fields
        if slot.url_field in columns:
            names.append(slot.url_field)
    return names + [name for name in columns if name not in names]


@cache
def item_schema(content_type: str) -> Schema:
    """The schema for items of that kind."""
    kind = kind_named(content_type)
    columns = cast(Table, kind.__table__).columns
    of_slots: dict[str, Any] = {}
    for slot in kind.slots:
        of_slots |= {slot.name: _files_field(kind, slot)} if slot.many else _slot_fields(slot)
    members: dict[str, Any] = {name: of_slots.get(name) or _column_field(columns[name]) for name in kind_fields(kind)}
    schema: type[Schema] = type(f"{kind.__name__}Schema", (ItemSchema,), {**members, "__doc__": kind.__doc__})
    return schema()


@cache
def uri_fields(content_type: str) -> list[str]:
    """The fields with links in items of that kind."""
    return [name for name, field in item_schema(content_type).fields.items() if isinstance(field, fields.Url)]


def _slot_fields(slot: Slot) -> dict[str, Any]:
    words, example = slot.name.replace("_", " "), example_file(slot.accepts)
    path = described(
        fields.String,
        f"Where the uploaded {words} file is, relative to the site's address and not percent-encoded; null until its "
        "upload is completed.",
        example["path"],
        allow_none=True,
    )
    file = fields.Nested(
        MediaFileSchema,
        required=True,
        allow_none=True,
        metadata={
            "description": f"The uploaded {words} file; null until its upload is completed.",
            "examples": [example],
        },
    )
    return {slot.path_field: path, slot.file_field: file}


@cache
def files_schema(kind: type[ContentItem], slot: Slot) -> Schema:
    """The schema for each file of a slot that takes several."""
    example = example_file(slot.accepts)
    members: dict[str, Any] = {
        "path": described(
            fields.String,
            "Where the file is, relative to the site's address and not percent-encoded.",
            example["path"],
        ),
        "file": fields.Nested(
            MediaFileSchema, required=True, metadata={"description": "The file.", "examples": [example]}
        ),
        **{text.name: _text_field(text) for text in slot.texts},
    }
    words = f"One of the {slot.name.replace('_', ' ')} of an item, and what an editor has written for it."
    schema: type[Schema] = type(f"{files_name(kind, slot)}Schema", (Response,), {**members, "__doc__": words})
    return schema()


def files_name(kind: type[ContentItem], slot: Slot) -> str:
    """The name of that schema in the specification."""
    return f"{kind.__name__}{slot.name.title().replace('_', '')}File"


def _text_field(text: FileText) -> Any:
    more: dict[str, Any] = {"enum": [value for value, _ in text.choices]} if text.choices else {}
    return described(
        fields.String, text.description or f"{text.label}; may be empty.", text.example or "Some words", **more
    )


def _files_field(kind: type[ContentItem], slot: Slot) -> Any:
    file = example_file(slot.accepts)
    example = {"path": file["path"], "file": file, **{text.name: text.example or "Some words" for text in slot.texts}}
    return fields.List(
        fields.Nested(files_schema(kind, slot)),
        required=True,
        metadata={
            "description": f"The {slot.name.replace('_', ' ')} in order; those whose uploads are completed.",
            "examples": [[example]],
        },
    )


def _column_field(column: Column[Any]) -> Any:
    """The field for a column, described by the column's ``info`` or comment, or else by its label."""
    types = (found for found in _FIELDS if isinstance(column.type, found[0]))
    _, field, example = next(types, (None, fields.String, "Some words"))
    return described(
        field,
        column.info.get("description") or column.comment or f"{column_label(column)}.",
        column.info.get("example", example),
        allow_none=bool(column.nullable),
    )
