"""The size of a picture, whether it moves, and whether it can be read. Pillow reads it.

The bytes are untrusted. The header says how large a picture is, and nothing is decoded before that is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from cms.media.facts import Facts
from cms.media.metadata import orientation
from cms.media.probe import Probe
from cms.messages import N_, InvalidInput

#: A picture with more pixels is refused: 12,000 × 10,000 is more than nearly any camera takes.
MAX_PIXELS = 120_000_000
#: A picture with more pixels is not decoded to check it, because each pixel takes up to 8 bytes of memory.
MAX_DECODED_PIXELS = 50_000_000
#: The warning that a picture is not whole.
DAMAGED = "damaged"

# Pillow has its own limit, one for the whole process. It warns above the limit and raises above twice the limit.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
#: What it raises on too large ones.
TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)
#: What Pillow raises on broken files. For a disk fault, the errno is set.
BROKEN = (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, EOFError, MemoryError, RuntimeError)
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
# EXIF orientations that swap width and height.
_TURNED = (5, 6, 7, 8)


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """The picture at ``path``, of which only the header has been read.

    Raises:
        InvalidInput: it is too large, or cannot be read, even if the block did not notice.
        OSError: the disk fails.
    """
    try:
        with Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise too_large(MAX_PIXELS)
            yield image
    except InvalidInput:
        raise
    except TOO_LARGE as error:
        raise too_large(MAX_PIXELS) from error
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise unreadable() from error


def is_known(file: BinaryIO) -> bool:
    """Whether the bytes begin like a picture in one of the formats that are accepted."""
    head = file.read(32)
    starts = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8")
    return head.startswith(starts) or head[8:12] == b"WEBP" or head[4:12] in (b"ftypavif", b"ftypavis")


def probe(path: Path) -> Probe:
    """Probe the picture at ``path``: its width and height as shown, whether it moves, and warnings.

    Raises:
        InvalidInput: it cannot be read, or is too large.
        OSError: the disk fails.
    """
    with opened(path) as image:
        width, height = image.size
        # ``getexif`` would decode a PNG to look after the pixels, too.
        if orientation.read(image.info.get("exif", b"")) in _TURNED:
            width, height = height, width
        facts = Facts(animated=getattr(image, "is_animated", False))
        warnings = () if _is_whole(image) else (DAMAGED,)
    return Probe(width=width, height=height, warnings=warnings, facts=facts)


def can_be_decoded(image: Image.Image, size: int) -> bool:
    """Whether decoding the picture takes an acceptable amount of memory.

    A JPEG is then decoded at the smallest size that is not below ``size`` in pixels, unless it is progressive.
    """
    if "progressive" not in image.info:
        image.draft(None, (size, size))
    return image.width * image.height <= MAX_DECODED_PIXELS


def unreadable() -> InvalidInput:
    """What is said of a picture that cannot be read."""
    return InvalidInput(N_("This picture cannot be read. It may be damaged or incomplete."))


def too_large(limit: int) -> InvalidInput:
    """The refusal of a picture with more pixels than the limit."""
    return InvalidInput(
        N_("The picture has more than %(number)s million pixels. Make it smaller."), number=limit // 1_000_000
    )


def _is_whole(image: Image.Image) -> bool:
    """Whether its first frame can be decoded, as far as that takes an acceptable amount of memory."""
    if not can_be_decoded(image, 1):
        return True
    try:
        image.load()
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno:
            raise
        return False
    return True
