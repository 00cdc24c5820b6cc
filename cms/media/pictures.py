"""The size of a picture, whether it can be read, and whether it tells where it was taken. Pillow reads it.

The bytes are untrusted. The header says how large a picture is, and nothing is decoded before that is known.
"""

from __future__ import annotations

from pathlib import Path

from PIL import ExifTags, Image

from cms.media.probe import Probe
from cms.messages import N_, InvalidInput

#: A picture with more pixels is refused: 12,000 × 10,000 is more than nearly any camera takes.
MAX_PIXELS = 120_000_000
#: A picture with more pixels is not decoded to check it, because each pixel takes up to 8 bytes of memory.
MAX_DECODED_PIXELS = 50_000_000
#: The warnings that a picture is not whole, and that it tells where it was taken.
DAMAGED, LOCATED = "damaged", "located"

# Pillow has its own limit, one for the whole process. It warns above the limit and raises above twice the limit.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
#: What it raises on too large ones.
TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)
#: What Pillow raises on broken files. For a disk fault, the errno is set.
BROKEN = (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, EOFError, MemoryError, RuntimeError)
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
# EXIF orientations that swap width and height.
_TURNED = (5, 6, 7, 8)


def probe(path: Path) -> Probe:
    """Probe the picture at ``path``: its width and height as shown, and warnings.

    Raises:
        InvalidInput: it cannot be read, or is too large.
        OSError: the disk fails.
    """
    try:
        with Image.open(path, formats=_FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise too_large(MAX_PIXELS)
            exif = _exif(image)
            warnings = [LOCATED] if _is_located(image, exif) else []
            if exif.get(ExifTags.Base.Orientation) in _TURNED:
                width, height = height, width
            if not _is_whole(image):
                warnings.insert(0, DAMAGED)
    except TOO_LARGE as error:
        raise too_large(MAX_PIXELS) from error
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise InvalidInput(N_("This picture cannot be read. It may be damaged or incomplete.")) from error
    return Probe(width=width, height=height, warnings=tuple(warnings))


def too_large(limit: int) -> InvalidInput:
    """The refusal of a picture with more pixels than the limit."""
    return InvalidInput(
        N_("The picture has more than %(number)s million pixels. Make it smaller."), number=limit // 1_000_000
    )


def _exif(image: Image.Image) -> Image.Exif:
    """The EXIF data before the pixels. ``getexif`` would decode a PNG to look after them, too."""
    exif = Image.Exif()
    exif.load(image.info.get("exif", b""))
    return exif


def _is_located(image: Image.Image, exif: Image.Exif) -> bool:
    """Whether EXIF or XMP says where the picture was taken."""
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    return ExifTags.GPS.GPSLatitude in place or "GPSLatitude" in (
        xmp if isinstance(xmp, str) else xmp.decode("latin-1")
    )


def _is_whole(image: Image.Image) -> bool:
    """Whether its first frame can be decoded. A JPEG is decoded at an eighth of its size, unless it is progressive."""
    if "progressive" not in image.info:
        image.draft(None, (1, 1))
    if image.width * image.height > MAX_DECODED_PIXELS:
        return True
    try:
        image.load()
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno:
            raise
        return False
    return True
