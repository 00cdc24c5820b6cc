"""The public side: HTML pages, JSON, documentation, sign-in, health, errors. Never imports the admin."""

from __future__ import annotations

from flask import Flask

from cms.api import delivery as api
from cms.api import docs
from cms.web import auth, canonical, cors, errors, fastpath, headers, health, language, media, requests, site


def init_web(app: Flask) -> None:
    """Register everything that visitors and clients reach."""
    headers.init_headers(app)
    fastpath.init_fastpath(app)  # it learns of whatever is inside
    canonical.init_canonical(app)
    cors.init_cors(app)
    requests.init_requests(app)
    errors.init_errors(app)
    auth.init_auth(app)
    for blueprint in (api.api, auth.auth, health.health, language.language, media.media, site.site):
        app.register_blueprint(blueprint)
    docs.init_docs(app)
