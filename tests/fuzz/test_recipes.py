"""Damaged audio and video files: no recipe crashes, hangs, or exceeds its limits, and what it makes is whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cms.media import probe
from cms.media.derivatives import isolation
from cms.media.derivatives.recipe import Cost, Made, MadeFile, Progress, Recipe
from cms.media.derivatives.recipes import recipes
from cms.media.models import MediaFile
from cms.media.subtitles import reading
from cms.messages import InvalidInput
from tests.fuzz import TIMES
from tests.media.derivatives import films
from tests.media.subtitled import FORMATS, WORDS, TextTrack, film

Source = tuple[bytes, list[Recipe]]

LIMITS = isolation.LIMITS[Cost.FAST]

#: A place in the file, from 0 to 1, how many bytes there are replaced, and by what.
_CHANGE = st.tuples(st.floats(0, 1), st.integers(0, 8), st.binary(max_size=8))
_CHANGES = st.lists(_CHANGE | st.tuples(st.floats(0, 0.05), st.integers(0, 4), st.binary(max_size=4)), max_size=20)


@pytest.fixture(scope="module")
def sources(media_files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> list[Source]:
    """Files of each container, and the recipes that are for them."""
    folder = tmp_path_factory.mktemp("sources")
    paths = [path for name, path in media_files.items() if name.startswith(("video.", "sound.", "cover."))]
    paths.append(films.film(folder / "long", [films.corners(64, 48)] * 12))
    for number, (container, codec) in enumerate(FORMATS):
        paths.append(film(folder / str(number), container, [TextTrack(codec, WORDS), TextTrack(codec, WORDS)]))
    return [(path.read_bytes(), recipes_for(path)) for path in paths]


def recipes_for(path: Path) -> list[Recipe]:
    row = MediaFile(digest="", size=path.stat().st_size, mime_type="", path="")
    probe.note(row, probe.probe(path))
    found = [recipe for recipe in recipes().values() if recipe.is_for(row)]
    assert found
    return found


def damaged(data: bytes, changes: Sequence[tuple[float, int, bytes]], end: float) -> bytes:
    for place, length, new in changes:
        start = int(place * len(data))
        data = data[:start] + new + data[start + length :]
    return data[: int(end * len(data))]


def making(source: Path, folder: Path, wanted: Sequence[Recipe]) -> Callable[[Progress], Made]:
    """Work that probes a file and makes everything of it, each recipe in its own folder."""

    def work(progress: Progress) -> Made:
        probe.probe(source)
        files: list[MadeFile] = []
        for recipe in wanted:
            own = folder / recipe.NAME
            own.mkdir(parents=True)
            try:
                made = recipe.make(source, own, lambda percent: None)
            except InvalidInput:
                continue
            files += [MadeFile(f"{recipe.NAME}/{file.name}") for file in made.files]
        return Made(files)

    return work


def test_recipes_take_any_damage(sources: list[Source], monkeypatch: pytest.MonkeyPatch) -> None:
    @settings(max_examples=50 * TIMES, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.integers(0, len(sources) - 1), _CHANGES, st.just(1.0) | st.floats(0.1, 1))
    def try_one(number: int, changes: Sequence[tuple[float, int, bytes]], end: float) -> None:
        data, wanted = sources[number]
        with TemporaryDirectory() as temporary:
            folder = Path(temporary)
            source = folder / "source"
            source.write_bytes(damaged(data, changes, end))
            made = isolation.run(making(source, folder, wanted), LIMITS, lambda progress: None)
            for file in made.files:
                content = (folder / file.name).read_bytes()
                assert reading.read(content.decode()).cues if file.name.endswith(".vtt") else content
        assert Path(f"/proc/self/task/{os.getpid()}/children").read_text() == children

    # The process closes all descriptors above 2, also the one to which pytest has turned the output. It logs there.
    monkeypatch.setattr(sys, "stdout", sys.__stdout__)
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    try_one()
