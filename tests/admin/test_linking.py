"""Pages that a text can link to, as JSON."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from cms.admin import linking
from cms.database import now
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

ADDRESS = "/admin/page/links/"


def test_pages_are_offered_by_words_from_their_titles(
    signed_in: FlaskClient, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = factory.page(title="Огни гавани", slug="lights")
    factory.page(title="100% of it", slug="all", published=False)
    factory.change(factory.page(title="Огни в корзине"), deleted_at=now())
    factory.page(title="Огни по шаблону", published=False, is_template=True)

    def titles(words: str) -> list[str]:
        return [page["title"] for page in signed_in.get(ADDRESS, query_string={"q": words}).json["pages"]]

    assert titles("") == ["100% of it", "Огни гавани"]
    assert titles("ГАВАН") == ["Огни гавани"]
    assert titles("0% of") == ["100% of it"]
    assert titles("_\x00%") == []
    offered = signed_in.get(ADDRESS).json["pages"]
    assert offered[0] == {"title": "100% of it", "address": "/all/", "note": "Draft"}
    assert offered[1] == {"title": first.title, "address": "/lights/", "note": ""}
    monkeypatch.setattr(linking, "OFFERED", 1)
    assert len(titles("")) == 1


@pytest.mark.sqlite
def test_only_editors_are_offered_pages(client: FlaskClient) -> None:
    answer = client.get(ADDRESS)
    assert answer.status_code == 302
    assert "/login" in answer.location
