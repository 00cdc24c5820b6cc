"""Gunicorn's requests and responses, without the work whose result is always the same."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from gunicorn.http import message, parser, wsgi
from gunicorn.util import http_date

# How many headers are remembered. Few answers have more than fifteen headers, and only three of them vary.
_MOST = 250


class Request(message.Request):  # type: ignore[misc]
    """A request without trusted proxies: gunicorn need not compare the peer's address."""

    def _peer_trusted_for_forwarded(self) -> tuple[dict[str, str], list[str]]:
        return {}, []


class Parser(parser.RequestParser):  # type: ignore[misc]
    """Reads requests."""

    mesg_class = Request


class Response(wsgi.Response):  # type: ignore[misc]
    """A response that caches checked headers and the formatted date."""

    def process_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        """Take the app's headers.

        Raises:
            TypeError, gunicorn.http.errors.InvalidResponseHeader: a header cannot be sent.
        """
        for header in headers:
            if _is_plain(*header):
                self.headers.append(header)
            else:
                super().process_headers([header])

    def default_headers(self) -> list[str]:
        """The status line and the server's own headers."""
        major, minor = self.req.version
        lines = [
            f"HTTP/{major}.{minor} {self.status}\r\n",
            f"Server: {self.version}\r\n",
            f"Date: {_date(int(time.time()))}\r\n",
            f"Connection: {'close' if self.should_close() else 'keep-alive'}\r\n",
        ]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked\r\n")
        return lines


@lru_cache(_MOST)
def _is_plain(name: str, value: str) -> bool:
    """Whether gunicorn would send the header unchanged, without acting on it."""
    response: Any = wsgi.Response(None, None, None)
    response.process_headers([(name, value)])
    return bool(response.headers == [(name, value)] and response.response_length is None)


@lru_cache(1)
def _date(second: int) -> str:
    return str(http_date(second))
