"""How gunicorn serves the app: threads that run it, and a loop that waits for the peers (see worker.py)."""

import sys

from gunicorn.http import message

from config import ConfigError, load  # not the module: its name is one of gunicorn's settings

_settings = load()

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
worker_class = "deploy.worker.Worker"
workers = _settings.web_concurrency
threads = _settings.web_threads
keepalive = 75  # longer than what proxies and browsers keep a connection for
timeout = 60  # for a worker whose loop has hung; limits for peers are in connection.py and streams.py
graceful_timeout = 10
preload_app = True
control_socket_disable = True  # it would lie outside of CMS_HOME
accesslog = None  # the app writes a line for each request
loglevel = "warning"
# No client says what the scheme or the prefix is, not even one on this machine, which gunicorn would believe: behind
# proxies the app itself reads their headers (TRUSTED_PROXIES), and SITE_URL has the prefix. A header with an underscore
# could pass for another one.
secure_scheme_headers = {}
forwarded_allow_ips = ""
forwarder_headers = ""
header_map = "drop"
# gunicorn's own limit is lower, and its answer neither JSON nor translated: to an address of so many bytes, which is
# none of ours, the app itself says what is wrong with it. Memory stays bounded all the same.
limit_request_line = message.MAX_REQUEST_LINE = 2**16


def on_starting(_server: object) -> None:
    """Refuse a Redis that cannot be used, in words."""
    from cms.startup import check_redis

    try:
        check_redis(_settings)
    except ConfigError as error:
        sys.exit(f"mediafold: {error}")


def post_fork(server: object, worker: object) -> None:
    """Give each worker database connections of its own: none may be shared with the process it was forked from."""
    from cms.extensions import db
    from wsgi import app

    with app.app_context():
        db.engine.dispose(close=False)
