"""Static files under names with their digest, compressed in advance, cached by browsers forever.

Missing copies are made in ``CMS_HOME/static`` at start-up, which takes a moment, so there is no build step. Copies of
earlier releases stay: a page that was sent before an update still finds its files.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import flask_admin
from blake3 import blake3
from flask import Flask
from werkzeug.utils import get_content_type

from cms.http.codings import BROTLI, GZIP, IDENTITY, compressed
from cms.http.delivery import Representation, ServedFile
from cms.sections import open_section

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX, ADMIN_PREFIX = "/static/", "/admin/static/"
#: How long browsers keep files without a digest in their addresses (Flask-Admin's own), and with one, in seconds.
DAY, YEAR = 86400, 365 * 86400
#: The suffixes of compressed copies, the smallest copies first.
_CODINGS = {BROTLI: ".br", GZIP: ".gz"}
_COMPRESSIBLE = {".css", ".eot", ".js", ".md", ".mjs", ".otf", ".svg", ".ttf", ".txt"}
#: Not the machine's types, because machines differ. Files of other types are downloads.
_TYPES = {
    ".css": "text/css",
    ".gif": "image/gif",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".otf": "font/otf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
#: Scripts that run as workers have the policy of their own answer: WebAssembly is allowed there, and nowhere else.
_WORKER = ".worker.js"
_WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"
_HASHED = re.compile(r"\.[0-9a-f]{16}(/|\.[^./]+$|$)")
#: Our scripts. They import each other by relative addresses, so it is their folder that bears a digest, of all of them.
_MODULES = "js"
#: A style sheet that stands in another one, where nobody reads its comments.
_IMPORT = re.compile(rb'^@import "([^":]+)";$', re.MULTILINE)
_COMMENT = re.compile(rb"/\*.*?\*/\s*", re.DOTALL)
#: Files of Flask-Admin that the admin does not use. With them each start would look at 1,300 files.
_UNUSED = re.compile(r"/fontawesome-free-|/swatch/|\.map$")


def init_assets(app: Flask, source: Path, target: Path, prefix: str = "") -> None:
    """Serve the files of ``source``, and give templates ``asset(path)``, which returns a file's address.

    ``prefix`` is the path that the site lies under.

    Raises:
        KeyError: by ``asset``: there is no such file.
    """
    names = _publish(source, target)

    def asset(path: str) -> str:
        return f"{prefix}{PREFIX}{names[path]}"

    app.jinja_env.globals["asset"] = asset
    served = {
        f"{PREFIX}{name}": _served(target / name, f"max-age={YEAR}, immutable")
        for name in (path.relative_to(target).as_posix() for path in target.rglob("[!.]*") if path.is_file())
        if _HASHED.search(name) and not name.endswith(tuple(_CODINGS.values()))
    }
    theirs = target.with_name("static-admin")
    for path, name in _publish(Path(flask_admin.__file__).parent / "static", theirs).items():
        served[ADMIN_PREFIX + path] = _served(theirs / name, f"max-age={DAY}")
    app.wsgi_app = StaticFiles(app.wsgi_app, served)  # type: ignore[method-assign]


class StaticFiles:
    """WSGI middleware: answers requests for its files."""

    def __init__(self, application: WSGIApplication, files: Mapping[str, WSGIApplication]) -> None:
        self.application, self._files = application, files

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with a file, or pass the request on to the app."""
        return self._files.get(environ["PATH_INFO"], self.application)(environ, start_response)


def _served(path: Path, caching: str) -> ServedFile:
    """A published file with its compressed copies."""
    copies = [(coding, path.with_name(path.name + ending)) for coding, ending in _CODINGS.items()]
    representations = [
        # Each copy's name stands for its bytes alone.
        Representation(partial(open_section, copy), copy.stat().st_size, copy.name, coding)
        for coding, copy in [*copies, (IDENTITY, path)]
        if copy.exists()
    ]
    content_type = get_content_type(_TYPES.get(path.suffix, "application/octet-stream"), "utf-8")
    headers = [("Cache-Control", f"public, {caching}"), ("X-Content-Type-Options", "nosniff")]
    if path.name.endswith(_WORKER):
        headers.append(("Content-Security-Policy", _WORKER_POLICY))
    return ServedFile(representations, content_type, path.stat().st_mtime, headers)


def _publish(source: Path, target: Path) -> dict[str, str]:
    """Copy each file to a name with its digest, with compressed copies beside it. Return the names by path."""
    names = {}
    modules = _digest_of(source / _MODULES)
    for path in sorted(source.rglob("*")):
        if _UNUSED.search(path.as_posix()) or not path.is_file():
            continue
        data = _read(path)
        relative = path.relative_to(source)
        if relative.parts[0] == _MODULES:
            hashed = Path(f"{_MODULES}.{modules}", *relative.parts[1:])
        else:
            hashed = relative.with_name(f"{relative.stem}.{blake3(data).hexdigest(8)}{relative.suffix}")
        names[relative.as_posix()] = hashed.as_posix()
        copy = target / hashed
        codings = {IDENTITY: "", **(_CODINGS if path.suffix in _COMPRESSIBLE else {})}
        for coding, ending in codings.items():
            aimed = copy.with_name(copy.name + ending)
            if not aimed.exists():
                _write(aimed, compressed(data, coding))
    return names


def _digest_of(folder: Path) -> str:
    hasher = blake3()
    for path in sorted(folder.rglob("*.*")):
        hasher.update(f"\0{path.relative_to(folder)}\0".encode()).update(path.read_bytes())
    return hasher.hexdigest(8)


def _read(path: Path) -> bytes:
    """What is sent of a file: a style sheet has those that it imports in their places, and is one request."""
    data = path.read_bytes()
    if path.suffix != ".css":
        return data
    return _IMPORT.sub(lambda found: _COMMENT.sub(b"", _read(path.parent / found[1].decode())), data)


def _write(path: Path, data: bytes) -> None:
    """Write a temporary file and rename it: of several processes that start at once, none serves a partial file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as temp:
        temp.write(data)
    made = Path(temp.name)
    made.chmod(0o644)
    made.replace(path)
