"""Subtitles of doubtful encoding are kept with their source, and read again in the encoding that an editor chooses."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from cms.media import garbage
from cms.media.models import UploadStatus
from cms.media.storage import Storage
from cms.pages import rereading
from cms.pages.models import Attachment, ContentItem
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow
from tests.mediabytes import SRT, VTT

pytestmark = pytest.mark.both_databases

KOI8 = SRT.encode("koi8-r")


@pytest.fixture
def item(factory: Factory) -> ContentItem:
    return factory.item(factory.page(), "video")


def upload(
    engine: Engine, storage: Storage, factory: Factory, item: ContentItem, data: bytes, name: str = "a.srt"
) -> None:
    done = flow.complete(engine, storage, factory.upload(item, "subtitles", name, data))
    assert done.status == UploadStatus.COMPLETED, done.reason
    storage.discard(done.staged_name)  # as the task does


def kept(engine: Engine, item: ContentItem) -> tuple[str | None, bytes | None]:
    with Session(engine) as session:
        attachment = session.get_one(Attachment, (item.id, "subtitles"))
        return attachment.encoding, attachment.source


def choose(engine: Engine, storage: Storage, item: ContentItem, encoding: str) -> int:
    with Session(engine) as session:
        row = session.get_one(ContentItem, item.id)
        staged_again, staged = rereading.stage_again(session, storage.staging, row, "subtitles", encoding)
        session.commit()
        staged.keep()
        return staged_again.id


def stored(engine: Engine, storage: Storage, item: ContentItem) -> str:
    return on_disk(storage, str(flow.shown(engine, item.id, "subtitles"))).read_text()


@pytest.mark.parametrize("data", [SRT.encode(), SRT.encode("utf-16"), VTT.encode()], ids=["utf8", "utf16", "vtt"])
def test_nothing_is_kept_where_there_is_no_doubt(
    engine: Engine, storage: Storage, factory: Factory, item: ContentItem, data: bytes
) -> None:
    upload(engine, storage, factory, item, data)
    assert kept(engine, item) == (None, None)
    with Session(engine) as session, pytest.raises(ValueError, match="kept"):
        rereading.stage_again(session, storage.staging, session.get_one(ContentItem, item.id), "subtitles", "cp1251")
    assert storage.staging.names() == []


def test_a_guess_is_kept_with_the_original(
    engine: Engine, storage: Storage, factory: Factory, item: ContentItem
) -> None:
    upload(engine, storage, factory, item, KOI8)
    assert kept(engine, item) == ("koi8-r", KOI8)
    upload(engine, storage, factory, item, SRT.encode())
    assert kept(engine, item) == (None, None), "of what is shown now there is no doubt"


def test_a_chosen_encoding_goes_the_way_of_an_upload(
    engine: Engine, storage: Storage, factory: Factory, item: ContentItem
) -> None:
    upload(engine, storage, factory, item, KOI8, name="My words.srt")
    assert "Привет, мир." in stored(engine, storage, item)
    again = choose(engine, storage, item, "cp1251")
    assert factory.upload_row(again).status == UploadStatus.PENDING
    assert "Привет, мир." in stored(engine, storage, item), "what is shown stays until it is done"
    with Session(engine) as session:
        assert rereading.encoding_of(session.get_one(Attachment, (item.id, "subtitles"))) == "cp1251"
    assert flow.complete(engine, storage, again).status == UploadStatus.COMPLETED
    assert "рТЙЧЕФ, НЙТ." in stored(engine, storage, item)
    assert "/My_words-" in str(flow.shown(engine, item.id, "subtitles"))
    assert kept(engine, item) == ("cp1251", KOI8)
    assert flow.complete(engine, storage, choose(engine, storage, item, "koi8-r")).is_duplicate, (
        "the first WebVTT again"
    )
    assert kept(engine, item) == ("koi8-r", KOI8)


def test_a_newer_upload_wins_over_a_choice(
    engine: Engine, storage: Storage, factory: Factory, item: ContentItem
) -> None:
    upload(engine, storage, factory, item, KOI8)
    again = choose(engine, storage, item, "cp1251")
    upload(engine, storage, factory, item, VTT.encode())
    assert flow.complete(engine, storage, again).status == UploadStatus.FAILED
    assert stored(engine, storage, item) == VTT
    assert kept(engine, item) == (None, None)


def test_two_items_with_one_webvtt_keep_each_its_own_original(
    engine: Engine, storage: Storage, factory: Factory, item: ContentItem
) -> None:
    other = factory.item(factory.page(), "video")
    upload(engine, storage, factory, item, KOI8)
    upload(engine, storage, factory, other, SRT.encode("cp1251"))
    assert len(flow.media_rows(engine)) == 1
    assert kept(engine, item) == ("koi8-r", KOI8)
    assert kept(engine, other) == ("cp1251", SRT.encode("cp1251"))


def test_the_original_goes_with_the_item(engine: Engine, storage: Storage, factory: Factory, item: ContentItem) -> None:
    upload(engine, storage, factory, item, KOI8)
    flow.delete(engine, item)
    with Session(engine) as session:
        assert session.query(Attachment).count() == 0
    assert len(list(garbage.collect(sessionmaker(engine).begin, storage.media, 0))) == 1
    assert flow.files_on_disk(storage) == []


def test_lists_do_not_read_the_originals(
    engine: Engine, storage: Storage, factory: Factory, item: ContentItem, queries: list[str]
) -> None:
    upload(engine, storage, factory, item, KOI8)
    queries.clear()
    with Session(engine) as session:
        session.get_one(Attachment, (item.id, "subtitles"))
    assert not [statement for statement in queries if "source" in statement]
