"""The files that the state machine uploads, and their names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3
from hypothesis import strategies as st

from cms.media import subtitles
from tests.mediabytes import SRT
from tests.twins import ONE, OTHER

NAMES = st.sampled_from(["film.mp4", "Фильм (копия).bin", "../../" + "ы" * 300, "-.vtt"])
MANY_LINES = "".join(f"{n}\r\n00:00:{n:02},000 --> 00:00:{n:02},500\r\nLine\r\n\r\n" for n in range(1, 20))


@dataclass(frozen=True)
class Content:
    """Uploaded bytes, their family (none for unsupported files), and the stored bytes."""

    data: bytes
    family: str | None

    @property
    def stored(self) -> bytes:
        return subtitles.convert(self.data).webvtt if self.family == "subtitles" else self.data

    @property
    def digest(self) -> str:
        return blake3(self.stored).hexdigest()


def contents(media: dict[str, Path]) -> dict[str, Content]:
    """The uploaded contents. The last ones fit into no slot."""
    read = {name: path.read_bytes() for name, path in media.items()}
    return {
        "film": Content(read["silent.webm"], "video"),
        "other film": Content(read["silent.mp4"], "video"),
        "sound": Content(read["sound.mp3"], "audio"),
        "words": Content(SRT.encode(), "subtitles"),
        "words again": Content(SRT.replace("\n", "\r\n").encode(), "subtitles"),
        "words in UTF-16": Content(MANY_LINES.encode("utf-16"), "subtitles"),
        "twin": Content(ONE + read["sound.mp3"], "audio"),
        "its MD5 twin": Content(OTHER + read["sound.mp3"], "audio"),
        "nothing": Content(b"", None),
        "a picture": Content(read["picture.png"], "image"),
    }
