"""Gunicorn's settings: threads run the app, and a loop waits for the peers (see worker.py)."""

import sys

from gunicorn.http import message

from config import ConfigError, load  # not the module: gunicorn has a setting of that name

_settings = load()

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
worker_class = "deploy.worker.Worker"
workers = _settings.web_concurrency
threads = _settings.web_threads
keepalive = 75  # longer than proxies and browsers keep connections
timeout = 60  # for a worker whose loop hangs; limits for peers are in connection.py and streams.py
graceful_timeout = 10
preload_app = True
control_socket_disable = True  # it would be outside of CMS_HOME
accesslog = None  # the app writes a line for each request
loglevel = "warning"
# No client may set the scheme or the prefix. By default gunicorn trusts clients on this machine. Behind proxies the app
# reads their headers itself (TRUSTED_PROXIES), and SITE_URL has the prefix. A header with an underscore could pass for
# another one.
secure_scheme_headers = {}
forwarded_allow_ips = ""
forwarder_headers = ""
header_map = "drop"
# Gunicorn's limit is lower, and its answer is neither JSON nor translated. With this limit the app answers requests for
# long addresses, none of which exist. Memory stays bounded.
limit_request_line = message.MAX_REQUEST_LINE = 2**16


def on_starting(_server: object) -> None:
    """Refuse a Redis that cannot be used, with a sentence."""
    from cms.startup import check_redis

    try:
        check_redis(_settings)
    except ConfigError as error:
        sys.exit(f"mediafold: {error}")


def post_fork(server: object, worker: object) -> None:
    """Give each worker its own database connections: they must not be shared across a fork."""
    from cms.extensions import db
    from wsgi import app

    with app.app_context():
        db.engine.dispose(close=False)
