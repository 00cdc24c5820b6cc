"""One class serves media and static files. Requests, and their answers by RFC 9110."""

from __future__ import annotations

import gzip
import os
import re
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, TestResponse

from cms.http.ranges import MAX_RANGES
from tests.disk import on_disk
from tests.factories import Factory

DATA = bytes(range(256)) * 8

RANGES = [
    ("bytes=0-0", slice(0, 1)),
    ("bytes=10-19", slice(10, 20)),
    ("bytes=100-", slice(100, None)),
    ("bytes=-5", slice(-5, None)),
    ("bytes=-9999999999", slice(None)),
    ("bytes=0-", slice(None)),
    ("bytes=100-99999999999999999999", slice(100, None)),
    ("bytes={last}-{last}", slice(-1, None)),
    ("BYTES= 5-6 ,", slice(5, 7)),
    ("bytes=,,5-6", slice(5, 7)),
    ("bytes={size}-,5-6", slice(5, 7)),
    ("bytes=-0,5-6", slice(5, 7)),
]
EACH_SECOND_BYTE = [slice(2 * n, 2 * n + 1) for n in range(MAX_RANGES)]
SEVERAL_RANGES = [
    ("bytes=0-9,20-29", [slice(0, 10), slice(20, 30)]),
    ("bytes=20-29, 0-9 ,-1", [slice(20, 30), slice(0, 10), slice(-1, None)]),
    ("bytes=0-0,{size}-,5-5", [slice(0, 1), slice(5, 6)]),
    ("bytes=" + ",".join(f"{part.start}-{part.start}" for part in EACH_SECOND_BYTE), EACH_SECOND_BYTE),
]
STRANGE_RANGES = [
    "bytes=9-5",
    "bytes=0-9,9-5",
    "bytes=",
    "bytes=,",
    "bytes=-",
    "bytes=--5",
    "bytes=a-b",
    "bytes=0",
    "bytes",
    "bytes=+1-2",
    "bytes=1_0-20",
    "bytes=٣-٤",
    f"bytes={'9' * 5000}-",
    "items=0-9",
    "0-9",
    "bytes=0-9,5-14",
    "bytes=100-,-5",
    "bytes=0-9,0-9",
    "bytes=" + ",".join(f"{2 * n}-{2 * n}" for n in range(MAX_RANGES + 1)),
]
NO_RANGES = ["bytes={size}-", "bytes={size}-99999999", "bytes=-0", "bytes={size}-,-0"]
CONDITIONS = [
    ({"If-None-Match": "{tag}"}, 304),
    ({"If-None-Match": "W/{tag}"}, 304),
    ({"If-None-Match": '"other", {tag}'}, 304),
    ({"If-None-Match": "*"}, 304),
    ({"If-None-Match": '"other"'}, 200),
    ({"If-None-Match": '"other"', "If-Modified-Since": "{later}"}, 200),
    ({"If-None-Match": "{tag}", "If-Modified-Since": "{before}"}, 304),
    ({"If-None-Match": "{tag}", "Range": "bytes=0-9"}, 304),
    ({"If-Modified-Since": "{then}"}, 304),
    ({"If-Modified-Since": "{later}"}, 304),
    ({"If-Modified-Since": "{before}"}, 200),
    ({"If-Modified-Since": "yesterday"}, 200),
    ({"If-Match": "{tag}"}, 200),
    ({"If-Match": '"other", {tag}'}, 200),
    ({"If-Match": "*"}, 200),
    ({"If-Match": '"other"'}, 412),
    ({"If-Match": "W/{tag}"}, 412),
    ({"If-Match": '"other"', "If-None-Match": "{tag}"}, 412),
    ({"If-Match": '"other"', "Range": "bytes=0-9"}, 412),
    ({"If-Match": "{tag}", "If-Unmodified-Since": "{before}"}, 200),
    ({"If-Match": "{tag}", "If-None-Match": "{tag}"}, 304),
    ({"If-Unmodified-Since": "{then}"}, 200),
    ({"If-Unmodified-Since": "{later}"}, 200),
    ({"If-Unmodified-Since": "{before}"}, 412),
    ({"If-Unmodified-Since": "tomorrow"}, 200),
    ({"If-Unmodified-Since": "{before}", "If-Modified-Since": "{then}"}, 412),
]
IF_RANGE = [
    ("{tag}", 206),
    ("{then}", 206),
    ('"other"', 200),
    ("W/{tag}", 200),
    ("{before}", 200),
    ("{later}", 200),
    ("nonsense", 200),
]
# Accept-Encoding, the coding of a static file if one is accepted, and the status of a media file.
CODINGS = [
    (None, "identity", 200),
    ("", "identity", 200),
    ("gzip", "gzip", 200),
    ("GZIP", "gzip", 200),
    ("br", "br", 200),
    ("gzip, deflate, br, zstd", "br", 200),
    ("br;q=0.5, gzip", "gzip", 200),
    ("*", "br", 200),
    ("*;q=0.1", "br", 200),
    ("gzip;q=0", "identity", 200),
    ("gzip;q=0, br;q=0.000", "identity", 200),
    ("gzip;q=0, *", "br", 200),
    ("identity, gzip;q=0.5", "identity", 200),
    ("identity;q=0.5, gzip;q=0.5", "gzip", 200),
    ("deflate", "identity", 200),
    ("gzip;q=nonsense", "identity", 200),
    ("identity;q=0, gzip", "gzip", 406),
    ("*;q=0, gzip;q=0.1", "gzip", 406),
    ("identity;q=1, *;q=0", "identity", 200),
    ("identity;q=0", None, 406),
    ("*;q=0", None, 406),
    ("identity;q=0, gzip;q=0, br;q=0", None, 406),
]


