"""The entry points: ``app`` for gunicorn and Flask's command line, ``celery_app`` for worker and beat."""

import gc
import sys

gc.disable()  # a third of the start would go into looking for garbage, of which imports make next to none

from cms import create_app  # noqa: E402
from config import ConfigError  # noqa: E402

try:
    app = create_app()
except ConfigError as error:
    sys.exit(f"mediafold: {error}")
celery_app = app.extensions["celery"]

gc.freeze()  # what is there now stays, and forked processes share it as long as nobody looks through it
gc.enable()
