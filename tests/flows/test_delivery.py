"""Files over a real connection, which stays usable whatever was requested before."""

from __future__ import annotations

import re
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from tests.flows.client import Editor, Visitor
from tests.flows.stack import Stack
from tests.waiting import DEADLINE


@pytest.fixture(scope="module")
def media_path(editor: Editor, stack: Stack, media_files: dict[str, Path]) -> str:
    """The address of a film."""
    page = editor.new_page("Delivered")
    film = editor.add("video", page, "Delivered", {"video": ("delivered.mp4", media_files["video.mp4"].read_bytes())})
    editor.wait(*film.uploads)
    return str(Visitor(stack).items(page)[0]["video_path"])


@pytest.mark.parametrize("kind", ["media", "static"])
def test_one_connection_for_all_answers(stack: Stack, visitor: Visitor, media_path: str, kind: str) -> None:
    found = re.search(r'"(/static/css/site\.[^"]+)"', visitor.get("/").text)
    assert found
    address = media_path if kind == "media" else found[1]
    with closing(HTTPConnection("127.0.0.1", stack.port, timeout=DEADLINE)) as connection:

        def ask(method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
            connection.request(method, address, headers={name.replace("_", "-"): headers[name] for name in headers})
            answer = connection.getresponse()
            return answer, answer.read()

        whole, data = ask()
        tag, local = str(whole.headers["ETag"]), connection.sock.getsockname()
        assert (whole.status, len(data)) == (200, int(whole.headers["Content-Length"]))
        for asked, part in (("bytes=10-19", data[10:20]), ("bytes=100-", data[100:]), ("bytes=-7", data[-7:])):
            answer, body = ask(Range=asked)
            assert (answer.status, body) == (206, part)
        answer, body = ask(Range="bytes=0-9,100-109")
        assert (answer.status, len(body)) == (206, int(answer.headers["Content-Length"]))
        assert data[:10] in body
        assert data[100:110] in body
        for method, headers, status in (
            ("GET", {"Range": f"bytes={len(data)}-"}, 416),
            ("GET", {"If_None_Match": tag}, 304),
            ("GET", {"If_Match": '"other"'}, 412),
            ("GET", {"Accept_Encoding": "identity;q=0, gzip;q=0, br;q=0"}, 406),
            ("HEAD", {"Range": "bytes=0-9"}, 200),
            ("POST", {}, 405),
        ):
            answer, body = ask(method, **headers)
            assert answer.status == status
            assert kind == "media" or not body
        assert ask()[1] == data
        assert connection.sock.getsockname() == local, "the connection was kept"
