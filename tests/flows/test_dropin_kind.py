"""A new kind is one file. Form, upload, JSON, specification, page and counter follow; its migration is generated."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from cms.web.icons import icon
from tests.flows.client import Editor, Form, Visitor, errors
from tests.flows.stack import ROOT, Stack, environ
from tests.flows.test_view_flow import views_in
from tests.servers import PostgresServer, free_port
from tests.waiting import DEADLINE

KIND = '''"""Photographs."""

from datetime import date

from sqlalchemy import JSON, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cms.messages import N_
from cms.pages.models import ContentItem, Slot


class Photo(ContentItem):
    """A picture with a few words about it."""

    label = N_("Photograph")
    icon = "fa-image"
    slots = (Slot("picture", accepts="image", label=N_("Picture file")),)

    alt_text: Mapped[str] = mapped_column(String(200))
    place: Mapped[str | None] = mapped_column(String(200), info={"label": N_("Taken at")})
    story: Mapped[str | None] = mapped_column(Text)
    answers: Mapped[list[str] | None] = mapped_column(JSON().with_variant(JSONB(), "postgresql"))
    taken_on: Mapped[date | None]
    rating: Mapped[float | None]
    is_wide: Mapped[bool] = mapped_column(default=False)
'''

_LEFT_OUT = shutil.ignore_patterns(".*", "var", "tests", "bench", "docs", "__pycache__", "node_modules")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project with one new file."""
    copy = tmp_path / "project"
    shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
    (copy / "cms" / "kinds" / "photo.py").write_text(KIND, encoding="utf-8")
    return copy


_COMMANDS = """
import sys
from wsgi import app
for command in sys.argv[1:]:
    run = app.test_cli_runner().invoke(args=command.split())
    print(run.output)
    if run.exception:
        raise run.exception
"""


def flask(project: Path, env: dict[str, str], *commands: str) -> None:
    """Run ``flask ...`` commands in the copy, one after another, in one process."""
    run = [sys.executable, "-c", _COMMANDS, *commands]
    done = subprocess.run(run, cwd=project, env=env, capture_output=True, text=True, timeout=DEADLINE)
    assert done.returncode == 0, done.stdout + done.stderr


def migrate(project: Path, env: dict[str, str], *commands: str) -> str:
    """Generate the migration, run other commands, and return the migration's text."""
    versions = project / "migrations" / "versions"
    before = set(versions.glob("*.py"))
    flask(project, env, f"db upgrade {next(iter(_head(before)))}", "db migrate -m photos", *commands)
    (written,) = set(versions.glob("*.py")) - before
    return written.read_text(encoding="utf-8")


def _head(versions: set[Path]) -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in versions]
    own, parents = (
        {match[1] for text in texts if (match := re.search(rf"^{name}\b.*?=\s*['\"](\w+)['\"]", text, re.MULTILINE))}
        for name in ("revision", "down_revision")
    )
    return own - parents


def check(project: Path) -> str:
    """What the linter and the formatter of ``make check`` complain about in kinds and migrations."""
    ruff, options = [sys.executable, "-m", "ruff"], ["--no-cache", "--quiet", "migrations", "cms/kinds"]
    runs = [[*ruff, "check", *options], [*ruff, "format", "--check", *options]]
    return "".join(subprocess.run(run, cwd=project, capture_output=True, text=True).stdout for run in runs)


def has_only_the_new_table(migration: str) -> bool:
    upwards = migration.partition("def upgrade")[2].partition("def downgrade")
    return [re.findall(r"op\.(\w\w+)\(\s*['\"](\w+)", part) for part in (upwards[0], upwards[2])] == [
        [("create_table", "photo")],
        [("drop_table", "photo")],
    ]


@pytest.fixture
def copy(project: Path) -> Iterator[Stack]:
    stack = Stack(project)
    try:
        yield stack
    finally:
        stack.remove()


