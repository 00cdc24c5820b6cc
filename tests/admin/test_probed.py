"""What the admin says of files that browsers do not play or that are truncated: in words, beside the badge."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from cms.admin import probed
from cms.media.derivatives.models import Derivative, DerivativeStatus
from cms.media.models import MediaFile
from cms.media.playing import Unplayable
from cms.pages.models import ContentItem
from tests.factories import Factory

HEVC = {
    "container": "mp4",
    "video_codec": "hevc",
    "audio_codec": "aac",
    "duration": 3723.4,
    "width": 1080,
    "height": 1920,
    "playable": False,
    "unplayable": ["video_codec"],
    "warnings": [],
}
TOLD = "Browsers do not play this: the video codec is HEVC."


@pytest.fixture
def item(factory: Factory) -> ContentItem:
    return factory.item(factory.page(), "video")


@pytest.fixture
def file(factory: Factory, item: ContentItem) -> MediaFile:
    """The file that the item shows, and its upload."""
    file = factory.media_file()
    factory.attached(item, "video", file)
    upload_id = factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", b"a")
    factory.change(factory.upload_row(upload_id), status="completed", media_file_id=file.id)
    return file


def places(item: ContentItem) -> list[str]:
    return [
        "/admin/media/",
        "/admin/upload/",
        "/admin/video/",
        f"/admin/video/edit/?id={item.id}",
        f"/admin/page/edit/?id={item.page_id}",
    ]


@pytest.mark.both_databases
def test_it_is_told_in_words_wherever_the_badge_stands(
    signed_in: FlaskClient, factory: Factory, item: ContentItem, file: MediaFile
) -> None:
    factory.change(file, **HEVC)
    for address in places(item):
        assert f">{TOLD}<" in signed_in.get(address).text, address


def test_a_file_that_plays_or_was_not_looked_at_is_not_spoken_of(
    signed_in: FlaskClient, factory: Factory, item: ContentItem, file: MediaFile
) -> None:
    for playable in (True, None):
        factory.change(file, playable=playable, unplayable=[], warnings=[])
        for address in places(item):
            assert "remark" not in signed_in.get(address).text, address


def test_a_cut_file_is_told(signed_in: FlaskClient, factory: Factory, item: ContentItem, file: MediaFile) -> None:
    factory.change(file, playable=True, warnings=["truncated"])
    for address in places(item):
        assert "The file is incomplete: its end is missing." in signed_in.get(address).text, address


def test_the_facts_stand_in_the_form_and_the_library(
    signed_in: FlaskClient, factory: Factory, item: ContentItem, file: MediaFile
) -> None:
    factory.change(file, **HEVC)
    for address in ("/admin/media/", f"/admin/video/edit/?id={item.id}"):
        assert "MP4 · HEVC · 1:02:03 · 1080×1920" in signed_in.get(address).text, address


def test_it_speaks_russian(signed_in: FlaskClient, factory: Factory, file: MediaFile) -> None:
    factory.change(file, **{**HEVC, "warnings": ["truncated"]})
    text = signed_in.get("/admin/media/", headers={"Accept-Language": "ru"}).text
    assert "Браузеры это не воспроизводят: видеокодек — HEVC." in text
    assert "Файл неполный" in text


MB = 2**20


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({**HEVC, "container": "matroska", "size": 300 * MB}, "Matroska (MKV) · HEVC · 1:02:03 · 1080×1920 · 300 MB"),
        (
            {"container": "mp3", "audio_codec": "mp3", "duration": 191.5, "size": 5 * MB + 100_000, "path": "a.mp3"}
            | {"facts": {"sample_rate": 44_100, "channels": 2}},
            "MP3 · 44.1 kHz stereo · 3:12 · 5.1 MB",
        ),
        ({"container": "flac", "audio_codec": "flac", "facts": {"channels": 6}}, "FLAC · 6 channels · 1 byte"),
        ({"container": "mp4", "audio_codec": "aac", "facts": {"channels": 1}}, "MP4 · AAC · mono · 1 byte"),
        ({"path": "a.jpg", "width": 4000, "height": 3000}, "JPEG · 4000×3000 · 1 byte"),
        ({"path": "a.pdf", "facts": {"pages": 12}, "size": 2 * MB}, "PDF · 12 pages · 2 MB"),
        ({"path": "a.vtt"}, "WebVTT · 1 byte"),
        ({"path": "a.docx"}, "DOCX · 1 byte"),
    ],
)
def test_what_a_file_is_in_one_line(app: Flask, values: dict[str, Any], line: str) -> None:
    file = MediaFile(**{"path": "a.mp4", "size": 1, **values})
    with app.test_request_context():
        assert probed.summary(file).replace("\N{NO-BREAK SPACE}", " ") == line
        assert probed.summary(file, with_size=False) == line.rpartition(" · ")[0]
    with app.test_request_context(headers={"Accept-Language": "ru"}):
        assert probed.summary(file) != line


@pytest.mark.both_databases
def test_the_library_can_be_narrowed(signed_in: FlaskClient, factory: Factory) -> None:
    states: dict[str, dict[str, Any]] = {
        "yes": {"playable": True, "warnings": []},
        "no": {"playable": False, "warnings": []},
        "cut": {"warnings": ["truncated"]},
        "unknown": {},
    }
    files = {state: factory.media_file() for state in states}
    for state, values in states.items():
        factory.change(files[state], **values)
    for state in ("yes", "no", "cut"):
        text = signed_in.get(f"/admin/media/?flt1_playback_is={state}").text
        assert [known for known, file in files.items() if file.digest in text] == [state]
    assert signed_in.get("/admin/media/?flt1_playback_is=nonsense").status_code == 200


@pytest.mark.parametrize("code", Unplayable)
def test_every_reason_has_its_words(app: Flask, code: Unplayable) -> None:
    file = MediaFile(path="a.mp4", container="avi", video_codec="wmv2", audio_codec="ac3", playable=False)
    file.unplayable, file.warnings = [code], []
    with app.test_request_context():
        [told] = probed.remarks(file)
    assert told.startswith("Browsers do not play this: ")
    assert told.removeprefix("Browsers do not play this: ").strip(".")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("h264", "H.264"),
        ("hevc", "HEVC"),
        ("wmv2", "WMV 8"),
        ("pcm_s16le", "PCM"),
        ("adpcm_ms", "ADPCM"),
        ("x_y", "X Y"),
    ],
)
def test_codecs_have_the_names_that_people_know(app: Flask, name: str, words: str) -> None:
    with app.test_request_context():
        assert probed.codec(name) == words


def test_a_reason_of_a_later_release_is_passed_over(app: Flask) -> None:
    file = MediaFile(path="a.mp4", playable=False, unplayable=["smell"], warnings=["taste"])
    with app.test_request_context():
        assert probed.remarks(file) == ["Browsers do not play this."]


def test_the_versions_of_all_files_in_a_list_are_read_at_once(
    signed_in: FlaskClient, factory: Factory, engine: Engine
) -> None:
    for number in range(3):
        factory.change(file := factory.media_file(), **HEVC)
        factory.attached(factory.item(factory.page(slug=f"p{number}"), "video"), "video", file)
        with Session(engine) as session:
            row = Derivative(media_file_id=file.id, recipe="rendition", version=1, status=DerivativeStatus.PENDING)
            session.add(row)
            session.commit()
    asked: list[str] = []

    def note(*arguments: Any) -> None:
        asked.append(arguments[2])

    event.listen(engine, "before_cursor_execute", note)
    for address in ("/admin/media/", "/admin/video/"):
        asked.clear()
        assert signed_in.get(address).text.count("A version for browsers is being made.</small>") == 3, address
        assert len([statement for statement in asked if "derivative.recipe =" in statement]) == 1, address
    event.remove(engine, "before_cursor_execute", note)
