"""The JSON API and its specification."""

from __future__ import annotations

from flask import Flask

from cms.api import delivery, docs


def init_api(app: Flask) -> None:
    """Register the delivery API and its documentation."""
    app.register_blueprint(delivery.api)
    docs.init_docs(app)
