"""Subtitles: WebVTT is kept, SubRip (SRT) is turned into it, because browsers play nothing else.

Source: https://www.w3.org/TR/webvtt1/ (section 4, the file's structure).
"""

from __future__ import annotations

import re
from pathlib import Path

from cms.services.messages import N_, Rejected

#: Larger files are no subtitles; 10 MiB is some 200 hours of talk.
LIMIT = 10 * 2**20

_SRT_TIMING = re.compile(
    r"^(?P<start>\d{1,3}:\d\d:\d\d)[,.](?P<start_ms>\d{1,3})\s*-->\s*(?P<end>\d{1,3}:\d\d:\d\d)[,.](?P<end_ms>\d{1,3})",
    re.MULTILINE,
)
_VTT_START = re.compile(r"WEBVTT([ \t].*)?(\n|$)")


def looks_right(path: Path) -> bool:
    """Whether the file at ``path`` is WebVTT or SRT."""
    if path.stat().st_size > LIMIT:
        return False
    text = _decode(path.read_bytes())
    return bool(_VTT_START.match(text)) or bool(_SRT_TIMING.search(text[:20_000]) and "\0" not in text)


def to_webvtt(data: bytes) -> bytes:
    """SRT or WebVTT of any common encoding as WebVTT in UTF-8. WebVTT that is UTF-8 already stays byte for byte.

    Raises:
        Rejected: there is not one timing line in it.
    """
    text = _decode(data)
    if _VTT_START.match(text):
        return data if data.startswith(b"WEBVTT") and _is_utf8(data) else text.encode()
    if not _SRT_TIMING.search(text):
        raise Rejected(N_("This is not a subtitle file; SRT and WebVTT are understood."))
    return f"WEBVTT\n\n{_SRT_TIMING.sub(_timing, text).strip()}\n".encode()


def _timing(match: re.Match[str]) -> str:
    def moment(clock: str, milliseconds: str) -> str:
        hours, rest = clock.split(":", 1)
        return f"{int(hours):02}:{rest}.{milliseconds.ljust(3, '0')}"

    return f"{moment(match['start'], match['start_ms'])} --> {moment(match['end'], match['end_ms'])}"


def _decode(data: bytes) -> str:
    """Text with one kind of line end. Old Russian SRT files are in Windows-1251, so that is tried last."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    else:
        text = data.decode("utf-8-sig") if _is_utf8(data) else data.decode("cp1251", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return True
