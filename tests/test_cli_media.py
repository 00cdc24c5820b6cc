"""``flask cms media verify`` and ``gc``: their output, what they leave alone, and their exit statuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from cms.media import folder_marks
from cms.media.models import MediaFile
from cms.media.storage import Storage
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.storage.objects import Bucket, ObjectStore


@pytest.fixture
def media(app: Flask) -> Callable[..., Any]:
    return lambda *words: app.test_cli_runner().invoke(args=["cms", "media", *words])


@pytest.fixture
def stray(storage: Storage) -> str:
    """A file that no row names."""
    on_disk(storage, "2026").mkdir(exist_ok=True)
    on_disk(storage, "2026/Заметки.txt").write_bytes(b"?")
    return "2026/Заметки.txt"


@pytest.fixture
def harmed(factory: Factory, storage: Storage) -> tuple[MediaFile, MediaFile]:
    """A missing, a damaged and an intact file."""
    factory.media_file(b"whole")
    missing, damaged = factory.media_file(b"missing"), factory.media_file(b"damaged")
    storage.media.delete(missing.path)
    on_disk(storage, damaged.path).write_bytes(b"DAMAGED")
    return missing, damaged


@pytest.mark.both_databases
def test_moved_folders_are_marked(media: Callable[..., Any], storage: Storage) -> None:
    assert media("mark").stdout == "The folders have been marked.\n"
    mark = on_disk(storage, folder_marks.NAME).read_text()
    on_disk(storage, folder_marks.NAME).unlink()
    assert media("mark").exit_code == 0
    assert on_disk(storage, folder_marks.NAME).read_text() == mark


@pytest.mark.both_databases
def test_verify_tells_what_is_wrong(
    media: Callable[..., Any], factory: Factory, harmed: tuple[MediaFile, MediaFile], stray: str
) -> None:
    missing, damaged = harmed
    answer = media("verify")
    assert answer.stdout.splitlines() == [
        f"missing   {missing.path}",
        f"damaged   {damaged.path}",
        f"orphaned  {stray}",
        "3 verified: 1 missing, 1 damaged. 1 orphaned.",
    ]
    assert answer.exit_code == 1
    assert [factory.reload(file).fault for file in harmed] == ["missing", "damaged"]


@pytest.mark.both_databases
def test_verify_says_it_in_json_too(media: Callable[..., Any], harmed: tuple[MediaFile, MediaFile], stray: str) -> None:
    missing, damaged = harmed
    answer = media("verify", "--json")
    assert json.loads(answer.stdout) == {
        "verified": 3,
        "bytes": 12,
        "missing": [missing.path],
        "damaged": [damaged.path],
        "unread": [],
        "orphaned": [stray],
        "dry_run": False,
    }
    assert (answer.stderr, answer.exit_code) == ("", 1)


def test_verify_tells_what_it_could_not_read(
    app: Flask,
    media: Callable[..., Any],
    factory: Factory,
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file, store = factory.media_file(), ObjectStore(Bucket())
    store.put(file.path, BytesIO(b"bytes"))
    monkeypatch.setitem(app.extensions, "storage", replace(storage, media=store))
    store.bucket.unanswered = {"HEAD"}
    answer = media("verify")
    assert answer.stdout.splitlines() == [
        f"unread    {file.path}",
        "0 verified: 0 missing, 0 damaged. 0 orphaned. 1 unread.",
    ]
    assert (answer.exit_code, "media_not_verified" in caplog.text) == (1, True)
    caplog.clear()
    store.bucket.unanswered = {"LIST"}
    answer = media("verify", "--json")
    assert (answer.exit_code, "media_not_listed" in caplog.text) == (1, True)
    told = json.loads(answer.stdout)
    assert (told["unread"], told["orphaned"]) == ([], [])


def test_all_is_well(media: Callable[..., Any], factory: Factory, stray: str) -> None:
    factory.media_file()
    answer = media("verify")
    assert answer.stdout.splitlines()[-1] == "1 verified: all well. 1 orphaned."
    assert answer.exit_code == 0, "an orphan harms nobody"


def test_there_may_be_nothing_to_do(media: Callable[..., Any]) -> None:
    assert media("verify").output == "0 verified: all well. 0 orphaned.\n"
    assert media("gc").output == "0 removed, 0 bytes. 0 unreferenced within the grace period.\n"


def test_a_dry_verification_says_the_same_and_notes_nothing(
    media: Callable[..., Any], factory: Factory, harmed: tuple[MediaFile, MediaFile]
) -> None:
    answer = media("verify", "--dry-run", "--json")
    assert (answer.exit_code, json.loads(answer.stdout)["dry_run"]) == (1, True)
    assert json.loads(answer.stdout)["missing"] == [harmed[0].path]
    assert [(factory.reload(file).fault, factory.reload(file).verified_at) for file in harmed] == [(None, None)] * 2


@pytest.mark.both_databases
def test_gc_keeps_for_the_grace_period_and_removes_after_it(
    media: Callable[..., Any], factory: Factory, engine: Engine, storage: Storage, stray: str
) -> None:
    kept, gone = factory.media_file(b"kept"), factory.media_file(b"gone")
    factory.attached(factory.item(factory.page(), "video"), "video", kept)
    assert media("gc").stdout == "0 removed, 0 bytes. 1 unreferenced within the grace period.\n"
    assert factory.reload(gone).unreferenced_since
    told = f"removed   {gone.path}\norphaned  {stray}\n"
    assert media("gc", "--grace", "0", "--dry-run").stdout == (
        told + "2 would go, 5 bytes. 0 unreferenced within the grace period.\n"
    )
    assert on_disk(storage, gone.path).exists()
    assert media("gc", "--grace", "0").stdout == (
        told + "2 removed, 5 bytes. 0 unreferenced within the grace period.\n"
    )
    assert [row.path for row in flow.media_rows(engine)] == flow.files_on_disk(storage) == [kept.path]


def test_gc_takes_the_grace_period_of_the_settings(
    media: Callable[..., Any], factory: Factory, with_settings: Callable[..., None]
) -> None:
    with_settings(media_grace_seconds=0)
    file = factory.media_file(b"gone")
    answer = media("gc", "--json")
    assert json.loads(answer.stdout) == {
        "removed": [file.path],
        "orphaned": [],
        "bytes": 4,
        "waiting": 0,
        "grace_seconds": 0,
        "dry_run": False,
    }
    assert answer.stderr == ""


@pytest.mark.parametrize("grace", ["-1", "soon", "nan", "99999999999"])
def test_a_wrong_grace_period_is_refused(media: Callable[..., Any], grace: str) -> None:
    answer = media("gc", "--grace", grace)
    assert answer.exit_code == 2
    assert "Traceback" not in answer.output


@pytest.mark.parametrize("command", ["verify", "gc"])
def test_each_has_help(media: Callable[..., Any], command: str) -> None:
    assert "--dry-run" in media(command, "--help").output
