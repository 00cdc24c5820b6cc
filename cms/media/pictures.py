"""What a picture is: how large, whether it can be read, what it tells about where it was taken; read with Pillow.

The bytes come from anybody. The header says how large a picture is, and nothing is decoded before that is known.
"""

from __future__ import annotations

from pathlib import Path

from PIL import ExifTags, Image

from cms.media.probe import Probe
from cms.messages import N_, InvalidInput

#: A picture with more pixels is refused: 12,000 × 10,000 is more than nearly any camera takes.
MAX_PIXELS = 120_000_000
#: One with more pixels is not decoded to find out whether it is whole, as each takes up to 8 bytes of memory.
MAX_DECODED_PIXELS = 50_000_000
#: The warnings that a picture is not whole, and that it tells where it was taken.
DAMAGED, LOCATED = "damaged", "located"

# Pillow has a limit of its own, the same for everybody in the process, above which it warns, and at twice of it raises.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
_TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# What Pillow raises on broken files. Of a fault of the disk the errno is set.
_BROKEN = (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, EOFError, MemoryError, RuntimeError)
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
# Orientations of EXIF in which width and height change places.
_TURNED = (5, 6, 7, 8)


def probe(path: Path) -> Probe:
    """What the picture at ``path`` is: width and height as it is shown, and warnings.

    Raises:
        InvalidInput: it cannot be read, or is too large.
        OSError: the disk fails.
    """
    try:
        with Image.open(path, formats=_FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise _too_large()
            exif = _exif(image)
            warnings = [LOCATED] if _is_located(image, exif) else []
            if exif.get(ExifTags.Base.Orientation) in _TURNED:
                width, height = height, width
            if not _is_whole(image):
                warnings.insert(0, DAMAGED)
    except _TOO_LARGE as error:
        raise _too_large() from error
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise InvalidInput(N_("This picture cannot be read. It may be damaged or incomplete.")) from error
    return Probe(width=width, height=height, warnings=tuple(warnings))


def _too_large() -> InvalidInput:
    return InvalidInput(
        N_("The picture has more than %(number)s million pixels. Make it smaller."), number=MAX_PIXELS // 1_000_000
    )


def _exif(image: Image.Image) -> Image.Exif:
    """The EXIF that stands before the pixels; ``getexif`` would decode a PNG to look behind them as well."""
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
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno:
            raise
        return False
    return True
