"""Garbage collection: files that nothing refers to are marked, and removed after the grace period."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Engine

from cms.database import now
from cms.media.garbage import Removed
from cms.media.models import MediaFile
from tests.factories import Factory
from tests.media import uploading as flow

#: The grace period in seconds.
GRACE = 1000

#: Collect garbage after a grace period, by default :data:`GRACE`.
Collect = Callable[..., list[Removed]]


def the_row(engine: Engine) -> MediaFile:
    """The only stored file."""
    [row] = flow.media_rows(engine)
    return row


def since(factory: Factory, engine: Engine, ago: float) -> None:
    """Pretend that nothing has referred to the only stored file for so many seconds."""
    factory.change(the_row(engine), unreferenced_since=now() - timedelta(seconds=ago))
