"""Valid and mutated forms of the admin, one after another. The same seed gives the same forms."""

from __future__ import annotations

import random
from pathlib import Path

from tests.fuzz.bodies import Sent, mutated, valid


class Forms:
    """Mutates the valid forms of every kind, for new and for existing items, one each time."""

    def __init__(self, token: str, page: int, items: dict[str, int], media: dict[str, Path]) -> None:
        self._random = random.Random(random.random())  # pytest-randomly has seeded the global generator
        base = {"csrf_token": token, "page": str(page), "title": "An item", "order": "3", "is_active": "y"}
        video = valid(
            {**base, "video_url": "https://example.com/a.mp4", "subtitles_url": ""},
            {
                "video_file": ("film.mp4", media["silent.webm"].read_bytes()),
                "subtitles_file": ("words.srt", media["subtitles.srt"].read_bytes()),
            },
        )
        audio = valid({**base, "text": "*Words*"}, {"audio_file": ("sound.mp3", media["sound.mp3"].read_bytes())})
        text = valid({**base, "text": "*Words*"}, {"video_file": ("none.mp4", b"nobody asked for this")})
        self._forms = []
        for kind, form, weight in (("video", video, 6), ("audio", audio, 2), ("text", text, 1)):
            self._forms += [(f"/admin/{kind}/new/", form)] * weight
            self._forms += [(f"/admin/{kind}/edit/?id={items[kind]}", form)] * (weight // 2)

    def next(self) -> tuple[str, Sent]:
        """An address, and a form to send to it."""
        path, form = self._random.choice(self._forms)
        return path, mutated(self._random, form)