@dataclass
class Subject:
    """A file, and the answer to a plain request for it."""

    address: str
    data: bytes
    headers: Any

    def words(self) -> dict[str, str]:
        """The values of the placeholders in the requests above."""
        modified = parsedate_to_datetime(self.headers["Last-Modified"]).timestamp()
        return {
            "size": str(len(self.data)),
            "last": str(len(self.data) - 1),
            "tag": self.headers["ETag"],
            "then": self.headers["Last-Modified"],
            "before": formatdate(modified - 1, usegmt=True),
            "later": formatdate(modified + 1, usegmt=True),
        }


@pytest.fixture(params=["media", "static", "admin static"])
def subject(request: pytest.FixtureRequest, app: Flask, client: FlaskClient, factory: Factory) -> Subject:
    address = {
        "media": lambda: factory.media_file(DATA).url_path,
        "static": lambda: app.jinja_env.globals["asset"]("css/site.css"),
        "admin static": lambda: "/admin/static/vendor/jquery.min.js",
    }[request.param]()
    whole = client.get(address)
    assert whole.status_code == 200
    assert whole.headers["Content-Length"] == str(len(whole.data))
    return Subject(address, whole.data, whole.headers)


def ask(client: FlaskClient, subject: Subject, asked: dict[str, str], method: str = "GET") -> TestResponse:
    headers = {name: value.format(**subject.words()) for name, value in asked.items()}
    return client.open(subject.address, method=method, headers=headers)


def test_a_range(client: FlaskClient, subject: Subject) -> None:
    for asked, part in RANGES:
        answer = ask(client, subject, {"Range": asked})
        first, stop, _ = part.indices(len(subject.data))
        assert (answer.status_code, answer.data) == (206, subject.data[part]), asked
        assert answer.headers["Content-Range"] == f"bytes {first}-{stop - 1}/{len(subject.data)}"
        assert answer.headers["Content-Length"] == str(stop - first)
        for name in ("ETag", "Last-Modified", "Cache-Control", "Content-Type"):
            assert answer.headers[name] == subject.headers[name]


