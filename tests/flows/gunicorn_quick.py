"""The product's gunicorn settings for a small application, with limits short enough for tests."""

from deploy import connection, streams, worker
from tests.flows.gunicorn_small import *  # noqa: F403  gunicorn reads them from here

connection.HEAD_SECONDS = connection.BODY_SECONDS = 1.0
connection.SEND_SECONDS, streams.UPLOAD_SECONDS = 5.0, 2.0
worker.UPLOADS = 2

keepalive = 1000
worker_connections = 100
