"""Derivatives from the upload to their files: which rows are added, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from cms import leases
from cms.database import now
from cms.leases import Claim, ClaimLost
from cms.media.derivatives import deriving
from cms.media.derivatives.models import Derivative, DerivativeStatus
from cms.media.derivatives.recipes import cover, poster
from cms.media.models import MediaFile
from cms.media.storage import Storage
from cms.messages import InvalidInput
from cms.page_cache import PAGES, PageCache, page_tag
from cms.pages.models import ContentItem
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.derivatives.conftest import Rows, Work, recover, rested

pytestmark = pytest.mark.both_databases

PENDING, READY, FAILED = DerivativeStatus.PENDING, DerivativeStatus.READY, DerivativeStatus.FAILED


@pytest.fixture
def raised(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Raise the version of the poster recipe."""

    def change() -> None:
        monkeypatch.setattr(poster, "VERSION", 2)

    yield change  # type: ignore[misc]
    monkeypatch.undo()


def add_missing(engine: Engine) -> int:
    with Session(engine) as session:
        count = deriving.add_missing(session)
        session.commit()
        return count


def claim(engine: Engine, row: Derivative, lease: float = 60) -> Claim:
    with Session(engine) as session:
        found = leases.claim(session, Derivative, row.id, lease, deriving.RETRIES)
        session.commit()
        assert found
        return found


def change(engine: Engine, what: Callable[[Session, Derivative], None], row: Derivative) -> None:
    with Session(engine) as session:
        what(session, session.get_one(Derivative, row.id))
        session.commit()


def test_an_upload_brings_the_rows_of_its_recipes(film: ContentItem, rows: Rows, engine: Engine) -> None:
    assert {name: (row.version, row.status) for name, row in rows().items()} == dict.fromkeys(
        ("likeness", "poster"), (1, PENDING)
    )
    assert recover(engine) == [], "its task is being sent"


def test_a_recording_has_others(recording: ContentItem, rows: Rows) -> None:
    assert rows().keys() == {"cover", "sound-likeness", "waveform"}


def test_a_duplicate_has_those_of_the_first(
    film: ContentItem, factory: Factory, engine: Engine, storage: Storage, rows: Rows, work: Work, video_bytes: bytes
) -> None:
    before = work("poster")
    again = factory.upload(factory.item(factory.page(), "video"), "video", "b.mp4", video_bytes)
    assert flow.complete(engine, storage, again).is_duplicate
    after = rows()["poster"]
    assert before
    assert (after.id, after.status, after.files) == (before.id, READY, before.files)


def test_files_that_were_there_before_get_their_rows_in_the_background(
    film: ContentItem, engine: Engine, rows: Rows
) -> None:
    assert add_missing(engine) == 0
    with engine.begin() as connection:
        connection.execute(Derivative.__table__.delete())
        connection.execute(update(MediaFile).values(recipes_seen=None))
    assert add_missing(engine) == 1
    assert rows()["poster"].status == PENDING
    assert add_missing(engine) == 0


def test_a_file_that_nobody_has_probed_waits_for_that(factory: Factory, engine: Engine, rows: Rows) -> None:
    factory.media_file()
    assert (add_missing(engine), rows()) == (0, {})


def test_no_more_are_added_than_the_workers_come_by(
    film: ContentItem, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deriving, "MOST_WAITING", 1)
    with engine.begin() as connection:
        connection.execute(update(MediaFile).values(recipes_seen=None))
    assert add_missing(engine) == 0


def test_the_old_version_serves_until_the_new_one_is_ready(
    film: ContentItem,
    engine: Engine,
    rows: Rows,
    work: Work,
    media_file: Callable[[], MediaFile],
    raised: Callable[[], None],
) -> None:
    old = work("poster")
    shown = media_file().derived
    raised()
    assert add_missing(engine) == 1
    assert (rows()["poster"].version, rows()["poster"].status) == (2, PENDING)
    assert media_file().derived == shown
    new = work("poster")
    assert old
    assert new
    assert (new.version, new.status) == (2, READY)
    with Session(engine) as session:
        assert session.get(Derivative, old.id) is None
    assert media_file().derived != shown


def test_what_nobody_knows_how_to_make_any_more_is_left_alone_and_then_dropped(
    film: ContentItem, engine: Engine, rows: Rows, work: Work, raised: Callable[[], None]
) -> None:
    old = rows()["poster"]
    raised()
    after = work("poster")
    assert after
    assert (after.status, after.attempts) == (PENDING, 0)
    add_missing(engine)
    with Session(engine) as session:
        assert session.get(Derivative, old.id) is None
    assert rows()["poster"].version == 2


