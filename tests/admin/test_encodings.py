"""The form of an item shows how its subtitles were decoded, and lets them be read again."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from cms.media.storage import Storage
from cms.media.subtitles import ENCODINGS
from cms.pages.models import ContentItem, Page
from tests.conftest import csrf_token
from tests.disk import on_disk
from tests.factories import Factory
from tests.mediabytes import SRT

pytestmark = pytest.mark.both_databases

KOI8 = (
    SRT + '\n3\n02:00:00,000 --> 02:00:01,000\n<i>Третья</i> & "строка"\n\n4\n03:00:00,0 --> 03:00:01,0\nNo more\n'
).encode("koi8-r")


@pytest.fixture
def item(factory: Factory, page: Page) -> ContentItem:
    return factory.item(page, "video", title="A video")


def save(client: FlaskClient, item: ContentItem, **values: Any) -> Any:
    address = f"/admin/video/edit/?id={item.id}"
    form = {"page": item.page_id, "title": item.title, "order": 1, "is_active": "y", **values}
    return client.post(address, data={"csrf_token": csrf_token(client, address), **form})


def upload(client: FlaskClient, item: ContentItem, data: bytes) -> None:
    assert save(client, item, subtitles_file=(BytesIO(data), "a.srt")).status_code == 302


def form_of(client: FlaskClient, item: ContentItem, **headers: str) -> str:
    return client.get(f"/admin/video/edit/?id={item.id}", headers=headers).text


def encodings(form: str) -> str:
    """The encodings that the form offers."""
    return form.partition('name="subtitles_encoding"')[2].partition("</select>")[0]


def chosen(form: str) -> str | None:
    found = re.search(r'<option selected value="([^"]*)"', encodings(form))
    return found and found[1]


def test_subtitles_without_a_doubt_are_not_asked_about(
    signed_in: FlaskClient, item: ContentItem, work: Callable[[], None]
) -> None:
    assert "subtitles_encoding" not in form_of(signed_in, item)
    upload(signed_in, item, SRT.encode())
    work()
    assert "subtitles_encoding" not in form_of(signed_in, item)
    assert "subtitles_encoding" not in signed_in.get("/admin/video/new/").text


def test_a_guess_is_shown_with_the_first_cues(
    signed_in: FlaskClient, item: ContentItem, work: Callable[[], None]
) -> None:
    upload(signed_in, item, KOI8)
    work()
    form = form_of(signed_in, item)
    assert chosen(form) == "koi8-r"
    assert re.findall(r"<option [^>]*value=\"([^\"]*)\"", encodings(form)) == list(ENCODINGS)
    cues = [unescape(cue) for cue in re.findall(r'class="cue">(.*?)</q>', form)]
    assert cues == ["Hello there.", "Привет, мир.", 'Третья & "строка"']
    assert "The file does not say which encoding it uses." in form
    russian = form_of(signed_in, item, **{"Accept-Language": "ru"})
    assert "Кириллица (KOI8-R)" in russian
    assert "В файле не указана его кодировка." in russian


def test_another_choice_has_them_read_again(
    signed_in: FlaskClient,
    item: ContentItem,
    sent: list[int],
    work: Callable[[], None],
    factory: Factory,
    storage: Storage,
) -> None:
    upload(signed_in, item, KOI8)
    work()
    assert save(signed_in, item, subtitles_encoding="cp1251").status_code == 302
    [again] = sent
    row = factory.upload_row(again)
    assert (row.status, row.encoding, row.filename) == ("pending", "cp1251", "a.srt")
    assert chosen(form_of(signed_in, item)) == "cp1251", "what the editor has chosen"
    work()
    assert factory.upload_row(again).status == "completed"
    form = form_of(signed_in, item)
    assert chosen(form) == "cp1251"
    assert "рТЙЧЕФ, НЙТ." in form
    assert storage.staging.names() == []


def test_the_same_choice_changes_nothing(
    signed_in: FlaskClient, item: ContentItem, sent: list[int], work: Callable[[], None]
) -> None:
    upload(signed_in, item, KOI8)
    work()
    assert save(signed_in, item, subtitles_encoding="koi8-r").status_code == 302
    assert save(signed_in, item).status_code == 302, "also a form without the field"
    assert sent == []


def test_a_new_file_goes_before_a_choice(
    signed_in: FlaskClient, item: ContentItem, sent: list[int], work: Callable[[], None], factory: Factory
) -> None:
    upload(signed_in, item, KOI8)
    work()
    file = (BytesIO(SRT.encode()), "b.srt")
    assert save(signed_in, item, subtitles_encoding="cp1251", subtitles_file=file).status_code == 302
    [new] = sent
    assert (factory.upload_row(new).filename, factory.upload_row(new).encoding) == ("b.srt", None)


def test_an_encoding_that_is_not_offered_is_refused(
    signed_in: FlaskClient, item: ContentItem, sent: list[int], work: Callable[[], None], storage: Storage
) -> None:
    upload(signed_in, item, KOI8)
    work()
    for name in ("rot13", "utf-7", "../x"):
        answer = save(signed_in, item, subtitles_encoding=name)
        assert answer.status_code == 200
        assert 'id="subtitles_encoding-error"' in answer.text
    assert sent == []
    assert storage.staging.names() == []


def test_a_choice_without_the_token_is_refused(
    signed_in: FlaskClient, item: ContentItem, sent: list[int], work: Callable[[], None]
) -> None:
    upload(signed_in, item, KOI8)
    work()
    form = {"page": item.page_id, "title": item.title, "subtitles_encoding": "cp1251"}
    assert signed_in.post(f"/admin/video/edit/?id={item.id}", data=form).status_code == 400
    assert sent == []


def test_a_form_that_is_refused_leaves_no_staged_file(
    signed_in: FlaskClient, item: ContentItem, work: Callable[[], None], storage: Storage
) -> None:
    upload(signed_in, item, KOI8)
    work()
    assert save(signed_in, item, subtitles_encoding="cp1251", title="").status_code == 200
    assert storage.staging.names() == []


def test_a_stored_file_that_is_away_does_not_keep_the_form_away(
    signed_in: FlaskClient, item: ContentItem, work: Callable[[], None], storage: Storage
) -> None:
    upload(signed_in, item, KOI8)
    work()
    for path in on_disk(storage).rglob("*.vtt"):
        path.unlink()
    assert chosen(form_of(signed_in, item)) == "koi8-r"
