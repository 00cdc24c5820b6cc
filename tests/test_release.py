"""The fingerprint of a release: it changes with whatever changes pages, and is the same for the same files."""

from __future__ import annotations

from pathlib import Path

import pytest

from cms.release import fingerprint


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("cms/a.py", "templates/site/a.html", "static/css/a.css"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("a")
    return tmp_path


def test_the_same_files_are_the_same_release(root: Path) -> None:
    before = fingerprint(root, "Name")
    (root / "cms/__pycache__").mkdir()
    (root / "cms/__pycache__/a.pyc").write_text("made of a.py")
    (root / "var").mkdir()
    (root / "var/mediafold.db").write_text("not of the release")
    assert fingerprint(root, "Name") == before


@pytest.mark.parametrize("name", ["cms/a.py", "templates/site/a.html", "static/css/a.css", "static/css/b.css"])
def test_other_files_are_another_release(root: Path, name: str) -> None:
    before = fingerprint(root, "Name")
    (root / name).write_text("b")
    assert fingerprint(root, "Name") != before


def test_other_settings_are_another_release(root: Path) -> None:
    found = {fingerprint(root, *settings) for settings in (("a", "b"), ("b", "a"), ("ab", ""), ("a",))}
    assert len(found) == 4