def test_pages_that_show_the_file_are_forgotten(film: ContentItem, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    released: list[set[str]] = []
    monkeypatch.setattr(PageCache, "release", lambda _self, tags, _owner: released.append(set(tags)))
    work("poster")
    assert released == [{PAGES, page_tag(film.page_id)}]


def test_two_recipes_show_their_files_beside_each_other(
    recording: ContentItem, work: Work, media_file: Callable[[], MediaFile]
) -> None:
    work("waveform")
    work("cover")
    derived = media_file().derived
    assert derived
    assert [file["mime_type"] for file in derived["poster"]] == ["image/webp", "image/jpeg"]
    assert [file["mime_type"] for file in derived["waveform"]] == ["application/json"]


def test_a_source_that_goes_takes_its_rows_along(film: ContentItem, engine: Engine, rows: Rows) -> None:
    mine = claim(engine, rows()["poster"])
    flow.delete(engine, film)
    [file] = flow.media_rows(engine)
    flow.delete(engine, file)
    assert rows() == {}
    with Session(engine) as session, pytest.raises(ClaimLost):
        deriving.complete(session, mine, file.id, [], {}, lambda: pytest.fail("nothing is published"))


def test_a_lost_claim_publishes_nothing(film: ContentItem, engine: Engine, rows: Rows) -> None:
    row = rows()["poster"]
    lost = claim(engine, row, lease=-1)
    recover(engine)
    with Session(engine) as session, pytest.raises(ClaimLost):
        deriving.complete(session, lost, row.media_file_id, [], {}, lambda: pytest.fail("nothing is published"))


def test_a_dead_workers_row_waits_again_and_fails_in_the_end(
    film: ContentItem, factory: Factory, engine: Engine, rows: Rows
) -> None:
    for attempt in range(1, deriving.RETRIES.max_attempts + 1):
        rested(factory, rows()["poster"])
        claim(engine, rows()["poster"], lease=-1)
        recover(engine)
        assert rows()["poster"].attempts == attempt
    row = rows()["poster"]
    assert (row.status, row.reason) == (FAILED, "The work on this file was interrupted.")


def test_a_lost_message_is_sent_again(film: ContentItem, factory: Factory, engine: Engine, rows: Rows) -> None:
    factory.change(rows()["poster"], next_send_at=now() - timedelta(seconds=1))
    assert recover(engine) == [rows()["poster"].id]
    assert recover(engine) == []


def test_an_editor_cancels_and_retries(film: ContentItem, engine: Engine, rows: Rows, work: Work) -> None:
    mine = claim(engine, rows()["poster"])
    change(engine, deriving.cancel, rows()["poster"])
    row = rows()["poster"]
    assert (row.status, row.reason) == (DerivativeStatus.SKIPPED, "Canceled by an editor.")
    with Session(engine) as session, pytest.raises(ClaimLost):
        leases.extend(session, Derivative, mine, 60)
    with pytest.raises(InvalidInput):
        change(engine, deriving.cancel, row)
    change(engine, deriving.retry, row)
    assert (rows()["poster"].status, rows()["poster"].reason) == (PENDING, None)
    with pytest.raises(InvalidInput):
        change(engine, deriving.retry, row)
    again = work("poster")
    assert again
    assert again.status == READY


def test_bytes_that_come_back_bring_what_has_failed_without_them(
    film: ContentItem, factory: Factory, engine: Engine, storage: Storage, rows: Rows, video_bytes: bytes
) -> None:
    factory.change(rows()["poster"], status=FAILED, reason="Something went wrong while this was being made.")
    [file] = flow.media_rows(engine)
    storage.media.delete(file.path)
    again = factory.upload(factory.item(factory.page(), "video"), "video", "b.mp4", video_bytes)
    assert flow.complete(engine, storage, again).is_duplicate
    assert (rows()["poster"].status, rows()["poster"].reason) == (PENDING, None)


def test_what_is_made_again_serves_meanwhile(
    film: ContentItem, engine: Engine, rows: Rows, work: Work, media_file: Callable[[], MediaFile]
) -> None:
    first = work("poster")
    change(engine, deriving.retry, rows()["poster"])
    assert first
    assert rows()["poster"].files == first.files
    second = work("poster")
    assert second
    assert second.files != first.files
    assert deriving.shown(second.files or []) == (media_file().derived or {})["poster"]


def test_costs_are_those_of_the_recipes(recording: ContentItem, engine: Engine, rows: Rows) -> None:
    ids = {name: row.id for name, row in rows().items()}
    with Session(engine) as session:
        assert deriving.costs(session, [*ids.values(), 10**6]) == {
            ids["cover"]: cover.COST,
            ids["sound-likeness"]: "fast",
            ids["waveform"]: "medium",
        }
