"""Gunicorn with the product's settings: ``python -m deploy.gunicorn``, followed by options of gunicorn.

Gunicorn reads WEB_CONCURRENCY when it is imported, and fails with a traceback if that is empty or not a number. So the
settings are read first, and gunicorn gets their number.
"""

from __future__ import annotations

import os
import runpy
import sys

import config


def main() -> None:
    """Check the settings, and become gunicorn."""
    try:
        settings = config.load()
    except config.ConfigError as error:
        sys.exit(f"mediafold: {error}")
    os.environ["WEB_CONCURRENCY"] = str(settings.web_concurrency)
    sys.argv[1:] = ["--config", "deploy/gunicorn.conf.py", *sys.argv[1:], "wsgi:app"]
    runpy.run_module("gunicorn", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
