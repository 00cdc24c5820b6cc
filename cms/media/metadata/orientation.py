"""The orientation in EXIF data (CIPA DC-008), which is all of it that a picture needs to be shown."""

from __future__ import annotations

from PIL import ExifTags, Image

#: How EXIF data begins in a JPEG. Other formats have what follows.
PREFIX = b"Exif\0\0"


def only_orientation(exif: bytes) -> bytes:
    """EXIF data with the orientation of the given data and nothing else. Empty if it needs none."""
    turned = read(exif)
    if turned == 1:
        return b""
    made = Image.Exif()
    made[ExifTags.Base.Orientation] = turned
    return made.tobytes().removeprefix(PREFIX)


def read(exif: bytes) -> int:
    """How a picture is to be turned: 1 to 8. EXIF data that cannot be read does not turn it."""
    found = Image.Exif()
    try:
        found.load(exif)
        turned = found.get(ExifTags.Base.Orientation)
    except Exception:  # whatever Pillow raises on broken data
        return 1
    return turned if isinstance(turned, int) and turned in range(1, 9) else 1
