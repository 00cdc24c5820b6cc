"""What was made of a file, on its page in the admin: shown, made again, canceled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cms.admin import derivatives
from cms.database import now
from cms.media.derivatives.models import Derivative
from cms.media.models import MediaFile
from tests.conftest import csrf_token
from tests.factories import Factory

Add = Callable[..., Derivative]


@pytest.fixture
def film(factory: Factory) -> MediaFile:
    return factory.media_file()


@pytest.fixture
def add(factory: Factory, film: MediaFile) -> Add:
    def make(**values: object) -> Derivative:
        with Session(factory.engine, expire_on_commit=False) as session:
            row = Derivative(media_file_id=film.id, **({"recipe": "poster", "version": 1} | values))
            session.add(row)
            session.commit()
            return row

    return make


def post(client: FlaskClient, film: MediaFile, **values: object) -> str:
    """Press a button, and return the page that follows."""
    token = csrf_token(client, f"/admin/media/details/?id={film.id}")
    data = {"csrf_token": token, **values}
    return client.post("/admin/media/derivative/", data=data, follow_redirects=True).text


def test_a_file_without_any_shows_none(signed_in: FlaskClient, film: MediaFile) -> None:
    assert "Made from this file" not in signed_in.get(f"/admin/media/details/?id={film.id}").text


def test_only_pictures_are_shown_as_pictures(signed_in: FlaskClient, film: MediaFile, add: Add) -> None:
    sizes = {"size": 9, "width": 320, "height": 180}
    add(recipe="poster", status="ready", files=[{"path": "a/320.webp", "mime_type": "image/webp", **sizes}])
    add(recipe="rendition", status="ready", files=[{"path": "a/video.mp4", "mime_type": "video/mp4", **sizes}])
    table = signed_in.get(f"/admin/media/details/?id={film.id}").text.partition('id="derivatives"')[2]
    assert "a/320.webp" in table
    assert "a/video.mp4" not in table


def test_each_has_its_state_and_its_reason(signed_in: FlaskClient, film: MediaFile, add: Add) -> None:
    add(status="processing", progress=42)
    add(recipe="waveform", status="failed", reason="No sound of this recording can be read.")
    text = signed_in.get(f"/admin/media/details/?id={film.id}").text
    for shown in ("being made · 42\N{NO-BREAK SPACE}%", "No sound of this recording can be read."):
        assert shown in text
    assert text.count('name="action" value="cancel"') == text.count('name="action" value="retry"') == 1


def test_an_editor_makes_it_again(
    signed_in: FlaskClient, factory: Factory, film: MediaFile, add: Add, derivatives_sent: list[int]
) -> None:
    row = add(status="failed", reason="The disk is full.", attempts=3)
    text = post(signed_in, film, id=row.id, action="retry")
    assert "waiting" in text
    assert (factory.reload(row).status, factory.reload(row).attempts, derivatives_sent) == ("pending", 0, [row.id])
    assert "cannot be made any more" in post(signed_in, film, id=row.id, action="retry")


def test_an_editor_cancels_it(
    signed_in: FlaskClient, factory: Factory, film: MediaFile, add: Add, derivatives_sent: list[int]
) -> None:
    row = add(status="processing", lease_token="somebody's")
    assert "Canceled by an editor." in post(signed_in, film, id=row.id, action="cancel")
    assert (factory.reload(row).status, factory.reload(row).lease_token, derivatives_sent) == ("skipped", None, [])
    assert "This is finished already." in post(signed_in, film, id=row.id, action="cancel")


def test_what_is_gone_is_told(signed_in: FlaskClient, film: MediaFile, add: Add) -> None:
    add()
    assert "There is no such derivative." in post(signed_in, film, id=12345, action="retry")


@pytest.mark.both_databases
def test_states_are_polled_with_an_etag(signed_in: FlaskClient, factory: Factory, add: Add) -> None:
    row = add(status="processing", progress=25, started_at=now() - timedelta(minutes=1))
    upload_id = factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", b"a")
    query = {"upload": upload_id, "derivative": row.id}
    answer = signed_in.get("/admin/status/", query_string=query)
    upload, derivative = answer.json
    assert (upload["work"], upload["id"], upload["name"], upload["final"]) == ("upload", upload_id, "a.mp4", False)
    assert (derivative["work"], derivative["id"], derivative["name"]) == ("derivative", row.id, "Poster")
    assert (derivative["status"], derivative["final"]) == ("processing", False)
    assert derivative["reason"] == "about 3 minutes left"
    known = {"If-None-Match": answer.headers["ETag"]}
    again = signed_in.get("/admin/status/", query_string=query, headers=known)
    assert (again.status_code, again.data) == (304, b"")
    factory.change(row, status="ready")
    changed = signed_in.get("/admin/status/", query_string=query, headers=known)
    assert (changed.status_code, changed.json[1]["final"]) == (200, True)


@pytest.mark.parametrize(
    ("progress", "minutes", "words"),
    [
        (1, 5, ""),
        (50, 0.4, "less than a minute left"),
        (50, 1, "about 1 minute left"),
        (10, 9, "about 81 minutes left"),
        (10, 20, "about 3 hours left"),
        (50, -5, ""),
    ],
)
def test_the_time_that_is_left(app: Flask, progress: int, minutes: float, words: str) -> None:
    row = Derivative(progress=progress, started_at=now() - timedelta(minutes=minutes))
    with app.test_request_context():
        assert derivatives.time_left(row) == words
        assert derivatives.time_left(Derivative(progress=50)) == ""


@pytest.mark.both_databases
def test_the_overview_tells_what_failed_and_leads_there(
    signed_in: FlaskClient, factory: Factory, film: MediaFile, add: Add
) -> None:
    assert "Nothing. All is well." in signed_in.get("/admin/").text
    add(status="failed")
    other = factory.media_file()
    factory.change(other, fault="missing")
    text = signed_in.get("/admin/").text
    assert "1 derivative, such as a poster, could not be made." in text
    assert "1 stored file is missing." in text
    for address, (here, elsewhere) in {
        "/admin/media/?flt0_made_from_it_is=failed": (film, other),
        "/admin/media/?flt0_fault_is=missing": (other, film),
    }.items():
        assert address in text
        listed = signed_in.get(address).text
        assert here.digest in listed
        assert elsewhere.digest not in listed
