"""Parts of the specification as self-contained JSON schemas."""

from __future__ import annotations

import copy
from typing import Any

from flask import Flask


def document(app: Flask) -> dict[str, Any]:
    """The specification as it is served."""
    found = app.test_client().get("/swagger.json").json
    assert isinstance(found, dict)
    return found


def component(app: Flask, name: str) -> dict[str, Any]:
    """The schema of that name, with all others for its references."""
    schemas = document(app)["components"]["schemas"]
    return {**copy.deepcopy(schemas[name]), "components": {"schemas": schemas}}
