"""The public side: HTML pages, plays, media, sign-in, language, health, errors. It imports neither admin nor API."""

from __future__ import annotations

from flask import Flask

from cms.http import fastpath, headers
from cms.web import auth, canonical, cors, errors, health, language, media, plays, requests, review, site


def init_web(app: Flask) -> None:
    """Register everything that visitors reach."""
    headers.init_headers(app)
    fastpath.init_fastpath(app)  # around the headers, so that it learns them too
    canonical.init_canonical(app)
    cors.init_cors(app)
    requests.init_requests(app)
    errors.init_errors(app)
    auth.init_auth(app)
    for blueprint in (auth.auth, health.health, language.language, media.media, plays.plays, review.review, site.site):
        app.register_blueprint(blueprint)
