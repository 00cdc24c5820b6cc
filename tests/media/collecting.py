"""Stored files on their way out: marked when nothing refers to them, removed after the grace period."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Engine

from cms.database import now
from cms.media.garbage import Removed
from cms.media.models import MediaFile
from tests.factories import Factory
from tests.media import uploading as flow

#: Seconds of grace.
GRACE = 1000

#: Collect garbage after a grace period, of :data:`GRACE` unless another is given.
Collect = Callable[..., list[Removed]]


def the_row(engine: Engine) -> MediaFile:
    """The only stored file."""
    [row] = flow.media_rows(engine)
    return row


def since(factory: Factory, engine: Engine, ago: float) -> None:
    """Let it be so many seconds that nothing has referred to the only stored file."""
    factory.change(the_row(engine), unreferenced_since=now() - timedelta(seconds=ago))
