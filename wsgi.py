"""The entry points: ``app`` for gunicorn and Flask's command line, ``celery_app`` for the worker and beat."""

import gc
import sys

gc.disable()  # collecting would take a third of the start-up time, and imports leave next to no garbage

from cms import create_app  # noqa: E402
from config import ConfigError  # noqa: E402

try:
    app = create_app()
except ConfigError as error:
    sys.exit(f"mediafold: {error}")
celery_app = app.extensions["celery"]

gc.freeze()  # these objects stay; forked processes share their memory as long as the collector does not touch it
gc.enable()
