"""Fixtures shared by the tests of stored files."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

from cms.database import Transactions
from cms.media import garbage
from cms.media.storage import Storage
from cms.pages.models import ContentItem
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.collecting import GRACE, Collect


@pytest.fixture
def transaction(engine: Engine) -> Transactions:
    return sessionmaker(engine, expire_on_commit=False).begin


@pytest.fixture
def collect(transaction: Transactions, storage: Storage) -> Collect:
    return lambda grace=GRACE, **options: list(garbage.collect(transaction, storage.media, grace, **options))


@pytest.fixture
def shown(factory: Factory, engine: Engine, storage: Storage, video_bytes: bytes) -> ContentItem:
    """An item that shows the film."""
    item = factory.item(factory.page(), "video")
    flow.complete(engine, storage, factory.upload(item, "video", "a.mp4", video_bytes))
    return item
