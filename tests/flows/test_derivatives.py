"""From an upload to what visitors see of it: made by the workers beside, shown without anybody's doing."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import requests

from tests.flows.client import Editor, Visitor
from tests.flows.stack import Stack
from tests.waiting import eventually


def test_an_upload_gets_its_poster_and_its_waveform(
    stack: Stack, editor: Editor, visitor: Visitor, media_files: dict[str, Path]
) -> None:
    page = editor.new_page("With pictures", slug="with-pictures")
    film = media_files["video.mp4"].read_bytes() + b"\0\0\0\x18free" + secrets.token_bytes(16)
    editor.add("video", page, "Film", {"video": ("film.mp4", film)}, order=1)
    editor.add("audio", page, "Sound", {"audio": ("sound.m4a", media_files["cover.m4a"].read_bytes())}, order=2)
    found: list[dict[str, Any]] = []

    def are_there() -> bool:
        video, audio = visitor.items(page)
        found[:] = [video["video_file"] or {}, audio["audio_file"] or {}]
        return all(file.get("poster") for file in found) and bool(found[1]["waveform"])

    assert eventually(are_there, pause=0.2), stack.output
    paths = [one["path"] for file in found for one in file["poster"]] + [found[1]["waveform"]]
    answers = [requests.get(stack.site + path, timeout=30) for path in paths]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[-1].json()["channels"] == 1
    text = requests.get(f"{stack.site}/with-pictures/", timeout=30).text
    assert f'poster="{found[0]["poster"][0]["path"]}"' in text