def test_one_file_makes_a_kind(copy: Stack, media_files: dict[str, Path]) -> None:
    migration = migrate(copy.root, copy.environ, "db upgrade", "db check")  # models and tables agree
    assert has_only_the_new_table(migration), migration
    for name in ("alt_text", "place", "answers", "taken_on", "rating", "is_wide"):
        assert f"'{name}'" in migration
    assert check(copy.root) == ""
    assert copy.rows("SELECT * FROM photo") == []

    copy.start()
    editor, visitor = Editor(copy), Visitor(copy)
    page = editor.new_page("Pictures", slug="pictures")
    form = editor.get(f"/admin/photo/new/?page={page}").text
    assert {"title", "page", "order", "alt_text", "taken_on", "rating"} <= Form(form).fields.keys()
    assert 'name="picture_file"' in form
    assert 'name="is_wide"' in form
    assert f"/admin/photo/new/?page={page}" in editor.get(f"/admin/page/edit/?id={page}").text, "the page's own button"

    files = {"picture": ("Кошка.png", media_files["picture.png"].read_bytes())}
    details = {
        "alt_text": "A <cat>",
        "place": "*Home*",
        "story": "It was *asleep*.",
        "taken_on": "2026-02-28",
        "rating": "4.5",
        "is_wide": "y",
    }
    item = editor.add("photo", page, "The cat", files, **details)
    (state,) = editor.wait(*item.uploads)
    assert (state["status"], state["reason"]) == ("completed", "")

    (shown,) = visitor.items(page)
    path, file = shown.pop("picture_path"), shown.pop("picture_file")
    assert (file["path"], file["mime_type"], file["size"]) == (path, "image/png", len(files["picture"][1]))
    assert re.fullmatch(r"/media/\d{4}/\d\d/\d\d/photo/.+-[0-9a-f]{12}\.png", path)
    expected = {
        "id": item.id,
        "title": "The cat",
        "counter": 0,
        "order": 1,
        "content_type": "photo",
        "is_active": True,
        "language": "en",
    }
    own = {"alt_text": "A <cat>", "place": "*Home*", "story": "It was *asleep*."}
    own |= {"answers": None, "taken_on": "2026-02-28", "rating": 4.5, "is_wide": True}
    assert shown == expected | own
    served = visitor.get(path)
    assert (served.headers["Content-Type"], served.content) == ("image/png", files["picture"][1])

    html = visitor.get("/pictures/").text
    assert f'<img src="{quote(path)}" alt="A &lt;cat&gt;"' in html
    assert html.count("A &lt;cat&gt;") == 1, "what an alt says is not said twice"
    assert re.search(r"<dt [^>]*>Taken at</dt>\s*<dd>\*Home\*</dd>", html), "a line is no Markdown"
    assert "<p>It was <em>asleep</em>.</p>" in html
    drawn = icon("fa-image")
    assert html.count(f"{drawn}Photograph") == 2, "the kind's label and icon stand above the page and the item"
    assert ">Photo<" not in html
    assert views_in(html) == [1]
    assert visitor.items(page)[0]["counter"] == 2

    specification = visitor.get("/swagger.json").json()
    properties = specification["components"]["schemas"]["Photo"]["properties"]
    assert {"picture_path", "picture_file", *own} <= properties.keys()
    assert all(properties[name]["description"] and properties[name]["examples"] for name in own)
    assert properties["taken_on"]["format"] == "date"
    assert any(part["$ref"].endswith("/Photo") for part in _kinds_of(specification))

    wrong = editor.send_item("photo", page, "No words", {"picture": ("a.png", b"")}, taken_on="soon", rating="high")
    assert wrong.status_code == 200
    assert errors(wrong).keys() == {"alt_text", "taken_on", "rating"}
    video = editor.add(
        "photo", page, "A video", {"picture": ("a.png", media_files["video.mp4"].read_bytes())}, alt_text="x"
    )
    assert editor.wait(*video.uploads)[0]["status"] == "failed"

    copy.stop()
    assert copy.left_behind() == {}
    flask(copy.root, copy.environ, "db downgrade")
    assert copy.rows("SELECT name FROM sqlite_master WHERE name = 'photo'") == []
    flask(copy.root, copy.environ, "db upgrade")
    assert copy.rows("SELECT * FROM photo") == []


def _kinds_of(specification: dict) -> list[dict]:
    return specification["components"]["schemas"]["ContentItem"]["oneOf"]


def test_the_migration_is_written_and_runs_on_postgresql_too(
    project: Path, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    env = environ(tmp_path / "home", free_port(), DATABASE_URL=postgres_server.new_database("dropin"))
    there_and_back = ("db upgrade", "db check", "db downgrade", "db downgrade base", "db upgrade", "db check")
    migration = migrate(project, env, *there_and_back)
    assert has_only_the_new_table(migration), migration
