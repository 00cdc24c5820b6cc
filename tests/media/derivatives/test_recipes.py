"""Tests that every recipe has to pass."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from cms.media import pdfs, pictures, probe
from cms.media.derivatives import transcribing
from cms.media.derivatives.models import TYPES
from cms.media.derivatives.recipe import Cost, Made, Recipe, Skip
from cms.media.derivatives.recipes import all_recipes, hls
from cms.media.models import MediaFile
from cms.messages import InvalidInput

#: The files of the fixture that recipes are for. Other files are for no recipe, or for one that refuses junk.
MEDIA = ["video.mp4", "video.webm", "video.mkv", "video.ts", "sound.mp3", "sound.flac", "sound.ogg", "cover.m4a"]
MEDIA += ["picture.png", "document.pdf"]
_PROBES = {".png": ("image/png", pictures.probe), ".pdf": ("application/pdf", pdfs.probe)}
Make = Callable[[Path], Made]

pytestmark = pytest.mark.parametrize("recipe", all_recipes().values(), ids=lambda recipe: recipe.NAME)


@pytest.fixture(autouse=True)
def turned_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn on what is off by default."""
    monkeypatch.setattr(hls, "setting", True)
    monkeypatch.setattr(transcribing, "setting", ("printf", r"WEBVTT\n\n00:00.000 --> 00:01.000\nOne\n"))


def looked_at(path: Path) -> MediaFile:
    """The row of a file, as an upload would make it."""
    mime_type, look = _PROBES.get(path.suffix, ("", probe.probe))
    row = MediaFile(digest="", size=path.stat().st_size, mime_type=mime_type, path="")
    probe.note(row, look(path))
    return row


def run(recipe: Recipe, source: Path, folder: Path) -> Made:
    folder.mkdir()
    told: list[float] = []
    made = recipe.make(source, folder, told.append)
    assert told == sorted(told)
    assert all(0 <= percent <= 100 for percent in told)
    return made


def test_it_says_what_it_is(recipe: Recipe) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", recipe.NAME)
    assert len(recipe.NAME) <= 40
    assert recipe.VERSION >= 1
    assert callable(recipe.COST) or recipe.COST in Cost
    assert recipe.FIELD in ("", "captions", "hls", "poster", "sources", "timeline", "transcript", "waveform")


@pytest.mark.parametrize("name", MEDIA)
def test_it_makes_what_it_says_of_each_file_that_it_is_for(
    recipe: Recipe, name: str, media_files: dict[str, Path], tmp_path: Path
) -> None:
    source = media_files[name]
    if not recipe.is_for(looked_at(source)):
        return
    before = source.read_bytes()
    try:
        made = run(recipe, source, tmp_path / "made")
    except Skip:
        return
    assert source.read_bytes() == before
    written = {path.name: path for path in (tmp_path / "made").iterdir()}
    assert sorted(file.name for file in made.files) == sorted(written), "nothing else is left in the folder"
    assert json.loads(json.dumps(made.facts)) == made.facts
    for file in made.files:
        assert re.fullmatch(r"[\w-]+\.[a-z0-9]+", file.name)
        kind = TYPES[file.name.rpartition(".")[2]]
        if kind.startswith("image/"):
            with Image.open(written[file.name]) as picture:
                picture.load()
                assert (picture.size, Image.MIME[picture.format or ""]) == ((file.width, file.height), kind)
        elif not kind.startswith("video/"):
            assert (file.width, file.height) == (None, None)
    assert run(recipe, source, tmp_path / "again") == made
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == {
        name: path.read_bytes() for name, path in written.items()
    }


def test_it_is_for_nothing_that_is_not_understood(recipe: Recipe, media_files: dict[str, Path]) -> None:
    assert not recipe.is_for(looked_at(media_files["subtitles.vtt"]))


@pytest.mark.parametrize("junk", [b"", b"\0" * 1000, b"RIFF\xff\xff\xff\xffWAVEfmt ", b"ID3\4\0\0\0\0\0\0"])
def test_it_says_in_words_that_a_file_is_broken(recipe: Recipe, junk: bytes, tmp_path: Path) -> None:
    source = tmp_path / "junk"
    source.write_bytes(junk)
    with pytest.raises(InvalidInput):
        run(recipe, source, tmp_path / "made")


@pytest.mark.parametrize("name", MEDIA)
def test_it_takes_a_file_that_is_cut_or_refuses_it_in_words(
    recipe: Recipe, name: str, media_files: dict[str, Path], tmp_path: Path
) -> None:
    source, data = tmp_path / "cut", media_files[name].read_bytes()
    for part in (0.3, 0.6, 0.9):
        source.write_bytes(data[: int(len(data) * part)])
        try:
            made = run(recipe, source, tmp_path / str(part))
        except InvalidInput:
            continue
        assert bool(made.files) == bool(recipe.FIELD)


def test_a_file_that_is_gone_is_no_fault_of_its_own(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run(recipe, tmp_path / "gone", tmp_path / "made")
