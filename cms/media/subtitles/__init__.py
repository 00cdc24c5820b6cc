"""Subtitles: WebVTT is kept, what else is understood is turned into it, because browsers play nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cms.media.subtitles import cue_text, formats, reading
from cms.media.subtitles.cues import Track
from cms.media.subtitles.decoding import ENCODINGS, decode
from cms.media.subtitles.formats import refuse_other_formats
from cms.messages import N_, InvalidInput

__all__ = ["ENCODINGS", "LIMIT", "Converted", "check", "convert", "first_cues", "refuse_other_formats"]

#: Larger files are no subtitles; 10 MiB is some 200 hours of talk.
LIMIT = 10 * 2**20


@dataclass(frozen=True)
class Converted:
    """WebVTT in UTF-8, and the encoding of the original that was guessed or chosen; ``None`` if there was no doubt."""

    webvtt: bytes
    encoding: str | None


def check(path: Path) -> None:
    """See that the file at ``path`` is of a format that is understood; its cues are not looked at.

    Raises:
        InvalidInput: it is of another one, or too large.
        OSError: it cannot be read.
    """
    if path.stat().st_size > LIMIT:
        raise InvalidInput(N_("A subtitle file may be at most %(size)d MB."), size=LIMIT // 2**20)
    formats.check(path.read_bytes())


def convert(data: bytes, encoding: str | None = None) -> Converted:
    """Subtitles as WebVTT of which a browser shows every cue. Where it would already, the file stays byte for byte.

    Args:
        data: SRT, WebVTT or ASS.
        encoding: one of :data:`ENCODINGS`, if somebody has chosen it.

    Raises:
        InvalidInput: they are of another format, or there is nothing to show.
    """
    formats.check(data)
    decoded = decode(data, encoding)
    track = formats.read(decoded.text)
    if not track.cues:
        raise InvalidInput(N_("This file has no cues that a browser can show."))
    webvtt = str(track)
    return Converted(data if _as_browsers_read(data) == webvtt else webvtt.encode(), decoded.encoding)


def first_cues(path: Path, number: int) -> list[str]:
    """The text of the first cues of a stored file, for people to see whether its letters are right.

    Raises:
        OSError: it cannot be read.
    """
    track: Track = reading.read(path.read_text(encoding="utf-8"))
    return [cue_text.plain(cue.text) for cue in islice(track.cues, number)]


def _as_browsers_read(data: bytes) -> str | None:
    try:
        return data.decode().replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return None
