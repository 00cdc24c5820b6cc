"""Two files with one MD5 are two files.

The blocks are the pair of X. Wang, D. Feng, X. Lai, H. Yu, "Collisions for Hash Functions MD4, MD5, HAVAL-128 and
RIPEMD" (2004), https://eprint.iacr.org/2004/199. As MD5 goes block by block, the same bytes added to both leave their
digests equal.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cms.models import UploadStatus
from cms.services.storage import Storage
from tests.factories import Made
from tests.services import uploading as flow

ONE = bytes.fromhex(
    "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f89"
    "55ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b"
    "d8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0"
    "e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70"
)
# Six bits differ, in these bytes.
OTHER = bytes(
    byte ^ {19: 0x80, 45: 0x80, 59: 0x80, 83: 0x80, 109: 0x80, 123: 0x80}.get(place, 0)
    for place, byte in enumerate(ONE)
)
FILMS = Path(__file__).parents[3] / "shared" / "media"


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def test_the_published_blocks_collide() -> None:
    assert ONE != OTHER
    assert md5(ONE) == md5(OTHER) == "79054025255fb1a26e4bc422aef54eb4"


@pytest.mark.both_databases
def test_two_subtitles_with_one_md5_stay_two(engine: Engine, storage: Storage, made: Made) -> None:
    """The twins are binary, but what follows them is an SRT in Windows-1251, in which any byte is a letter."""
    ending = "\n1\n00:00:01,000 --> 00:00:02,000\nПривет.\n".encode("cp1251")
    twins = [ONE + ending, OTHER + ending]
    assert md5(twins[0]) == md5(twins[1])
    _stay_two(engine, storage, made, "subtitles", twins)


@pytest.mark.both_databases
@pytest.mark.skipif(not (FILMS / "md5-twin-1.mp4").exists(), reason="the two films with one MD5 are not here")
def test_two_films_with_one_md5_stay_two(engine: Engine, storage: Storage, made: Made) -> None:
    twins = [(FILMS / f"md5-twin-{number}.mp4").read_bytes() for number in (1, 2)]
    assert md5(twins[0]) == md5(twins[1])
    _stay_two(engine, storage, made, "video", twins)


def _stay_two(engine: Engine, storage: Storage, made: Made, slot: str, twins: list[bytes]) -> None:
    page = made.page()
    items = [made.item(page, "video") for _ in twins]
    for item, data in zip(items, twins, strict=True):
        upload = flow.complete(engine, storage, made.upload(item, slot, "same name", data))
        assert (upload.status, upload.was_folded) == (UploadStatus.COMPLETED, False), upload.reason
    paths = [flow.shown(engine, item.id, slot) for item in items]
    assert len(set(paths)) == 2
    assert len({storage.media(str(path)).read_bytes() for path in paths}) == 2
    assert len(flow.media_rows(engine)) == 2
