"""``flask cms media derive``: what it makes, what it leaves, and what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from cms.media.derivatives.models import Derivative
from cms.media.derivatives.recipes import poster
from cms.media.storage import Storage
from cms.messages import InvalidInput
from tests.factories import Factory
from tests.media import uploading as flow

pytestmark = pytest.mark.both_databases

Derive = Callable[..., tuple[int, dict[str, int]]]


@pytest.fixture
def derive(app: Flask, factory: Factory, engine: Engine, storage: Storage, media_files: dict[str, Path]) -> Derive:
    """Run the command on a site with a film and a recording."""
    page = factory.page()
    for kind, name in (("video", "video.mp4"), ("audio", "cover.m4a")):
        upload_id = factory.upload(factory.item(page, kind), kind, name, media_files[name].read_bytes())
        flow.complete(engine, storage, upload_id)

    def run(*words: str) -> tuple[int, dict[str, int]]:
        answer = app.test_cli_runner().invoke(args=["cms", "media", "derive", "--json", *words])
        assert not answer.exception or isinstance(answer.exception, SystemExit), answer.exc_info
        return answer.exit_code, json.loads(answer.stdout) if answer.stdout else {}

    return run


def counts(**values: int) -> dict[str, int]:
    return {"ready": 0, "skipped": 0, "failed": 0, "waiting": 0} | values


def paths(engine: Engine) -> dict[str, list[str]]:
    with Session(engine) as session:
        return {row.recipe: [file["path"] for file in row.files or ()] for row in session.scalars(select(Derivative))}


def test_what_is_missing_is_made_and_nothing_twice(derive: Derive, engine: Engine) -> None:
    assert derive() == (0, counts(ready=3, skipped=2))
    before = paths(engine)
    assert derive("--missing") == (0, counts())
    with engine.begin() as connection:
        connection.execute(delete(Derivative).where(Derivative.recipe == "waveform"))
    assert derive() == (0, counts(ready=1))
    assert paths(engine) | {"waveform": before["waveform"]} == before


def test_one_recipe_again(derive: Derive, engine: Engine) -> None:
    derive()
    before = paths(engine)
    assert derive("--recipe", "cover", "--again") == (0, counts(ready=1))
    after = paths(engine)
    assert {name for name in after if after[name] != before[name]} == {"cover"}


def test_what_fails_is_told_and_tried_again(derive: Derive, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(*_: Any) -> Any:
        raise InvalidInput("No picture.")

    with monkeypatch.context() as patched:
        patched.setattr(poster, "make", make)
        assert derive("--recipe", "poster") == (1, counts(failed=1))
    assert derive("--recipe", "poster") == (0, counts(ready=1))


def test_what_cannot_be_asked(derive: Derive, app: Flask) -> None:
    assert derive("--missing", "--again")[0] == 2
    assert derive("--recipe", "no-such-recipe")[0] == 2
    answer = app.test_cli_runner().invoke(args=["cms", "media", "derive"])
    assert answer.stdout == "3 ready, 2 skipped, 0 failed, 0 waiting.\n"
