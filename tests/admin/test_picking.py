"""Files to choose from, as JSON."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient

from cms.admin import picking
from cms.media.models import Original
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

ADDRESS = "/admin/media/pick/"


def test_files_are_offered_by_family_and_words(
    signed_in: FlaskClient, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = [factory.media_file(family="image") for _ in range(3)]
    original, film = factory.media_file(family="image"), factory.media_file()
    factory.change(original, path=f"originals/{original.path}")
    factory.change(pictures[1], title="Ёлка", width=40, height=30)
    factory.attached(factory.item(factory.page(), "picture"), "picture", pictures[0])
    factory.kept(Original(media_file_id=original.id, shown_id=pictures[0].id))
    poster = {"path": "/derived/0b/x-320.webp", "width": 320, "height": 240, "mime_type": "image/webp"}
    factory.change(pictures[2], derived={"poster": [poster]})

    def ids(**query: object) -> list[int]:
        return [file["id"] for file in signed_in.get(ADDRESS, query_string=query).json["files"]]

    assert ids() == [film.id, *(file.id for file in reversed(pictures))]
    assert ids(family="image") == [file.id for file in reversed(pictures)]
    assert ids(family="image", q="елк") == [pictures[1].id]
    assert ids(family="audio") == []
    newest, named, used = signed_in.get(f"{ADDRESS}?family=image").json["files"]
    assert newest["picture"] == {name: poster[name] for name in ("path", "width", "height")}
    assert (named["name"], named["family"], named["picture"]) == ("Ёлка", "image", None)
    assert "40×30" in named["facts"]
    assert [used["uses"], named["uses"], named["tags"], named["remarks"]] == [1, 0, [], []]
    monkeypatch.setattr(picking, "PICKED", 2)
    first = signed_in.get(f"{ADDRESS}?family=image").json
    second = signed_in.get(f"{ADDRESS}?family=image&page=1").json
    assert (len(first["files"]), first["has_more"], first["page"]) == (2, True, 0)
    assert (len(second["files"]), second["has_more"], second["page"]) == (1, False, 1)


def test_the_filters_and_orders_of_the_list_combine(
    signed_in: FlaskClient, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large, film = (factory.media_file(family=family) for family in ("image", "image", "video"))
    for file, size in ((small, 1024), (large, 3 * 2**20), (film, 5 * 2**20)):
        factory.change(file, size=size)
    factory.attached(factory.item(factory.page(), "picture"), "picture", small)
    form = signed_in.get(f"{ADDRESS}filters/").text
    largest = html.unescape(re.findall('<option value="(sort=[^"]*)">Largest first', form)[0])
    names = dict(re.findall('name="(flt[0-9]_(.*?))"', form))
    assert {name: key for key, name in names.items()} == {
        **{"kind_is": "flt0_kind_is", "type_is": "flt1_type_is", "tag_is": "flt2_tag_is", "use_is": "flt3_use_is"},
        **{"date_from": "flt4_date_from", "date_until": "flt5_date_until"},
        **{"size_mb_at_least": "flt6_size_mb_at_least", "size_mb_at_most": "flt7_size_mb_at_most"},
    }

    def ids(query: str) -> list[int]:
        return [file["id"] for file in signed_in.get(f"{ADDRESS}?{query}").json["files"]]

    assert ids(largest) == [film.id, large.id, small.id]
    assert ids(f"{largest}&family=image") == [large.id, small.id]
    assert ids("flt3_use_is=no") == [film.id, large.id]
    assert ids("flt3_use_is=no&flt0_kind_is=image") == [large.id]
    assert ids("flt3_use_is=no&family=video") == [film.id]
    assert ids("flt1_type_is=image%2Fpng&flt7_size_mb_at_most=1") == [small.id]
    assert ids("flt6_size_mb_at_least=1&flt4_date_from=2999-01-01") == []
    monkeypatch.setattr(picking, "PICKED", 2)
    assert signed_in.get(f"{ADDRESS}?flt3_use_is=no").json["has_more"] is False
    assert signed_in.get(f"{ADDRESS}?flt6_size_mb_at_least=0").json["has_more"] is True


@pytest.mark.sqlite
def test_what_is_asked_wrongly(signed_in: FlaskClient, client: FlaskClient) -> None:
    answer = signed_in.get(f"{ADDRESS}?family=nonsense")
    assert (answer.status_code, answer.json) == (400, {"error": "There is no such kind of files."})
    assert signed_in.get(f"{ADDRESS}?page=-5&q=%00%25").json == {"files": [], "page": 0, "has_more": False}


@pytest.mark.sqlite
def test_only_editors_are_offered_files(client: FlaskClient) -> None:
    answer = client.get(ADDRESS)
    assert answer.status_code == 302
    assert "/login" in answer.location
