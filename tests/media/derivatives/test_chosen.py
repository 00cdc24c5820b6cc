"""The poster that an editor has chosen, made by the worker, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from struct import pack
from zlib import crc32

import pytest
from flask import Flask
from PIL import ExifTags, Image
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from cms.backups import dumps
from cms.extensions import db
from cms.media.clock import parse
from cms.media.derivatives import chosen, deriving
from cms.media.derivatives.models import ChosenPoster, DerivativeStatus
from cms.media.derivatives.recipe import Choice, Progress
from cms.media.derivatives.recipes import cover, poster
from cms.media.models import MediaFile
from cms.media.storage import Storage
from cms.messages import InvalidInput
from cms.pages.models import ContentItem
from tests.disk import derived_on_disk
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.derivatives.conftest import Rows, Work
from tests.media.derivatives.films import BLUE, GREEN, RED, film

Choose = Callable[[Choice | None], None]


def shade(path: Path) -> tuple[int, ...]:
    """The color in the middle of a picture."""
    with Image.open(path) as picture:
        found = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(found, tuple)
    return found


def is_like(color: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(one - two) < 40 for one, two in zip(color, other, strict=True))


def own(color: tuple[int, int, int] = GREEN) -> bytes:
    data = BytesIO()
    Image.new("RGB", (400, 300), color).save(data, "WEBP")
    return data.getvalue()


@pytest.fixture
def colored(factory: Factory, engine: Engine, storage: Storage, tmp_path: Path) -> ContentItem:
    """An item with a film of three seconds: red, green, blue."""
    path = film(tmp_path / "colors.mp4", [Image.new("RGB", (320, 180), color) for color in (RED, GREEN, BLUE)])
    item = factory.item(factory.page(), "video")
    flow.complete(engine, storage, factory.upload(item, "video", "a.mp4", path.read_bytes()))
    return item


@pytest.fixture
def choose(app: Flask, media_file: Callable[[], MediaFile]) -> Choose:
    """Choose as an editor's request does."""

    def commit(choice: Choice | None) -> None:
        with app.app_context():
            chosen.choose(db.session(), media_file().id, choice)
            db.session.commit()

    return commit


@pytest.fixture
def shown(storage: Storage, media_file: Callable[[], MediaFile]) -> Callable[[], tuple[int, ...]]:
    """The color of the poster that pages show."""

    def color() -> tuple[int, ...]:
        [first, *_] = (media_file().derived or {})["poster"]
        return shade(derived_on_disk(storage) / first["path"].removeprefix("/derived/"))

    return color


@pytest.mark.parametrize(
    ("second", "color"), [(0, RED), (0.9, RED), (1, GREEN), (1.999, BLUE), (2.5, BLUE), (60, BLUE)]
)
def test_the_frame_of_a_moment(tmp_path: Path, second: float, color: tuple[int, int, int]) -> None:
    source = film(tmp_path / "colors.mp4", [Image.new("RGB", (320, 180), color) for color in (RED, GREEN, BLUE)])
    (tmp_path / "made").mkdir()
    told: list[float] = []
    made = poster.make_chosen(Choice(second), source, tmp_path / "made", told.append)
    assert is_like(shade(tmp_path / "made" / made.files[0].name), color)
    assert made.facts == {"second": min(2, int(second + 0.002))}
    assert told == sorted(told)


def test_a_film_that_does_not_begin_at_zero(tmp_path: Path, media_files: dict[str, Path]) -> None:
    made = poster.make_chosen(Choice(0), media_files["video.ts"], tmp_path, lambda _percent: None)
    assert made.facts["second"] < 0.1, "counted from the beginning"


@pytest.mark.both_databases
def test_what_is_chosen_is_what_is_shown(
    colored: ContentItem, choose: Choose, work: Work, shown: Callable[[], tuple[int, ...]]
) -> None:
    work("poster")
    for choice, color in ((Choice(2.5), BLUE), (Choice(picture=own()), GREEN), (Choice(0), RED)):
        before = shown()
        choose(choice)
        assert shown() == before, "the old one serves until then"
        row = work("poster")
        assert row
        assert row.status == DerivativeStatus.READY
        assert row.started_at
        assert is_like(shown(), color)


