"""Invalid input is answered with a sentence, leaves nothing behind, and loses nothing that was typed."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import pytest
import requests

from tests.flows.client import Editor, Form, Visitor, errors
from tests.flows.stack import Stack
from tests.waiting import eventually

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SLOTS = [("video", "video"), ("video", "subtitles"), ("audio", "audio")]


@pytest.fixture(scope="module")
def page(editor: Editor) -> int:
    return editor.new_page("Bad input")


@pytest.mark.parametrize(("kind", "slot"), SLOTS)
def test_a_wrong_file_fails_with_a_sentence_and_the_item_stays(
    editor: Editor, visitor: Visitor, stack: Stack, page: int, kind: str, slot: str
) -> None:
    rows, files = stack.one("SELECT count(*) FROM media_file"), set(stack.media)
    wrong = {
        "empty.mp4": b"",
        "text.mp4": b"This is only text, whatever the name says. " * 30,
        "page.mp4": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
        "drawing.svg": SVG,
        "declared.svg": b'<?xml version="1.0"?>\n' + SVG,
        "page.vtt": b"  \n<html><body>00:00:01,000 --> 00:00:02,000</body></html>",
    }
    added = {name: editor.add(kind, page, f"{slot}: {name}", {slot: (name, data)}) for name, data in wrong.items()}
    for name, item in added.items():
        (state,) = editor.wait(*item.uploads)
        assert state["status"] == "failed", name
        assert re.fullmatch(r"[A-Z].{10,}\.", state["reason"]), (name, state["reason"])
    shown = {item["id"]: item for item in visitor.items(page)}
    assert all(shown[item.id][f"{slot}_path"] is None for item in added.values())
    assert stack.one("SELECT count(*) FROM media_file") == rows
    assert set(stack.media) == files
    assert eventually(lambda: stack.staging == []), stack.staging


def test_a_file_of_the_wrong_kind_fails_in_its_slot(editor: Editor, page: int, media_files: dict[str, Path]) -> None:
    for kind, name in (("audio", "video.mp4"), ("video", "sound.mp3"), ("video", "picture.png")):
        item = editor.add(kind, page, name, {kind: (name, media_files[name].read_bytes())})
        (state,) = editor.wait(*item.uploads)
        assert state["status"] == "failed"
        assert "is needed here" in state["reason"]


def test_a_file_over_the_limit_is_refused_in_words_and_staging_is_empty(
    editor: Editor, stack: Stack, page: int
) -> None:
    items = stack.one("SELECT count(*) FROM content_item")
    # One byte too many in a file, and then so many that the declared length is refused.
    for size in (8 * 2**20 + 1, 40 * 2**20):
        answer = editor.send_item("video", page, "Too large", {"video": ("large.mp4", bytes(size))})
        assert answer.status_code == 413
        assert "too large" in answer.text
        assert "8 MB" in answer.text
        assert eventually(lambda: stack.staging == []), stack.staging
    assert stack.one("SELECT count(*) FROM content_item") == items


def test_a_file_of_just_the_limit_is_taken(
    editor: Editor, visitor: Visitor, page: int, media_files: dict[str, Path]
) -> None:
    film = media_files["video.mp4"].read_bytes()
    padding = 8 * 2**20 - len(film)
    data = film + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8)
    item = editor.add("video", page, "Just so large", {"video": ("large.mp4", data)})
    assert editor.wait(*item.uploads)[0]["status"] == "completed"


@pytest.mark.parametrize(
    "name",
    [
        "../../../../etc/passwd.mp4",
        "..\\..\\windows.mp4",
        "/etc/cron.d/film.mp4",
        "bell\x07 tab\t escape\x1b.mp4",
        "я" * 300 + ".mp4",
        "n" * 300,
        "....",
        "..",
        ".mp4",
        "con:<>|?*.mp4",
    ],
)
def test_a_strange_name_is_stored_safely_inside_its_date_folder(
    editor: Editor, visitor: Visitor, stack: Stack, page: int, media_files: dict[str, Path], name: str
) -> None:
    before = set(stack.media)
    data = media_files["silent.mp4"].read_bytes() + b"\0\0\0\x18free" + secrets.token_bytes(16)
    item = editor.add("video", page, "Strange", {"video": (name, data)})
    (state,) = editor.wait(*item.uploads)
    assert state["status"] == "completed"
    (file,) = set(stack.media) - before
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/video/[\w-]+-[0-9a-f]{12}\.mp4", str(file.relative_to(stack.home / "media")))
    path = next(shown["video_path"] for shown in visitor.items(page) if shown["id"] == item.id)
    assert visitor.get(path).content == data


TITLES = [("", "fill in"), ("   ", "fill in"), ("Bad input", "already taken"), ("x" * 256, "255")]
SLUGS = [
    ("bad-input", "already taken"),
    ("Not a slug!", "Latin"),
    *((name, "itself") for name in ("admin", "api", "login", "media")),
]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [*(({"title": title}, reason) for title, reason in TITLES), *(({"slug": slug}, reason) for slug, reason in SLUGS)],
    ids=lambda value: str(value)[:30],
)
def test_a_wrong_page_comes_back_with_the_reason_and_all_that_was_typed(
    editor: Editor, stack: Stack, page: int, wrong: dict[str, str], reason: str
) -> None:
    pages = stack.one("SELECT count(*) FROM page")
    typed = {
        "title": "A good title",
        "slug": "a-good-slug",
        "text": "Lines\nthat took <b>an hour",
        "is_published": "y",
    }
    answer = editor.post("/admin/page/new/", {**typed, **wrong})
    assert answer.status_code == 200
    assert errors(answer).keys() == wrong.keys()
    assert all(reason in sentence for sentence in errors(answer).values()), errors(answer)
    fields = Form(answer.text).fields
    kept = {name: fields.get(name) for name in typed if name not in wrong}
    assert kept == {name: value for name, value in typed.items() if name not in wrong}
    assert stack.one("SELECT count(*) FROM page") == pages


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"title": "x" * 256}, "255"),
        ({"order": "first"}, "integer"),
        ({"order": "9" * 30}, "too large"),
        ({"video_url": "not an address"}, "web address"),
        ({"video_url": "javascript:alert(1)"}, "web address"),
        ({"subtitles_url": "ftp://example.com/a.vtt"}, "web address"),
        ({"page": "999999"}, ""),
        ({"page": "abc"}, ""),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_wrong_item_comes_back_with_the_reason_and_all_that_was_typed(
    editor: Editor, stack: Stack, page: int, wrong: dict[str, str], reason: str
) -> None:
    items = stack.one("SELECT count(*) FROM content_item")
    typed = {"title": "A video", "order": "7", "video_url": "https://example.com/a"} | wrong
    data = {"page": str(page), "is_active": "y", **typed}
    answer = editor.post("/admin/video/new/", data, {"video": ("a.mp4", b"bytes")})
    assert answer.status_code == 200
    assert errors(answer).keys() == wrong.keys()
    assert all(reason in sentence for sentence in errors(answer).values()), errors(answer)
    fields = Form(answer.text).fields
    kept = {name: fields.get(name) for name in typed if name not in wrong}
    assert kept == {name: value for name, value in typed.items() if name not in wrong}
    assert stack.one("SELECT count(*) FROM content_item") == items
    assert eventually(lambda: stack.staging == []), "a file that came with a refused form is removed"


def test_a_post_without_its_token_is_refused(editor: Editor, stack: Stack) -> None:
    pages = stack.one("SELECT count(*) FROM page")
    paths = ("page/new/", "page/delete/", "page/reorder/", "video/new/", "video/delete/", "upload/retry/")
    for path in ("/login", "/logout", *(f"/admin/{path}" for path in paths)):
        answer = editor.session.post(stack.site + path, data={"title": "x", "id": "1"}, allow_redirects=False)
        assert answer.status_code == 400, path
    assert stack.one("SELECT count(*) FROM page") == pages
    assert editor.get("/admin/").status_code == 200, "still signed in"


def test_the_admin_leads_a_stranger_to_the_sign_in(visitor: Visitor) -> None:
    pages = ("page/", "page/new/", "page/edit/?id=1", "page/preview/?id=1")
    items = ("video/", "video/new/", "video/ajax/lookup/?name=page&query=a", "audio/edit/?id=1", "text/")
    for path in ("", *pages, *items, "upload/", "status/?upload=1", "media/"):
        answer = visitor.get(f"/admin/{path}", allow_redirects=False)
        assert answer.status_code == 302, path
        assert answer.headers["Location"].startswith("/login?next="), path


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "/\t/evil.example/"]
)
def test_next_never_leads_to_another_site(stack: Stack, target: str) -> None:
    with requests.Session() as session:
        form = Form(session.get(f"{stack.site}/login").text).fields
        data = {**form, "email": "admin@example.com", "password": "a password for tests"}
        answer = session.post(f"{stack.site}/login", params={"next": target}, data=data, allow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
        again = session.get(f"{stack.site}/login", params={"next": target}, allow_redirects=False)
        assert again.headers["Location"] == "/admin/"


def test_a_script_is_shown_as_text_everywhere(editor: Editor, visitor: Visitor, media_files: dict[str, Path]) -> None:
    script = "<script>alert('x')</script>"
    page = editor.new_page(f"Page {script}", slug="script", text=f"Text {script} [link](javascript:alert(1))")
    name = "<script>alert(1)<script>.mp4"
    film = editor.add("video", page, f"Film {script}", {"video": (name, media_files["video.mp4"].read_bytes())})
    editor.add("text", page, f"Words {script}", text=f"{script}<img src=x onerror=alert(1)>")
    editor.wait(*film.uploads)
    site = [visitor.get(path).text for path in ("/script/", "/")]
    admin = ["", "page/", f"page/edit/?id={page}", f"page/preview/?id={page}", "video/", f"video/edit/?id={film.id}"]
    seen = [editor.get(f"/admin/{path}").text for path in (*admin, "text/", "upload/", "media/")]
    for html in (*site, *seen):
        assert "<script>alert" not in html
        assert "onerror=alert" not in re.sub(r"&lt;.*?&gt;", "", html)
        assert 'javascript:alert(1)"' not in html
    assert "Page &lt;script&gt;" in site[0]
    json = visitor.get(f"/api/page/content/{page}/")
    assert json.headers["Content-Type"] == "application/json"
    assert json.headers["X-Content-Type-Options"] == "nosniff"
    assert json.json()["title"] == f"Page {script}"


@pytest.mark.parametrize(
    ("path", "status"),
    [("?page=0", 400), ("?page=abc", 400), ("?page_size=1000", 400), ("?page=999", 404), ("987654/", 404), ("x/", 404)],
)
def test_a_wrong_question_to_the_api_is_a_problem_in_json(visitor: Visitor, path: str, status: int) -> None:
    answer = visitor.get(f"/api/page/content/{path}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert answer.json()["title"]
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"api/page/content/?page={'1' * 60_000}", 400),
        (f"api/page/content/?{'page=1&' * 8_000}", 400),
        (f"api/page/content/{'1' * 60_000}/", 404),
        (f"{'a' * 60_000}/", 404),
        (f"media/2026/01/01/video/{'a' * 60_000}.mp4", 404),
        (f"?page={'1' * 60_000}", 404),
        (f"?unknown={'1' * 60_000}", 200),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_long_address_is_answered_in_words(visitor: Visitor, path: str, status: int) -> None:
    answer = visitor.get(f"/{path}")
    assert answer.status_code == status
    if path.startswith("api/"):
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"]
    else:
        assert "<html lang=" in answer.text


def test_a_number_of_thousands_of_digits_is_no_row(editor: Editor) -> None:
    number = "9" * 5000
    assert editor.get(f"/admin/status/?upload={number}&derivative={number}").json() == []
    assert editor.get(f"/admin/page/?page={number}").status_code == 200
    assert editor.get(f"/admin/page/edit/?id={number}", allow_redirects=False).status_code == 302
    assert editor.post("/admin/page/reorder/", {"id": number, "item": number}).status_code == 400
    answer = editor.post("/admin/video/new/", {"page": number, "title": "A video"})
    assert errors(answer).keys() == {"page"}


def test_a_page_that_is_not_published_is_nowhere(editor: Editor, visitor: Visitor) -> None:
    page = editor.new_page("A draft", slug="a-draft", is_published="")
    assert visitor.get(f"/api/page/content/{page}/").status_code == 404
    assert visitor.get("/a-draft/").status_code == 404
    assert "A draft" not in visitor.get("/").text
    assert page not in [found["id"] for found in visitor.get("/api/page/content/?page_size=100").json()["results"]]
