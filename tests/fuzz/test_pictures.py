"""Broken pictures and PDFs: each is cleaned, probed and made smaller, or refused in words."""

from __future__ import annotations

import random
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from cms.media import metadata, pdfs, pictures
from cms.media.derivatives.recipes import recipes
from cms.messages import InvalidInput
from tests.fuzz import TIMES
from tests.mediabytes import SECRET, pdf, picture

EACH = 10 * TIMES


def broken(data: bytes) -> bytes:
    """The data with a few bytes changed, and now and then with a part left out, doubled, or cut off."""
    made = bytearray(data)
    for _ in range(random.randrange(1, 8)):
        made[random.randrange(len(made))] = random.choice((0, 255, random.randrange(256)))
    start = random.randrange(len(made))
    end = start + random.randrange(1, 64)
    match random.randrange(4):
        case 0:
            del made[start:end]
        case 1:
            made[start:start] = made[start:end]
        case 2:
            del made[max(8, start) :]
    return bytes(made)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_broken_pictures(tmp_path: Path, kind: str) -> None:
    whole = picture(kind, turned=kind != "GIF", located=True)
    source, cleaned, made = tmp_path / "source", tmp_path / "cleaned", tmp_path / "made"
    for _ in range(EACH):
        source.write_bytes(broken(whole))
        made.mkdir()
        with suppress(InvalidInput):
            if metadata.clean(source, f"image/{kind.lower()}", cleaned):
                assert not metadata.clean(cleaned, f"image/{kind.lower()}", tmp_path / "again")
                source = cleaned if SECRET in source.read_bytes() else source
            pictures.probe(source)
            assert recipes()["picture"].make(source, made, lambda percent: None).files
        source = tmp_path / "source"
        shutil.rmtree(made)


def test_broken_pdfs(tmp_path: Path) -> None:
    source, made = tmp_path / "source", tmp_path / "made"
    for _ in range(EACH):
        source.write_bytes(broken(pdf(2)))
        made.mkdir()
        with suppress(InvalidInput):
            pdfs.probe(source)
            assert recipes()["first-page"].make(source, made, lambda percent: None).files
        shutil.rmtree(made)