def test_several_ranges(client: FlaskClient, subject: Subject) -> None:
    for asked, parts in SEVERAL_RANGES:
        answer = ask(client, subject, {"Range": asked})
        assert answer.status_code == 206, asked
        assert "Content-Range" not in answer.headers
        assert answer.headers["Content-Length"] == str(len(answer.data))
        found = _parts(answer)
        assert [data for _, data in found] == [subject.data[part] for part in parts], asked
        for (head, data), part in zip(found, parts, strict=True):
            first = part.indices(len(subject.data))[0]
            assert f"Content-Range: bytes {first}-{first + len(data) - 1}/{len(subject.data)}" in head
            assert f"Content-Type: {subject.headers['Content-Type']}" in head


def test_the_whole_in_place_of_strange_and_greedy_ranges(client: FlaskClient, subject: Subject) -> None:
    for asked in STRANGE_RANGES:
        answer = ask(client, subject, {"Range": asked.encode().decode("latin-1")})
        assert (answer.status_code, answer.data) == (200, subject.data), asked


def test_ranges_of_which_there_is_none(client: FlaskClient, subject: Subject) -> None:
    for asked in NO_RANGES:
        answer = ask(client, subject, {"Range": asked})
        assert (answer.status_code, answer.data) == (416, b""), asked
        assert answer.headers["Content-Range"] == f"bytes */{len(subject.data)}"
        assert "max-age" not in answer.headers.get("Cache-Control", ""), "no cache keeps it"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions(client: FlaskClient, subject: Subject, method: str) -> None:
    for asked, status in CONDITIONS:
        answer = ask(client, subject, asked, method)
        assert answer.status_code == status, asked
        assert answer.data == (subject.data if (status, method) == (200, "GET") else b""), asked
        if status == 304:
            assert answer.headers["ETag"] == subject.headers["ETag"]
            assert answer.headers["Cache-Control"] == subject.headers["Cache-Control"]
            assert "Content-Type" not in answer.headers


def test_a_range_if_the_rest_is_known(client: FlaskClient, subject: Subject) -> None:
    for known, status in IF_RANGE:
        answer = ask(client, subject, {"Range": "bytes=10-19", "If-Range": known})
        assert answer.status_code == status, known
        assert answer.data == (subject.data[10:20] if status == 206 else subject.data)
        beyond = ask(client, subject, {"Range": "bytes={size}-", "If-Range": known})
        assert beyond.status_code == (416 if status == 206 else 200)


def test_head_is_get_without_the_bytes_and_knows_no_ranges(client: FlaskClient, subject: Subject) -> None:
    for asked in ({}, {"Range": "bytes=0-9"}, {"Range": "bytes={size}-"}):
        answer = ask(client, subject, asked, "HEAD")
        assert (answer.status_code, answer.data) == (200, b"")
        assert _but_id(answer.headers) == _but_id(subject.headers)


def test_other_methods(client: FlaskClient, subject: Subject) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = ask(client, subject, {}, method)
        assert answer.status_code == 405
        assert {"GET", "HEAD"} <= set(answer.headers["Allow"].split(", "))
        assert "POST" not in answer.headers["Allow"]


def test_codings(app: Flask, client: FlaskClient, factory: Factory) -> None:
    film = factory.media_file(DATA).url_path
    for accepted, coding, status in CODINGS:
        asked = {} if accepted is None else {"Accept-Encoding": accepted}
        answer = client.get(film, headers=asked)
        assert (answer.status_code, answer.data) == (status, DATA if status == 200 else b""), accepted
        assert "Accept-Encoding" not in answer.headers.get("Vary", "")
        for address in (app.jinja_env.globals["asset"]("css/site.css"), "/admin/static/vendor/jquery.min.js"):
            answer = client.get(address, headers=asked)
            assert answer.headers["Vary"] == "Accept-Encoding"
            if coding is None:
                assert (answer.status_code, answer.data) == (406, b""), accepted
            else:
                assert answer.headers.get("Content-Encoding", "identity") == coding, accepted
                assert _decoded(answer) == client.get(address).data


