"""Clients generated from the specification read every page, and later additions do not break them."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from werkzeug.wrappers import Response

from cms.pages.models import kinds
from tests.factories import Factory
from tests.servers import served
from tests.waiting import DEADLINE

# All on one worker, because generating takes seconds.
pytestmark = pytest.mark.xdist_group("clients")

PROGRAMS = Path(sys.executable).parent
TYPESCRIPT = Path(__file__).parent / "clients"
#: The folder into which the Makefile installs the packages of package.json.
NPM = PROGRAMS.parent / "npm" / "node_modules" / ".bin"
LIST = "/api/page/content/"

#: What a client found on a page: the page's slug, the item's title and the client's type for it.
Found = list[list[str]]


@pytest.fixture(scope="module")
def folder(apps: Callable[[str], Flask], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the specification and, once they are generated, the clients."""
    folder = tmp_path_factory.mktemp("clients")
    specification = apps("sqlite").test_client().get("/swagger.json").text
    (folder / "swagger.json").write_text(specification)
    return folder


def run(folder: Path, *command: str | Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=DEADLINE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def python_client(folder: Path) -> Any:
    """A package made by openapi-python-client."""
    arguments = ("--path", "swagger.json", "--output-path", "python_client", "--meta", "none", "--fail-on-warning")
    (folder / "config.yml").write_text("post_hooks: []")
    run(folder, PROGRAMS / "openapi-python-client", "generate", *arguments, "--config", "config.yml")
    return _imported(folder, "python_client.api.pages.list_pages"), _imported(folder, "python_client")


@pytest.fixture(scope="module")
def models(folder: Path) -> Any:
    """A module of pydantic models made by datamodel-code-generator."""
    arguments = ("--input", "swagger.json", "--input-file-type", "openapi", "--output", "pydantic_models.py")
    kind = ("--output-model-type", "pydantic_v2.BaseModel", "--target-python-version", "3.11")
    run(folder, PROGRAMS / "datamodel-codegen", *arguments, *kind, "--formatters", "builtin")
    return _imported(folder, "pydantic_models")


@pytest.fixture(scope="module")
def reader(folder: Path) -> Path:
    """The reader, checked and compiled against types made by openapi-typescript."""
    if not (NPM / "openapi-typescript").exists():
        pytest.skip("openapi-typescript is not there; `make test-tools` installs it if there is npm")
    run(folder, NPM / "openapi-typescript", "swagger.json", "--output", "schema.d.ts")
    shutil.copy(TYPESCRIPT / "reader.ts", folder)
    run(folder, NPM / "tsc", "--strict", "--target", "es2022", "--module", "commonjs", "reader.ts")
    return folder / "reader.js"


def _imported(folder: Path, name: str) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        return importlib.import_module(name)


@pytest.fixture(params=["today", "later"])
def site(request: pytest.FixtureRequest, app: Flask, factory: Factory) -> Iterator[str]:
    """A site with items of all kinds, with files and without, in its present and in a future version."""
    for _ in range(5):
        page = factory.page()
        for kind in kinds():
            factory.item(page, kind.__tablename__)
            factory.with_media(page, kind.__tablename__)
        links = dict.fromkeys(("video_url", "subtitles_url"), "https://пример.рф/ё ж")
        factory.item(page, "video", title="Elsewhere", **links)
    with served(app if request.param == "today" else _later(app)) as address:
        yield address


def _later(app: Flask) -> Any:
    """The site after updates: items with external links are of a new kind, and everything has a new field."""

    def grown(part: Any) -> Any:
        if isinstance(part, list):
            return [grown(member) for member in part]
        if not isinstance(part, dict):
            return part
        part = {name: grown(member) for name, member in part.items()} | {"new": {"a": [1]}}
        if part.get("title") != "Elsewhere":
            return part
        common = {name: part[name] for name in ("id", "title", "counter", "order", "is_active", "language")}
        return common | {"content_type": "quiz", "questions": ["?"], "video_url": 1}

    def answer(environ: Any, start_response: Any) -> Any:
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # the body is changed here, so it must not be compressed
        response = Response.from_app(app, environ, buffered=True)
        return Response(json.dumps(grown(response.json)), response.status, mimetype=response.mimetype)(
            environ, start_response
        )

    return answer


def expected(site: str) -> Found:
    """What clients should find, from the responses themselves."""
    pages = requests.get(f"{site}{LIST}", timeout=DEADLINE).json()["results"]
    found = [
        [page["slug"], item["title"], _described(item["content_type"], item.get)]
        for page in pages
        for item in page["contents"]
    ]
    assert len(found) == 5 * (2 * len(kinds()) + 1)
    assert {description for *_, description in found} >= {"video video/mp4", "audio audio/mpeg", "text "}
    return found


def _described(kind: str, member: Callable[[str], Any]) -> str:
    if kind == "text":
        return f"text {member('text')}"
    if kind == "embed":
        return f"embed {member('embed_url') or 'null'}"
    if kind == "gallery":
        files = [picture["file"] if isinstance(picture, dict) else picture.file for picture in member("pictures")]
        types = [file["mime_type"] if isinstance(file, dict) else file.mime_type for file in files]
        return f"gallery {','.join(types)}"
    if kind not in ("video", "audio", "document", "picture"):
        return "unknown"
    file = member(f"{kind}_file")
    link = member(f"{kind}_url")
    mime_type = file["mime_type"] if isinstance(file, dict) else file and file.mime_type
    return f"{kind} {mime_type or (str(link) if link else 'null')}"


def test_openapi_python_client(site: str, python_client: Any) -> None:
    list_pages, package = python_client
    client, found, number, more = package.Client(base_url=site), [], 1, True
    while more:
        answer = list_pages.sync(client=client, page=number, page_size=2)
        found += [[page.slug, item.title, _typed(item)] for page in answer.results for item in page.contents]
        number, more = number + 1, answer.next_ is not None
    assert found == expected(site)


def test_datamodel_code_generator(site: str, models: Any) -> None:
    found: Found = []
    address = f"{site}{LIST}?page_size=2"
    while address:
        answer = models.PageList.model_validate_json(requests.get(address, timeout=DEADLINE).content)
        found += [
            [page.slug, _root(item).title, _typed(_root(item))] for page in answer.results for item in page.contents
        ]
        address = answer.next and str(answer.next)
    assert found == expected(site)


def test_openapi_typescript(site: str, reader: Path) -> None:
    printed = run(reader.parent, "node", reader, f"{site}{LIST}?page_size=2")
    assert [json.loads(line) for line in printed.splitlines()] == expected(site)


def _root(item: Any) -> Any:
    """The value in pydantic models that only wrap another model."""
    while hasattr(item, "root"):
        item = item.root
    return item


def _typed(item: Any) -> str:
    """The client's type for an item, from the class that it made."""
    kind = type(item).__name__.lower()
    return _described(kind, lambda name: getattr(item, name))
