"""The page document has the shape of the contract, and costs a constant number of queries."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from cms.pages import documents, pages
from cms.pages.models import ContentItem, Page, kinds
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def test_the_document_is_as_the_contract_says(session: Session, factory: Factory) -> None:
    page = factory.page("Фильмы", slug="videos", text="*words*")
    film, subtitles = factory.media_file(family="video"), factory.media_file(family="subtitles")
    video = factory.item(page, "video", title="V", order=1, video_url="https://example.com/v", counter=7)
    factory.attached(video, "video", film)
    factory.attached(video, "subtitles", subtitles)
    audio = factory.item(page, "audio", title="A", order=2, text="lyrics")
    text = factory.item(page, "text", title="T", order=3, text="long")
    page = factory.reload(page)
    document = pages.page_document(session, page.id)
    assert document
    fields = ["id", "contents", "created_at", "updated_at", "url", "api_url", "title", "slug", "text", "language"]
    assert list(document) == [*fields, "tags", "sharing_picture"]
    contents = document.pop("contents")
    times = document.pop("created_at"), document.pop("updated_at")
    assert times == (page.created_at.isoformat(), page.updated_at.isoformat())
    assert document == {
        "id": page.id,
        "url": "/videos/",
        "api_url": f"/api/page/content/{page.id}/",
        "title": "Фильмы",
        "slug": "videos",
        "text": "*words*",
        "language": None,
        "tags": [],
        "sharing_picture": None,
    }
    common = {"is_active": True, "language": None}
    names = (
        "duration",
        "width",
        "height",
        "pages",
        "animated",
        "playable",
        "timeline",
        "hls",
        "waveform",
        "alt",
        "credit",
    )
    unknown: dict[str, Any] = dict.fromkeys(names)
    video_file, subtitles_file = (
        {"path": file.url_path, "size": 64, "mime_type": mime_type, "digest": f"blake3:{file.digest}"}
        | unknown
        | {"poster": nothing, "sources": nothing, "captions": nothing, "chapters": nothing}
        | {"preparing": None if nothing is None else False}
        for file, mime_type, nothing in ((film, "video/mp4", []), (subtitles, "text/vtt", None))
    )
    assert contents == [
        {
            **common,
            **{"id": video.id, "title": "V", "counter": 7, "order": 1, "content_type": "video"},
            **{"video_path": film.url_path, "video_file": video_file, "video_url": "https://example.com/v"},
            **{"subtitles_path": subtitles.url_path, "subtitles_file": subtitles_file, "subtitles_url": None},
            **{"tracks": [], "chapter_times": ""},
        },
        {
            **common,
            **{"id": audio.id, "title": "A", "counter": 0, "order": 2, "content_type": "audio"},
            **{"audio_path": None, "audio_file": None, "audio_url": None, "text": "lyrics"},
            **{"tracks": [], "chapter_times": ""},
        },
        {**common, **{"id": text.id, "title": "T", "counter": 0, "order": 3, "content_type": "text"}, "text": "long"},
    ]
    assert [list(item)[:7] for item in contents] == [
        ["id", "title", "counter", "order", "content_type", "is_active", "language"]
    ] * 3
    own = ["video_path", "video_file", "video_url", "subtitles_path", "subtitles_file", "subtitles_url"]
    own += ["tracks", "chapter_times"]
    assert list(contents[0])[7:] == own


def test_an_item_has_the_language_of_its_page_and_a_page_that_of_the_site(session: Session, factory: Factory) -> None:
    found = [factory.page(language=language) for language in ("zh-Hant", None)]
    for page in found:
        factory.item(page, "text", language="tt")
        factory.item(page, "text")
    placed = []
    for page in found:
        document = pages.page_document(session, page.id)
        assert document
        documents.placed(document, "", "en")
        placed.append((document["language"], [item["language"] for item in document["contents"]]))
    assert placed == [("zh-Hant", ["tt", "zh-Hant"]), ("en", ["tt", "en"])]


def test_times_have_an_offset(session: Session, factory: Factory) -> None:
    document = pages.page_document(session, factory.page().id)
    assert document
    assert document["created_at"].endswith("+00:00")
    assert document["updated_at"].endswith("+00:00")


def test_a_path_comes_with_the_file_and_not_with_the_upload(session: Session, factory: Factory) -> None:
    page = factory.page()
    item = factory.item(page, "video")
    factory.upload(item, "video", "a.mp4", b"on its way")
    document = pages.page_document(session, page.id)
    assert document
    assert document["contents"][0]["video_path"] is None
    assert not pages.is_shown(document["contents"][0])


def test_two_items_with_the_same_bytes_show_the_same_path(session: Session, factory: Factory) -> None:
    page, file = factory.page(), factory.media_file()
    for _ in range(2):
        factory.attached(factory.item(page, "video"), "video", file)
    document = pages.page_document(session, page.id)
    assert document
    assert [item["video_path"] for item in document["contents"]] == [file.url_path] * 2


def test_items_come_by_order_then_by_age(session: Session, factory: Factory) -> None:
    page = factory.page()
    orders = [5, -1, 5, 0, 2**31 - 1, 5]
    items = [factory.item(page, order=order) for order in orders]
    document = pages.page_document(session, page.id)
    assert document
    expected = sorted(items, key=lambda item: (item.order, item.id))
    assert [item["id"] for item in document["contents"]] == [item.id for item in expected]


def test_inactive_items_are_not_there(session: Session, factory: Factory) -> None:
    page = factory.page()
    factory.item(page, is_active=False)
    shown = factory.item(page)
    document = pages.page_document(session, page.id)
    assert document
    assert [item["id"] for item in document["contents"]] == [shown.id]


def test_a_page_with_no_active_item_is_still_a_page(session: Session, factory: Factory) -> None:
    page = factory.page()
    factory.item(page, is_active=False)
    document = pages.page_document(session, page.id)
    assert document
    assert document["contents"] == []


def test_what_is_not_published_is_not_there(session: Session, factory: Factory) -> None:
    draft = factory.page(published=False, slug="draft")
    assert pages.page_document(session, draft.id) is None
    assert pages.page_id(session, "draft") is None
    assert not pages.is_published(session, draft.id)
    for nobody in (0, 10**6, 2**31 - 1, 2**31, 10**30):
        assert not pages.is_published(session, nobody)


def test_an_editor_sees_a_draft(session: Session, factory: Factory) -> None:
    draft, published = factory.page(published=False, title="Draft"), factory.page()
    document = pages.draft_document(session, draft.id)
    assert document
    assert document["title"] == "Draft"
    assert pages.draft_document(session, published.id) == pages.page_document(session, published.id)


def test_a_page_is_found_by_its_slug(session: Session, factory: Factory) -> None:
    page = factory.page(slug="videos")
    assert pages.page_id(session, "videos") == page.id
    assert pages.is_published(session, page.id)
    assert pages.page_id(session, "FILMS") is None


def test_a_document_costs_as_many_queries_for_ten_items_of_each_kind_as_for_one(
    session: Session, factory: Factory, queries: list[str]
) -> None:
    few, many = factory.page(), factory.page()
    for page, number in ((few, 1), (many, 10)):
        for _ in range(number):
            for kind in kinds():
                factory.with_media(page, kind.__tablename__)
    spent = []
    for page in (few, many):
        session.rollback()
        session.expunge_all()
        queries.clear()
        assert pages.page_document(session, page.id)
        spent.append(len(queries))
    assert spent[0] == spent[1] <= 3 + len(kinds())


def test_a_document_is_new_each_time(session: Session, factory: Factory) -> None:
    """This holds whatever the session has read before."""
    page = factory.page("Old")
    item = factory.item(page, title="old")
    pages.page_document(session, page.id)
    session.commit()
    factory.change(page, title="New")
    factory.change(item, title="new")
    document = pages.page_document(session, page.id)
    assert document
    assert (document["title"], document["contents"][0]["title"]) == ("New", "new")


@pytest.mark.postgresql
def test_of_a_page_that_is_deleted_meanwhile_nothing_is_left(
    engine: Engine, factory: Factory, page: Page, item: ContentItem
) -> None:
    """Each statement sees what is there when it starts."""
    deleted = []

    def delete(*_: Any) -> None:
        if not deleted:
            deleted.append(page.id)
            with Session(engine) as other:
                other.delete(other.get_one(Page, page.id))
                other.commit()

    with Session(engine) as session:
        session.connection()
        event.listen(engine, "after_cursor_execute", delete)
        try:
            assert pages.page_document(session, page.id) is None
        finally:
            event.remove(engine, "after_cursor_execute", delete)
    assert deleted


def test_a_site_below_a_path_has_it_before_its_own_addresses_alone(session: Session, factory: Factory) -> None:
    page = factory.page(slug="videos", text="/media/of/a/text")
    video = factory.item(page, "video", video_url="https://example.com/v")
    factory.attached(video, "video", file := factory.media_file(family="video"))
    document = pages.page_document(session, page.id)
    assert document
    untouched = documents.placed(copy.deepcopy(document), "", "en")
    assert (untouched["url"], untouched["contents"][0]["video_path"]) == ("/videos/", file.url_path)
    document["contents"][0]["video_file"] = {
        **{"path": "/media/a", "sources": [{"path": "/derived/b"}], "digest": "/c"},
        **{"duration": None, "captions": [], "chapters": []},
    }
    placed = documents.placed(document, "/cms", "en")
    assert (placed["url"], placed["api_url"]) == ("/cms/videos/", f"/cms/api/page/content/{page.id}/")
    assert placed["text"] == "/media/of/a/text"
    [item] = placed["contents"]
    assert item["video_path"] == f"/cms{file.url_path}"
    assert item["video_url"] == "https://example.com/v"
    assert item["subtitles_path"] is None
    assert item["video_file"]["path"] == "/cms/media/a"
    assert item["video_file"]["sources"] == [{"path": "/cms/derived/b"}]
    assert item["video_file"]["digest"] == "/c"
