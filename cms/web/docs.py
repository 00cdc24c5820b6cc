"""The specification (OpenAPI 3.1), made from the schemas that serialise, and its two readers: Swagger UI and ReDoc."""

from __future__ import annotations

import copy
from typing import Any

import yaml
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec_webframeworks.flask import FlaskPlugin
from flasgger import Swagger
from flask import Blueprint, Flask, Response, current_app, render_template

from cms.models import kinds
from cms.schemas import item_schema
from cms.web import api

VERSION = "1.0.0"

docs = Blueprint("docs", __name__)

_CONFIG: dict[str, Any] = {
    "headers": [],
    "openapi": "3.1.0",
    "info": {"title": "Mediafold", "version": VERSION},
    # The specification is ours; Flasgger is to serve it, not to look for more.
    "specs": [
        {
            "endpoint": "swagger",
            "route": "/swagger.json",
            "rule_filter": lambda _: False,
            "model_filter": lambda _: False,
        }
    ],
    "swagger_ui": True,
    "specs_route": "/swagger/",
    "static_url_path": "/flasgger_static",
    "auth": {},
}


class _Documentation(Swagger):  # type: ignore[misc]
    def add_headers(self, app: Flask) -> None:
        """No hook for every response of the site: there are no headers to add."""


def init_docs(app: Flask) -> None:
    """Make the specification and register its addresses."""
    app.register_blueprint(docs)
    with app.test_request_context():
        document = _specification(app).to_dict()
    app.extensions["openapi"] = document
    _Documentation(app, config={**_CONFIG, "info": document["info"]}, template=copy.deepcopy(document), merge=True)


@docs.get("/swagger.yaml")
def specification_yaml() -> Response:
    """The same specification as YAML."""
    text = yaml.safe_dump(current_app.extensions["openapi"], sort_keys=False, allow_unicode=True)
    return Response(text, mimetype="application/yaml")


@docs.get("/redoc/")
def redoc() -> Response:
    """ReDoc, from a vendored file; it styles itself, and searches in a worker of its own."""
    response = Response(render_template("docs/redoc.html"))
    response.headers["Content-Security-Policy"] = (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "worker-src blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    return response


def _specification(app: Flask) -> APISpec:
    spec = APISpec(
        title=app.config["SETTINGS"].site_name,
        version=VERSION,
        openapi_version="3.1.0",
        info={"description": "Published pages with their content items. Every view of every item is counted."},
        plugins=[FlaskPlugin(), MarshmallowPlugin()],
        tags=[{"name": "Pages", "description": "What visitors read, as JSON."}],
    )
    for kind in kinds():
        name = kind.__tablename__
        spec.components.schema(kind.__name__, schema=item_schema(name))
        properties = spec.components.schemas[kind.__name__]["properties"]
        properties["content_type"] = {**properties["content_type"], "const": name}
    for view in (api.page_list, api.page_detail):
        spec.path(view=view, app=app)
    spec.components.schemas["Page"]["properties"]["contents"]["items"] = {
        "oneOf": [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in kinds()],
        "discriminator": {
            "propertyName": "content_type",
            "mapping": {kind.__tablename__: f"#/components/schemas/{kind.__name__}" for kind in kinds()},
        },
    }
    return spec
