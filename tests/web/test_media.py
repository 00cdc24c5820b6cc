"""Finished files: ranges, strong ETags, caching forever, and nothing else from the folder."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from cms.media.mediatypes import BY_EXTENSION
from cms.media.models import MediaFile
from cms.media.storage import Storage
from tests.disk import on_disk
from tests.factories import Factory

DATA = bytes(range(256)) * 4


@pytest.fixture
def media_file(factory: Factory) -> MediaFile:
    return factory.media_file(DATA)


def test_a_whole_file(client: FlaskClient, media_file: MediaFile) -> None:
    answer = client.get(media_file.url_path)
    assert (answer.status_code, answer.data) == (200, DATA)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Length"] == str(len(DATA))
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_it_is_cached_for_good(client: FlaskClient, media_file: MediaFile) -> None:
    kept = {part.strip() for part in client.get(media_file.url_path).headers["Cache-Control"].split(",")}
    assert kept == {"public", "immutable", f"max-age={365 * 24 * 3600}"}
    assert "Set-Cookie" not in client.get(media_file.url_path).headers


def test_its_tag_is_strong_and_that_of_its_bytes(client: FlaskClient, media_file: MediaFile) -> None:
    tag = client.get(media_file.url_path).headers["ETag"]
    assert tag == f'"{media_file.digest[:12]}"'


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("0-0", 0, 0), ("10-19", 10, 19), ("1000-", 1000, 1023), ("-24", 1000, 1023), ("1000-9999", 1000, 1023)],
)
def test_a_range(client: FlaskClient, media_file: MediaFile, asked: str, first: int, last: int) -> None:
    answer = client.get(media_file.url_path, headers={"Range": f"bytes={asked}"})
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(DATA)}"
    assert answer.data == DATA[first : last + 1]


@pytest.mark.parametrize("asked", ["1024-", "2000-3000"])
def test_a_range_that_is_not_there(client: FlaskClient, media_file: MediaFile, asked: str) -> None:
    answer = client.get(media_file.url_path, headers={"Range": f"bytes={asked}"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(DATA)}"


def test_what_the_client_has_is_not_sent_again(client: FlaskClient, media_file: MediaFile) -> None:
    tag = client.get(media_file.url_path).headers["ETag"]
    answer = client.get(media_file.url_path, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)
    assert client.get(media_file.url_path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("name", ["If-None-Match", "If-Match", "Range", "Accept-Encoding"])
def test_an_answer_without_a_body_has_neither_a_type_nor_a_language(
    client: FlaskClient, media_file: MediaFile, name: str
) -> None:
    """With 304 a cache would keep the file by the reader's language and cookies from then on."""
    asked = {"If-None-Match": "*", "If-Match": '"x"', "Range": "bytes=9999-", "Accept-Encoding": "identity;q=0"}
    answer = client.get(media_file.url_path, headers={name: asked[name]})
    assert (answer.status_code >= 304, answer.data) == (True, b"")
    assert not {"Content-Type", "Content-Language", "Vary"} & {*answer.headers.keys()}


def test_a_range_of_other_bytes_is_the_whole(client: FlaskClient, media_file: MediaFile) -> None:
    tag = client.get(media_file.url_path).headers["ETag"]
    for known, status in ((tag, 206), ('"other"', 200)):
        asked = {"Range": "bytes=0-9", "If-Range": known}
        assert client.get(media_file.url_path, headers=asked).status_code == status


def test_head_sends_no_bytes(client: FlaskClient, media_file: MediaFile) -> None:
    answer = client.head(media_file.url_path)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(DATA))


@pytest.mark.parametrize("extension", sorted(BY_EXTENSION))
def test_every_stored_type_is_served_as_what_it_is(client: FlaskClient, storage: Storage, extension: str) -> None:
    _write(storage, f"2026/01/02/video/a-0123456789ab.{extension}")
    answer = client.get(f"/media/2026/01/02/video/a-0123456789ab.{extension}")
    assert answer.status_code == 200
    assert answer.mimetype == BY_EXTENSION[extension].mime
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_documents_alone_are_saved(client: FlaskClient, storage: Storage) -> None:
    for extension in BY_EXTENSION:
        _write(storage, f"2026/01/02/video/a-0123456789ab.{extension}")
        answer = client.get(f"/media/2026/01/02/video/a-0123456789ab.{extension}")
        assert answer.headers.get("Content-Disposition") == (
            "attachment" if BY_EXTENSION[extension].mime.startswith("application/") else None
        ), extension


def test_a_file_may_do_nothing(client: FlaskClient, media_file: MediaFile) -> None:
    policy = client.get(media_file.url_path).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("name", ["Эти_страшные_буквы", "日本語", "with_underscores", "a-b-c"])
def test_names_in_any_alphabet(client: FlaskClient, storage: Storage, name: str) -> None:
    _write(storage, f"2026/01/02/video/{name}-0123456789ab.mp4")
    answer = client.get(f"/media/2026/01/02/video/{name}-0123456789ab.mp4")
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"0123456789ab"'


@pytest.mark.parametrize(
    "path",
    [
        ".staging/0123456789abcdef0123456789abcdef",
        "2026/01/02/video/.0123456789abcdef",
        "2026/01/02/video/.hidden.mp4",
        "2026/01/02/video/page.html",
        "2026/01/02/video/drawing.svg",
        "2026/01/02/video/noextension",
        "2026/01/02/video/deeper/a.mp4",
        "secret.mp4",
        "2026/01/02/a.mp4",
        "../secret.mp4",
        "2026/01/02/video/../../../../../secret.mp4",
        "2026/01/02/video/..%2f..%2f..%2f..%2f..%2fsecret.mp4",
        "%2e%2e/secret.mp4",
        "2026/01/02/video/a.mp4/",
        "2026/01/02/video/gone.mp4",
        "2026/01/02/video/a%00.mp4",
        "2026/01/02/video/" + "a" * 300 + ".mp4",
        "2026/01/02/video",
        "2026/01/02/video/",
        "",
    ],
)
def test_nothing_else_is_served(client: FlaskClient, storage: Storage, path: str) -> None:
    for there in (
        ".staging/0123456789abcdef0123456789abcdef",
        "2026/01/02/video/.0123456789abcdef",
        "2026/01/02/video/.hidden.mp4",
        "2026/01/02/video/page.html",
        "2026/01/02/video/drawing.svg",
        "2026/01/02/video/noextension",
        "2026/01/02/video/deeper/a.mp4",
        "2026/01/02/a.mp4",
        "secret.mp4",
    ):
        _write(storage, there)
    outside = on_disk(storage).parent / "secret.mp4"
    outside.write_bytes(DATA)
    try:
        answer = client.get(f"/media/{path}")
    finally:
        outside.unlink()
    assert answer.status_code == 404
    assert DATA not in answer.data


def _write(storage: Storage, path: str) -> None:
    on_disk(storage, path).parent.mkdir(parents=True, exist_ok=True)
    on_disk(storage, path).write_bytes(DATA)
