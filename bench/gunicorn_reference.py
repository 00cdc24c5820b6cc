"""The product's settings of gunicorn for the reference, but for what they do with the product's own database."""

from pathlib import Path
from runpy import run_path

_shipped = run_path(str(Path(__file__).parent.parent / "deploy" / "gunicorn.conf.py"))
globals().update(
    {name: value for name, value in _shipped.items() if name[0] != "_" and name not in ("post_fork", "load")}
)
