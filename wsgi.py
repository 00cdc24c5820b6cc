"""The entry points: ``app`` for gunicorn and Flask's command line, ``celery_app`` for worker and beat."""

import sys

from cms import create_app
from config import ConfigError

try:
    app = create_app()
except ConfigError as error:
    sys.exit(f"mediafold: {error}")
celery_app = app.extensions["celery"]
