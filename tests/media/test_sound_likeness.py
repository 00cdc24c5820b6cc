"""Recordings that were encoded anew sound the same, others do not, and what is plain sounds like nothing."""

from __future__ import annotations

import math
import random
from array import array
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media import likeness
from cms.media.derivatives.recipe import Skip
from cms.media.derivatives.recipes import sound_likeness as recipe
from cms.media.likeness import LikePair
from tests.factories import Factory

RATE = 16000


def melody(seed: int, seconds: int = 6) -> list[float]:
    """Notes of a quarter of a second with four harmonics, each as loud as chance will have it."""
    chance, samples = random.Random(seed), list[float]()
    while len(samples) < seconds * RATE:
        turn = 2 * math.pi * 110 * 2 ** (chance.randrange(36) / 12) / RATE
        loud = [chance.random() / number for number in range(1, 5)]
        one = [sum(part * math.sin(turn * at * n) for n, part in enumerate(loud, 1)) for at in range(RATE // 4)]
        samples += [value * math.exp(-at * 8 / RATE) for at, value in enumerate(one)]
    return samples[: seconds * RATE]


def tone(hertz: float, seconds: int = 6) -> list[float]:
    return [math.sin(2 * math.pi * hertz * at / RATE) for at in range(seconds * RATE)]


def noise(seed: int, seconds: int = 6) -> list[float]:
    chance = random.Random(seed)
    return [chance.uniform(-1, 1) for _ in range(seconds * RATE)]


def saved(path: Path, samples: list[float], codec: str = "pcm_s16le", rate: int = RATE, bits: int = 64_000) -> Path:
    """A recording of those samples, resampled and encoded."""
    data = array("h", [round(8000 * value) for value in samples])
    frame = av.AudioFrame("s16", "mono", len(data))
    frame.planes[0].update(data.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    with av.open(str(path), "w") as output:
        stream = cast(av.AudioStream, output.add_stream(codec, rate=rate, layout="mono"))
        stream.bit_rate = bits
        fitting = av.AudioResampler(stream.format, "mono", rate, stream.codec_context.frame_size or None)
        for piece in (*fitting.resample(frame), *fitting.resample(None)):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return path


def bits(path: Path) -> int:
    return int(recipe.make(path, path.parent, lambda _percent: None).facts["likeness"], 16)


def test_a_recording_that_is_encoded_anew_sounds_the_same(tmp_path: Path) -> None:
    whole = melody(1)
    first = bits(saved(tmp_path / "a.wav", whole))
    padded = [0.0] * (RATE // 20) + [value / 2 for value in whole] + [0.0] * (RATE // 10)
    again = (
        saved(tmp_path / "b.mp3", whole, "libmp3lame", 44100),
        saved(tmp_path / "c.m4a", whole, "aac", 48000, 96_000),
        saved(tmp_path / "d.flac", whole, "flac", 22050),
        saved(tmp_path / "e.ogg", whole, "libopus", 48000, 32_000),
        saved(tmp_path / "f.mp3", padded, "libmp3lame", 32000, 96_000),
    )
    distances = {path.name: (bits(path) ^ first).bit_count() for path in again}
    assert max(distances.values()) <= likeness.MOST_DIFFERENT, distances


def test_others_of_the_same_length_do_not(tmp_path: Path) -> None:
    made = [bits(saved(tmp_path / f"{seed}.wav", melody(seed))) for seed in range(1, 6)]
    assert min((one ^ other).bit_count() for one in made for other in made if one != other) > 12
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(
    "samples",
    [
        pytest.param([0.0] * 6 * RATE, id="silence"),
        pytest.param(tone(440), id="a tone"),
        pytest.param(noise(1), id="noise"),
        pytest.param(melody(1, 2), id="too short"),
        pytest.param([], id="nothing"),
    ],
)
def test_in_what_is_plain_there_is_too_little_to_hear(samples: list[float], tmp_path: Path) -> None:
    with pytest.raises(Skip):
        bits(saved(tmp_path / "plain.wav", samples or [0.0]))


def test_no_more_is_decoded_than_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "SECONDS", 4)
    monkeypatch.setattr(recipe, "DECODED_SECONDS", 5)
    same = melody(1, 5)
    one, other = (bits(saved(tmp_path / f"{seed}.wav", same + melody(seed, 1))) for seed in (2, 3))
    assert one == other


@pytest.mark.both_databases
def test_recordings_are_compared_with_recordings_of_about_the_same_length(session: Session, factory: Factory) -> None:
    made = [factory.media_file(family=family) for family in ("image", "video", "audio", "audio", "audio")]
    files = [session.merge(file) for file in made]
    files[1].video_codec, files[1].audio_codec, files[1].duration = "h264", "aac", 60
    for file, duration in zip(files[2:], (60, 60.5, 90), strict=True):
        file.duration, file.audio_codec = duration, "mp3"
    for file in files:
        likeness.note(session, file, "0123456789abcdef")
    session.commit()
    pairs = [(pair.first_id, pair.second_id) for pair in session.scalars(select(LikePair))]
    assert pairs == [(files[2].id, files[3].id)]
