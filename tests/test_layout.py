"""The layout: the folders, which may import which, and the size of files."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cms.kinds  # noqa: F401  fills the registry
from cms.pages.models import kinds

ROOT = Path(__file__).parent.parent
MODULES = sorted([*(ROOT / "cms").rglob("*.py"), ROOT / "config.py", ROOT / "wsgi.py"])

#: The fixed top level, and further files that tools expect there.
FIXED = {"cms", "migrations", "templates", "static", "tests", "wsgi.py", "config.py", "requirements.txt"}
BESIDE = {
    *(
        "README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "Makefile",
        "Procfile",
        "Dockerfile",
    ),
    *("pyproject.toml", "compose.yaml", "babel.cfg"),
    *("requirements.lock", "requirements-dev.txt", "requirements-dev.lock"),
    *("package.json", "package-lock.json", "biome.json", "stylelint.config.mjs", "tsconfig.json"),
    *("bench", "deploy", "docs"),
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    """The output of import-linter for the package in a folder."""
    program = shutil.which("lint-imports", path=f"{Path(sys.executable).parent}:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("import-linter is not installed")
    return subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True)


@pytest.mark.heavy
def test_the_import_rules_are_kept() -> None:
    run = linted(ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("pages/listing.py", "from cms.view_counts import days", "Outer rooms import inner rooms only"),
        ("web/site.py", "from cms.api import delivery", "Outer rooms import inner rooms only"),
        ("media/uploads.py", "from cms.pages.models import Page", "Outer rooms import inner rooms only"),
        ("media/digest.py", "import flask", "The domains import no framework"),
        ("kinds/audio.py", "from cms.kinds import video", "Kinds never import each other"),
        ("admin/items.py", "from cms.kinds.audio import Audio", "Nothing outside cms.kinds names a kind"),
        (
            "media/uploads.py",
            "from cms.media.storage.local import LocalStore",
            "Only create_app chooses where media files are stored",
        ),
        (
            "web/media.py",
            "from cms.media.storage.objects import ObjectStore",  # of which nothing but its file is told
            "Only create_app chooses where media files are stored",
        ),
    ],
)
def test_each_import_rule_can_be_broken(tmp_path: Path, file: str, line: str, contract: str) -> None:
    shutil.copytree(ROOT / "cms", tmp_path / "cms", ignore=shutil.ignore_patterns("__pycache__", "translations"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "cms/media/storage/objects.py").write_text("class ObjectStore: ...\n")
    with (tmp_path / "cms" / file).open("a") as module:
        module.write(f"\n{line}\n")
    told = linted(tmp_path).stdout
    assert re.findall(r"^(.+) BROKEN\b", told, re.MULTILINE) == [contract], told


def test_the_top_level_is_as_the_design_says() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run([git, "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    top = {path.split("/")[0] for path in listed}
    assert FIXED - {"tests"} - top == set(), "missing"
    assert {entry for entry in top if not entry.startswith(".")} - FIXED - BESIDE == set(), "not expected"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_described_and_not_too_long(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "has no docstring"
    assert len(text.splitlines()) <= 300, "is too long for one thing"


def test_no_kind_is_named_outside_its_file() -> None:
    """Neither by import, which import-linter sees, nor by the name of its class."""
    names = {kind.__name__ for kind in kinds()}
    for path in (ROOT / "cms").rglob("*.py"):
        if path.parent.name != "kinds":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            imported = {
                alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cms")
                for alias in node.names
            }
            assert not imported & names, name(path)
            assert not (used & names) - _from_sqlalchemy(tree), name(path)


def test_every_kind_has_a_file_of_its_own() -> None:
    files = [kind.__module__ for kind in kinds()]
    assert len(set(files)) == len(files)


@pytest.mark.heavy
def test_no_connection_is_opened_at_import(tmp_path: Path) -> None:
    """The app is created although neither the database nor Redis is there."""
    environ = {
        "PATH": "/usr/bin",
        "CMS_HOME": str(tmp_path),
        "DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    run = subprocess.run(
        [sys.executable, "-c", "import wsgi; print(wsgi.app.name, wsgi.celery_app.main)"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split()[-2:] == ["cms", "cms"]


@pytest.mark.heavy
def test_a_wrong_setting_ends_in_one_line(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env={"PATH": "/usr/bin", "CMS_HOME": str(tmp_path), "DATABASE_URL": "nonsense"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("mediafold: DATABASE_URL is not a database address")
    assert len(run.stderr.strip().splitlines()) == 1


def _from_sqlalchemy(tree: ast.AST) -> set[str]:
    """Names that a column type shares with a kind (``Text``)."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
    }
