"""The product's gunicorn settings for the reference, without those for the product's database."""

from pathlib import Path
from runpy import run_path

_shipped = run_path(str(Path(__file__).parent.parent / "deploy" / "gunicorn.conf.py"))
globals().update(
    {name: value for name, value in _shipped.items() if name[0] != "_" and name not in ("post_fork", "load")}
)
