"""The family of a file of which only the beginning has arrived.

It decides which kind of item is made for a dropped file. That is a guess from the first bytes: when the file is whole,
:mod:`cms.media.mediatypes` has the last word. FFmpeg is not asked, because this runs in the web process.
"""

from __future__ import annotations

import re
from pathlib import Path

from cms.media import mediatypes, signatures, subtitles
from cms.media.boxes import track_types
from cms.messages import InvalidInput

#: How many first bytes are enough.
ENOUGH = 2**18

_ZIP = b"PK\3\4"
_BOXES = (b"ftyp", b"moov", b"mdat")
_AUDIO_BRANDS = (b"M4A ", b"M4B ", b"M4P ", b"F4A ")
_AUDIO = re.compile(rb"ID3|fLaC|(RIFF|RF64)....WAVE|FORM....AIF[FC]|\xff[\xe2-\xff]|#!AMR", re.DOTALL)
# Containers of both say early what is in them: Matroska by its codecs' names, Ogg by the first header of each stream,
# ASF by the types of its streams.
_EITHER = (b"\x1a\x45\xdf\xa3", b"OggS", b"\x30\x26\xb2\x75")
_PICTURES = re.compile(
    rb"V_[A-Z]|\x80theora|BBCD\0|\x01video\0\0\0|\xc0\xef\x19\xbc\x4d\x5b\xcf\x11\xa8\xfd\x00\x80\x5f\x5c\x44\x2b"
)


def family(path: Path) -> str:
    """The family of the file whose first bytes are at ``path``.

    Raises:
        InvalidInput: the file is empty, or certainly not accepted anywhere.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(ENOUGH)
        in_boxes = track_types(file, path.stat().st_size) if head[4:8] in _BOXES else set()
    if not head:
        raise InvalidInput(mediatypes.EMPTY)
    if markup := signatures.markup(head):
        raise InvalidInput(mediatypes.NO_XML if markup == "xml" else mediatypes.NO_WEB_PAGE)
    mimes = signatures.mime_types(path, head[: signatures.HEAD])
    if found := mediatypes.family_of_mimes(mimes):
        return found
    if signatures.OTHER_PICTURE in mimes or any(mime.startswith("image/") for mime in mimes):
        raise InvalidInput(mediatypes.NO_SUCH_PICTURE)
    if head.startswith(_ZIP):
        return "document"
    if head[4:8] in _BOXES:
        is_audio = b"vide" not in in_boxes if in_boxes else head[8:12] in _AUDIO_BRANDS
        return "audio" if is_audio else "video"
    if head.startswith(_EITHER):
        return "video" if _PICTURES.search(head) else "audio"
    if _AUDIO.match(head):
        return "audio"
    if signatures.is_media(head) or any(mime.startswith("video/") for mime in mimes) or _is_transport_stream(head):
        return "video"
    if any(mime.startswith("audio/") for mime in mimes):
        return "audio"
    if subtitles.is_text(head):
        return "subtitles"
    raise InvalidInput(mediatypes.UNKNOWN)


def _is_transport_stream(head: bytes) -> bool:
    """Whether packets of 188 bytes follow each other (ISO/IEC 13818-1), or of 192 with a time before each (M2TS)."""
    return any({*head[first : first + 4 * size : size]} == {0x47} for first, size in ((0, 188), (4, 192)))
