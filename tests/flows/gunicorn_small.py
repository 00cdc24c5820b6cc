"""The product's gunicorn settings for a small application, without those that need a database or Redis."""

from pathlib import Path
from runpy import run_path

_shipped = run_path(str(Path(__file__).parent.parent.parent / "deploy" / "gunicorn.conf.py"))
globals().update({name: value for name, value in _shipped.items() if name[0] != "_" and not callable(value)})
