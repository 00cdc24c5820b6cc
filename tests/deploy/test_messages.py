"""Responses are sent as gunicorn itself would send them, also when their headers are remembered."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.errors import InvalidResponseHeader, InvalidResponseHeaderName

from deploy import messages

Headers = list[tuple[str, str]]


class Sent:
    """A socket that records what is sent."""

    def __init__(self) -> None:
        self.data = b""

    def sendall(self, data: bytes) -> None:
        self.data += data


def answer(kind: type[wsgi.Response], status: str, headers: Headers, *, closes: bool = False) -> Any:
    request = SimpleNamespace(version=(1, 1), method="GET", should_close=lambda: closes)
    response = kind(request, Sent(), Config())
    response.start_response(status, headers)
    return response


def head(response: Any) -> bytes:
    """What is sent before the body, except the date."""
    response.send_headers()
    return re.sub(rb"\r\nDate: [^\r]+", b"", response.sock.data)


@pytest.mark.parametrize("closes", [False, True])
@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "304 Not Modified"])
@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Type", "text/html"), ("Content-Length", "12"), ("ETag", 'W/"1"')],
        [("Content-Type", "text/html")],
        [("Set-Cookie", "a=1"), ("Vary", "Cookie"), ("Set-Cookie", "b=2"), ("Set-Cookie", "a=1")],
        [("Keep-Alive", "timeout=5"), ("Transfer-Encoding", "chunked"), ("X-A", "b")],
        [("X-A", " \tspaces around it "), ("X-B", "")],
        [("X-A", "\xe9")],
    ],
)
def test_the_head_is_gunicorns_own_each_time(headers: Headers, status: str, closes: bool) -> None:
    for _ in range(2):  # the second time it is remembered
        ours = answer(messages.Response, status, headers, closes=closes)
        theirs = answer(wsgi.Response, status, headers, closes=closes)
        assert ours.response_length == theirs.response_length
        assert head(ours) == head(theirs)


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (("X-A", "b\r\nX-C: d"), InvalidResponseHeader),
        (("X A", "b"), InvalidResponseHeaderName),
        (("X-A", 1), TypeError),
        ((b"X-A", "b"), TypeError),
    ],
)
def test_what_must_not_be_sent_is_refused_each_time(header: Any, error: type[Exception]) -> None:
    for _ in range(2):
        with pytest.raises(error):
            answer(messages.Response, "200 OK", [header])


def test_the_date_is_that_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    for moment, date in [(784111777.0, b"08:49:37"), (784111777.9, b"08:49:37"), (784111778.1, b"08:49:38")]:
        monkeypatch.setattr(messages.time, "time", lambda moment=moment: moment)
        response = answer(messages.Response, "200 OK", [])
        response.send_headers()
        assert b"\r\nDate: Sun, 06 Nov 1994 %b GMT\r\n" % date in response.sock.data
