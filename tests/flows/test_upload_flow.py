"""Flow A over HTTP: an editor's files become finished media files, each stored once."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests

from tests.flows.client import Editor, Visitor
from tests.flows.stack import Stack
from tests.twins import twins
from tests.waiting import eventually


@pytest.fixture(scope="module")
def page(editor: Editor) -> int:
    return editor.new_page("Uploads")


def fresh(path: Path) -> bytes:
    """The file with bytes unlike those of any other test: players and FFmpeg skip what follows the end."""
    if path.suffix == ".mp4":
        return path.read_bytes() + b"\0\0\0\x18free" + secrets.token_bytes(16)  # an empty box
    if path.suffix == ".mp3":
        return path.read_bytes() * 2 + secrets.token_bytes(16)
    return path.read_bytes().rstrip() + f"\n\n9\n00:09:00,000 --> 00:09:01,000\n{secrets.token_hex(8)}\n".encode()


def test_a_film_with_subtitles_and_a_recording_are_completed_and_shown(
    editor: Editor, visitor: Visitor, media_files: dict[str, Path]
) -> None:
    page = editor.new_page("A video", slug="a-film")
    videos = {
        "video": ("film.mp4", fresh(media_files["video.mp4"])),
        "subtitles": ("film.srt", fresh(media_files["subtitles.srt"])),
    }
    film = editor.add("video", page, "The film", videos)
    record = editor.add(
        "audio", page, "The record", {"audio": ("a.mp3", fresh(media_files["sound.mp3"]))}, text="Words"
    )
    assert len(film.uploads) == 2
    states = editor.wait(*film.uploads, *record.uploads)
    assert [(state["status"], state["reason"], state["attempts"]) for state in states] == [("completed", "", 1)] * 3
    shown_film, shown_record = visitor.items(page)
    assert shown_film["video_path"].startswith("/media/")
    assert shown_film["video_path"].endswith(".mp4")
    assert shown_film["subtitles_path"].endswith(".vtt"), "SRT is turned into what browsers show"
    assert shown_record["audio_path"].endswith(".mp3")
    assert shown_record["text"] == "Words"
    assert visitor.get(shown_film["video_path"]).content == videos["video"][1]
    subtitles = visitor.get(shown_film["subtitles_path"])
    assert subtitles.headers["Content-Type"].startswith("text/vtt")
    assert subtitles.text.startswith("WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.500\n")
    html = visitor.get("/a-film/").text
    assert f'src="{shown_film["video_path"]}"' in html
    assert f'src="{shown_film["subtitles_path"]}"' in html
    assert f'src="{shown_record["audio_path"]}"' in html


def test_a_file_that_is_still_coming_keeps_nobody_waiting(
    editor: Editor, stack: Stack, page: int, media_files: dict[str, Path]
) -> None:
    film = fresh(media_files["video.mp4"])
    large = film + (4 * 2**20).to_bytes(4, "big") + b"free" + bytes(4 * 2**20 - 8)
    fields = {"csrf_token": editor.token, "page": page, "title": "Slowly", "is_active": "y", "_continue_editing": "1"}
    form = requests.Request(
        "POST", f"{stack.site}/admin/video/new/", data=fields, files={"video_file": ("slow.mp4", large)}
    )
    sent = editor.session.prepare_request(form)
    assert isinstance(sent.body, bytes)
    with closing(HTTPConnection("127.0.0.1", stack.port, timeout=60)) as connection:
        connection.putrequest("POST", sent.path_url, skip_accept_encoding=True)
        for name, value in sent.headers.items():
            connection.putheader(name, value)
        connection.endheaders(sent.body[: len(sent.body) // 2])
        assert eventually(lambda: len(stack.staging) == 1)
        assert editor.new_page("Meanwhile")
        other = editor.add("video", page, "Meanwhile", {"video": ("other.mp4", fresh(media_files["video.mp4"]))})
        assert editor.wait(*other.uploads)[0]["status"] == "completed"
        connection.send(sent.body[len(sent.body) // 2 :])
        answer = connection.getresponse()
        assert answer.status == 302
        slow = editor.uploads_of("video", int(answer.headers["Location"].split("id=")[1].split("&")[0]))
    assert editor.wait(*slow)[0]["status"] == "completed"


def test_the_same_bytes_under_another_name_are_folded_into_the_first_file(
    editor: Editor, visitor: Visitor, stack: Stack, page: int, media_files: dict[str, Path]
) -> None:
    data = fresh(media_files["video.mp4"])
    first = editor.add("video", page, "First", {"video": ("first.mp4", data)})
    editor.wait(*first.uploads)
    rows, files = stack.one("SELECT count(*) FROM media_file"), len(stack.media)
    second = editor.add("video", page, "Second", {"video": ("quite another name.mov", data)})
    (state,) = editor.wait(*second.uploads)
    assert (state["status"], state["folded"]) == ("completed", True)
    paths = {item["id"]: item["video_path"] for item in visitor.items(page)}
    assert paths[first.id] == paths[second.id] is not None
    assert (stack.one("SELECT count(*) FROM media_file"), len(stack.media)) == (rows, files)
    assert eventually(lambda: stack.staging == []), "the worker removes it once the upload is completed for good"


def test_a_cyrillic_name_survives_in_the_path(
    editor: Editor, visitor: Visitor, stack: Stack, page: int, media_files: dict[str, Path]
) -> None:
    files = {"video": ("Эти_страшные_буквы.mp4", fresh(media_files["video.mp4"]))}
    film = editor.add("video", page, "Буквы", files)
    (state,) = editor.wait(*film.uploads)
    assert state["status"] == "completed"
    path = next(item["video_path"] for item in visitor.items(page) if item["id"] == film.id)
    assert "/video/Эти_страшные_буквы-" in unquote(path)
    assert visitor.get(path).content == files["video"][1]
    assert (stack.home / "media" / unquote(path).removeprefix("/media/")).is_file()


def test_media_is_served_whole_by_range_and_not_at_all_when_it_is_known(
    editor: Editor, visitor: Visitor, page: int, media_files: dict[str, Path]
) -> None:
    data = fresh(media_files["video.mp4"])
    film = editor.add("video", page, "Served", {"video": ("served.mp4", data)})
    editor.wait(*film.uploads)
    path = next(item["video_path"] for item in visitor.items(page) if item["id"] == film.id)
    whole = visitor.get(path)
    assert (whole.status_code, whole.headers["Content-Type"], whole.content) == (200, "video/mp4", data)
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert {"public", "immutable"} <= set(whole.headers["Cache-Control"].replace(" ", "").split(","))
    assert not whole.headers["ETag"].startswith("W/")
    for asked, expected in (("0-9", data[:10]), ("100-", data[100:]), ("-5", data[-5:])):
        part = visitor.get(path, headers={"Range": f"bytes={asked}"})
        assert (part.status_code, part.content) == (206, expected)
        assert part.headers["Content-Range"].endswith(f"/{len(data)}")
    beyond = visitor.get(path, headers={"Range": f"bytes={len(data)}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(data)}")
    assert visitor.get(path, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304


def test_an_item_is_json_with_null_and_no_html_until_its_upload_is_completed(
    editor: Editor, visitor: Visitor, media_files: dict[str, Path]
) -> None:
    page = editor.new_page("Wait for it", slug="wait-for-it")
    bare = editor.add("video", page, "Nothing in it yet")
    (item,) = visitor.items(page)
    assert (item["video_path"], item["video_url"], item["subtitles_path"]) == (None, None, None)
    assert "Nothing in it yet" not in visitor.get("/wait-for-it/").text
    editor.edit("video", bare.id, {"video": ("late.mp4", fresh(media_files["video.mp4"]))})
    uploads = editor.uploads_of("video", bare.id)
    while (state := editor.statuses(*uploads)[0])["status"] not in ("completed", "failed"):
        before, html = visitor.items(page)[0]["video_path"], visitor.get("/wait-for-it/").text
        if editor.statuses(*uploads)[0]["status"] != "completed":
            assert before is None
            assert "Nothing in it yet" not in html
    assert state["status"] == "completed"
    assert visitor.items(page)[0]["video_path"], "the completed upload is seen at once, not when a cache runs out"
    assert "Nothing in it yet" in visitor.get("/wait-for-it/").text


def test_an_outside_link_stands_in_for_a_file(editor: Editor, visitor: Visitor) -> None:
    page = editor.new_page("Elsewhere", slug="elsewhere")
    editor.add("video", page, "A link", video_url="https://example.com/film")
    assert visitor.items(page)[0]["video_url"] == "https://example.com/film"
    assert 'href="https://example.com/film"' in visitor.get("/elsewhere/").text


def test_50_uploads_of_the_same_bytes_at_once_are_one_row_and_one_file(
    editor: Editor, visitor: Visitor, stack: Stack, media_files: dict[str, Path]
) -> None:
    page = editor.new_page("Fifty")
    data = fresh(media_files["video.mp4"])
    rows, files = stack.one("SELECT count(*) FROM media_file"), len(stack.media)

    def upload(number: int) -> tuple[int, ...]:
        return editor.add("video", page, f"Copy {number}", {"video": (f"name-{number}.mp4", data)}).uploads

    with ThreadPoolExecutor(16) as pool:
        uploads = [number for numbers in pool.map(upload, range(50)) for number in numbers]
    states = editor.wait(*uploads)
    assert [state["status"] for state in states] == ["completed"] * 50
    assert sum(not state["folded"] for state in states) == 1
    assert stack.one("SELECT count(*) FROM media_file") == rows + 1
    assert len(stack.media) == files + 1
    items = visitor.items(page)
    assert len(items) == 50
    assert len({item["video_path"] for item in items}) == 1
    assert visitor.get(items[0]["video_path"]).content == data


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_two_files_with_the_same_md5_stay_two(
    editor: Editor, visitor: Visitor, stack: Stack, media_files: dict[str, Path], kind: str
) -> None:
    both = twins(kind, media_files)
    page = editor.new_page(f"Twins: {kind}")
    files = len(stack.media)
    items = [editor.add(kind, page, "Twin", {kind: ("twin", data)}) for data in both]
    states = editor.wait(*(number for item in items for number in item.uploads))
    assert [(state["status"], state["folded"]) for state in states] == [("completed", False)] * 2
    paths = [item[f"{kind}_path"] for item in visitor.items(page)]
    assert [visitor.get(path).content for path in paths] == both
    assert len(stack.media) == files + 2
