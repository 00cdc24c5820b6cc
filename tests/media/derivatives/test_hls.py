"""Films in several sizes: what is copied and encoded, what playlists say, and what it is made from."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine

from cms.media.derivatives import ffmpeg
from cms.media.derivatives.models import DerivativeStatus
from cms.media.derivatives.recipe import Cost, Made, cost
from cms.media.derivatives.recipes import all_recipes, hls
from cms.media.models import MediaFile
from cms.media.storage import Storage
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.derivatives.conftest import Rows, Work
from tests.media.derivatives.films import film

TYPE = "application/vnd.apple.mpegurl"


@pytest.fixture(autouse=True)
def turned_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls, "setting", True)


def noise(width: int, height: int, count: int) -> list[Image.Image]:
    return [Image.effect_noise((width, height), 40).convert("RGB") for _ in range(count)]


def test_there_is_such_a_recipe_to_start_from() -> None:
    assert all_recipes()[hls.STARTS_FROM].FIELD == "sources"


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Made]:
    """Make the sizes of a film of that size in pixels, encoded with these arguments of FFmpeg."""

    def make(width: int, height: int, *arguments: str) -> Made:
        source = film(tmp_path / "film.mp4", noise(width, height, 5))
        if arguments:
            ffmpeg.convert(source, [*arguments, "-f", "mp4"], tmp_path / "other.mp4", None, lambda percent: None)
            source = tmp_path / "other.mp4"
        (tmp_path / "made").mkdir()
        return hls.make(source, tmp_path / "made", lambda percent: None)

    return make


def test_the_film_is_copied_and_the_smaller_sizes_are_encoded(make: Callable[..., Made], tmp_path: Path) -> None:
    made = make(640, 480)
    assert made.facts == {"sizes": ["copy", "360"]}
    assert [file.name for file in made.files] == [
        *("hls.m3u8", "size-copy.m3u8", "size-copy.m4s", "size-360.m3u8", "size-360.m4s"),
    ]
    master = (tmp_path / "made" / "hls.m3u8").read_text()
    assert re.findall(r"RESOLUTION=(\d+x\d+)", master) == ["640x480", "480x360"]
    assert re.findall(r"^size.*", master, re.MULTILINE) == ["size-copy.m3u8", "size-360.m3u8"]
    assert master.count("avc1.") == 2


def test_it_begins_with_its_first_frame(make: Callable[..., Made], tmp_path: Path) -> None:
    """Frames are decoded in another order than shown. If that delayed them, captions and chapters would come early."""
    names = make(640, 480, "-c:v", "libx264", "-bf", "3", "-r", "6", "-vf", "setpts=4*PTS").facts["sizes"]
    for name in names:
        with av.open(tmp_path / "made" / f"size-{name}.m4s") as container:
            (stream,) = container.streams.video
            assert any(packet.pts != packet.dts for packet in container.demux(stream) if packet.pts is not None)
            assert stream.start_time == 0


def test_the_playlists_agree_and_name_ranges_that_make_up_their_file(make: Callable[..., Made], tmp_path: Path) -> None:
    names = make(640, 480, "-c:v", "libx264", "-preset", "ultrafast", "-r", "1", "-vf", "setpts=2*PTS", "-g", "5")
    targets = set()
    for name in names.facts["sizes"]:
        text = (tmp_path / "made" / f"size-{name}.m3u8").read_text()
        targets.add(re.findall(r"TARGETDURATION:(\d+)", text)[0])
        ranges = [(int(size), int(start)) for size, start in re.findall(r'BYTERANGE[:=]"?(\d+)@(\d+)', text)]
        at = 0
        for size, start in ranges:
            assert start == at
            at += size
        assert at == (tmp_path / "made" / f"size-{name}.m4s").stat().st_size
        assert max(float(seconds) for seconds in re.findall(r"EXTINF:([\d.]+)", text)) <= int(max(targets)) + 0.5
    assert len(targets) == 1


@pytest.mark.parametrize(
    ("arguments", "sizes"),
    [
        (("-c:v", "libx264", "-preset", "ultrafast", "-vf", "setpts=15*PTS", "-r", "1", "-g", "99"), ["480", "360"]),
        (("-c:v", "libx264", "-preset", "ultrafast", "-vf", "setsar=2"), ["480", "360"]),
        (("-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime"), ["480", "360"]),
    ],
    ids=["keyframes are rare", "pixels are not square", "another codec"],
)
def test_what_does_not_go_with_the_others_is_not_copied(
    make: Callable[..., Made], arguments: tuple[str, ...], sizes: list[str]
) -> None:
    assert make(640, 480, *arguments).facts == {"sizes": sizes}


@pytest.mark.parametrize(
    ("columns", "is_for", "costs"),
    [
        ({}, True, Cost.SLOW),
        ({"width": 480, "height": 360}, True, Cost.MEDIUM),
        ({"audio_codec": "opus"}, False, None),
        ({"video_codec": "vp9"}, False, None),
        ({"video_codec": "hevc", "playable": False}, False, None),
        ({"video_codec": "hevc", "playable": False, "derived": {"sources": [{"path": "/a.mp4"}]}}, True, Cost.SLOW),
        ({"video_codec": None}, False, None),
    ],
)
def test_it_is_for_films_that_play_or_have_a_version_that_does(
    columns: dict[str, object], is_for: bool, costs: Cost | None
) -> None:
    known = {"video_codec": "h264", "audio_codec": "aac", "playable": True, "width": 1280, "height": 720}
    row = MediaFile(**(known | columns))
    assert hls.is_for(row) is is_for
    if costs:
        assert cost(hls, row) is costs  # type: ignore[arg-type]


@pytest.mark.both_databases
def test_it_starts_from_the_version_for_browsers_and_again_when_that_is_made_again(
    factory: Factory,
    engine: Engine,
    storage: Storage,
    client: FlaskClient,
    media_files: dict[str, Path],
    rows: Rows,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hls, "setting", True)  # the app has its own
    item = factory.item(page := factory.page(), "video")
    flow.complete(engine, storage, factory.upload(item, "video", "a.mkv", media_files["video.mkv"].read_bytes()))
    assert "hls" not in rows(), "there is nothing yet that it could start from"
    made = work("rendition")
    assert made
    assert made.status == DerivativeStatus.READY
    row = work("hls")
    assert row
    assert (row.status, row.reason) == (DerivativeStatus.READY, None)
    file = client.get(f"/api/page/content/{page.id}/").json["contents"][0]["video_file"]
    assert [source["mime_type"] for source in file["sources"]] == ["video/mp4"]
    assert file["hls"].endswith("-hls.m3u8")
    answer = client.get(file["hls"])
    assert answer.content_type.startswith(TYPE)
    folder = file["hls"].rpartition("/")[0]
    playlist = client.get(f"{folder}/{re.findall('^hls.*m3u8$', answer.text, re.MULTILINE)[0]}")
    [segments] = set(re.findall("^hls.*m4s$", playlist.text, re.MULTILINE))
    part = client.get(f"{folder}/{segments}", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content_type, part.data) == (206, "video/mp4", b"ftyp")
    factory.change(made, status=DerivativeStatus.PENDING)
    work("rendition")
    assert rows()["hls"].status == DerivativeStatus.PENDING
    assert client.get(f"/api/page/content/{page.id}/").json["contents"][0]["video_file"]["hls"] == file["hls"]


def test_without_the_setting_there_is_none(
    factory: Factory, engine: Engine, storage: Storage, video_bytes: bytes, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hls, "setting", False)
    flow.complete(engine, storage, factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", video_bytes))
    assert "hls" not in rows()
