"""Pictures without their private metadata: the same pixels, colours and orientation, and nothing else."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image

from cms.media import metadata
from cms.messages import InvalidInput
from tests.mediabytes import SECRET, picture

FORMATS = ["JPEG", "PNG", "GIF", "WEBP", "AVIF"]
TURNED = [kind for kind in FORMATS if kind != "GIF"]


def cleaned(folder: Path, data: bytes, kind: str) -> bytes | None:
    """The picture without private metadata; ``None`` if it has none."""
    (folder / "source").write_bytes(data)
    if not metadata.clean(folder / "source", f"image/{kind.lower()}", folder / "cleaned"):
        return None
    return (folder / "cleaned").read_bytes()


def shown(data: bytes) -> tuple[Any, ...]:
    """What a picture shows: the pixels of each frame, their colours, and how they are turned."""
    with Image.open(io.BytesIO(data)) as image:
        frames = []
        for frame in range(getattr(image, "n_frames", 1)):
            image.seek(frame)
            frames.append(image.convert("RGBA").tobytes())
        turned = image.getexif().get(ExifTags.Base.Orientation, 1)
        return image.size, frames, image.info.get("icc_profile"), image.info.get("duration"), turned


@pytest.mark.parametrize(
    ("kind", "turned"), [("GIF", 0), *((kind, turned) for kind in TURNED for turned in range(1, 9))]
)
def test_nothing_but_the_picture_is_left(tmp_path: Path, kind: str, turned: int) -> None:
    data = picture(kind, turned=turned, located=True)
    assert SECRET in data
    clean = cleaned(tmp_path, data, kind)
    assert clean
    assert SECRET not in clean
    assert shown(clean) == shown(data)
    with Image.open(io.BytesIO(clean)) as image:
        assert set(image.getexif()) <= {ExifTags.Base.Orientation}
        assert not image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    assert cleaned(tmp_path, clean, kind) is None, "there is no more to clean"


@pytest.mark.parametrize("turned", [0, 6])
@pytest.mark.parametrize("kind", FORMATS)
def test_one_without_private_metadata_stays_as_it_is(tmp_path: Path, kind: str, turned: int) -> None:
    data = picture(kind, turned=turned if kind in TURNED else 0)
    assert cleaned(tmp_path, data, kind) is None


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "AVIF"])
def test_an_animation_goes_on_as_before(tmp_path: Path, kind: str) -> None:
    frames = [Image.effect_noise((16, 16), 80).convert("RGB") for _ in range(3)]
    more = {"comment": SECRET} if kind == "GIF" else {"exif": _exif()}
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=50, loop=0, **more)
    clean = cleaned(tmp_path, buffer.getvalue(), kind)
    assert clean
    assert SECRET not in clean
    assert shown(clean) == shown(buffer.getvalue())


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = SECRET.decode()
    return exif


def test_what_cameras_hide_in_a_jpeg_is_found(tmp_path: Path) -> None:
    """A thumbnail in JFIF, IPTC, parts between scans, filling, and other pictures and videos after the end."""
    with Image.open(io.BytesIO(picture())) as image:
        image.save(buffer := io.BytesIO(), "JPEG", progressive=True)
    plain = buffer.getvalue()
    jfif = plain.index(b"JFIF\0")
    size = 14 + 3 * 40 * 40 + 2
    segment = b"\xff\xff\xff\xed" + (len(SECRET) + 2).to_bytes(2) + SECRET
    last = plain.rindex(b"\xff\xda")
    thumbnail = (SECRET * 300)[: 3 * 40 * 40]
    data = b"".join(
        (
            plain[: jfif - 2],
            size.to_bytes(2),
            plain[jfif : jfif + 12],
            bytes([40, 40]),
            thumbnail,
            plain[jfif + 14 : last],
            segment,
            plain[last:],
            picture(located=True),
        )
    )
    assert cleaned(tmp_path, data, "JPEG") == plain


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_that_is_cut_is_cleaned_all_the_same(tmp_path: Path, kind: str) -> None:
    data = picture(kind, located=True)
    for part in (0.3, 0.6, 0.9):
        cut = data[: int(len(data) * part)]
        try:
            clean = cleaned(tmp_path, cut, kind)
        except InvalidInput:
            continue
        assert SECRET not in (cut if clean is None else clean)
