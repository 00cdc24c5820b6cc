"""Serves the specification as JSON and YAML, and its two viewers: Swagger UI and ReDoc."""

from __future__ import annotations

import copy
from typing import Any

import yaml
from flasgger import Swagger
from flask import Blueprint, Flask, Response, current_app, render_template, request

from cms.api.specification import OPENAPI, make_specification
from cms.http.codings import compress

docs = Blueprint("docs", __name__)
docs.after_request(compress)

#: The dumper in C, which is five times as fast, if PyYAML was built with it.
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

_CONFIG: dict[str, Any] = {
    "headers": [],
    "openapi": OPENAPI,
    # Flasgger serves our specification. It must not look for more.
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
        """Add no hook to every response of the site: there are no headers to add."""


def init_docs(app: Flask) -> None:
    """Make the specification and register its addresses."""
    app.register_blueprint(docs)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # fields in the order of the responses
    app.after_request(_let_revalidate)
    with app.test_request_context():
        document = make_specification(app)
    app.extensions["openapi"] = document
    _Documentation(app, config={**_CONFIG, "info": document["info"]}, template=copy.deepcopy(document), merge=True)
    app.after_request_funcs["flasgger"].append(compress)


def _let_revalidate(response: Response) -> Response:
    """Let clients cache the specification and revalidate it: it seldom changes."""
    if request.path in ("/swagger.json", "/swagger.yaml") and response.status_code == 200:
        response.headers["Cache-Control"] = "no-cache"
        response.add_etag()
        response.make_conditional(request)
    return response


@docs.get("/swagger.yaml")
def specification_yaml() -> Response:
    """The same specification as YAML."""
    text = yaml.dump(current_app.extensions["openapi"], Dumper=_DUMPER, sort_keys=False, allow_unicode=True)
    return Response(text, mimetype="application/yaml")


@docs.get("/redoc/")
def redoc() -> Response:
    """ReDoc, from a vendored file. It needs inline styles, and a worker for its search."""
    response = Response(render_template("docs/redoc.html"))
    response.headers["Content-Security-Policy"] = (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "worker-src blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    return response
