"""Which errors are transient. Only after those is an upload tried again, and the editor offered to."""

from __future__ import annotations

import errno

import pytest
from redis import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, OperationalError, TimeoutError

from cms import errors
from cms.media.models import UploadStatus
from cms.media.storage import Storage
from cms.messages import InvalidInput
from tests.factories import Factory
from tests.media import uploading as flow

PASSING = [
    OSError(errno.EIO, "the disk"),
    OSError(errno.ENOSPC, "no room"),
    PermissionError("not ours"),
    FileNotFoundError("vanished"),
    OperationalError("SELECT 1", {}, Exception("the database is away")),
    TimeoutError("no connection is free"),
    RedisError("away"),
    MemoryError(),
    RuntimeError("can't start new thread"),
]
LASTING = [
    KeyError("a name that is not there"),
    ValueError("a value that nobody expected"),
    TypeError("a mistake of ours"),
    RuntimeError("another one"),
    DataError("INSERT", {}, Exception("too long")),
]


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_what_the_machine_lacks_is_transient(error: Exception) -> None:
    assert errors.is_transient(error)


@pytest.mark.parametrize("error", LASTING, ids=repr)
def test_what_the_program_does_wrong_is_not(error: Exception) -> None:
    assert not errors.is_transient(error)


@pytest.mark.both_databases
def test_an_error_that_would_come_again_ends_the_upload_at_once(
    engine: Engine, factory: Factory, upload_id: int
) -> None:
    flow.requeue(engine, flow.claimed(engine, upload_id), KeyError("nonsense"))
    row = factory.upload_row(upload_id)
    assert (row.status, row.attempts, row.can_retry) == (UploadStatus.FAILED, 1, False)
    assert row.reason == "The program failed on this file. The site's log says why."


@pytest.mark.parametrize("place", [{"kind": "hologram"}, {"slot": "smell"}], ids=str)
def test_a_kind_or_slot_that_is_no_more_is_told(
    engine: Engine, storage: Storage, factory: Factory, upload_id: int, place: dict[str, str]
) -> None:
    """The kind was removed from the program while the upload waited."""
    factory.change(factory.upload_row(upload_id), **place)
    with pytest.raises(InvalidInput, match="no longer accept this file"):
        flow.inspect(engine, storage, upload_id)
