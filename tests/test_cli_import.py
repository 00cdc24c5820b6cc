"""``flask cms import-folder``: what it adds, what it passes over, and what it refuses."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms import tasks
from cms.media import folders
from cms.media.models import MediaFile, Upload
from cms.media.storage import Storage
from cms.pages.models import ContentItem, Page
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

Import = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def folder(tmp_path: Path, media_files: dict[str, Path]) -> Path:
    """A recording, a picture twice, subtitles, a hidden file and one that is none of these."""
    root = tmp_path / "Harbour"
    (root / "Boats").mkdir(parents=True)
    shutil.copy(media_files["sound.mp3"], root / "A song.mp3")
    Image.new("RGB", (40, 30), "red").save(root / "Red.png")
    shutil.copy(root / "Red.png", root / "Boats" / "Red again.png")
    (root / "Boats" / "words.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHi\n")
    (root / "Boats" / "notes.xyz").write_bytes(b"\0\1\2" * 50)
    (root / ".hidden.png").write_bytes(b"x")
    (root / "link.png").symlink_to(root / "Red.png")
    return root


@pytest.fixture
def run(app: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Import:
    monkeypatch.setattr(tasks.derive, "delay", lambda _id: None)  # no broker

    def invoke(*words: str) -> tuple[int, list[str]]:
        answer = app.test_cli_runner().invoke(args=["cms", "import-folder", str(folder), *words])
        assert not answer.exception or isinstance(answer.exception, SystemExit), answer.exc_info
        return answer.exit_code, answer.stdout.splitlines()

    return invoke


def titles(session: Session) -> dict[str, list[tuple[str, str, bool]]]:
    """The items of each page: kind, title and whether it has a file."""
    session.rollback()
    session.expire_all()
    found = {
        page.title: [(item.content_type, item.title, item.is_complete) for item in page.items]
        for page in session.scalars(select(Page).order_by(Page.id))
    }
    session.rollback()
    return found


def test_files_go_into_the_library_once(run: Import, folder: Path, session: Session, storage: Storage) -> None:
    refused = f"Refused: {folder}/Boats/notes.xyz: The file's contents are not of a supported type"
    code, lines = run()
    assert (code, lines[0]) == (1, "5 files: 3 added, 1 there already, 0 waiting, 1 refused.")
    assert lines[1].startswith(refused)
    assert {upload.filename for upload in session.scalars(select(Upload))} == {"A song.mp3", "Red.png", "words.srt"}
    assert len(session.scalars(select(MediaFile)).all()) == 3
    session.rollback()
    (folder / "Boats" / "notes.xyz").unlink()
    assert run("--library") == (0, ["4 files: 0 added, 4 there already, 0 waiting, 0 refused."])
    assert storage.staging.names() == []


@pytest.mark.sqlite
def test_a_folder_that_cannot_be_read_is_told(run: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def refuse(path: Any, *args: Any, **options: Any) -> int:
        if path == "Boats":
            raise PermissionError(13, "Permission denied", path)
        return opened(path, *args, **options)

    monkeypatch.setattr(os, "open", refuse)
    code, lines = run()
    assert (code, lines[0]) == (1, "2 files: 2 added, 0 there already, 0 waiting, 0 refused.")
    assert lines[1].startswith("Refused: Boats: ")


def test_files_become_items_on_a_page(run: Import, session: Session, factory: Factory) -> None:
    code, lines = run("--page", "Harbour days")
    assert (code, lines[0]) == (1, "5 files: 2 added, 1 there already, 0 waiting, 2 refused.")
    assert lines[1] == "New page, a draft: Harbour days"
    assert "Import them into the library." in lines[3]
    made = [("audio", "A song", True), ("picture", "Red", True)]
    assert titles(session) == {"Harbour days": made}
    assert run("--page", "Harbour days")[1][0] == "5 files: 0 added, 3 there already, 0 waiting, 2 refused."
    factory.page("Other")
    assert run("--page", "Other")[1][0] == "5 files: 2 added, 1 there already, 0 waiting, 2 refused."
    assert titles(session) == {"Harbour days": made, "Other": made}


def test_each_folder_becomes_a_page(run: Import, session: Session) -> None:
    run("--pages")
    assert titles(session) == {
        "Harbour": [("audio", "A song", True), ("picture", "Red", True)],
        "Boats": [("picture", "Red again", True)],
    }
    assert not session.scalars(select(Page.is_published)).first()


def test_a_refused_file_leaves_no_item(run: Import, folder: Path, session: Session) -> None:
    for path in list(folder.rglob("*.*")):
        path.unlink()
    whole = bytearray(200)
    whole[:8] = b"\x89PNG\r\n\x1a\n"  # begins like a picture
    (folder / "broken.png").write_bytes(whole)
    code, lines = run("--page", "Broken")
    assert (code, lines[0]) == (1, "1 files: 0 added, 0 there already, 0 waiting, 1 refused.")
    assert "Refused" in lines[1]
    assert session.scalars(select(ContentItem)).all() == []
    assert session.scalars(select(Page)).all() == []


SRT = "1\n00:00:00,000 --> 00:00:01,000\n{}\n"


def test_subtitles_go_to_the_film_beside_them(
    run: Import, folder: Path, media_files: dict[str, Path], session: Session
) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    shutil.copy(media_files["video.mp4"], folder / "Dawn.mp4")
    for name, words in (("Dawn.srt", "One"), ("Dawn.en.srt", "Two"), ("Dawn.ru.srt", "Six"), ("Dusk.srt", "Ten")):
        (folder / name).write_text(SRT.format(words))
    code, lines = run("--page", "Films", "--publish")
    assert (code, lines[:2]) == (
        1,
        ["5 files: 4 added, 0 there already, 0 waiting, 1 refused.", "New page, published: Films"],
    )
    assert "no items of their own" in lines[2]
    found = session.scalars(select(ContentItem)).one()
    languages = [attachment.texts["language"] for attachment in found.in_slot(found.slots[2]) if attachment.texts]
    assert (found.title, found.attachments["subtitles"].upload.filename) == ("Dawn", "Dawn.srt")  # type: ignore[union-attr]
    assert languages == ["en", "ru"]
    assert found.page.is_published
    session.rollback()
    assert run("--page", "Films")[1][0] == "5 files: 0 added, 4 there already, 0 waiting, 1 refused."


def test_subtitles_of_one_name_and_size_are_told_apart(run: Import, folder: Path, session: Session) -> None:
    shutil.rmtree(folder)
    for name, words in (("a", "One"), ("b", "Two"), ("c", "One")):
        (folder / name).mkdir(parents=True)
        (folder / name / "words.srt").write_text(SRT.format(words))
    assert run()[1] == ["3 files: 2 added, 1 there already, 0 waiting, 0 refused."]
    assert len(session.scalars(select(MediaFile)).all()) == 2


@pytest.mark.sqlite
def test_no_link_leads_out_of_the_folder(
    run: Import, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    """A file, or a folder, becomes a link just before it is opened."""
    secret = tmp_path / "secret"
    secret.mkdir()
    Image.new("RGB", (9, 9), "blue").save(secret / "Red.png")
    was = folders.Found.open

    def swapped(found: folders.Found) -> BinaryIO:
        if found.name == "Red.png":
            found.path.unlink()
            found.path.symlink_to(secret / "Red.png")
        elif found.name == "Red again.png" and not found.path.parent.is_symlink():
            found.path.parent.rename(tmp_path / "moved")
            found.path.parent.symlink_to(secret)
        return was(found)

    monkeypatch.setattr(folders.Found, "open", swapped)
    run()
    session.rollback()
    sizes = {(file.width, file.height) for file in session.scalars(select(MediaFile)) if file.width}
    assert sizes == {(40, 30)}  # the folder that was moved away is read on


@pytest.mark.sqlite
def test_what_is_too_large_is_told(run: Import, with_settings: Callable[..., None]) -> None:
    with_settings(max_upload_bytes=20)
    assert "Refused" in run()[1][1]
    assert "too large: at most" in run()[1][1]


@pytest.mark.sqlite
def test_ways_exclude_each_other(run: Import) -> None:
    assert run("--pages", "--library")[0] == 2
    assert run("--publish")[0] == 2
