"""The fast path: once an address was answered, it is answered without Flask from then on.

A few lines of a request decide which cached response it is for, and which headers it gets. So each process remembers
what Flask found out about them, and asks Redis directly. Flask answers everything else: responses that Redis does not
have, other requests, and errors. Nothing that can become stale is remembered: bodies and counters are in Redis.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.http import remove_entity_headers

from cms import current
from cms.http.address import REFUSED
from cms.http.counted import NOT_MODIFIED, OK, represent
from cms.http.readers import count_of
from cms.page_views import PageViews, Reading
from cms.view_counts.counter import COUNTING_ERRORS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Where in the WSGI environment a view says what it asked Redis, and the fast path what Redis did instead of answering.
READING, ERROR = "cms.reading", "cms.counting_error"

#: All that a counted response may depend on, besides what it counts as and what `represent` reads.
_LINES = (
    *(REFUSED, "wsgi.url_scheme", "HTTP_HOST", "PATH_INFO", "QUERY_STRING"),
    *("HTTP_ACCEPT_LANGUAGE", "HTTP_COOKIE", "HTTP_ORIGIN"),
)
# The headers that `represent` sets anew each time.
_OWN_HEADERS = {"cache-control", "content-encoding", "content-length", "etag"}
# Together they limit what a process remembers to 2 MB.
_MAX_REQUESTS = 1000
_MAX_REQUEST_LENGTH = 1000


class FastPath:
    """WSGI middleware: answers requests that it remembers."""

    def __init__(self, application: WSGIApplication, page_views: PageViews) -> None:
        self.application, self.page_views = application, page_views
        # By request: what was read, and the headers for each status.
        self._remembered: dict[tuple[str | None, ...], tuple[Reading, dict[str, list[tuple[str, str]]]]] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from the cache, or pass the request on to Flask."""
        if environ["REQUEST_METHOD"] != "GET" or "HTTP_IF_MATCH" in environ:
            return self.application(environ, start_response)
        lines = (*[environ.get(line) for line in _LINES], count_of(environ))
        if (remembered := self._remembered.get(lines)) is None:
            return self._learn(lines, environ, start_response)
        reading, headers = remembered
        counted = None
        try:
            counted = self.page_views.read(reading)
        except COUNTING_ERRORS as error:
            environ[ERROR] = error
        except SQLAlchemyError:
            pass  # Flask will meet the same fault, and has a sentence for it
        if counted is None:
            return self.application(environ, start_response)
        status, own, body = represent(counted, environ)
        start_response(status, [*headers[status], *own])
        return [body]

    def _learn(
        self, lines: tuple[str | None, ...], environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            reading = environ.get(READING)
            names = {name.lower() for name, _ in headers}
            # (A 304 lacks some of the headers to remember, and a cookie belongs to one visitor.)
            if reading and status == OK and "set-cookie" not in names:
                self._remember(lines, reading, headers)
            return start_response(status, headers, *rest)

        return self.application(environ, start)

    def _remember(self, lines: tuple[str | None, ...], reading: Reading, headers: list[tuple[str, str]]) -> None:
        if sum(len(line or "") for line in lines) > _MAX_REQUEST_LENGTH:
            return
        if len(self._remembered) >= _MAX_REQUESTS:
            self._remembered.clear()
        kept = [header for header in headers if header[0].lower() not in _OWN_HEADERS]
        about = list(kept)
        remove_entity_headers(about)
        self._remembered[lines] = reading, {OK: kept, NOT_MODIFIED: about}


def init_fastpath(app: Flask) -> None:
    """Put the fast path in front of the app, if the app caches responses."""
    if app.config["CACHE_DEFAULT_TIMEOUT"]:
        with app.app_context():
            app.wsgi_app = FastPath(app.wsgi_app, current.page_views())  # type: ignore[method-assign]
