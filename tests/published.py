"""Published static files for tests: compressing them takes longer than most tests."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from flask import Flask

from cms import ROOT
from cms.http.assets import init_assets


def lay_out(home: Path) -> Path:
    """Put into a test's ``CMS_HOME`` the files that an app would publish there at its first start."""
    home.mkdir(parents=True, exist_ok=True)
    for folder in _published().iterdir():
        (home / folder.name).symlink_to(folder)
    return home


@cache
def _published() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="mf-"))
    folder.chmod(0o755)
    init_assets(Flask(__name__), ROOT / "static", folder / "static")
    return folder
