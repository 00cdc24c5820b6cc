"""The form of an item with a slot that takes several files."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.admin import file_rows
from cms.media.models import UploadStatus
from cms.pages.models import Attachment, ContentItem, Page
from cms.pages.slots import key_of
from tests import mediabytes
from tests.admin.tabs import Tab
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def pictures(*names: str) -> list[tuple[BytesIO, str]]:
    """Different pictures with these names."""
    return [(BytesIO(mediabytes.png(16 + number)), name) for number, name in enumerate(names)]


def names(attachments: list[Attachment]) -> list[str]:
    return [attachment.upload.filename for attachment in attachments if attachment.upload]


def row(attachment: Attachment, field: str) -> str:
    """The name of a field of a file's row."""
    return f"{attachment.slot.replace(':', '-')}-{field}"


@pytest.fixture
def files(session: Session) -> Callable[..., list[Attachment]]:
    """The attachments of the only item, in order."""

    def of(kind: str = "gallery", slot: int = 0) -> list[Attachment]:
        session.expunge_all()
        item = session.scalars(select(ContentItem)).one()
        found = item.in_slot(type(item).slots[slot])
        assert item.content_type == kind
        assert names(found)  # loaded
        session.commit()
        return found

    return of


@pytest.fixture
def tab(
    signed_in: FlaskClient, sent: list[int], page: Page, files: Callable[..., list[Attachment]]
) -> Callable[[], Tab]:
    """The form of a gallery with three pictures, opened anew each time."""
    new = Tab(signed_in, f"/admin/gallery/new/?page={page.id}")
    assert new.save(pictures_file=pictures("a.png", "b.png", "c.png"))
    return lambda: Tab(signed_in, f"/admin/gallery/edit/?id={files()[0].item_id}")


def test_files_that_come_together_lie_in_their_order_and_are_shown_when_completed(
    tab: Callable[[], Tab],
    files: Callable[..., list[Attachment]],
    client: FlaskClient,
    page: Page,
    work: Callable[[], None],
) -> None:
    found = files()
    assert (names(found), [each.position for each in found]) == (["a.png", "b.png", "c.png"], [1, 2, 3])
    assert len({key_of(each.slot) for each in found}) == 3
    assert tab().fields["title"] == "a", "the first file names the item"
    assert "<h2" not in client.get("/it/").text
    work()
    [item] = client.get(f"/api/page/content/{page.id}/").json["contents"]
    assert [picture["file"]["width"] for picture in item["pictures"]] == [16, 17, 18]
    assert item["pictures"][0].keys() == {"path", "file", "alt", "caption", "credit"}
    assert client.get("/it/").text.count("data-lightbox") == 3


def test_numbers_order_them_and_a_text_is_written_for_each(
    tab: Callable[[], Tab],
    files: Callable[..., list[Attachment]],
    client: FlaskClient,
    page: Page,
    work: Callable[[], None],
) -> None:
    work()
    first, second, third = files()
    assert tab().save(**{row(third, "position"): "1", row(third, "caption"): "The <last>", row(second, "remove"): "y"})
    assert [each.slot for each in files()] == [third.slot, first.slot]
    assert [each.position for each in files()] == [1, 2]
    [item] = client.get(f"/api/page/content/{page.id}/").json["contents"]
    assert [(each["file"]["width"], each["caption"]) for each in item["pictures"]] == [(18, "The <last>"), (16, "")]
    assert "The &lt;last&gt;" in client.get("/it/").text
    assert tab().save(pictures_file=pictures("d.png"))
    assert names(files()) == ["c.png", "a.png", "d.png"]
    down = files()[0]
    assert tab().save(**{row(down, "position"): "3"})
    assert names(files()) == ["a.png", "d.png", "c.png"]


def test_a_refused_form_keeps_what_was_typed(tab: Callable[[], Tab], files: Callable[..., list[Attachment]]) -> None:
    form, (first, second, third) = tab(), files()
    typed = {row(third, "position"): "1", row(third, "caption"): "Typed", row(second, "remove"): "y"}
    assert not form.save(**typed, **{row(first, "credit"): "x" * 201}, pictures_file=pictures("d.png"))
    assert "At most 200 characters." in form.html
    assert {name: form.fields[name] for name in typed} == typed
    assert form.fields[row(first, "credit")] == "x" * 201
    assert names(files()) == ["a.png", "b.png", "c.png"]
    assert not form.save(**{row(first, "credit"): "", row(first, "position"): "two"})
    assert form.save(**{row(first, "position"): "2"})
    assert names(files()) == ["c.png", "a.png"]
    assert [each.texts["caption"] for each in files() if each.texts] == ["Typed", ""]


def test_a_file_that_fails_leaves_the_others_alone(
    tab: Callable[[], Tab], files: Callable[..., list[Attachment]], work: Callable[[], None], signed_in: FlaskClient
) -> None:
    assert tab().save(pictures_file=[(BytesIO(b"no picture"), "d.png"), *pictures("e.png")])
    work()
    found = files()
    states = [each.upload.status for each in found if each.upload]
    failed = UploadStatus.FAILED
    assert states == [UploadStatus.COMPLETED] * 3 + [failed] + [UploadStatus.COMPLETED]
    assert [each.media_file_id is None for each in found] == [False] * 3 + [True, False]
    shown = signed_in.get("/admin/gallery/").text
    assert "5 files" in shown
    assert "d.png" in shown
    assert "a.png" not in shown, "only those that need somebody are listed"


