"""The product's settings of gunicorn, without its database, and with limits that a test can wait for."""

from pathlib import Path
from runpy import run_path

from deploy import connection, streams, worker

connection.HEAD_SECONDS = connection.BODY_SECONDS = 1.0
connection.SEND_SECONDS, streams.UPLOAD_SECONDS = 5.0, 2.0
worker.UPLOADS = 2

_shipped = run_path(str(Path(__file__).parent.parent.parent / "deploy" / "gunicorn.conf.py"))
globals().update({name: value for name, value in _shipped.items() if name[0] != "_" and not callable(value)})
keepalive = 1000
worker_connections = 100
