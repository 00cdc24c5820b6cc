"""The JSON API: the contract's shapes, exact counters, and problems by RFC 9457."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from blake3 import blake3
from flask import Flask
from flask.testing import FlaskClient

from cms.tasks import flush_views
from tests.factories import Factory

LIST = "/api/page/content/"
TITLES = {400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}


def problem(answer: Any, status: int) -> str:
    """The detail of a problem document, after checking the rest."""
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    found = dict(answer.json)
    detail, errors = found.pop("detail"), found.pop("errors", None)
    assert found == {"type": "about:blank", "title": TITLES[status], "status": status}
    assert detail.endswith(".")
    if errors is not None:
        assert [set(error) for error in errors] == [{"parameter", "pointer", "detail"}] * len(errors)
        assert detail == " ".join(error["detail"] for error in errors)
    return str(detail)


def named(answer: Any) -> list[str]:
    """The parameters named in a problem document."""
    problem(answer, 400)
    return [error["parameter"] for error in answer.json["errors"]]


def counters(client: FlaskClient, address: str) -> list[int]:
    return [item["counter"] for item in client.get(address).json["contents"]]


@pytest.mark.both_databases
def test_a_page_is_as_the_contract_says(client: FlaskClient, factory: Factory) -> None:
    page = factory.page("Фильмы", slug="videos", text="*words*", language="ru")
    factory.change(film := factory.media_file(), playable=False, width=1280, height=720)
    item = factory.item(page, "video", title="V", language="de", order=3, subtitles_url="https://example.com/s")
    factory.attached(item, "video", film)
    answer = client.get(f"{LIST}{page.id}/")
    assert answer.mimetype == "application/json"
    assert answer.json == {
        "id": page.id,
        "contents": [
            {
                "id": item.id,
                "title": "V",
                "counter": 0,
                "order": 3,
                "content_type": "video",
                "is_active": True,
                "language": "de",
                "video_path": film.url_path,
                "video_file": {
                    "path": film.url_path,
                    "size": 64,
                    "mime_type": "video/mp4",
                    "digest": f"blake3:{film.digest}",
                    "duration": None,
                    "width": 1280,
                    "height": 720,
                    "pages": None,
                    "animated": None,
                    "playable": False,
                    "poster": [],
                    "sources": [],
                    "preparing": False,
                    "captions": [],
                    "timeline": None,
                    "hls": None,
                    "chapters": [],
                    "waveform": None,
                    "alt": None,
                    "credit": None,
                },
                "video_url": None,
                "subtitles_path": None,
                "subtitles_file": None,
                "subtitles_url": "https://example.com/s",
                "tracks": [],
                "chapter_times": "",
            }
        ],
        "created_at": page.created_at.isoformat(),
        "updated_at": factory.reload(page).updated_at.isoformat(),
        "url": "http://localhost/videos/",
        "api_url": f"http://localhost/api/page/content/{page.id}/",
        "title": "Фильмы",
        "slug": "videos",
        "text": "*words*",
        "language": "ru",
        "tags": [],
        "sharing_picture": None,
    }


def test_addresses_are_those_of_the_host_that_was_asked(client: FlaskClient, factory: Factory) -> None:
    page = factory.page(slug="it")
    for host in ("one.example", "two.example:8000"):
        found = client.get(f"{LIST}{page.id}/", base_url=f"https://{host}").json
        assert found["url"] == f"https://{host}/it/"
        assert found["api_url"] == f"https://{host}/api/page/content/{page.id}/"


def test_the_path_leads_to_the_file(client: FlaskClient, factory: Factory) -> None:
    factory.with_media(page := factory.page(), "video")
    [item] = client.get(f"{LIST}{page.id}/").json["contents"]
    for file in (item["video_file"], item["subtitles_file"]):
        answer = client.get(file["path"])
        assert (answer.status_code, answer.mimetype) == (200, file["mime_type"])
        assert len(answer.data) == file["size"]
        assert file["digest"] == f"blake3:{blake3(answer.data).hexdigest()}"
    assert (item["video_path"], item["subtitles_path"]) == (item["video_file"]["path"], item["subtitles_file"]["path"])


@pytest.mark.parametrize(
    ("link", "uri"),
    [
        ("https://example.com/a%20b?c=d&e=%D1%91#f", "https://example.com/a%20b?c=d&e=%D1%91#f"),
        ("https://пример.рф:8000/ё ж", "https://xn--e1afmkfd.xn--p1ai:8000/%D1%91%20%D0%B6"),
        ("https://example.com/100%.mp4", "https://example.com/100%25.mp4"),
        ('https://example.com/"<|>"', "https://example.com/%22%3C%7C%3E%22"),
        ("http://[no host", "http%3A//%5Bno%20host"),
    ],
)
def test_a_link_is_a_uri_however_it_was_written(client: FlaskClient, factory: Factory, link: str, uri: str) -> None:
    factory.item(page := factory.page(), "video", video_url=link)
    assert client.get(f"{LIST}{page.id}/").json["contents"][0]["video_url"] == uri


def test_the_list_is_as_the_contract_says(client: FlaskClient, factory: Factory) -> None:
    pages = [factory.page() for _ in range(5)]
    factory.page(published=False)
    expected = [page.id for page in reversed(pages)]
    first = client.get(LIST + "?page_size=2").json
    assert list(first) == ["count", "next", "previous", "results"]
    assert (first["count"], first["previous"]) == (5, None)
    assert first["next"] == "http://localhost/api/page/content/?page=2&page_size=2"
    second = client.get(first["next"]).json
    assert second["previous"] == "http://localhost/api/page/content/?page=1&page_size=2"
    third = client.get(second["next"]).json
    assert third["next"] is None
    found = [page["id"] for part in (first, second, third) for page in part["results"]]
    assert found == expected
    assert first["results"][0] == client.get(f"{LIST}{expected[0]}/").json


def test_a_list_has_twenty_pages_unless_it_is_told(client: FlaskClient, factory: Factory) -> None:
    for _ in range(21):
        factory.page()
    assert len(client.get(LIST).json["results"]) == 20
    assert len(client.get(LIST + "?page_size=100").json["results"]) == 21
    assert len(client.get(LIST + "?page_size=1").json["results"]) == 1


def test_an_empty_list_is_a_list(client: FlaskClient) -> None:
    assert client.get(LIST).json == {"count": 0, "next": None, "previous": None, "results": []}


@pytest.mark.both_databases
def test_the_nth_read_shows_n_minus_one(app: Flask, client: FlaskClient, factory: Factory) -> None:
    """Whether the page, the list or the HTML is read, and whether or not views are flushed in between."""
    page = factory.page(slug="it")
    items = [factory.item(page) for _ in range(2)]
    address = f"{LIST}{page.id}/"
    for number in range(3):
        assert counters(client, address) == [number] * 2
    assert [item["counter"] for item in client.get(LIST).json["results"][0]["contents"]] == [3, 3]
    assert client.get("/it/").status_code == 200
    with app.app_context():
        flush_views.run()
    assert counters(client, address) == [5, 5]
    with app.app_context():
        flush_views.run()
    assert [factory.reload(item).counter for item in items] == [6, 6]


def test_head_counts_nothing(client: FlaskClient, factory: Factory) -> None:
    factory.item(page := factory.page(slug="it"))
    for address in (LIST, f"{LIST}{page.id}/", "/it/", "/"):
        for _ in range(2):
            answer = client.head(address)
            assert answer.status_code == 200
            assert answer.data == b""
    assert counters(client, f"{LIST}{page.id}/") == [0]


def test_the_list_of_pages_for_visitors_counts_nothing(client: FlaskClient, factory: Factory) -> None:
    factory.item(page := factory.page())
    client.get("/")
    assert counters(client, f"{LIST}{page.id}/") == [0]


def test_an_unknown_page_counts_nothing(client: FlaskClient, factory: Factory) -> None:
    factory.item(page := factory.page(published=False))
    client.get(f"{LIST}{page.id}/")
    factory.change(page, is_published=True)
    assert counters(client, f"{LIST}{page.id}/") == [0]


def test_the_list_need_not_count(client: FlaskClient, factory: Factory, with_settings: Callable[..., None]) -> None:
    with_settings(count_list_views=False)
    factory.item(page := factory.page())
    for _ in range(2):
        assert client.get(LIST).json["results"][0]["contents"][0]["counter"] == 0
    assert counters(client, f"{LIST}{page.id}/") == [0]
    assert client.get(LIST).json["results"][0]["contents"][0]["counter"] == 1, "but it shows what was counted"


def test_an_item_that_visitors_do_not_see_yet_is_there_without_a_path(client: FlaskClient, factory: Factory) -> None:
    factory.item(page := factory.page(slug="it"), "video", title="Unfinished")
    [item] = client.get(f"{LIST}{page.id}/").json["contents"]
    assert item["video_path"] is None
    assert "Unfinished" not in client.get("/it/").text
    assert counters(client, f"{LIST}{page.id}/") == [1], "the HTML page showed it to nobody"


@pytest.mark.both_databases
def test_pages_are_found_by_their_tags(client: FlaskClient, factory: Factory) -> None:
    for tags in (["Coast", "Summer"], ["Coast"], ["Hills"], []):
        factory.item(factory.page(tags=tags))
    found = client.get(f"{LIST}?tag=coast&page_size=1").json
    assert (found["count"], found["previous"]) == (2, None)
    assert found["results"][0]["tags"] == ["Coast"]
    assert found["next"] == f"http://localhost{LIST}?tag=Coast&page=2&page_size=1", "as the tag is written"
    following = client.get(found["next"]).json
    assert following["results"][0]["tags"] == ["Coast", "Summer"]
    assert following["results"][0]["contents"][0]["counter"] == 0
    assert client.get(found["next"]).json["results"][0]["contents"][0]["counter"] == 1, "the list is counted"
    assert problem(client.get(f"{LIST}?tag=none"), 404) == "No page has the tag “none”."
    assert "no page 3" in problem(client.get(f"{LIST}?tag=coast&page=3&page_size=1"), 404)
    for tag in ("%C2%9B", "%00", "%20"):
        problem(client.get(f"{LIST}?tag={tag}"), 404)
    for tag in ("", "x" * 61, "a&tag=b"):
        assert named(client.get(f"{LIST}?tag={tag}")) == ["tag"]


@pytest.mark.parametrize("name", ["page", "page_size"])
@pytest.mark.parametrize("value", ["0", "-1", "abc", "1.5", "", " 1", "1e3", "１", "+1", "9" * 30, "null"])
def test_a_bad_number_is_told(client: FlaskClient, name: str, value: str) -> None:
    most = {"page": 1000000, "page_size": 100}[name]
    answer = client.get(LIST, query_string={name: value})
    assert problem(answer, 400) == f"{name} must be a whole number from 1 to {most}."


@pytest.mark.parametrize("query", ["page=1&page=2", "page_size=5&page_size=5", "page=1&" + "page=x&" * 5000])
def test_a_number_that_is_given_twice_is_told(client: FlaskClient, query: str) -> None:
    sentence = problem(client.get(f"{LIST}?{query}"), 400)
    assert sentence == f"{query.partition('=')[0]} may be given only once."


def test_every_wrong_parameter_is_named(client: FlaskClient) -> None:
    assert named(client.get(f"{LIST}?page=0&size=5&page_size=101")) == ["page", "size", "page_size"]
    answer = client.get(f"{LIST}?page_size=5&page=-1&page=2")
    assert problem(answer, 400) == "page may be given only once."
    assert named(answer) == ["page"]


@pytest.mark.parametrize("name", ["utm_source", "Page", "", "page size", "p%C3%A4ge", "page[]", "page%00", "a" * 1000])
def test_an_unknown_parameter_is_told(client: FlaskClient, factory: Factory, name: str) -> None:
    factory.item(page := factory.page(slug="it"))
    for address in (LIST, f"{LIST}{page.id}/"):
        answer = client.get(f"{address}?{name}=1")
        assert problem(answer, 400).startswith("This address has no parameter “")
        assert named(answer) == [unquote(name)]
        assert unquote(answer.json["errors"][0]["pointer"]) == f"#/{unquote(name)}"
    assert named(client.get(f"{LIST}{page.id}/?page=1")) == ["page"]
    assert counters(client, f"{LIST}{page.id}/") == [0], "what is refused counts nothing"
    for address in ("/", "/it/"):
        assert client.get(f"{address}?{name}=1").status_code == 200, "a link to a page may carry anything"


@pytest.mark.parametrize("size", [101, 1000])
def test_a_list_that_is_too_long_is_refused(client: FlaskClient, size: int) -> None:
    problem(client.get(f"{LIST}?page_size={size}"), 400)


def test_a_page_of_the_list_that_is_not_there(client: FlaskClient, factory: Factory) -> None:
    factory.page()
    assert problem(client.get(LIST + "?page=2"), 404) == "The list has no page 2."
    problem(client.get(LIST + "?page=1000000&page_size=100"), 404)


@pytest.mark.both_databases
@pytest.mark.parametrize("page_id", [0, 10**6, 2**31 - 1, 2**31, 2**63, 10**30])
def test_an_unknown_page_is_told(client: FlaskClient, page_id: int) -> None:
    sentence = problem(client.get(f"{LIST}{page_id}/"), 404)
    assert sentence == f"There is no published page with the id {page_id}."


def test_a_draft_is_not_there(client: FlaskClient, factory: Factory) -> None:
    problem(client.get(f"{LIST}{factory.page(published=False).id}/"), 404)


@pytest.mark.parametrize(
    "address",
    [
        "/api/",
        "/API/",
        "/Api/page/contents/",
        "/api/Page/content/1/x",
        "/api/page/",
        "/api/page/content/abc/",
        "/api/page/content/-1/",
        f"/api/page/content/{'9' * 5000}/",
    ],
    ids=lambda address: address[:30],
)
def test_an_unknown_address_is_told(client: FlaskClient, address: str) -> None:
    problem(client.get(address), 404)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(client: FlaskClient, method: str) -> None:
    answer = client.open(LIST, method=method)
    assert method in problem(answer, 405)
    assert {"GET", "HEAD"} <= set(answer.headers["Allow"].split(", "))


def test_a_post_is_refused(client: FlaskClient) -> None:
    answer = client.post(LIST)
    assert answer.status_code == 405
    assert answer.mimetype == "application/problem+json"


def test_an_address_without_its_slash_is_led_to_it(client: FlaskClient) -> None:
    answer = client.get(LIST.rstrip("/"))
    assert answer.status_code == 308
    assert answer.headers["Location"].endswith(LIST)


def test_texts_are_data(client: FlaskClient, factory: Factory) -> None:
    factory.item(
        page := factory.page("</script><script>alert(1)</script>", text='"quoted" \\ \u2028 🎬'), text="\n\t<b>"
    )
    found = client.get(f"{LIST}{page.id}/").json
    assert found["title"] == "</script><script>alert(1)</script>"
    assert found["text"] == '"quoted" \\ \u2028 🎬'
    assert found["contents"][0]["text"] == "\n\t<b>"
