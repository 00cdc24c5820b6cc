"""What a recording sounds like, in 64 bits that hardly change when it is encoded anew or resampled. No files.

The loudness of the first minute is measured in bands of pitch and slots of time. As in J. Haitsma and T. Kalker, "A
Highly Robust Audio Fingerprinting System" (ISMIR 2002), each bit is the sign of how the difference between bands
changes with time, so that neither volume nor tone matters. There it is between neighbours, and thousands of bits are
compared. Here it is along the eight slowest cosines over the bands and over the slots, as hashes of pictures have it
(C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010): what encoders add at the start
moves those least.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice, pairwise
from operator import mul
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer
from av.filter import Graph
from av.filter.context import FilterContext

from cms.media.derivatives import sound
from cms.media.derivatives.opening import opened
from cms.media.derivatives.recipe import Cost, Made, Progress, Skip
from cms.media.models import MediaFile
from cms.messages import N_

NAME, VERSION, COST, FIELD = "sound-likeness", 1, Cost.FAST, ""

#: How many seconds count, from the first sound on; and how many are decoded at most to have them.
SECONDS, DECODED_SECONDS = 60, 70
#: In fewer seconds there is too little to hear.
LEAST_SECONDS = 3
#: What part of the energy of the loudest is heard yet: of the loudest block, where a recording begins and ends; of the
#: loudest band of any slot, elsewhere. What encoders do below that does not count.
LEAST_BLOCK, LEAST_BAND = 1e-3, 1e-5
#: The energy of a block of which all is silence.
_SILENT = 1e-9
#: How many decibels the bands have to change against each other, in the mean. Tones and steady noise change less.
LEAST_CHANGE = 1.0
#: Samples a second: even what was encoded for telephones has these pitches. Samples in a block.
RATE, BLOCK = 8000, 160
#: The centres of the bands in hertz, a little less than half an octave apart.
BANDS = tuple(150 * 2 ** (number / 2.4) for number in range(11))
#: How many slots of time there are, and how many cosines are taken over these and over the bands.
SLOTS, COSINES = 32, 8
_PLAIN = N_("There is too little to hear in it to find others that sound like it.")


def is_for(media_file: MediaFile) -> bool:
    """For every recording."""
    return media_file.audio_codec is not None and media_file.video_codec is None


def make(source: Path, folder: Path, progress: Progress) -> Made:
    """Listen to the first minute. The fact ``likeness`` has the bits as 16 hexadecimal digits."""
    with opened(source) as container:
        blocks = list(islice(_energies(container), DECODED_SECONDS * RATE // BLOCK))
    heard = _heard(blocks)
    if len(heard) * BLOCK < LEAST_SECONDS * RATE:
        raise Skip(_PLAIN)
    changes = _changes(_slots(heard))
    if math.sqrt(sum(change * change for row in changes for change in row) / (SLOTS * len(BANDS))) < LEAST_CHANGE:
        raise Skip(_PLAIN)
    return Made([], {"likeness": f"{int(''.join(_bits(changes)), 2):016x}"})


def _energies(container: InputContainer) -> Iterator[list[float]]:
    """The energy of each band in each block."""
    stream = sound.stream(container)
    mono = av.AudioResampler(format="flt", layout="mono", rate=RATE, frame_size=BLOCK)
    _graph, entry, exits = _filters()
    for _time, frame in sound.resampled(container, stream, mono):
        if frame.samples < BLOCK:
            return
        frame.pts, frame.time_base = None, Fraction(1, RATE)
        entry.push(frame)
        yield [_energy(cast(av.AudioFrame, end.pull())) for end in exits]


def _energy(frame: av.AudioFrame) -> float:
    samples = array("f", bytes(frame.planes[0])[: BLOCK * 4])
    return float(sum(map(mul, samples, samples)))


def _filters() -> tuple[Graph, FilterContext, list[FilterContext]]:
    """What takes the sound apart: the whole, where the sound goes in, and where each band comes out."""
    graph = Graph()
    entry = graph.add_abuffer(sample_rate=RATE, format="flt", layout="mono", time_base=Fraction(1, RATE))
    split = graph.add("asplit", str(len(BANDS)))
    entry.link_to(split)
    exits = []
    for number, centre in enumerate(BANDS):
        last, output = split, number
        for _ in range(2):  # one alone lets too much of the other bands through
            band = graph.add("bandpass", f"f={centre:.1f}:width_type=o:w=0.6")
            last.link_to(band, output)
            last, output = band, 0
        exits.append(graph.add("abuffersink"))
        last.link_to(exits[-1])
    graph.configure()
    return graph, entry, exits


def _heard(blocks: Sequence[list[float]]) -> Sequence[list[float]]:
    """The blocks without the silence before and after them, and no more of them than count."""
    loud = [sum(block) for block in blocks]
    least = max(max(loud, default=0.0) * LEAST_BLOCK, _SILENT)
    audible = [number for number, energy in enumerate(loud) if energy > least]
    if not audible:
        return []
    return blocks[audible[0] : audible[-1] + 1][: SECONDS * RATE // BLOCK]


def _slots(blocks: Sequence[list[float]]) -> list[list[float]]:
    """The loudness of each band in each slot, in decibels."""
    edges = [len(blocks) * number // SLOTS for number in range(SLOTS + 1)]
    slots = [
        [sum(energies) / (end - start) for energies in zip(*blocks[start:end], strict=True)]
        for start, end in pairwise(edges)
    ]
    least = max(map(max, slots)) * LEAST_BAND
    return [[10 * math.log10(energy + least) for energy in slot] for slot in slots]


def _changes(slots: list[list[float]]) -> list[list[float]]:
    """How much louder each band is in each slot than it is in the mean, and than the others are then."""
    means = [sum(band) / len(band) for band in zip(*slots, strict=True)]
    less = [[loud - mean for loud, mean in zip(slot, means, strict=True)] for slot in slots]
    return [[change - sum(slot) / len(slot) for change in slot] for slot in less]


def _cosines(count: int) -> list[list[float]]:
    """The slowest cosines over so many places, without the constant one."""
    return [
        [math.cos(math.pi * wave * (place + 0.5) / count) for place in range(count)] for wave in range(1, COSINES + 1)
    ]


def _bits(changes: list[list[float]]) -> Iterator[str]:
    """The signs of the changes along each pair of cosines."""
    across = [[sum(map(mul, slot, wave)) for slot in changes] for wave in _cosines(len(BANDS))]
    for row in across:
        for wave in _cosines(SLOTS):
            yield str(int(sum(map(mul, row, wave)) > 0))
