"""What lists and forms show an editor, and carry over to the next step."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.pages.models import ContentItem, Page
from tests.conftest import csrf_token
from tests.factories import Factory

RUSSIAN = {"Accept-Language": "ru"}


@pytest.mark.parametrize("headers", [{}, RUSSIAN], ids=["en", "ru"])
def test_a_filter_is_kept_in_every_link_of_the_list(
    signed_in: FlaskClient, factory: Factory, headers: dict[str, str]
) -> None:
    for number in range(25):
        factory.page(f"Page {number}")
    factory.page("Other")
    text = signed_in.get("/admin/page/?flt0_title_starts_with=page", headers=headers).text
    assert ">Other</a>" not in text
    links = [unescape(link) for link in re.findall(r'class="page-link" href="([^"]*)"', text)]
    links += [unescape(link) for link in re.findall(r'href="([^"]*sort=[^"]*)"', text)]
    assert len(links) > 3
    for link in links:
        assert "flt0_title_starts_with=page" in link
        assert ">Other</a>" not in signed_in.get(link, headers=headers).text


def test_filters_speak_the_editors_language(signed_in: FlaskClient) -> None:
    text = signed_in.get("/admin/upload/", headers=RUSSIAN).text
    groups = json.loads(unescape(re.findall(r'id="filter-groups-data"[^>]*>(.*?)</div>', text, re.DOTALL)[0]))
    assert [*groups] == ["Кто загрузил", "Нужно исправить", "Состояние"]
    [uploader], _, [filter_] = groups.values()
    assert uploader["options"] == [["?", "неизвестен"]]
    assert filter_["operation"] == "равно"
    assert [label for _, label in filter_["options"]] == [
        *("Принимается", "Ожидает", "Обрабатывается", "Готово", "Ошибка")
    ]


@pytest.mark.parametrize(
    ("kind", "values", "told"),
    [("video", {}, True), ("video", {"video_url": "https://example.com/x"}, False), ("text", {}, False)],
)
def test_an_item_that_visitors_do_not_see_says_so(
    signed_in: FlaskClient, factory: Factory, kind: str, values: dict[str, str], told: bool
) -> None:
    page = factory.page()
    item = factory.item(page, kind, **values)
    for address in (f"/admin/{kind}/", f"/admin/page/edit/?id={page.id}"):
        assert ("Not shown" in signed_in.get(address).text) is told
    factory.change(item, is_active=False)
    assert "Not shown" not in signed_in.get(f"/admin/{kind}/").text


def test_a_question_before_deleting_names_what_goes(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page("The <page>")
    assert 'data-confirm="Delete “The &lt;page&gt;”?"' in signed_in.get("/admin/page/").text
    factory.item(page, title="An item")
    assert 'data-confirm="Delete “The &lt;page&gt;” and its 1 item?"' in signed_in.get("/admin/page/").text
    factory.item(page)
    factory.item(page)
    russian = signed_in.get("/admin/page/", headers=RUSSIAN).text
    assert 'data-confirm="Удалить «The &lt;page&gt;» и её 3 элемента?"' in russian
    assert 'data-confirm="Delete “An item”?"' in signed_in.get(f"/admin/page/edit/?id={page.id}").text


def test_a_preview_says_what_it_is_and_leads_back(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page("Words", published=False)
    address = f"/admin/page/preview/?id={page.id}"
    text = signed_in.get(address).text
    assert "Draft" in text
    assert f'href="/admin/page/edit/?id={page.id}"' in text
    [switch] = {unescape(link) for link in re.findall(r'href="([^"]*/language/ru[^"]*|[^"]*ru\?next=[^"]*)"', text)}
    assert "Черновик" in signed_in.get(switch, follow_redirects=True).text
    factory.change(page, is_published=True)
    assert "Опубликована" in signed_in.get(address).text


def test_one_item_more_lies_on_the_page_of_the_last(signed_in: FlaskClient, factory: Factory) -> None:
    for _ in range(2):  # the form's buttons have value="1", too
        page = factory.page()
    back = f"/admin/page/edit/%3Fid%3D{page.id}"
    assert f'value="{page.id}"' in signed_in.get(f"/admin/text/new/?url={back}").text
    assert f'value="{page.id}"' not in signed_in.get("/admin/text/new/?url=/admin/text/").text
    assert signed_in.get("/admin/text/new/?url=/admin/page/edit/%3Fid%3Dx").status_code == 200


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "typed", ["\U0001faea", "\U0001fae8", "\u0645\u06cc\u200c\u062e", "A\xa0b", "\U0001f469\u200d\U0001f680"], ids=ascii
)
def test_characters_of_any_unicode_are_kept_and_found(signed_in: FlaskClient, session: Session, typed: str) -> None:
    token = csrf_token(signed_in)
    signed_in.post("/admin/page/new/", data={"csrf_token": token, "title": f" {typed}\0 ", "text": f"{typed}\0\r\n."})
    page = session.scalars(select(Page)).one()
    assert (page.title, page.text) == (typed, f"{typed}\n.")
    number = page.id
    session.rollback()
    form = {"csrf_token": token, "page": number, "title": typed, "order": "0", "text": typed}
    assert signed_in.post("/admin/text/new/", data=form).status_code == 302
    assert session.scalars(select(ContentItem)).one().title == typed
    session.rollback()
    for list_ in ("page", "text"):
        for query in ({"search": f"{typed}\0"}, {"flt0_title_starts_with": f" {typed}\0"}):
            assert f">{typed}</a>" in signed_in.get(f"/admin/{list_}/", query_string=query).text
