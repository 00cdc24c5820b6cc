"""What the first bytes of a file say it is: a picture, markup or the beginning of an audio or video file."""

from __future__ import annotations

import re
from pathlib import Path

import puremagic

from cms.media.boxes import brands, track_types

#: How much of a file is looked at, in bytes.
HEAD = 4096
#: Stands for a picture of a type that is not stored.
OTHER_PICTURE = "image/x-other"

# Brands of HEIF (ISO/IEC 23008-12), AVIF and Canon's raw pictures.
_PICTURE_BRANDS = {
    *(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"heif"),
    *(b"mif1", b"mif2", b"msf1", b"miaf", b"avif", b"avis", b"avio", b"jpeg", b"jpgs", b"j2ki"),
}
_RAW_PICTURE_BRAND = b"crx "
_AVIF_BRANDS = {b"avif", b"avis"}
# Formats that puremagic does not know or mistakes for others: JPEG 2000 and XL, TIFF (raw pictures of many cameras are
# TIFF) and what other cameras write, QOI, DPX, MNG, BPG, FLIF, Radiance.
_OTHER_PICTURES = (
    *(b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51", b"\xff\x0a"),
    *(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"IIRO", b"IIRS", b"MMOR", b"II\x1a\0\0\0HEAPCCDR", b"\0MRM"),
    *(b"qoif", b"SDPX", b"XPDS", b"\x8aMNG", b"\x8bJNG", b"BPG\xfb", b"FLIF", b"#?RADIANCE", b"#?RGBE"),
)
_MEDIA = re.compile(
    rb"....(ftyp|moov|mdat|styp)|\x1a\x45\xdf\xa3|OggS|fLaC|FLV\x01|ID3|(RIFF|RF64)....(AVI |WAVE)|FORM....AIF[FC]"
    rb"|\x30\x26\xb2\x75\x8e\x66\xcf\x11|\0\0\1\xba",
    re.DOTALL,
)
_MARKUP = {b"svg": "svg", b"html": "html"}
_TAG = re.compile(rb"<([A-Za-z][\w:.-]*)")


def markup(head: bytes) -> str | None:
    """What a file that begins with a tag is: ``svg``, ``xml`` or ``html``.

    ``None`` if it does not begin with one. No format of media, pictures or documents does.
    """
    text = _text(head)
    if not text.startswith(b"<"):
        return None
    tags = [tag.lower().rpartition(b":")[2] for tag in _TAG.findall(text)]
    root = tags[0] if tags else b""
    if root in _MARKUP:
        return _MARKUP[root]
    return "xml" if text.startswith(b"<?xml") else "html"


def is_media(head: bytes) -> bool:
    """Whether a file begins like audio and video files."""
    return bool(_MEDIA.match(head))


def mime_types(path: Path, head: bytes) -> list[str]:
    """What a file may be by its first bytes, all equally likely; none for audio and video in boxes (MP4)."""
    if head[4:8] == b"ftyp":
        return _by_brand(path)
    if head.startswith(_OTHER_PICTURES):
        return [OTHER_PICTURE]
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return []
    return [match.mime_type for match in matches if match.confidence == matches[0].confidence]


def _by_brand(path: Path) -> list[str]:
    """The type of a picture in boxes: HEIC, AVIF, CR3.

    A video may have such a brand, too. It has a video track, and a sequence of pictures has none.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        found = brands(file, size)
        is_video = found[:1] != [_RAW_PICTURE_BRAND] and b"vide" in track_types(file, size)
    if is_video or not {*found} & {*_PICTURE_BRANDS, _RAW_PICTURE_BRAND}:
        return []
    return ["image/avif" if {*found} & _AVIF_BRANDS else OTHER_PICTURE]


def _text(head: bytes) -> bytes:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n\f")
