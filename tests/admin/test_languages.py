"""The forms of pages and items have a field for the language."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from cms.pages.models import Page
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def choices(client: FlaskClient, address: str, reader: str = "en") -> dict[str, str]:
    html = client.get(address, headers={"Accept-Language": reader}).text
    field, end, _ = html.partition('name="language"')[2].partition("</select>")
    assert end
    assert "&lt;" not in field
    return {value: unescape(name) for value, name in re.findall(r'value="([^"]*)">([^<]*)</option>', field)}


def chosen(client: FlaskClient, address: str, reader: str = "en") -> str:
    html = client.get(address, headers={"Accept-Language": reader}).text
    [found] = re.findall(
        r'<option selected value="([^"]*)"', html.partition('name="language"')[2].partition("</sel")[0]
    )
    return str(found)


def save(client: FlaskClient, address: str, **values: Any) -> None:
    answer = client.post(address, data={"csrf_token": csrf_token(client, address), "title": "A title", **values})
    assert answer.status_code == 302


def test_languages_have_their_names_in_the_editors_language(signed_in: FlaskClient, factory: Factory) -> None:
    english, russian = (choices(signed_in, "/admin/page/new/", reader) for reader in ("en", "ru"))
    assert (english[""], russian[""]) == ("Same as the site: English", "Как у сайта: английский")
    assert (english["de"], russian["de"]) == ("German", "немецкий")
    assert (english["zh-Hant"], russian["zh-Hant"]) == ("Traditional Chinese", "китайский, традиционное письмо")
    assert choices(signed_in, "/admin/text/new/")[""] == "Same as the page"


def test_a_page_and_an_item_keep_what_was_chosen(signed_in: FlaskClient, factory: Factory, page: Page) -> None:
    item = factory.item(page, "text")
    for row, address in ((page, "/admin/page/edit/"), (item, "/admin/text/edit/")):
        address, more = f"{address}?id={row.id}", {} if row is page else {"page": page.id, "order": 0}
        assert chosen(signed_in, address) == ""
        save(signed_in, address, language="tt", **more)
        assert factory.reload(row).language == "tt"
        assert chosen(signed_in, address, "ru") == "tt"
        save(signed_in, address, **more)  # from a program that does not know about languages
        assert factory.reload(row).language == "tt"
        save(signed_in, address, language="", **more)
        assert factory.reload(row).language is None


def test_what_has_no_name_is_kept(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page("A title", language="qaa-x-ours")
    address = f"/admin/page/edit/?id={page.id}"
    assert chosen(signed_in, address) == "qaa-x-ours"
    save(signed_in, address, language="qaa-x-ours")
    assert factory.reload(page).language == "qaa-x-ours"


def test_what_is_no_language_is_refused(signed_in: FlaskClient, factory: Factory, page: Page) -> None:
    address = f"/admin/page/edit/?id={page.id}"
    form = {"csrf_token": csrf_token(signed_in, address), "title": "Another", "language": "Klingonese"}
    answer = signed_in.post(address, data=form)
    assert answer.status_code == 200
    assert 'id="language-error"' in answer.text
    assert factory.reload(page).title == page.title


def test_another_editors_choice_is_shown_by_its_name(signed_in: FlaskClient, factory: Factory, page: Page) -> None:
    address = f"/admin/page/edit/?id={page.id}"
    html = signed_in.get(address).text
    hidden = dict(re.findall(r'<input [^>]*id="(version|form_seen|form_token)"[^>]*value="([^"]*)"', html))
    save(signed_in, address, language="de")
    form = {name: unescape(value) for name, value in hidden.items()} | {"title": page.title, "language": "fr"}
    answer = signed_in.post(address, data={"csrf_token": csrf_token(signed_in, address), **form})
    assert answer.status_code == 200
    assert re.search(r'class="theirs-value"[^>]*>German<', answer.text)
