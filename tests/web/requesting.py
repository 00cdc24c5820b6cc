"""Requests that the test client would not send, with any WSGI environment that a server may create."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson
from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ, run_wsgi_app


@dataclass(frozen=True)
class Answer:
    """The answer to a request."""

    status_code: int
    headers: Headers
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def json(self) -> Any:
        return orjson.loads(self.data)


def request(
    app: Flask, target: str = "/", method: str = "GET", headers: dict[str, str] | None = None, **environ: Any
) -> Answer:
    """Send a request with that target, as gunicorn would; an environment's value of ``None`` is left out."""
    path, _, query = target.partition("?")
    made: dict[str, Any] = create_environ("/", "http://localhost", method=method, headers=headers)
    made |= {"RAW_URI": target, "REQUEST_URI": target, "PATH_INFO": _unquoted(path), "QUERY_STRING": query, **environ}
    body, status, answered = run_wsgi_app(app, {name: value for name, value in made.items() if value is not None})
    return Answer(int(status[:3]), answered, b"".join(body))


def _unquoted(path: str) -> str:
    return unquote(path, "latin-1")