@pytest.mark.both_databases
def test_a_choice_wins_over_the_work_on_an_earlier_one(
    colored: ContentItem,
    choose: Choose,
    work: Work,
    rows: Rows,
    shown: Callable[[], tuple[int, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose(Choice(0))
    publish = deriving.complete

    def complete_too_late(*args: object, **values: object) -> object:
        monkeypatch.setattr(deriving, "complete", publish)
        choose(Choice(2))
        return publish(*args, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(deriving, "complete", complete_too_late)
    work("poster")
    assert rows()["poster"].status == DerivativeStatus.PENDING
    work("poster")
    assert is_like(shown(), BLUE)


@pytest.mark.both_databases
def test_a_choice_survives_that_posters_are_made_again(
    engine: Engine,
    colored: ContentItem,
    choose: Choose,
    work: Work,
    media_file: Callable[[], MediaFile],
    shown: Callable[[], tuple[int, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose(Choice(picture=own()))
    work("poster")
    with Session(engine) as session:
        assert deriving.ask(session, media_file().id, again=True)
        session.commit()
    work("poster")
    assert is_like(shown(), GREEN)
    monkeypatch.setattr(poster, "VERSION", poster.VERSION + 1)
    with Session(engine) as session:
        deriving.add_missing(session)
        session.commit()
    row = work("poster")
    assert row
    assert (row.version, row.status) == (poster.VERSION, DerivativeStatus.READY)
    assert is_like(shown(), GREEN)


@pytest.mark.both_databases
def test_without_a_choice_it_is_automatic_again(colored: ContentItem, choose: Choose, work: Work, rows: Rows) -> None:
    choose(Choice(picture=own()))
    work("poster")
    assert rows()["poster"].facts == {"is_own": True}
    choose(None)
    work("poster")
    assert "is_good" in (rows()["poster"].facts or {})


@pytest.mark.both_databases
def test_a_recording_without_a_cover_has_the_editors_own_until_it_is_taken_back(
    factory: Factory,
    engine: Engine,
    storage: Storage,
    media_files: dict[str, Path],
    choose: Choose,
    work: Work,
    media_file: Callable[[], MediaFile],
    shown: Callable[[], tuple[int, ...]],
) -> None:
    item = factory.item(factory.page(), "audio")
    data = media_files["sound.mp3"].read_bytes()
    flow.complete(engine, storage, factory.upload(item, "audio", "a.mp3", data))
    choose(Choice(picture=own()))
    work("cover")
    assert is_like(shown(), GREEN)
    choose(None)
    row = work("cover")
    assert row
    assert (row.status, row.files, row.size) == (DerivativeStatus.SKIPPED, None, 0)
    assert "poster" not in (media_file().derived or {})


@pytest.mark.both_databases
def test_a_file_without_posters_has_none_to_choose(factory: Factory, engine: Engine) -> None:
    document = factory.media_file(family="document")
    with Session(engine) as session, pytest.raises(InvalidInput, match="has no poster"):
        chosen.choose(session, document.id, Choice(1))
    with Session(engine) as session, pytest.raises(InvalidInput, match="has no poster"):
        chosen.choose(session, document.id + 1, None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        (" 83.5 ", 83.5),
        ("1:23,5", 83.5),
        ("90:00", 5400),
        ("1:02:03", 3723),
        ("", None),
        ("-1", None),
        ("1:60", None),
        ("1:60:00", None),
        ("1:2:3:4", None),
        ("noon", None),
        ("1e3", None),
        ("nan", None),
        ("9" * 400, None),
    ],
)
def test_times_that_are_typed(text: str, seconds: float | None) -> None:
    assert parse(text) == seconds


def test_a_moment_outside_the_video_is_refused_with_its_length() -> None:
    assert chosen.moment("3:12", 191.5) == 192
    assert chosen.moment("99:00", None) == 5940
    for text in ("3:13", "-1", "", "soon"):
        with pytest.raises(InvalidInput, match="from 0:00 to 3:12"):
            chosen.moment(text, 191.5)
    with pytest.raises(InvalidInput, match="in seconds"):
        chosen.moment("soon", None)


def png_chunk(name: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + name + data + pack(">I", crc32(name + data))


def saved(path: Path, mode: str = "RGB", size: tuple[int, int] = (2000, 1000), **options: object) -> Path:
    Image.new(mode, size).save(path, **options)
    return path


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("a.jpg", "RGB"),
        ("a.jpg", "CMYK"),
        ("a.jpg", "L"),
        ("a.png", "P"),
        ("a.png", "RGBA"),
        ("a.png", "I;16"),
        ("a.webp", "RGBA"),
    ],
)
def test_a_picture_is_kept_small_and_without_metadata(tmp_path: Path, name: str, mode: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Artist] = 6, "Somebody"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (55.0, 45.0, 0.0)
    data = chosen.read_picture(saved(tmp_path / name, mode, exif=exif))
    with Image.open(BytesIO(data)) as kept:
        assert (kept.format, kept.size) == ("WEBP", (640, 1280))
        assert not kept.getexif()
    assert b"Somebody" not in data


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "a.jpg"
    text.write_bytes(b"words")
    whole = saved(tmp_path / "whole.png", "RGB").read_bytes()
    cut = tmp_path / "cut.png"
    cut.write_bytes(whole[: len(whole) // 2])
    drawing = saved(tmp_path / "a.gif", "P")
    for path in (text, cut, drawing):
        with pytest.raises(InvalidInput, match="not a picture"):
            chosen.read_picture(path)
    for side in (8000, 60_000):
        bomb = tmp_path / "bomb.png"
        bomb.write_bytes(
            b"\x89PNG\r\n\x1a\n"
            + png_chunk(b"IHDR", pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
            + png_chunk(b"IDAT", b"")
        )
        with pytest.raises(InvalidInput, match="more than 50 million pixels"):
            chosen.read_picture(bomb)


def test_every_kind_of_poster_takes_an_own_picture(tmp_path: Path) -> None:
    progress: Progress = lambda _percent: None  # noqa: E731
    made = cover.make_chosen(Choice(picture=own()), tmp_path / "none", tmp_path, progress)
    assert made.facts == {"is_own": True}
    assert [file.name for file in made.files] == ["320.webp", "400.webp", "400.jpg"]


@pytest.mark.both_databases
def test_a_choice_is_in_a_backup(engine: Engine, factory: Factory, tmp_path: Path) -> None:
    file = factory.media_file()
    with Session(engine) as session:
        session.add(ChosenPoster(media_file_id=file.id, picture=own()))
        session.commit()
    with engine.connect() as connection:
        last_ids = dumps.dump(connection, tmp_path, lambda _rows: None)
    with engine.begin() as connection:
        connection.execute(delete(ChosenPoster))
        dumps.load(connection, tmp_path, last_ids, lambda _rows: None)
    with Session(engine) as session:
        assert chosen.of(session, file.id) == Choice(picture=own())
