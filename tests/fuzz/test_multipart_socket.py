"""Malformed forms over real sockets: gunicorn, workers and recovery handle them as the app alone does."""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path

import pytest

from tests.flows.client import Editor
from tests.flows.stack import Stack
from tests.fuzz import TIMES
from tests.fuzz.bodies import Sent
from tests.fuzz.forms import Forms
from tests.waiting import DEADLINE, eventually

FORMS = 100 * TIMES
#: One in so many senders disconnects in the middle of the body, and gets no answer.
HANGS_UP = 20


@pytest.fixture
def forms(editor: Editor, media_files: dict[str, Path]) -> Forms:
    page = editor.new_page("A page of forms")
    items = {kind: editor.add(kind, page, "An item").id for kind in ("video", "audio", "text")}
    return Forms(editor.token, page, items, media_files)


def test_broken_forms_over_sockets(stack: Stack, editor: Editor, forms: Forms) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in editor.session.cookies.items())
    before = stack.one("SELECT count(*) FROM content_item")
    answers, added = dict[int, int](), 0
    for number in range(1, FORMS + 1):
        path, sent = forms.next()
        status = _send(stack.port, path, cookies, sent, hangs_up=random.randrange(HANGS_UP) == 0)
        answers[status] = answers.get(status, 0) + 1
        added += status == 302 and "/new/" in path
        assert status in (0, 200, 302, 400, 413, 431), f"form {number} to {path}: {status}\n{sent}"
    assert answers[302] > FORMS / 20
    assert answers[400] > FORMS / 20
    assert added <= stack.one("SELECT count(*) FROM content_item") - before <= added + answers.get(0, 0)

    assert eventually(lambda: stack.one("SELECT count(*) FROM upload WHERE status IN ('pending', 'processing')") == 0)
    assert eventually(lambda: stack.staging == []), "in staging lies nothing when all uploads have come to an end"
    assert stack.one("SELECT count(*) FROM upload WHERE status = 'failed' AND reason IS NULL") == 0
    assert _faults(stack) == []


def _send(port: int, path: str, cookies: str, sent: Sent, *, hangs_up: bool) -> int:
    """Send a request, and return the status of the answer, or 0 if the sender did not wait for one."""
    headers = {"Host": f"127.0.0.1:{port}", "Cookie": cookies, "Connection": "close", **sent.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", port), DEADLINE) as connection:
        connection.sendall(f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1", "replace"))
        if hangs_up:
            connection.sendall(sent.body[: len(sent.body) // 2])
            return 0
        try:
            connection.sendall(sent.body)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before the end of the body: the answer says why
        answer = connection.makefile("rb").readline()
    assert answer.startswith(b"HTTP/1.1 "), answer
    return int(answer.split()[1])


def _faults(stack: Stack) -> list[str]:
    """Errors in the logs of all processes."""
    found = []
    for line in stack.output.splitlines():
        start = line.find("{")
        try:
            record = json.loads(line[start:]) if start >= 0 else {}
        except ValueError:
            record = {}
        if record.get("level") in ("error", "critical") or "Traceback" in line:
            found.append(line)
    return found
