"""SRT and WebVTT as players read them: by their timing lines.

People and programs leave blank lines, numbers and spaces anywhere. Only a timing line is unmistakable, so a file is
read from one to the next. Between two are a cue's text and perhaps the next cue's identifier.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cms.media.subtitles import cue_text
from cms.media.subtitles.cues import Cue, Track

#: How long a cue is shown whose end is not after its start, in milliseconds.
SHORTEST = 2000
# A longer line is not a timing line.
_LONGEST_TIMING = 300
# Zero-width characters and marks of direction, which text in other scripts brings along.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069]")

# Hours and fraction are optional; signs and spaces may be wherever a translation program puts them.
_MOMENT = r"(-?\d{1,4}(?: ?[:：] ?-?\d{1,4}){1,2})(?: ?[.,:;，] ?(\d+))?"
_WEBVTT_TIMING = re.compile(rf"{_MOMENT} ?--> ?{_MOMENT}(.*)")
# Translation programs sometimes change the arrow of SRT, too.
_SRT_TIMING = re.compile(rf"{_MOMENT} ?[-–—−]{{1,3}} ?[-–—−]?> ?{_MOMENT}(.*)")
_SETTING = re.compile(
    r"vertical:(rl|lr)"
    r"|line:-?\d+(\.\d+)?%?(,(start|center|end))?"
    r"|position:\d+(\.\d+)?%(,(line-left|center|line-right))?"
    r"|size:\d+(\.\d+)?%"
    r"|align:(start|center|end|left|right)"
    r"|region:\S+",
    re.ASCII,
)
_HEADER = re.compile(r"\s*WEBVTT\b(.*)", re.IGNORECASE)
# A second header comes from concatenated files. It has no meaning, and is dropped.
_BLOCK = re.compile(r"(NOTE|WEBVTT)(\s.*)?|STYLE|REGION")
# What an identifier looks like: anything in WebVTT, but a number in SRT, where other lines may be stray text.
_WEBVTT_IDENTIFIER = re.compile(r"(?!WEBVTT|.*-->).+", re.IGNORECASE)
_SRT_IDENTIFIER = re.compile(r"(?!.*-->)[\W_]{0,3}\d{1,9}[\W_]{0,3}")


@dataclass(frozen=True)
class _Timing:
    start: int
    end: int
    settings: str


def is_webvtt(text: str) -> bool:
    """Whether the text begins like WebVTT."""
    return bool(_HEADER.match(text))


def has_timing(text: str) -> bool:
    """Whether there is a timing line anywhere."""
    return any(_timing(line, _SRT_TIMING) for line in text.split("\n"))


def read(text: str) -> Track:
    """The cues of SRT or WebVTT, and for WebVTT also the header and the other blocks."""
    webvtt = is_webvtt(text)
    lines = [line.strip() for line in text.split("\n")]
    pattern = _WEBVTT_TIMING if webvtt else _SRT_TIMING
    timings = {number: timing for number, line in enumerate(lines) if (timing := _timing(line, pattern))}
    identifiers = _identifiers(lines, timings, _WEBVTT_IDENTIFIER if webvtt else _SRT_IDENTIFIER)
    ends = [*(identifiers.get(number, number) for number in timings), len(lines)]
    header, blocks = _before(lines[: ends[0]]) if webvtt else ("WEBVTT", [])
    for (number, timing), end in zip(timings.items(), ends[1:], strict=True):
        identifier = lines[identifiers[number]] if number in identifiers else ""
        body, others = _part(lines[number + 1 : end], with_blocks=webvtt)
        text = cue_text.clean(body)
        if text and timing.end >= 0:
            until = timing.end if timing.end > timing.start else timing.start + SHORTEST
            blocks.append(Cue(timing.start, until, text, identifier, timing.settings))
        blocks += others
    return Track(header, blocks)


def _timing(line: str, pattern: re.Pattern[str]) -> _Timing | None:
    if ">" not in line or len(line) > _LONGEST_TIMING:
        return None
    match = pattern.fullmatch(" ".join(_INVISIBLE.sub("", line).split()))
    if match is None:
        return None
    start, start_fraction, end, end_fraction, rest = match.groups(default="")
    settings = " ".join(word for word in rest.split() if _SETTING.fullmatch(word))
    return _Timing(max(0, _milliseconds(start, start_fraction)), _milliseconds(end, end_fraction), settings)


def _milliseconds(clock: str, fraction: str) -> int:
    seconds = 0
    for part in re.split("[:：]", clock.replace("-", "")):
        seconds = seconds * 60 + int(part)
    milliseconds = seconds * 1000 + int(fraction[:3].ljust(3, "0"))
    return -milliseconds if "-" in clock else milliseconds


def _identifiers(lines: Sequence[str], timings: dict[int, _Timing], identifier: re.Pattern[str]) -> dict[int, int]:
    """The line number of the identifier of each timing line that has one.

    An identifier is the line above, after a blank line. If most cues of the file are numbered, a number may also have
    a blank line below it, or none above it. Otherwise it is text.
    """
    sure, perhaps = {}, {}
    for number in timings:
        above = number - 1
        while above >= 0 and not lines[above]:
            above -= 1
        if above < 0 or above in timings:
            continue
        is_adjacent, is_alone = above == number - 1, above == 0 or not lines[above - 1]
        if is_adjacent and is_alone and identifier.fullmatch(lines[above]):
            sure[number] = above
        elif (is_adjacent or is_alone) and lines[above].isdecimal():
            perhaps[number] = above
    numbered = sum(lines[above].isdecimal() for above in (*sure.values(), *perhaps.values()))
    return {**sure, **perhaps} if 2 * numbered > len(timings) else sure


def _before(lines: Sequence[str]) -> tuple[str, list[Cue | str]]:
    """The header of WebVTT, and the blocks before its first cue."""
    first = next(number for number, line in enumerate(lines) if line)
    end = next((number for number in range(first, len(lines)) if not lines[number]), len(lines))
    title = lines[first][len("WEBVTT") :].strip()
    header = "\n".join([f"WEBVTT {title}".rstrip(), *lines[first + 1 : end]])
    return header.replace("-->", "->"), list(_part(lines[end:], with_blocks=True)[1])


def _part(lines: Sequence[str], *, with_blocks: bool) -> tuple[list[str], list[str]]:
    """Split the lines after a timing line into text and, in WebVTT, blocks that follow a blank line."""
    text: list[str] = []
    blocks: list[list[str]] = []
    is_after_blank = is_in_block = False
    for line in lines:
        if with_blocks and is_after_blank and _BLOCK.fullmatch(line):
            is_in_block = True
            blocks.append([line])
        elif not line:
            is_in_block = False
        elif is_in_block:
            blocks[-1].append(line)
        else:
            text.append(line)
        is_after_blank = not line
    kept = ("\n".join(block) for block in blocks if not block[0].startswith("WEBVTT"))
    return text, [block.replace("-->", "->") for block in kept]
