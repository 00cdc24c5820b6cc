"""Files over HTTP by RFC 9110, for media and static files: codings, conditions, ranges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from werkzeug.http import http_date, parse_date, parse_etags
from werkzeug.wsgi import wrap_file

from cms.http.codings import IDENTITY, preferred
from cms.http.ranges import BLOCK_SIZE, Multipart, OpenRange, asked_ranges

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Headers = list[tuple[str, str]]
Answer = tuple[HTTPStatus, Headers, Iterable[bytes]]

METHODS = ("GET", "HEAD")


@dataclass(frozen=True)
class Representation:
    """A file's bytes in one content coding.

    The ``etag`` (without quotes) is strong: the same content in another coding has another one.
    """

    open: OpenRange
    size: int
    etag: str
    coding: str = IDENTITY


class ServedFile:
    """A WSGI application that serves one file. Its use of memory does not depend on the file's size.

    Args:
        representations: the same content in each available coding, the best one first.
        content_type: the type of the decoded content.
        modified: when the file was last changed, in seconds since the epoch.
        headers: further headers of responses with the file, or 304; errors do not have them.
    """

    def __init__(
        self, representations: Sequence[Representation], content_type: str, modified: float, headers: Headers
    ) -> None:
        self._by_coding = {found.coding: found for found in representations}
        self._content_type, self._modified = content_type, int(modified)
        self._vary = [("Vary", "Accept-Encoding")] if len(representations) > 1 else []
        self._headers = [*headers, *self._vary]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request; see :meth:`answer`."""
        status, headers, body = self.answer(environ)
        start_response(f"{status.value} {status.phrase}", headers)
        return body

    def answer(self, environ: WSGIEnvironment) -> Answer:
        """Status, headers and body. Hand the body to the server unread: the server may let the kernel send the file.

        Raises:
            OSError: the file cannot be opened.
        """
        if environ["REQUEST_METHOD"] not in METHODS:
            return self._refusal(HTTPStatus.METHOD_NOT_ALLOWED, ("Allow", ", ".join(METHODS)))
        coding = preferred(environ.get("HTTP_ACCEPT_ENCODING"), tuple(self._by_coding))
        if coding is None:
            return self._refusal(HTTPStatus.NOT_ACCEPTABLE)
        chosen = self._by_coding[coding]
        status = _decided_by_conditions(environ, chosen.etag, self._modified)
        if status == HTTPStatus.PRECONDITION_FAILED:
            return self._refusal(status)
        headers = [("ETag", f'"{chosen.etag}"'), ("Last-Modified", http_date(self._modified)), *self._headers]
        if status == HTTPStatus.NOT_MODIFIED:
            return status, headers, ()
        headers.append(("Accept-Ranges", "bytes"))
        if coding != IDENTITY:
            headers.append(("Content-Encoding", coding))
        return self._content(environ, chosen, headers)

    def _content(self, environ: WSGIEnvironment, chosen: Representation, headers: Headers) -> Answer:
        """The whole file, or what ``Range`` asks for. Only GET has ranges (section 14.2)."""
        status, content_type = HTTPStatus.OK, self._content_type
        first, length = 0, chosen.size
        multipart = None
        match self._ranges(environ, chosen):
            case None:
                pass
            case []:
                unsatisfied = ("Content-Range", f"bytes */{chosen.size}")
                return self._refusal(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, unsatisfied)
            case [(first, last)]:
                status, length = HTTPStatus.PARTIAL_CONTENT, last - first + 1
                headers.append(("Content-Range", f"bytes {first}-{last}/{chosen.size}"))
            case ranges:
                multipart = Multipart(ranges, chosen.size, content_type)
                status, length, content_type = HTTPStatus.PARTIAL_CONTENT, multipart.length, multipart.content_type
        headers += [("Content-Type", content_type), ("Content-Length", str(length))]
        if environ["REQUEST_METHOD"] == "HEAD":
            return status, headers, ()
        if multipart:
            return status, headers, multipart.read(chosen.open)
        return status, headers, wrap_file(environ, chosen.open(first, first + length), BLOCK_SIZE)  # type: ignore[arg-type]

    def _ranges(self, environ: WSGIEnvironment, chosen: Representation) -> list[tuple[int, int]] | None:
        """The ranges to send; ``None`` for the whole file."""
        header = environ.get("HTTP_RANGE")
        if header is None or environ["REQUEST_METHOD"] != "GET":
            return None
        # If-Range (section 13.1.5): the ETag, compared strongly, or the exact date. The bytes at an address do not
        # change twice within a second, so the date is a strong validator, too (section 8.8.2.2).
        if (known := environ.get("HTTP_IF_RANGE")) is not None:
            date = parse_date(known)
            if known.strip() != f'"{chosen.etag}"' and (date is None or date.timestamp() != self._modified):
                return None
        return asked_ranges(header, chosen.size)

    def _refusal(self, status: HTTPStatus, *headers: tuple[str, str]) -> Answer:
        return status, [("Content-Length", "0"), *headers, *self._vary], ()


def _decided_by_conditions(environ: WSGIEnvironment, etag: str, modified: int) -> HTTPStatus | None:
    """412 or 304 if the request's conditions say so, in the order of section 13.2.2. Unreadable dates are ignored."""
    if (tags := environ.get("HTTP_IF_MATCH")) is not None:
        if not parse_etags(tags).contains(etag):
            return HTTPStatus.PRECONDITION_FAILED
    elif (date := parse_date(environ.get("HTTP_IF_UNMODIFIED_SINCE"))) and modified > date.timestamp():
        return HTTPStatus.PRECONDITION_FAILED
    if (tags := environ.get("HTTP_IF_NONE_MATCH")) is not None:
        if parse_etags(tags).contains_weak(etag):
            return HTTPStatus.NOT_MODIFIED
    elif (date := parse_date(environ.get("HTTP_IF_MODIFIED_SINCE"))) and modified <= date.timestamp():
        return HTTPStatus.NOT_MODIFIED
    return None
