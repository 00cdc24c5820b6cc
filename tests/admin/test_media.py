"""What the admin shows of stored files: their last verification, their faults, and how long they are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cms.media.models import MediaFile
from cms.pages import usage
from cms.pages.models import ContentItem, Page
from tests.factories import Factory

VERIFIED = datetime(2026, 3, 4, 15, 16, tzinfo=UTC)


@pytest.fixture
def item(factory: Factory) -> ContentItem:
    return factory.item(factory.page(), "video", title="A video")


@pytest.fixture
def file(factory: Factory, item: ContentItem) -> MediaFile:
    """The file that the item shows."""
    file = factory.media_file()
    factory.attached(item, "video", file)
    return file


def cell(client: FlaskClient, address: str, column: str) -> str:
    """The cell of the list's only row."""
    [_, rest] = client.get(address).text.split(f'<td class="col-{column}"')
    return " ".join(rest.split(">", 1)[1].split("</td>")[0].split())


def test_a_file_that_was_never_verified(signed_in: FlaskClient, file: MediaFile) -> None:
    assert cell(signed_in, "/admin/media/", "verified_at") == "never"


def test_when_a_file_was_last_verified(signed_in: FlaskClient, factory: Factory, file: MediaFile) -> None:
    factory.change(file, verified_at=VERIFIED)
    assert cell(signed_in, "/admin/media/", "verified_at").replace("\u202f", " ") == "3/4/26, 3:16 PM"


@pytest.mark.parametrize(("fault", "words"), [("missing", "Missing"), ("damaged", "Damaged")])
def test_what_is_wrong_is_told_in_every_list_and_form(
    signed_in: FlaskClient, factory: Factory, item: ContentItem, file: MediaFile, fault: str, words: str
) -> None:
    factory.change(file, verified_at=VERIFIED, fault=fault)
    badge = f'<span class="status status-failed">{words}</span> <small class="why">The stored file '
    assert badge in cell(signed_in, "/admin/media/", "verified_at")
    assert badge in cell(signed_in, "/admin/video/", "status")
    form = signed_in.get(f"/admin/video/edit/?id={item.id}").text
    assert "Last verified: 3/4/26" in form
    assert badge in form
    assert badge in signed_in.get(f"/admin/page/edit/?id={item.page_id}").text


def test_a_whole_file_has_no_badge(
    signed_in: FlaskClient, factory: Factory, item: ContentItem, file: MediaFile
) -> None:
    factory.change(file, verified_at=VERIFIED)
    for address in ("/admin/media/", "/admin/video/", f"/admin/video/edit/?id={item.id}"):
        assert "status-failed" not in signed_in.get(address).text


def test_it_speaks_russian(signed_in: FlaskClient, factory: Factory, file: MediaFile) -> None:
    factory.change(file, fault="damaged")
    text = signed_in.get("/admin/media/", headers={"Accept-Language": "ru"}).text
    for words in ("Последняя проверка", "никогда", "Повреждён"):
        assert words in text


def test_a_file_that_is_shown_somewhere_says_where(signed_in: FlaskClient, file: MediaFile) -> None:
    assert ">A video</a>" in cell(signed_in, "/admin/media/", "used_in")


@pytest.mark.both_databases
def test_a_file_that_very_many_items_show_names_the_first(
    signed_in: FlaskClient, factory: Factory, item: ContentItem, file: MediaFile
) -> None:
    first, page = factory.reload(Page(id=item.page_id)), factory.page()
    others = [factory.item(page, "video", title=f"Film {number}") for number in range(2, 14)]
    for other in others:
        factory.attached(other, "video", file)
    told = cell(signed_in, "/admin/media/", "used_in")
    assert told == (
        f'<span class="one-line" title="{first.title} › {item.title}">'
        f'<a href="/admin/page/edit/?id={first.id}">{first.title}</a> › '
        f'<a href="/admin/page/edit/?id={first.id}#item-{item.id}-title">{item.title}</a></span>'
        f'<a href="/admin/media/details/?id={file.id}#uses">and 12 more</a>'
    )
    assert cell(signed_in, "/admin/media/", "saved") == f"{12 * file.size} bytes"
    assert "и ещё 12" in signed_in.get("/admin/media/", headers={"Accept-Language": "ru"}).text


def test_few_rows_are_read_however_many_items_show_a_file(
    session: Session, factory: Factory, file: MediaFile, item: ContentItem
) -> None:
    nowhere, page = factory.media_file(), factory.page()
    for _ in range(20):
        factory.attached(factory.item(page, "video"), "video", file)
    uses = usage.used_in(session, [file.id, nowhere.id])
    assert (uses[file.id].count, uses[nowhere.id].count) == (21, 0)
    assert uses[file.id].items[0].id == item.id
    assert len(uses[file.id].items) == usage.ITEMS_NAMED == 2
    assert len(session.identity_map) == 4  # they are on two pages


def test_a_file_that_is_shown_nowhere_says_how_long_it_is_kept(
    signed_in: FlaskClient, factory: Factory, with_settings: Callable[..., None]
) -> None:
    file = factory.media_file()
    assert cell(signed_in, "/admin/media/", "used_in") == "nowhere"
    with_settings(media_grace_seconds=24 * 3600)
    factory.change(file, unreferenced_since=VERIFIED)
    told = cell(signed_in, "/admin/media/", "used_in").replace("\u202f", " ")
    assert told == "nowhere; will be deleted after 3/5/26, 3:16 PM"


def test_the_list_can_be_narrowed_to_what_is_wrong(signed_in: FlaskClient, factory: Factory) -> None:
    files = {fault: factory.media_file() for fault in (None, "missing", "damaged")}
    for fault, file in files.items():
        factory.change(file, fault=fault)
    for fault in ("missing", "damaged"):
        text = signed_in.get(f"/admin/media/?flt1_fault_is={fault}").text
        assert [known for known, file in files.items() if file.digest in text] == [fault]


def test_the_lists_take_no_more_queries_for_more_files(
    signed_in: FlaskClient, factory: Factory, queries: list[str], file: MediaFile
) -> None:
    def asked(address: str) -> int:
        queries.clear()
        assert signed_in.get(address).status_code == 200
        return len(queries)

    before = {address: asked(address) for address in ("/admin/media/", "/admin/video/")}
    page = factory.page()
    for _ in range(5):
        factory.with_media(page, "video")
    assert {address: asked(address) for address in before} == before
