"""Files that look alike are found, exactly, by the bits that differ; those that do not are not."""

from __future__ import annotations

import random
from pathlib import Path

import av
import pytest
from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.database import now
from cms.media import likeness
from cms.media.derivatives.recipe import Skip
from cms.media.derivatives.recipes import likeness as recipe
from cms.media.likeness import Likeness, LikePair
from cms.media.models import MediaFile
from tests.factories import Factory


def scene(seed: int, size: tuple[int, int] = (640, 360)) -> Image.Image:
    """A picture of coloured shapes."""
    chance, picture = random.Random(seed), Image.new("RGB", size, "grey")
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        wide, high = (chance.randrange(20, side // 3) for side in size)
        draw.ellipse((x, y, x + wide, y + high), fill=tuple(chance.randrange(256) for _ in range(3)))
    return picture


def film(path: Path, seed: int, codec: str, size: tuple[int, int], rate: int, quality: str) -> Path:
    """Four scenes of a second each."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=rate, options={"crf": quality, "b:v": "300k", "deadline": "realtime"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number in range(4):
            shown = scene(seed * 10 + number).resize(size)
            for _ in range(rate):
                output.mux(stream.encode(av.VideoFrame.from_image(shown)))
        output.mux(stream.encode(None))
    return path


def bits(path: Path, tmp_path: Path) -> str:
    made: str = recipe.make(path, tmp_path, lambda _percent: None).facts["likeness"]
    return made


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def test_a_picture_that_is_scaled_and_saved_anew_looks_the_same(tmp_path: Path) -> None:
    pictures: dict[str, list[Path]] = {}
    for seed in range(4):
        whole = scene(seed)
        made = {"a.png": whole, "b.jpg": whole.resize((213, 120)), "c.webp": whole.resize((1280, 720))}
        for name, picture in made.items():
            picture.save(path := tmp_path / f"{seed}{name}", quality=60)
            pictures.setdefault(str(seed), []).append(path)
    found = {seed: [bits(path, tmp_path) for path in paths] for seed, paths in pictures.items()}
    for seed, same in found.items():
        assert max(distance(same[0], other) for other in same) <= likeness.MOST_DIFFERENT
        others = [other for number, all_ in found.items() if number != seed for other in all_]
        assert min(distance(same[0], other) for other in others) > 2 * likeness.MOST_DIFFERENT


def test_a_film_that_is_encoded_anew_looks_the_same(tmp_path: Path) -> None:
    first = bits(film(tmp_path / "a.mp4", 1, "libx264", (320, 180), 12, "20"), tmp_path)
    again = bits(film(tmp_path / "b.webm", 1, "libvpx", (160, 90), 10, "40"), tmp_path)
    other = bits(film(tmp_path / "c.mp4", 2, "libx264", (320, 180), 12, "20"), tmp_path)
    assert distance(first, again) <= likeness.MOST_DIFFERENT
    assert distance(first, other) > 2 * likeness.MOST_DIFFERENT


def test_what_is_plain_looks_like_nothing(tmp_path: Path, media_files: dict[str, Path]) -> None:
    Image.new("RGBA", (40, 30), (255, 0, 0, 9)).save(tmp_path / "plain.png")
    Image.linear_gradient("L").rotate(90).save(tmp_path / "gradient.png")
    for path in (
        tmp_path / "plain.png",
        tmp_path / "gradient.png",
        media_files["video.mp4"],
        media_files["picture.png"],
    ):
        with pytest.raises(Skip):
            bits(path, tmp_path)


@pytest.mark.both_databases
def test_pairs_are_found_exactly(session: Session, factory: Factory) -> None:
    """Of files whose bits differ in any places those are found that differ in three, compared with a look at all."""
    chance, known = random.Random(7), {}
    for _ in range(30):
        base = (
            chance.getrandbits(64) if len(known) < 6 or chance.random() < 0.2 else chance.choice(list(known.values()))
        )
        for place in chance.sample(range(64), chance.randrange(6)):
            base ^= 1 << place
        file = session.merge(factory.media_file(family="image"))
        known[file.id] = base
        likeness.note(session, file, f"{base:016x}")
        session.commit()
    pairs = {(pair.first_id, pair.second_id, pair.distance) for pair in session.scalars(select(LikePair))}
    everything = {
        (one, other, (known[one] ^ known[other]).bit_count()) for one in known for other in known if one < other
    }
    assert pairs == {pair for pair in everything if pair[2] <= likeness.MOST_DIFFERENT}
    assert pairs


@pytest.mark.both_databases
def test_what_is_alike_is_comparable_and_there(session: Session, factory: Factory) -> None:
    made = [factory.media_file(family=family) for family in ("image", "video", "video", "video")]
    files = [session.merge(file) for file in made]
    for file, duration in zip(files[1:], (60, 60.5, 90), strict=True):
        file.duration, file.video_codec = duration, "h264"
    for file in files:
        likeness.note(session, file, "0123456789abcdef")
    session.commit()
    one, other = files[1:3]

    def alike() -> tuple[list[int], list[int]]:
        found = [file.id for file in likeness.like(session, one.id, 9)]
        return found, list(session.scalars(select(MediaFile.id).where(likeness.has_like()).order_by(MediaFile.id)))

    assert alike() == ([other.id], [one.id, other.id])
    other.deleted_at = now()
    session.commit()
    assert alike() == ([], [other.id])
    session.delete(other)
    session.flush()
    likeness.forget_removed(session)
    session.commit()
    assert session.scalars(select(LikePair)).all() == []
    assert len(session.scalars(select(Likeness)).all()) == 3
