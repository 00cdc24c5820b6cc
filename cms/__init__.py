"""Mediafold, a media CMS."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from cms import current, logs
from cms import kinds as _kinds  # noqa: F401  registers every kind
from cms import search as _search  # noqa: F401  keeps the words that files are found by
from cms.accounts import audit
from cms.admin import init_admin
from cms.api import init_api
from cms.cli import init_cli
from cms.extensions import csrf, db, init_celery, init_database, init_page_views, migrate
from cms.flask_config import flask_config
from cms.http import acting
from cms.http.address import init_address
from cms.http.assets import init_assets
from cms.media import uploaders
from cms.media.derivatives import ffmpeg, transcribing
from cms.media.derivatives.recipes import hls
from cms.media.storage import Storage
from cms.media.storage.local import LocalStore
from cms.media.storage.staging import Staging
from cms.page_cache.invalidation import watch
from cms.release import fingerprint
from cms.startup import check_production
from cms.tasks.workers import announce_workers
from cms.web import init_web

ROOT = Path(__file__).parent.parent

# Once: the session class is shared by all apps of a process.
watch(db.session, current.page_cache)
for sessions in (db.session, current.SessionApart):
    audit.watch(sessions, acting.is_asked, acting.actor)
uploaders.watch(db.session, lambda: acting.actor().person if acting.is_asked() else "")


def create_app(settings: config.Settings | None = None) -> Flask:
    """Create the application with its extensions, public site, API, admin and commands. This opens no connection.

    Raises:
        config.ConfigError: a setting is missing or wrong.
    """
    settings = settings or config.load()
    check_production(settings, ROOT)
    app = Flask("cms", template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.from_mapping(flask_config(settings))
    shown = (settings.site_name, settings.site_language, settings.url_prefix, settings.time_zone, *settings.embed_hosts)
    shown += ("hls",) * settings.hls
    app.config["RELEASE"] = fingerprint(ROOT, *shown)
    app.extensions["storage"] = Storage(
        Staging(settings.staging_root),
        LocalStore(settings.media_root),
        LocalStore(settings.derived_root),
        settings.derived_root / ".making",  # beside the files, which are then linked and not copied
    )
    ffmpeg.setting = settings.ffmpeg
    hls.setting = settings.hls
    transcribing.setting = settings.transcribe_command

    logs.configure()
    init_database(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    init_page_views(app)
    init_celery(app)
    announce_workers(app)
    init_web(app)
    init_api(app)
    csrf.init_app(app)
    init_admin(app)
    init_cli(app)
    app.wsgi_app = app.extensions["request_log"] = logs.RequestLog(app.wsgi_app)  # type: ignore[method-assign]
    init_assets(app, ROOT / "static", settings.home / "static", settings.url_prefix)
    init_address(app, refuse=app.extensions["request_log"])
    if settings.trusted_proxies:
        # Each proxy appends a client address, but replaces scheme and host or passes them on.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_host=1)  # type: ignore[method-assign]
    return app
