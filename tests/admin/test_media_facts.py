"""The page about a media file says what its headers say."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.factories import Factory

FACTS = {
    "bit_rate": 2_540_000,
    "frame_rate": 29.97,
    "channels": 2,
    "sample_rate": 44100,
    "tracks": [
        {"kind": "video", "codec": "h264", "language": None, "title": "", "is_default": True},
        {"kind": "audio", "codec": "aac", "language": "de", "title": "<Kommentar>", "is_default": False},
        {"kind": "subtitle", "codec": "subrip", "language": "ru", "title": "", "is_default": False},
    ],
    "chapters": [{"start": 0, "end": 61, "title": "One & two"}, {"start": 61, "end": 62.5, "title": ""}],
    "tags": {"title": "Dawn <b>", "artist": "Anna", "recorded": "2024-05-06"},
}
ENGLISH = {
    "Title": "Dawn <b>",
    "Artist": "Anna",
    "Recorded": "2024-05-06",
    "Bit rate": "2.5 Mbit/s",
    "Frame rate": "29.97 per second",
    "Sample rate": "44.1 kHz",
    "Channels": "2",
    "Tracks": "Video · H.264\nAudio · AAC · German · <Kommentar>\nSubtitles · SUBRIP · Russian",
    "Chapters": "0:00 One & two\n1:01",
}


def told(client: FlaskClient, number: int) -> dict[str, str]:
    html = client.get(f"/admin/media/details/?id={number}").text
    rows = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', html)
    return {name: unescape(value.replace("<br>", "\n")) for name, value in rows}


@pytest.mark.both_databases
def test_everything(signed_in: FlaskClient, factory: Factory) -> None:
    file = factory.media_file()
    assert set(told(signed_in, file.id)) & set(ENGLISH) == set()
    factory.change(file, facts=FACTS)
    assert told(signed_in, file.id).items() >= ENGLISH.items()


def test_in_russian(signed_in: FlaskClient, factory: Factory) -> None:
    file = factory.media_file()
    factory.change(file, facts={**FACTS, "bit_rate": 96_400})
    signed_in.set_cookie("language", "ru")
    found = told(signed_in, file.id)
    assert found["Битрейт"] == "96 кбит/с"
    assert found["Дорожки"].splitlines()[1] == "Аудио · AAC · немецкий · <Kommentar>"
