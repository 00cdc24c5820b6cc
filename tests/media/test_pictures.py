"""What is found out about pictures: their displayed size, and what is wrong with them."""

from __future__ import annotations

import errno
from contextlib import nullcontext
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image, ImageFile
from sqlalchemy import Engine

from cms import tasks
from cms.media import pictures
from cms.media.models import UploadStatus
from cms.media.storage import Storage
from cms.messages import InvalidInput
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.test_misplaced import PICTURES
from tests.mediabytes import huge_png, picture

FORMATS = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp", "AVIF": "avif"}
UNREADABLE_IF_CUT = [("WEBP", 0.95), ("WEBP", 0.6), ("AVIF", 0.6)]
UNREADABLE = "This picture cannot be read. It may be damaged or incomplete."


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "picture"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_is_as_large_as_its_header_says(tmp_path: Path, kind: str) -> None:
    found = pictures.probe(saved(tmp_path, picture(kind)))
    assert (found.width, found.height, found.warnings) == (60, 40, ())
    assert (found.container, found.playable, found.unplayable) == (None, None, ())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_it_is_as_large_as_it_is_shown(tmp_path: Path, kind: str) -> None:
    found = pictures.probe(saved(tmp_path, picture(kind, turned=True)))
    assert (found.width, found.height) == (40, 60)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "AVIF"])
def test_one_that_moves_is_told_apart(tmp_path: Path, kind: str) -> None:
    frames = [Image.effect_noise((8, 8), 80).convert("RGB") for _ in range(3)]
    for count in (1, 3):
        frames[0].save(tmp_path / "picture", kind, save_all=True, append_images=frames[1:count])
        assert pictures.probe(tmp_path / "picture").facts == {"animated": count > 1}


@pytest.mark.parametrize("part", [0.95, 0.6])
@pytest.mark.parametrize("kind", FORMATS)
def test_one_that_is_cut_is_told(tmp_path: Path, kind: str, part: float) -> None:
    """In some formats the first part can be shown; in others there may be nothing to show."""
    data = picture(kind)
    path = saved(tmp_path, data[: int(len(data) * part)])
    refused = pytest.raises(InvalidInput, match=UNREADABLE)
    with refused if (kind, part) in UNREADABLE_IF_CUT else nullcontext():
        assert pictures.probe(path).warnings == (pictures.DAMAGED,)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (12_001, 10_000), (2**31 - 1, 1)])
def test_a_bomb_is_refused_before_it_is_decoded(
    tmp_path: Path, width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _image: pytest.fail("it was decoded"))
    with pytest.raises(InvalidInput, match="has more than 120 million pixels"):
        pictures.probe(saved(tmp_path, huge_png(width, height)))


def test_a_large_one_is_taken_but_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, huge_png(12_000, 10_000))
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _image: pytest.fail("it was decoded"))
    found = pictures.probe(path)
    assert (found.width, found.height, found.warnings) == (12_000, 10_000, ())


@pytest.mark.parametrize("junk", [b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01", b"GIF89a", b"", b"BM" + bytes(100)])
def test_what_is_no_picture_is_refused(tmp_path: Path, junk: bytes) -> None:
    with pytest.raises(InvalidInput, match=UNREADABLE):
        pictures.probe(saved(tmp_path, junk))


def test_a_fault_of_the_disk_is_not_the_fault_of_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, picture())

    def fail(_image: Image.Image, *_args: object) -> None:
        raise OSError(errno.EIO, "the disk")

    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    with pytest.raises(OSError, match="the disk"):
        pictures.probe(path)


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", FORMATS)
def test_what_an_upload_is_found_to_be_is_kept(engine: Engine, storage: Storage, factory: Factory, kind: str) -> None:
    data = picture(kind, turned=kind != "GIF")
    upload_id = factory.upload(factory.item(factory.page(), "picture"), "picture", "a.bin", data)
    assert flow.complete(engine, storage, upload_id).status == UploadStatus.COMPLETED
    [row] = flow.media_rows(engine)
    assert row.path.endswith(f".{FORMATS[kind]}")
    assert (row.width, row.height) == ((60, 40) if kind == "GIF" else (40, 60))
    assert (row.playable, row.warnings, row.facts) == (None, [], {"animated": False})


def refusal(engine: Engine, storage: Storage, factory: Factory, data: bytes) -> str:
    item = factory.item(factory.page(), "picture")
    failed = flow.complete(engine, storage, factory.upload(item, "picture", "a.jpg", data))
    assert failed.status == UploadStatus.FAILED
    assert failed.reason
    return failed.reason % (failed.reason_values or {})


@pytest.mark.parametrize("kind", ["heic", "heix", "mif1", "compatible brand alone", "cr3"])
def test_pictures_that_browsers_do_not_show_are_refused(
    engine: Engine, storage: Storage, factory: Factory, kind: str
) -> None:
    told = refusal(engine, storage, factory, PICTURES[kind])
    assert told == "Pictures of this type are not accepted. Use JPEG, PNG, GIF, WebP or AVIF."


def test_a_bomb_is_refused_in_words(engine: Engine, storage: Storage, factory: Factory) -> None:
    told = refusal(engine, storage, factory, huge_png(60_000, 60_000))
    assert told == "The picture has more than 120 million pixels. Make it smaller."


def test_pictures_of_an_earlier_release_are_looked_at_in_the_background(
    app: Flask, engine: Engine, factory: Factory
) -> None:
    for data in (picture("PNG"), huge_png(60_000, 60_000)):
        factory.media_file(data, "image")
    with app.app_context():
        tasks.probe_media.run()
    whole, broken = flow.media_rows(engine)
    assert (whole.width, whole.height, whole.warnings) == (60, 40, [])
    assert (broken.width, broken.warnings, broken.playable) == (None, None, None)
    assert whole.probe_version == broken.probe_version is not None
