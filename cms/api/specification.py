"""The specification (OpenAPI 3.1), made from the serialisation schemas and the docstrings of the views."""

from __future__ import annotations

import inspect
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec_webframeworks.flask import FlaskPlugin
from flask import Flask
from marshmallow import Schema
from werkzeug.http import HTTP_STATUS_CODES

from cms.api import delivery as api
from cms.api.problems import ParameterErrorSchema, ProblemSchema
from cms.pages.media_schemas import CaptionsSchema, ChapterSchema, MediaFileSchema, PictureSchema, SourceSchema
from cms.pages.models import kinds
from cms.pages.schemas import (
    ItemSchema,
    PageListSchema,
    PageSchema,
    files_name,
    files_schema,
    item_schema,
)
from config import Settings

OPENAPI = "3.1.0"
#: The version of the API, not of the program: additions increment the second number; the first one never changes.
VERSION = "1.4.0"

_ABOUT = """Published pages with their content items. A response to GET counts one view of each item in it.

**What may change.** New fields, new kinds of content and new optional parameters may come at any time; they increment
the second number of the version. At these addresses nothing is removed, renamed or given another meaning. So ignore
fields that you do not know, and skip, or show by its title, an item whose `content_type` you do not know.

**Paths.** `url`, `api_url`, `next` and `previous` are absolute. Each `*_path`, and each `path` of a file, is
relative to the site's address and not percent-encoded: encode it as UTF-8, and put the site's address in front.

**Errors** are `application/problem+json` (RFC 9457), whatever went wrong.
"""

_ONE_PARAMETER = "page_size must be a whole number from 1 to 100."
#: The responses that operations refer to: status, description, and an example of the detail.
_PROBLEMS = {
    "BadParameters": (400, "A parameter is wrong or unknown; `errors` names each one.", _ONE_PARAMETER),
    "NotFound": (
        404,
        "There is no published page with that id, or the list has no such page.",
        "There is no published page with the id 7.",
    ),
    "MethodNotAllowed": (
        405,
        "The address does not accept that method; `Allow` names those that it accepts.",
        "This address does not accept POST requests.",
    ),
    "TooManyRequests": (
        429,
        "You have sent too many requests. The program itself does not limit readers; a proxy in front of it may.",
        "Too many attempts. Please wait a minute and try again.",
    ),
    "ServerError": (
        500,
        "A fault of the site, which has been logged.",
        "Something went wrong on the site. The error has been logged.",
    ),
    "Unavailable": (
        503,
        "The site is busy, or cannot reach its database. Try again in a moment.",
        "The site cannot reach its database. Please try again in a moment.",
    ),
}
_RETRY_AFTER = {
    "description": "After how many seconds to try again; not always sent.",
    "schema": {"type": "integer", "examples": [5]},
}


def make_specification(app: Flask) -> dict[str, Any]:
    """The whole document. Call this in a request context, which building the addresses takes."""
    settings: Settings = app.config["SETTINGS"]
    spec = APISpec(
        title=settings.site_name,
        version=VERSION,
        openapi_version=OPENAPI,
        info={"description": _ABOUT, "contact": _contact(settings), "license": {"name": settings.content_license}},
        servers=[{"url": settings.site_url or "/", "description": "This site."}],
        plugins=[FlaskPlugin(), MarshmallowPlugin()],
        tags=[{"name": "Pages", "description": "What visitors read, as JSON: published pages, and nothing else."}],
    )
    _add_schemas(spec)
    for name, (status, description, detail) in _PROBLEMS.items():
        spec.components.response(name, _problem(status, description, detail))
    for view in (api.page_list, api.page_detail):
        spec.path(view=view, app=app)
    return spec.to_dict()


def _add_schemas(spec: APISpec) -> None:
    """Add the schemas with their docstrings, each after those that it refers to."""

    def add(name: str, schema: Schema) -> dict[str, Any]:
        spec.components.schema(name, {"description": inspect.getdoc(schema)}, schema=schema)
        found: dict[str, Any] = spec.components.schemas[name]
        return found

    add("DerivedPicture", PictureSchema())
    add("MediaSource", SourceSchema())
    add("MediaCaptions", CaptionsSchema())
    add("MediaChapter", ChapterSchema())
    add("MediaFile", MediaFileSchema())
    items = []
    for kind in kinds():
        for slot in kind.slots:
            if slot.many:
                add(files_name(kind, slot), files_schema(kind, slot))
        properties = add(kind.__name__, item_schema(kind.__tablename__))["properties"]
        properties["content_type"] |= {"const": kind.__tablename__, "examples": [kind.__tablename__]}
        items.append(_example(properties))
    references = {kind.__tablename__: f"#/components/schemas/{kind.__name__}" for kind in kinds()}
    spec.components.schema(
        "ContentItem",
        {
            "description": "An item of one of today's kinds; `content_type` says which one.",
            "oneOf": [{"$ref": reference} for reference in references.values()],
            "discriminator": {"propertyName": "content_type", "mapping": references},
        },
    )
    # Not part of the union above: pydantic refuses whatever the discriminator does not map to.
    unknown = add("UnknownItem", ItemSchema())
    unknown["description"] = "An item of a later kind, with the fields of every item. Skip it, or show its title."
    unknown["properties"]["content_type"]["not"] = {"enum": [*references]}
    page = add("Page", PageSchema())["properties"]
    page["contents"]["examples"] = [items]
    add("PageList", PageListSchema())["properties"]["results"]["examples"] = [[_example(page)]]
    error = add("ParameterError", ParameterErrorSchema())["properties"]
    add("Problem", ProblemSchema())["properties"]["errors"]["examples"] = [[_example(error)]]


def _example(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: described["examples"][0] for name, described in properties.items()}


def _problem(status: int, description: str, detail: str) -> dict[str, Any]:
    example: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES[status],
        "status": status,
        "detail": detail,
    }
    if status == 400:
        example["errors"] = [{"parameter": "page_size", "pointer": "#/page_size", "detail": detail}]
    content = {"application/problem+json": {"schema": ProblemSchema, "example": example}}
    headers = {"headers": {"Retry-After": _RETRY_AFTER}} if status in (429, 503) else {}
    return {"description": description, "content": content, **headers}


def _contact(settings: Settings) -> dict[str, str]:
    """The contact for questions: the people of the site."""
    where = settings.api_contact
    return {"name": settings.site_name, **({"url" if where.startswith("http") else "email": where} if where else {})}
