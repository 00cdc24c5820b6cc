"""Static files under names that carry their digest, compressed beforehand, cached by browsers for good.

The copies are made at start-up in ``CMS_HOME/static`` (a moment's work, and none the next time), so there is no
step to run after a change. WhiteNoise serves them.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import flask_admin
from blake3 import blake3
from flask import Flask
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

PREFIX = "/static/"
#: How long browsers keep files without a digest in their names (Flask-Admin's own), in seconds.
DAY = 86400
_HASHED = re.compile(r"\.[0-9a-f]{16}\.[^.]+$")


def init_assets(app: Flask, source: Path, target: Path) -> None:
    """Serve the files of ``source`` and give templates ``asset(path)``, the address of one of them.

    Raises:
        KeyError: from ``asset``, there is no such file.
    """
    names = _publish(source, target)

    def asset(path: str) -> str:
        return PREFIX + names[path]

    app.jinja_env.globals["asset"] = asset
    served = _Files(
        app.wsgi_app,
        max_age=DAY,
        immutable_file_test=lambda _path, url: bool(_HASHED.search(url)),
        allow_all_origins=False,
        add_headers_function=lambda headers, _path, _url: headers.add_header("X-Content-Type-Options", "nosniff"),
    )
    served.add_files(str(target), prefix=PREFIX)
    served.add_files(str(Path(flask_admin.__file__).parent / "static"), prefix="/admin/static/")
    app.wsgi_app = served  # type: ignore[method-assign]


class _Files(WhiteNoise):  # type: ignore[misc]
    """Without the fonts that Flask-Admin brings and does not use: each start would look at 1,300 files."""

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        """Take a file up."""
        if "/fontawesome-free-" not in url:
            super().add_file_to_dictionary(url, path, stat_cache)


def _publish(source: Path, target: Path) -> dict[str, str]:
    """Copy each file to a name with its digest, and a gzip copy beside it; paths to names."""
    target.mkdir(parents=True, exist_ok=True)
    compressor = Compressor(log=lambda _message: None, use_brotli=False)
    names = {}
    for path in sorted(source.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        relative = path.relative_to(source)
        hashed = relative.with_name(f"{relative.stem}.{blake3(data).hexdigest()[:16]}{relative.suffix}")
        names[relative.as_posix()] = hashed.as_posix()
        copy = target / hashed
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            # Aside and renamed: of several processes that start at once none serves half a file.
            with tempfile.TemporaryDirectory(dir=target) as folder:
                aside = Path(folder) / hashed.name
                aside.write_bytes(data)
                aside.chmod(0o644)
                if compressor.should_compress(str(aside)):
                    for packed in compressor.compress(str(aside)):
                        Path(packed).replace(copy.with_name(Path(packed).name))
                aside.replace(copy)
    return names
