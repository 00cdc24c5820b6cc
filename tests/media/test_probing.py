"""What is found out about a file is stored; files of earlier releases are probed in the background."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms import tasks
from cms.media import containers, mediatypes, probe, probing
from cms.media.models import MediaFile, UploadStatus
from cms.media.storage import Storage
from cms.media.subtitles import chapters
from cms.page_cache import PAGES, PageCache, page_tag
from tests import mediabytes
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow

pytestmark = pytest.mark.both_databases


@pytest.fixture
def run(app: Flask) -> Callable[[], None]:
    """Run the task as a worker does, in this process."""

    def work() -> None:
        with app.app_context():
            tasks.probe_media.run()

    return work


def test_what_an_upload_is_found_to_be_is_kept(
    engine: Engine, storage: Storage, factory: Factory, tmp_path: Path
) -> None:
    path = mediabytes.make(tmp_path / "film", "mp4", "libx265", "aac", turned=90, height=16)
    upload_id = factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", path.read_bytes())
    assert flow.complete(engine, storage, upload_id).status == UploadStatus.COMPLETED
    [row] = flow.media_rows(engine)
    assert (row.container, row.video_codec, row.audio_codec) == ("mp4", "hevc", "aac")
    assert (row.width, row.height) == (16, 32)
    assert row.duration == pytest.approx(1, abs=0.1)
    assert (row.playable, row.unplayable, row.warnings) == (False, ["video_codec"], [])
    assert row.probe_version == probe.VERSION


def test_a_cut_file_is_completed_with_its_warning(
    engine: Engine, storage: Storage, factory: Factory, tmp_path: Path
) -> None:
    path = mediabytes.make(tmp_path / "film", "mp4", "libx264", "aac", options={"movflags": "faststart"})
    data = path.read_bytes()
    upload_id = factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", data[: len(data) - 500])
    assert flow.complete(engine, storage, upload_id).status == UploadStatus.COMPLETED
    [row] = flow.media_rows(engine)
    assert (row.playable, row.warnings) == (True, ["truncated"])


def test_of_subtitles_the_cues_are_kept_if_they_may_be_chapters(
    engine: Engine, storage: Storage, factory: Factory, media_files: dict[str, Path], tmp_path: Path
) -> None:
    data = media_files["subtitles.srt"].read_bytes()
    flow.complete(engine, storage, factory.upload(factory.item(factory.page(), "video"), "subtitles", "a.srt", data))
    [row] = flow.media_rows(engine)
    assert (row.playable, row.unplayable, row.container) == (None, [], None)
    cues = [
        {"start": 1.0, "end": 2.5, "title": "Hello there."},
        {"start": 62.003, "end": 3604.0, "title": "Привет, мир."},
    ]
    assert row.facts == {"cues": cues}
    found = probing.look(storage.media, row.path)
    assert found, "it is probed again in the same way"
    assert found.facts == row.facts
    (tmp_path / "long.vtt").write_text("WEBVTT\n\n" + "00:01.000 --> 00:02.000\nx\n\n" * 201)
    assert not chapters.probe(tmp_path / "long.vtt").facts
    assert row.probe_version == probe.VERSION


def test_the_same_bytes_bring_what_was_not_known_before(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes, upload_id: int
) -> None:
    flow.complete(engine, storage, upload_id)
    [row] = flow.media_rows(engine)
    factory.change(row, playable=None, container=None, probe_version=None)
    flow.complete(engine, storage, factory.upload(factory.item(factory.page(), "video"), "video", "b.mp4", video_bytes))
    [row] = flow.media_rows(engine)
    assert (row.playable, row.container, row.probe_version) == (True, "mp4", probe.VERSION)


def test_files_of_an_earlier_release_are_probed(
    factory: Factory, media_files: dict[str, Path], run: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "BATCH", 2)
    film = factory.media_file(media_files["video.mp4"].read_bytes())
    words = factory.media_file(media_files["subtitles.vtt"].read_bytes(), "subtitles")
    sound = factory.media_file(media_files["sound.mp3"].read_bytes(), "audio")
    nonsense = factory.media_file(b"I am a film, honestly.")
    picture = factory.media_file(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500))
    run()
    assert factory.reload(film).playable is factory.reload(sound).playable is True
    assert factory.reload(sound).duration == pytest.approx(0.5, abs=0.1)
    assert factory.reload(words).playable is None
    for file in (nonsense, picture):
        assert (factory.reload(file).playable, factory.reload(file).unplayable) == (False, ["unreadable"])
    assert {factory.reload(file).probe_version for file in (film, words, sound, nonsense, picture)} == {probe.VERSION}


def test_a_file_that_is_away_waits_and_keeps_no_other_from_its_turn(
    factory: Factory, storage: Storage, media_files: dict[str, Path], run: Callable[[], None]
) -> None:
    data = media_files["video.mp4"].read_bytes()
    away, there = factory.media_file(data + b"\0"), factory.media_file(data)
    storage.media.delete(away.path)
    run()
    assert (factory.reload(away).playable, factory.reload(away).probe_version) == (None, None)
    assert factory.reload(there).playable
    on_disk(storage, away.path).write_bytes(data + b"\0")
    run()
    assert factory.reload(away).playable


def test_one_run_ends_after_its_time_and_the_next_goes_on(
    factory: Factory, media_files: dict[str, Path], run: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = media_files["sound.mp3"].read_bytes()
    files = [factory.media_file(data + bytes(number)) for number in range(3)]
    monkeypatch.setattr(tasks.media, "PROBE_SECONDS", -1)
    for done in (1, 2, 3):
        run()
        assert len([file for file in files if factory.reload(file).probe_version]) == done


def test_newer_rules_look_at_all_files_again(
    engine: Engine, factory: Factory, run: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    factory.media_file()
    run()
    with Session(engine) as session:
        assert probing.due(session) == []
        monkeypatch.setattr(probing, "VERSION", probe.VERSION + 1)
        assert len(probing.due(session)) == 1


def test_a_file_that_moved_meanwhile_is_left_alone(engine: Engine, factory: Factory) -> None:
    file = factory.media_file()
    with Session(engine) as session:
        probing.keep(session, file.id, "elsewhere.mp4", None)
        probing.keep(session, file.id + 1, file.path, None)
        session.commit()
    assert factory.reload(file).probe_version is None


def test_pages_that_show_a_file_are_made_anew_when_more_is_known_of_it(
    factory: Factory, media_files: dict[str, Path], run: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = factory.media_file(media_files["video.mp4"].read_bytes())
    page, _other = factory.page(), factory.page()
    factory.attached(factory.item(page, "video"), "video", file)
    released: list[set[str]] = []
    real = PageCache.release
    monkeypatch.setattr(
        PageCache, "release", lambda self, tags, owner: (released.append(set(tags)), real(self, tags, owner))
    )
    run()
    assert released == [{PAGES, page_tag(page.id)}]
    run()
    assert len(released) == 1, "nothing more has become known"


def test_a_probe_names_every_column_of_a_media_file() -> None:
    columns = set(MediaFile.__table__.columns.keys())
    assert set(probe.Probe.__dataclass_fields__) <= columns
    assert {*containers.CONTAINERS, "mp4", "webm", "rf64"} == set(mediatypes._CONTAINERS)
