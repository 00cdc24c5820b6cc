"""Subtitles: WebVTT is kept and other formats are converted to it, because browsers play nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cms.media.subtitles import cue_text, formats, reading
from cms.media.subtitles.cues import Track
from cms.media.subtitles.decoding import ENCODINGS, decode
from cms.media.subtitles.formats import is_text, refuse_other_formats
from cms.messages import N_, InvalidInput

__all__ = [
    "ENCODINGS",
    "LIMIT",
    "Converted",
    "check",
    "check_size",
    "convert",
    "first_cues",
    "is_text",
    "refuse_other_formats",
]

#: A larger file is not subtitles: 10 MiB is some 200 hours of speech.
LIMIT = 10 * 2**20


@dataclass(frozen=True)
class Converted:
    """WebVTT in UTF-8, and the encoding of the original that was guessed or chosen; ``None`` if there was no doubt."""

    webvtt: bytes
    encoding: str | None


def check(path: Path) -> None:
    """Check that the file at ``path`` is in a supported format, without reading its cues.

    Raises:
        InvalidInput: it is in another format, or too large.
        OSError: it cannot be read.
    """
    check_size(path.stat().st_size)
    formats.check(path.read_bytes())


def check_size(size: int) -> None:
    """Check that subtitles may be as large as that, in bytes.

    Raises:
        InvalidInput: they may not.
    """
    if size > LIMIT:
        raise InvalidInput(N_("A subtitle file may be at most %(size)d MB."), size=LIMIT // 2**20)


def convert(data: bytes, encoding: str | None = None) -> Converted:
    """Convert subtitles to WebVTT of which browsers show every cue. If they already do, the bytes stay the same.

    Args:
        data: SRT, WebVTT or ASS.
        encoding: one of :data:`ENCODINGS`, if an editor has chosen it.

    Raises:
        InvalidInput: they are in another format, or there is nothing to show.
    """
    formats.check(data)
    decoded = decode(data, encoding)
    track = formats.read(decoded.text)
    if not track.cues:
        raise InvalidInput(N_("This file has no cues that a browser can show."))
    webvtt = str(track)
    return Converted(data if _as_browsers_read(data) == webvtt else webvtt.encode(), decoded.encoding)


def first_cues(path: Path, number: int) -> list[str]:
    """The text of the first cues of a stored file, so that people can see whether it was decoded correctly.

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