def test_each_coding_has_its_own_tag_and_its_own_ranges(app: Flask, client: FlaskClient) -> None:
    address = app.jinja_env.globals["asset"]("css/site.css")
    tags = {}
    for coding in ("identity", "gzip", "br"):
        whole = client.get(address, headers={"Accept-Encoding": coding})
        tags[coding] = whole.headers["ETag"]
        assert not tags[coding].startswith("W/")
        parts = [
            client.get(address, headers={"Accept-Encoding": coding, "Range": asked, "If-Range": tags[coding]})
            for asked in ("bytes=0-99", "bytes=100-")
        ]
        assert [part.status_code for part in parts] == [206, 206]
        assert b"".join(part.data for part in parts) == whole.data
    assert len(set(tags.values())) == 3
    asked = {"Accept-Encoding": "br", "If-None-Match": tags["gzip"]}
    assert client.get(address, headers=asked).status_code == 200
    asked = {"Accept-Encoding": "br", "Range": "bytes=0-9", "If-Range": tags["gzip"]}
    assert client.get(address, headers=asked).status_code == 200


def test_an_empty_file(client: FlaskClient, factory: Factory, app: Flask) -> None:
    """No range can refer to it."""
    path = "2026/01/02/text/empty-0123456789ab.vtt"
    storage = app.extensions["storage"]
    on_disk(storage, path).parent.mkdir(parents=True)
    on_disk(storage, path).touch()
    for asked in ({}, {"Range": "bytes=0-"}, {"Range": "bytes=-5"}):
        answer = client.get(f"/media/{path}", headers=asked)
        assert (answer.status_code, answer.data, answer.headers["Content-Length"]) == (200, b"", "0")


class Sendfile:
    """A server's file wrapper, which records what the kernel would send."""

    def __init__(self, file: Any, block_size: int) -> None:
        self.file = file

    def __iter__(self) -> Sendfile:
        raise AssertionError("the app must not read the file")

    def close(self) -> None:
        self.file.close()


@pytest.mark.parametrize(("asked", "first", "length"), [(None, 0, len(DATA)), ("bytes=100-199", 100, 100)])
def test_the_server_may_have_the_kernel_send_a_file(
    app: Flask, client: FlaskClient, factory: Factory, asked: str | None, first: int, length: int
) -> None:
    environ = EnvironBuilder(factory.media_file(DATA).url_path, headers={"Range": asked} if asked else {}).get_environ()
    environ["wsgi.file_wrapper"] = Sendfile
    seen: list[dict[str, str]] = []
    body: Any = app.wsgi_app(environ, lambda status, headers, *rest: seen.append(dict(headers)))  # type: ignore[arg-type,func-returns-value]
    assert type(body) is Sendfile, "no middleware has wrapped it again"
    assert os.lseek(body.file.fileno(), 0, os.SEEK_CUR) == first
    assert seen[0]["Content-Length"] == str(length)
    body.close()


def _parts(answer: TestResponse) -> list[tuple[str, bytes]]:
    """The heads and bodies in a multipart answer."""
    found = re.fullmatch(r"multipart/byteranges; boundary=(\w+)", answer.headers["Content-Type"])
    assert found
    boundary = found[1].encode()
    assert answer.data.startswith(b"--" + boundary + b"\r\n")
    assert answer.data.endswith(b"\r\n--" + boundary + b"--\r\n")
    inner = (b"\r\n" + answer.data).removesuffix(b"\r\n--" + boundary + b"--\r\n")
    heads = [part.split(b"\r\n\r\n", 1) for part in inner.split(b"\r\n--" + boundary + b"\r\n")[1:]]
    return [(head.decode(), data) for head, data in heads]


def _decoded(answer: TestResponse) -> bytes:
    decode = {"gzip": gzip.decompress, "br": brotli.decompress}
    return bytes(decode.get(answer.headers.get("Content-Encoding", ""), bytes)(answer.data))


def _but_id(headers: Any) -> list[tuple[str, str]]:
    return sorted(header for header in headers if header[0] != "X-Request-ID")
