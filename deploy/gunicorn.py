"""Gunicorn with the product's settings: ``python -m deploy.gunicorn``, and gunicorn's own options after it.

Gunicorn reads WEB_CONCURRENCY by itself while it is imported, and a value that is empty or no number ends in a
traceback. So the settings are read before, and it is given the number that they mean.
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
