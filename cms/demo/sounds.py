"""Sounds of the demo pages: plucked strings, the surf, a foghorn, and a clock, as 16-bit samples of one channel."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from operator import add
from random import Random

RATE = 24_000

#: The chords of the tune, as semitones above A2: A minor, F, C, G.
_CHORDS = ((0, 7, 12, 15, 19), (-4, 3, 8, 15, 20), (3, 10, 15, 19, 22), (-2, 5, 10, 17, 22))
#: Which string of the chord is plucked at each eighth of a bar.
_PATTERN = (0, 2, 3, 4, 1, 3, 4, 2)
_BAR = 2.4
_LENGTH = 2.2


def tune(seconds: int) -> array[int]:
    """A slow tune on plucked strings, over the surf."""
    chance, sound = Random(4), _surf(seconds, 0.25)
    at, number = 0.3, 0
    while at < seconds - _LENGTH:
        chord = _CHORDS[number // len(_PATTERN) % len(_CHORDS)]
        _mix(sound, at, _plucked(chord[_PATTERN[number % len(_PATTERN)]]))
        if number % 4 == 2 and chance.random() < 0.7:
            _mix(sound, at, _plucked(chance.choice(chord[2:]) + 12))
        at, number = at + _BAR / len(_PATTERN), number + 1
    return _samples(sound)


def surf(seconds: int) -> array[int]:
    """Waves that roll up a beach."""
    return _samples(_surf(seconds, 1))


def foghorn(blasts: Iterable[float], seconds: int) -> array[int]:
    """A foghorn, two seconds and a half at each of these times, over the surf."""
    sound, blast = _surf(seconds, 0.3), []
    for position in range(int(2.5 * RATE)):
        at = position / RATE
        loud = min(1, at * 4) * min(1, (2.5 - at) * 2)
        blast.append(loud * 0.16 * sum(math.sin(2 * math.pi * 98 * part * at) / part for part in (1, 2, 3, 5)))
    for at in blasts:
        _mix(sound, at, blast)
    return _samples(sound)


def ticking(seconds: int) -> array[int]:
    """A clock that ticks every second."""
    sound = [0.0] * RATE * seconds
    for second in range(seconds):
        pitch = 2400 if second % 2 else 1900
        tick = [math.sin(at * pitch / RATE * 2 * math.pi) * math.exp(-at / 150) for at in range(RATE // 20)]
        _mix(sound, second, tick)
    return _samples(sound)


@cache
def _plucked(semitones: int) -> list[float]:
    """A string, by the algorithm of Karplus and Strong (Computer Music Journal 7:2, 1983)."""
    chance, period = Random(semitones), round(RATE / (110 * 2 ** (semitones / 12)))
    string = [chance.uniform(-0.5, 0.5) for _ in range(period)]
    sound: list[float] = []
    while len(sound) < _LENGTH * RATE:
        string = [0.4985 * (one + next_one) for one, next_one in pairwise([*string, string[0]])]
        sound += string
    fade = RATE // 5
    for position in range(fade):
        sound[-1 - position] *= position / fade
    return sound


def _surf(seconds: int, loud: float) -> list[float]:
    chance, level, wave = Random(9), 0.0, []
    length = 6 * RATE
    for position in range(length):
        level += (chance.random() - 0.5 - level) * 0.06
        wave.append(level * loud * (0.15 + math.sin(math.pi * position / length) ** 2))
    return (wave * (seconds // 6 + 1))[: seconds * RATE]


def _mix(sound: list[float], at: float, other: list[float]) -> None:
    start = int(at * RATE)
    end = min(start + len(other), len(sound))
    sound[start:end] = map(add, sound[start:end], other)


def _samples(sound: list[float]) -> array[int]:
    """As loud as it may be."""
    scale = 30_000 / max(map(abs, sound))
    return array("h", map(int, map(scale.__mul__, sound)))