def test_what_another_editor_has_changed_meanwhile_is_not_overwritten(
    tab: Callable[[], Tab], files: Callable[..., list[Attachment]]
) -> None:
    mine, other, (first, second, _) = tab(), tab(), files()
    assert other.save(**{row(first, "caption"): "Theirs", row(second, "remove"): "y"})
    assert not mine.save(**{row(first, "caption"): "Mine", row(second, "caption"): "Lost with its file"})
    assert mine.theirs == {"pictures_file": "a.png · Theirs<br>c.png"}
    assert mine.fields[row(first, "caption")] == "Mine"
    assert mine.save(_mine="1")
    assert names(files()) == ["a.png", "c.png"]
    assert (files()[0].texts or {})["caption"] == "Mine"
    late, other = tab(), tab()
    assert other.save(title="Another title")
    assert not late.save(pictures_file=pictures("d.png"))
    assert late.theirs == {"title": "Another title"}, "nobody else has changed the pictures"
    assert late.save(pictures_file=pictures("d.png"))
    assert names(files()) == ["a.png", "c.png", "d.png"]


def test_a_form_that_arrives_twice_adds_its_files_once(
    tab: Callable[[], Tab], files: Callable[..., list[Attachment]], signed_in: FlaskClient
) -> None:
    form = tab()
    for _ in range(2):
        answer = signed_in.post(form.address, data={**form.fields, "pictures_file": pictures("d.png")})
        assert answer.status_code == 302
    assert names(files()) == ["a.png", "b.png", "c.png", "d.png"]


def test_too_many_files_are_refused_in_words(
    tab: Callable[[], Tab], files: Callable[..., list[Attachment]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_rows, "MAX_FILES", 3)
    form = tab()
    assert not form.save(pictures_file=pictures("d.png"))
    assert "At most 3 files can be here." in form.html
    assert form.save(**{row(files()[0], "remove"): "y"}, pictures_file=pictures("d.png"))


def test_a_track_gets_its_language_and_kind_from_its_name(
    signed_in: FlaskClient,
    page: Page,
    factory: Factory,
    files: Callable[..., list[Attachment]],
    work: Callable[[], None],
) -> None:
    item = factory.item(page, "video", title="Film")
    address = f"/admin/video/edit/?id={item.id}"
    data = mediabytes.SRT.encode()
    sent = [(BytesIO(data + b"\n"), "film.ru.srt"), (BytesIO(data), "film.en.sdh.srt"), (BytesIO(data), "words.srt")]
    assert Tab(signed_in, address).save(tracks_file=sent)
    work()
    found = files("video", 2)
    assert [(each.texts or {})["language"] for each in found] == ["ru", "en", ""]
    assert [(each.texts or {})["kind"] for each in found] == ["subtitles", "captions", "subtitles"]
    form = Tab(signed_in, address)
    assert not form.save(**{row(found[0], "kind"): "nonsense"})
    assert form.save(**{row(found[0], "kind"): "chapters", row(found[2], "language"): "pt-BR"})
    [shown] = signed_in.get(f"/api/page/content/{page.id}/").json["contents"]
    assert [(track["language"], track["kind"]) for track in shown["tracks"]] == [
        ("ru", "chapters"),
        ("en", "captions"),
        ("pt-BR", "subtitles"),
    ]


def test_a_track_in_a_doubtful_encoding_is_read_again(
    signed_in: FlaskClient,
    page: Page,
    factory: Factory,
    files: Callable[..., list[Attachment]],
    work: Callable[[], None],
) -> None:
    item = factory.item(page, "video", title="Film")
    address = f"/admin/video/edit/?id={item.id}"
    koi8 = mediabytes.SRT.encode("koi8-r")
    assert Tab(signed_in, address).save(tracks_file=[(BytesIO(koi8), "film.ru.srt")])
    work()
    [before] = files("video", 2)
    assert before.encoding
    other = "cp1251" if before.encoding != "cp1251" else "koi8_r"
    assert Tab(signed_in, address).save(**{row(before, "encoding"): other})
    work()
    [after] = files("video", 2)
    assert after.slot == before.slot
    assert (after.encoding, after.media_file_id != before.media_file_id) == (other, True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0:00 Arrival\nthen", "Line 2 is not a time and a title, like “12:34 The harbour”."),
        ("0:10 Arrival\n\n0:10 Again", "The time in line 3 is not after the time before it."),
    ],
)
def test_wrong_chapters_are_refused_in_words(
    signed_in: FlaskClient, factory: Factory, page: Page, text: str, told: str
) -> None:
    form = Tab(signed_in, f"/admin/video/edit/?id={factory.item(page, 'video').id}")
    assert not form.save(chapter_times=text)
    assert told in form.html
    assert form.fields["chapter_times"] == text
    assert form.save(chapter_times="0:00 Arrival\r\n12:34 The harbour")
