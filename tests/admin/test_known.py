"""What is stored already need not be sent: it is offered, and shown without bytes, to those who may see it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from blake3 import blake3
from flask.testing import FlaskClient

from cms.admin import known
from cms.media.models import MediaFault, MediaFile, Original, Upload
from cms.pages.models import Attachment, ContentItem, Page
from tests import mediabytes
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

Rows = Callable[[type[Any]], list[Any]]


@pytest.fixture
def ask(signed_in: FlaskClient, sent: list[int]) -> Callable[..., Any]:
    token = csrf_token(signed_in)

    def post(what: str, digest: str, **told: Any) -> Any:
        return signed_in.post(f"/uploads/{what}", json={"digest": digest, **told}, headers={"X-CSRFToken": token})

    return post


@pytest.fixture
def film(factory: Factory, page: Page) -> MediaFile:
    """A film that an item of the page shows."""
    found: MediaFile = factory.media_file()
    factory.change(found, video_codec="h264")
    factory.attached(factory.item(page, "video"), "video", found)
    return found


def test_a_known_file_is_offered_and_shown_without_bytes(
    ask: Callable[..., Any], factory: Factory, page: Page, film: MediaFile, all_of: Rows, sent: list[int]
) -> None:
    factory.change(film, unreferenced_since=film.created_at)
    known = ask("known", film.digest).json["known"]
    assert known["words"] == f"You have this already: {film}, on 1 page."
    used = ask("use", film.digest, page=page.id, filename="night_train.mp4")
    assert used.status_code == 201, used.text
    assert used.json["upload"]["status"] == "completed"
    item = all_of(ContentItem)[-1]
    assert item.id == used.json["item"]
    assert (item.title, item.content_type, item.page_id) == ("night train", "video", page.id)
    assert [row.media_file_id for row in all_of(Attachment)] == [film.id, film.id]
    assert factory.reload(film).unreferenced_since is None
    upload = all_of(Upload)[0]
    assert (upload.is_duplicate, upload.media_file_id, upload.staged_name) == (True, film.id, None)
    assert sent == []
    assert "night_train.mp4, on 1 page." in ask("known", film.digest).json["known"]["words"]
    other = factory.item(factory.page(), "video")
    assert ask("use", film.digest, item=other.id, slot="video").status_code == 201
    assert "on 2 pages" in ask("known", film.digest).json["known"]["words"]


def test_who_may_not_see_all_media_learns_nothing(
    ask: Callable[..., Any], page: Page, film: MediaFile, all_of: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = [ask(what, "0" * 64, page=page.id) for what in ("known", "use")]
    assert [answer.status_code for answer in unknown] == [200, 404]
    monkeypatch.setattr(known, "permissions", SimpleNamespace(may=lambda _what: False))
    refused = [ask(what, film.digest, page=page.id) for what in ("known", "use")]
    assert [answer.status_code for answer in refused] == [200, 404]
    assert [answer.data for answer in refused] == [answer.data for answer in unknown]
    assert all_of(Upload) == []


@pytest.mark.sqlite
def test_what_does_not_fit_or_is_broken_is_not_used(
    ask: Callable[..., Any], factory: Factory, page: Page, film: MediaFile, all_of: Rows
) -> None:
    audio = factory.item(page, "audio")
    answer = ask("use", film.digest, item=audio.id, slot="audio")
    assert (answer.status_code, answer.json["detail"]) == (
        422,
        "The file is a video, but an audio recording is needed here.",
    )
    subtitles = factory.media_file(family="subtitles")
    assert "Add it in the form of an item" in ask("use", subtitles.digest, page=page.id).json["detail"]
    factory.change(film, fault=MediaFault.DAMAGED)
    assert ask("known", film.digest).json == {"known": None}
    assert ask("known", "../etc").json == {"known": None}
    assert ask("known", film.digest[:12]).json == {"known": None}
    assert all_of(Upload) == []


@pytest.mark.sqlite
def test_a_picture_is_known_by_its_original(
    ask: Callable[..., Any], factory: Factory, page: Page, work: Callable[[], None], all_of: Rows, sent: list[int]
) -> None:
    data = mediabytes.picture(located=True)
    sent.append(factory.upload(factory.item(page, "picture"), "picture", "a.jpg", data))
    work()
    original = all_of(Original)[0]
    used = ask("use", blake3(data).hexdigest(), page=page.id)
    assert used.status_code == 201, used.text
    assert [row.media_file_id for row in all_of(Attachment)] == [original.shown_id] * 2


@pytest.mark.sqlite
def test_only_editors_with_their_token_ask(ask: Callable[..., Any], client: FlaskClient, film: MediaFile) -> None:
    assert client.post("/uploads/known", json={"digest": film.digest}).status_code == 400
    stranger = client.application.test_client()
    assert stranger.post("/uploads/known", json={"digest": film.digest}).status_code == 401
