"""Peers that are slow to send or read, however many, do not delay others."""

from __future__ import annotations

import secrets
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.flows.client import Editor, Visitor
from tests.flows.stack import Stack
from tests.waiting import DEADLINE

#: The number of slow peers of each sort. The product has eight threads.
PEERS = 200
#: More than the sockets of both ends can buffer.
LARGE = 7 * 2**20


@pytest.fixture(scope="module")
def page(stack: Stack, editor: Editor) -> int:
    number = editor.new_page("Slowly", slug="slowly")
    editor.add("text", number, "A long text", text="Word " * 60_000)
    return number


@pytest.fixture(scope="module")
def video(editor: Editor, page: int, media_files: dict[str, Path], stack: Stack) -> tuple[str, bytes]:
    """The address of a film, and its bytes."""
    data = media_files["video.mp4"].read_bytes() + LARGE.to_bytes(4, "big") + b"free" + secrets.token_bytes(LARGE - 8)
    added = editor.add("video", page, "A video", {"video": ("film.mp4", data)})
    assert [state["status"] for state in editor.wait(*added.uploads)] == ["completed"]
    return next(item["video_path"] for item in Visitor(stack).items(page) if item["id"] == added.id), data


def get(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def post(path: str, length: int, *lines: str) -> bytes:
    return get(path, f"Content-Length: {length}", *lines).replace(b"GET", b"POST", 1)


def sent_by(sort: str, film: str, cookies: str) -> bytes:
    """What a peer of that sort sends before it falls silent."""
    form = "Content-Type: multipart/form-data; boundary=x"
    return {
        "says nothing": b"",
        "sends half a head": get("/")[:-2],
        "sends half a form": post("/login", 100) + b"email=",
        "sends half a form in chunks": get("/login", "Transfer-Encoding: chunked").replace(b"GET", b"POST", 1),
        "sends half a file": post("/admin/video/new/", 10**6, cookies, form) + b"--x\r\n",
        "reads no page": get("/slowly/") * 5,
        "reads no list": get("/api/page/content/") * 5,
        "reads no file": get(film),
        "reads no part of a file": get(film, "Range: bytes=10-"),
        "keeps its connection": get("/healthz"),
    }[sort]


SORTS = ["says nothing", "sends half a head", "sends half a form", "sends half a form in chunks", "sends half a file"]
SORTS += ["reads no page", "reads no list", "reads no file", "reads no part of a file", "keeps its connection"]


@pytest.mark.parametrize("sort", SORTS)
def test_peers_keep_nobody_waiting(
    sort: str, stack: Stack, editor: Editor, page: int, video: tuple[str, bytes]
) -> None:
    cookies = "Cookie: " + "; ".join(f"{name}={value}" for name, value in editor.session.cookies.items())
    before = Visitor(stack).items(page)[0]["counter"]
    with ExitStack() as opened:
        for _ in range(PEERS):
            peer = opened.enter_context(socket.socket())
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**12)
            peer.settimeout(DEADLINE)
            peer.connect(("127.0.0.1", stack.port))
            peer.sendall(sent_by(sort, video[0], cookies))
        for _ in range(5):
            assert Visitor(stack).get(video[0], headers={"Range": "bytes=-9"}).content == video[1][-9:]
            assert Visitor(stack).items(page)[0]["counter"] > before
        editor.edit("page", page, text=f"Written while somebody {sort}")


def test_a_slow_reader_gets_all_of_a_file(stack: Stack, video: tuple[str, bytes]) -> None:
    for lines, expected in (((), video[1]), (("Range: bytes=100000-",), video[1][100_000:])):
        with socket.socket() as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**12)
            peer.settimeout(DEADLINE)
            peer.connect(("127.0.0.1", stack.port))
            peer.sendall(get(video[0], "Connection: close", *lines))
            _, _, found = b"".join(iter(lambda peer=peer: peer.recv(2**12), b"")).partition(b"\r\n\r\n")
        assert found == expected
