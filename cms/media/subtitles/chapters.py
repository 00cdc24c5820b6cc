"""The cues of a WebVTT file as chapters, which is what a track of chapters is made of."""

from __future__ import annotations

from pathlib import Path

from cms.media.facts import Chapter, Facts
from cms.media.probe import Probe
from cms.media.subtitles import cue_text, reading
from cms.media.subtitles.cues import Cue

#: A file with more cues has no list of chapters.
MAX_CUES = 200


def probe(path: Path) -> Probe:
    """What is found out about a WebVTT file.

    Raises:
        OSError: it cannot be read.
    """
    cues = reading.read(path.read_text(encoding="utf-8", errors="replace")).cues
    if len(cues) > MAX_CUES:
        return Probe()
    found = [_chapter(cue) for cue in sorted(cues, key=lambda cue: cue.start)]
    return Probe(facts=Facts(cues=found))


def _chapter(cue: Cue) -> Chapter:
    title = " ".join(cue_text.plain(cue.text).split())
    return {"start": cue.start / 1000, "end": cue.end / 1000, "title": title}
