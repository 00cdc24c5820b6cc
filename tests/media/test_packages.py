"""Documents that are archives are recognized by their contents, whatever their names are."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from random import Random

import pytest

from cms.media import mediatypes, packages
from cms.messages import InvalidInput

ODF = "application/vnd.oasis.opendocument."
OFFICE = "application/vnd.openxmlformats-officedocument."


def archive(*entries: str, mime: str | None = None, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as package:
        if mime:
            package.writestr("mimetype", mime, zipfile.ZIP_STORED)
        for name in entries:
            package.writestr(name, "words " * 100)
        package.comment = comment
    return buffer.getvalue()


def office(*parts: str) -> bytes:
    return archive("[Content_Types].xml", "_rels/.rels", *parts)


KNOWN = {
    "docx": office("word/document.xml"),
    "xlsx": office("xl/workbook.xml", "xl/worksheets/sheet1.xml"),
    "pptx": office("ppt/presentation.xml"),
    "odt": archive("content.xml", mime=f"{ODF}text"),
    "ods": archive("content.xml", mime=f"{ODF}spreadsheet"),
    "odp": archive("content.xml", mime=f"{ODF}presentation"),
    "epub": archive("META-INF/container.xml", mime="application/epub+zip"),
    "zip": archive("a.txt", "b/word/document.xml", comment=b"words " * 1000),
}


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "document"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("extension", KNOWN)
def test_it_is_what_is_in_it(tmp_path: Path, extension: str) -> None:
    found = mediatypes.check(saved(tmp_path, KNOWN[extension]), "document")
    assert (found.media_type.extension, found.family) == (extension, "document")
    assert found.media_type.mime == {value: key for key, value in packages.EXTENSIONS.items()}[extension]
    assert f".{extension}" in mediatypes.accepted("document").split(",")


@pytest.mark.parametrize(
    "data",
    [
        office("strange/thing.xml"),
        archive("a.txt", mime="application/x-other"),
        archive("META-INF/MANIFEST.MF", "A.class"),
    ],
    ids=["office without its parts", "unknown type", "program"],
)
def test_anything_else_is_but_an_archive(tmp_path: Path, data: bytes) -> None:
    assert mediatypes.check(saved(tmp_path, data), "document").media_type.extension == "zip"


def test_a_list_without_end_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_LIST", 10)
    assert mediatypes.check(saved(tmp_path, KNOWN["docx"]), "document").media_type.extension == "zip"


def test_macros_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"This document has macros. Save it without them."):
        mediatypes.check(saved(tmp_path, office("word/document.xml", "word/vbaProject.bin")), "document")


@pytest.mark.parametrize("extension", KNOWN)
def test_what_is_cut_is_refused(tmp_path: Path, extension: str) -> None:
    data = KNOWN[extension][: KNOWN[extension].rindex(b"PK\5\6") + 10]
    for size in (len(data), len(data) // 2, 10, 4):
        with pytest.raises(InvalidInput, match="not of a supported type"):
            mediatypes.check(saved(tmp_path, data[:size]), "document")


@pytest.mark.parametrize("family", ["video", "audio", "image"])
def test_in_the_place_of_something_else_it_is_called_a_document(tmp_path: Path, family: str) -> None:
    with pytest.raises(InvalidInput, match="The file is a document, but"):
        mediatypes.check(saved(tmp_path, KNOWN["docx"]), family)


@pytest.mark.parametrize("seed", range(100))
def test_damage_breaks_nothing(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    data = bytearray(random.choice(list(KNOWN.values())))
    for _ in range(20):
        data[random.randrange(4, len(data))] = random.randrange(256)
    try:
        assert mediatypes.check(saved(tmp_path, bytes(data)), "document").family == "document"
    except InvalidInput as refused:
        assert str(refused)  # noqa: PT017 - either is right
