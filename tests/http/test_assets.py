"""Static files: published under their digests, compressed in advance, and kept for pages of earlier releases."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from urllib.parse import urljoin

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from cms import ROOT
from cms.http.assets import init_assets

STYLE = b"main { color: red }\n" * 100


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    (source / "css").mkdir(parents=True)
    (source / "css" / "a.css").write_bytes(STYLE)
    (source / "a.woff2").write_bytes(b"font")
    return source


def start(source: Path) -> tuple[FlaskClient, str]:
    """Start a process, and return the address of the style sheet."""
    app = Flask("assets", static_folder=None)
    init_assets(app, source, source.with_name("static"))
    return app.test_client(), app.jinja_env.globals["asset"]("css/a.css")


def test_a_file_is_kept_for_good_under_its_digest(source: Path) -> None:
    client, address = start(source)
    assert re.fullmatch(r"/static/css/a\.[0-9a-f]{16}\.css", address)
    answer = client.get(address)
    assert answer.data == STYLE
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert set(answer.headers["Cache-Control"].split(", ")) == {"public", "max-age=31536000", "immutable"}


def test_workers_may_use_webassembly_and_nothing_of_other_hosts(source: Path) -> None:
    (source / "js").mkdir()
    (source / "js" / "a.worker.js").write_text("1")
    (source / "js" / "a.js").write_text("2")
    client, _ = start(source)
    address = client.application.jinja_env.globals["asset"]
    policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"
    assert client.get(address("js/a.worker.js")).headers["Content-Security-Policy"] == policy
    assert "Content-Security-Policy" not in client.get(address("js/a.js")).headers


def test_style_sheets_are_sent_with_those_that_they_import(source: Path) -> None:
    folder = source / "css"
    (folder / "parts").mkdir()
    (folder / "parts" / "b.css").write_text("/* Why\n   it is. */\n\nb { color: red }\n")
    (folder / "parts" / "c.css").write_text('@import "b.css";\nc { color: red }\n')
    (folder / "a.css").write_text('/* All. */\n@import "parts/c.css";\na { color: red }\n')
    client, earlier = start(source)
    told = "/* All. */\nb { color: red }\n\nc { color: red }\n\na { color: red }\n"
    assert client.get(earlier).text == told
    (folder / "parts" / "b.css").write_text("b { color: blue }\n")
    client, address = start(source)
    assert client.get(address).text == told.replace("b { color: red }", "b { color: blue }")
    assert client.get(earlier).text == told


def test_modules_find_each_other_and_those_of_their_own_release(source: Path) -> None:
    folder = source / "js" / "parts"
    folder.mkdir(parents=True)
    (source / "js" / "main.js").write_text('import "./parts/a.js";')
    found = []
    for text in ("first()", "second()"):
        (folder / "a.js").write_text(text)
        client, _ = start(source)
        address = client.application.jinja_env.globals["asset"]("js/main.js")
        assert re.fullmatch(r"/static/js\.[0-9a-f]{16}/main\.js", address)
        answer = client.get(address, headers={"Accept-Encoding": "br"})
        assert answer.headers["Content-Encoding"] == "br"
        assert "immutable" in answer.headers["Cache-Control"]
        found.append((urljoin(address, "./parts/a.js"), text))
    assert len(dict(found)) == 2, "the one that has changed is asked for, whatever is cached of the other"
    for address, text in found:
        assert client.get(address).text == text
        assert client.get(f"{address}.br").status_code == 404


def test_compressed_copies_lie_beside_it(source: Path) -> None:
    client, address = start(source)
    for coding, ending, decode in (("gzip", ".gz", gzip.decompress), ("br", ".br", brotli.decompress)):
        answer = client.get(address, headers={"Accept-Encoding": coding})
        copy = source.with_name("static") / f"{address.removeprefix('/static/')}{ending}"
        assert answer.data == copy.read_bytes()
        assert decode(answer.data) == STYLE
    assert client.get(f"{address}.gz").status_code == 404


def test_what_is_compressed_already_is_not_compressed_again(source: Path) -> None:
    start(source)
    assert [path.suffix for path in source.with_name("static").iterdir() if path.is_file()] == [".woff2"]


def test_an_earlier_releases_files_are_still_found(source: Path) -> None:
    _, earlier = start(source)
    (source / "css" / "a.css").write_bytes(b"main { color: blue }")
    client, address = start(source)
    assert address != earlier
    assert client.get(address).data == b"main { color: blue }"
    assert client.get(earlier).data == STYLE


def test_half_written_files_are_nobodys(source: Path) -> None:
    _, address = start(source)
    (source / "js").mkdir()
    (source / "js" / "a.js").write_bytes(b"whole")
    client, _ = start(source)
    modules = Path(client.application.jinja_env.globals["asset"]("js/a.js")).parent.name
    for folder in ("css", modules):
        (source.with_name("static") / folder / ".tmpx0123.css").write_bytes(b"half")
    client, _ = start(source)
    for folder in ("css", modules):
        assert client.get(f"/static/{folder}/.tmpx0123.css").status_code == 404
    assert client.get(address).status_code == 200


def test_flask_admins_own_files_are_asked_for_again_each_day(source: Path) -> None:
    client, _ = start(source)
    answer = client.get("/admin/static/vendor/jquery.min.js?v=3.5.1", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "public, max-age=86400"


def test_every_type_is_named(client: FlaskClient, app: Flask) -> None:
    """This concerns scripts, styles and images that pages load; licences and the like are downloads."""
    folder = ROOT / "static"
    paths = [path for path in folder.rglob("*.*") if path.suffix != ".md"]
    assert paths
    for path in paths:
        answer = client.get(app.jinja_env.globals["asset"](path.relative_to(folder).as_posix()))
        assert answer.mimetype != "application/octet-stream", path
