"""Captions from the subtitle tracks within a file, as WebVTT.

Tracks of pictures (PGS, VobSub, DVB) are left out. A forced track translates only what is foreign in the film. It is
left out if there is a whole one in its language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from av.stream import Disposition
from av.subtitles.stream import SubtitleStream

from cms.media import facts
from cms.media.derivatives.opening import opened
from cms.media.derivatives.recipe import Cost, Made, MadeFile, Progress, Skip
from cms.media.models import MediaFile
from cms.media.subtitles import embedded
from cms.messages import N_

NAME, VERSION, COST, FIELD = "captions", 1, Cost.MEDIUM, "captions"

#: If a file has more tracks, only the first ones are read.
MAX_TRACKS = 50

_PICTURES = {"hdmv_pgs_subtitle": "PGS", "dvd_subtitle": "VobSub", "dvb_subtitle": "DVB", "xsub": "XSUB"}
_FOR_THE_DEAF = Disposition.hearing_impaired | Disposition.captions
# Tracks for programs, and for programs that read aloud.
_NOT_TO_SHOW = Disposition.metadata | Disposition.descriptions
# How titles of tracks say the same.
_SAYS_FOR_THE_DEAF = re.compile(r"\b(SDH|CC)\b")


def is_for(media_file: MediaFile) -> bool:
    """For every file with subtitle tracks, also of pictures: why there are no captions is said, too."""
    return any(track["kind"] == "subtitle" for track in (media_file.facts or {}).get("tracks", ()))


def make(source: Path, folder: Path, progress: Progress) -> Made:
    """Write a file for each track with cues. The facts name the tracks that are left out."""
    with opened(source, progress) as container:
        subtitles = list(container.streams.subtitles)
        text = [stream for stream in subtitles if _is_text(stream)][:MAX_TRACKS]
        if not text:
            names = sorted({_PICTURES.get(codec, codec) for codec in map(embedded.codec, subtitles)})
            raise Skip(N_("The subtitles in this file are not text (%(formats)s)."), formats=", ".join(names))
        tracks = dict(zip(text, embedded.read(container, text), strict=True))
        shown = _shown([stream for stream in text if tracks[stream].cues])
        if not shown:
            raise Skip(N_("The subtitles in this file have no cues."))
        files = []
        for number, (stream, label) in enumerate(zip(shown, _labels(shown), strict=True), 1):
            files.append(_file(number, stream, label))
            (folder / files[-1].name).write_text(str(tracks[stream]), encoding="utf-8")
        return Made(files, {"left_out": [_described(stream) for stream in subtitles if stream not in shown]})


def _shown(streams: Sequence[SubtitleStream]) -> list[SubtitleStream]:
    """The tracks without the forced ones for whose language there is a whole one."""
    whole = {facts.language_tag(stream.language) for stream in streams if not _is_forced(stream)}
    return [stream for stream in streams if not _is_forced(stream) or facts.language_tag(stream.language) not in whole]


def _file(number: int, stream: SubtitleStream, label: str) -> MadeFile:
    language = facts.language_tag(stream.language)
    is_for_the_deaf = stream.disposition & _FOR_THE_DEAF or _SAYS_FOR_THE_DEAF.search(facts.title(stream))
    about = {"language": language, "kind": "captions" if is_for_the_deaf else "subtitles", "label": label}
    return MadeFile(f"{number}-{language or 'und'}.vtt", about=about)


def _labels(streams: Sequence[SubtitleStream]) -> list[str]:
    """What a menu calls them: by title, or else by language. Those of the same name have numbers."""
    names = [facts.title(stream) or facts.own_name(facts.language_tag(stream.language)) for stream in streams]
    given: Counter[str] = Counter()
    labels = []
    for name in names:
        given[name] += 1
        labels.append(f"{name} ({given[name]})" if name and names.count(name) > 1 else name)
    return labels


def _is_text(stream: SubtitleStream) -> bool:
    return embedded.codec(stream) in embedded.TEXT and not stream.disposition & _NOT_TO_SHOW


def _is_forced(stream: SubtitleStream) -> bool:
    return bool(stream.disposition & Disposition.forced)


def _described(stream: SubtitleStream) -> dict[str, Any]:
    return {
        "codec": embedded.codec(stream),
        "language": facts.language_tag(stream.language),
        "title": facts.title(stream),
    }
