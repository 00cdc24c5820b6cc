"""Media files with rows, and derivatives made from them as a worker does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cms.database import now
from cms.extensions import db
from cms.media.derivatives import deriving, working
from cms.media.derivatives.models import Derivative
from cms.media.models import MediaFile
from cms.media.storage import Storage
from cms.pages.models import ContentItem
from tests.factories import Factory
from tests.media import uploading as flow

Rows = Callable[[], dict[str, Derivative]]
Work = Callable[..., Derivative | None]


@pytest.fixture
def film(factory: Factory, engine: Engine, storage: Storage, video_bytes: bytes) -> ContentItem:
    """An item with a film that was just uploaded."""
    item = factory.item(factory.page(), "video")
    flow.complete(engine, storage, factory.upload(item, "video", "a.mp4", video_bytes))
    return item


@pytest.fixture
def recording(factory: Factory, engine: Engine, storage: Storage, media_files: dict[str, Path]) -> ContentItem:
    """An item with a recording with a cover that was just uploaded."""
    item = factory.item(factory.page(), "audio")
    upload_id = factory.upload(item, "audio", "a.m4a", media_files["cover.m4a"].read_bytes())
    flow.complete(engine, storage, upload_id)
    return item


@pytest.fixture
def rows(engine: Engine) -> Rows:
    """The newest version of each derivative, by the name of its recipe."""

    def read() -> dict[str, Derivative]:
        with Session(engine, expire_on_commit=False) as session:
            found = session.scalars(select(Derivative).order_by(Derivative.version)).all()
            return {row.recipe: row for row in found}

    return read


@pytest.fixture
def work(app: Flask, storage: Storage, rows: Rows) -> Work:
    """Make the derivative of that recipe as a worker does, and return its row."""

    def once(recipe: str, most_bytes: int | None = None) -> Derivative | None:
        row = rows()[recipe]
        with app.app_context():
            working.work(db.session(), row.id, storage, most_bytes)
        return rows().get(recipe)

    return once


@pytest.fixture
def media_file(engine: Engine) -> Callable[[], MediaFile]:
    """The only media file."""

    def read() -> MediaFile:
        [found] = flow.media_rows(engine)
        return found

    return read


def rested(factory: Factory, row: Derivative) -> None:
    """End the pause that follows an error of a derivative."""
    factory.change(row, due_at=now() - timedelta(seconds=1))


def recover(engine: Engine) -> list[int]:
    with Session(engine) as session:
        due = deriving.recover(session)
        session.commit()
        return due
