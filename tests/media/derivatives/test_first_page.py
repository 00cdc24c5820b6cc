"""The first page of a PDF, as a picture on white."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cms.media import pdfs
from cms.media.derivatives.recipes import first_page
from cms.messages import InvalidInput
from tests.mediabytes import pdf


def made(folder: Path, data: bytes) -> list[tuple[str, int | None]]:
    (folder / "source").write_bytes(data)
    (folder / "made").mkdir()
    files = first_page.make(folder / "source", folder / "made", lambda percent: None).files
    return [(file.name, file.height) for file in files]


def test_it_has_the_whole_ladder(tmp_path: Path) -> None:
    assert made(tmp_path, pdf(2)) == [("320.webp", 480), ("640.webp", 960), ("1280.webp", 1920), ("1280.jpg", 1920)]
    with Image.open(tmp_path / "made" / "320.webp") as image:
        assert image.convert("RGB").getextrema() == ((255, 255),) * 3


@pytest.mark.parametrize(
    ("box", "last"),
    [("283465 283465", ("1280.jpg", 1280)), ("100000 400000", ("640.jpg", 2560)), ("1 1", ("1280.jpg", 1280))],
)
def test_a_page_of_any_size_is_drawn_within_the_limits(tmp_path: Path, box: str, last: tuple[str, int]) -> None:
    """In points: 283,465 are a hundred metres."""
    assert made(tmp_path, pdf().replace(b"200 300", box.encode()))[-1] == last


@pytest.mark.parametrize("box", ["0 0", "1 283465", "99999999999999999999999999999999999999999 1"])
def test_a_page_that_is_nothing_to_look_at(tmp_path: Path, box: str) -> None:
    try:
        assert made(tmp_path, pdf().replace(b"200 300", box.encode()))
    except InvalidInput:
        return


def test_one_that_asks_for_a_password_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(pdfs.Locked, match="asks for a password"):
        made(tmp_path, pdf(locked=True))


def test_one_without_pages_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="may be damaged or incomplete"):
        made(tmp_path, pdf(0))
