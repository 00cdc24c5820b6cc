"""Covers and waveforms of recordings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cms.media.derivatives.recipe import Skip
from cms.media.derivatives.recipes import cover, waveform
from tests import mediabytes
from tests.media.derivatives.films import sound


def waveform_of(source: Path, folder: Path) -> dict[str, Any]:
    waveform.make(source, folder, lambda percent: None)
    found: dict[str, Any] = json.loads((folder / "points.json").read_bytes())
    assert (found["version"], found["channels"], found["bits"]) == (2, 1, 8)
    assert len(found["data"]) == 2 * found["length"]
    return found


def test_a_recording_has_the_cover_that_it_carries(media_files: dict[str, Path], tmp_path: Path) -> None:
    made = cover.make(media_files["cover.m4a"], tmp_path, lambda percent: None)
    assert [(file.name, file.width) for file in made.files] == [("16.webp", 16), ("16.jpg", 16)]


def test_a_recording_without_one_is_skipped(media_files: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(Skip):
        cover.make(media_files["sound.mp3"], tmp_path, lambda percent: None)


def test_a_cover_that_lets_through_is_laid_on_white(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clear = tmp_path / "clear.png"
    Image.new("RGBA", (16, 16), (0, 0, 0, 0)).save(clear)
    monkeypatch.setattr(mediabytes, "png", clear.read_bytes)
    source = mediabytes.make(tmp_path / "sound", "mp4", None, "aac", cover=True)
    cover.make(source, tmp_path, lambda percent: None)
    with Image.open(tmp_path / "16.jpg") as picture:
        assert picture.getpixel((8, 8)) == (255, 255, 255)


def test_the_points_are_the_lowest_and_highest_samples_of_both_channels(tmp_path: Path) -> None:
    second = 1800 * 4  # 4 samples per point
    samples = [(0, 0)] * second
    samples[0], samples[1] = (32767, 32767), (-32768, -32768)
    samples[4], samples[6] = (12800, 0), (0, -25600)  # the channels average 25 and -50 of 127
    found = waveform_of(sound(tmp_path / "sound", samples, rate=second), tmp_path)
    assert (found["sample_rate"], found["samples_per_pixel"], found["length"]) == (second, 4, 1800)
    assert found["data"][:6] == [-128, 127, -50, 25, 0, 0]


def test_the_last_point_may_be_of_fewer_samples(tmp_path: Path) -> None:
    found = waveform_of(sound(tmp_path / "sound", [(256, 256)] * 8001), tmp_path)
    assert found["samples_per_pixel"] == 5
    assert found["length"] == 1601
    assert set(found["data"]) == {1}


def test_what_is_longer_than_it_says_has_no_more_than_twice_the_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waveform, "POINTS", 10)
    monkeypatch.setattr(waveform, "FEWEST_SAMPLES", 100)
    monkeypatch.setattr(waveform.av, "time_base", 10**18)  # makes the stated duration very short
    found = waveform_of(sound(tmp_path / "sound", [(256 * n // 1000, 256 * n // 1000) for n in range(8000)]), tmp_path)
    assert 10 <= found["length"] < 20
    assert found["samples_per_pixel"] * (found["length"] - 1) < 8000 <= found["samples_per_pixel"] * found["length"]
    assert found["data"] == sorted(found["data"])
