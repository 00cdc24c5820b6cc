"""The transcript on a file's page that a machine has made, until an editor says to have read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cms.media.derivatives.models import Derivative
from cms.media.models import MediaFile
from cms.media.storage import Storage
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

NAME = "0b/0b8a1f6f7c2d/transcript-1-7-9f8e7d6c5b4a3f2e-und.vtt"
SAID = "A machine has made it."


@pytest.fixture
def film(factory: Factory, storage: Storage, tmp_path: Path) -> MediaFile:
    """A film on a page in Russian, with a transcript whose language is not known."""
    film = factory.media_file()
    item = factory.item(factory.page(slug="it", language="ru"), "video")
    factory.attached(item, "video", film)
    (tmp_path / "written").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nTom &amp; Ann\n", encoding="utf-8")
    with storage.derived.prepared(tmp_path / "written", lambda: None) as publish:
        publish(NAME)
    about = {"language": "", "kind": "subtitles", "label": "", "machine_made": True}
    file = {"mime_type": "text/vtt", "width": None, "height": None}
    with Session(factory.engine) as session:
        row = Derivative(media_file_id=film.id, recipe="transcript", version=1, status="ready")
        row.files = [{"path": NAME, "size": 50, "about": about, **file}]  # type: ignore[typeddict-item]
        session.add(row)
        session.commit()
    factory.change(film, derived={"transcript": [{"path": f"/derived/{NAME}", **file, **about}]}, playable=True)
    return film


def read(client: FlaskClient, film: MediaFile, path: str = f"/derived/{NAME}") -> str:
    address = f"/admin/media/details/?id={film.id}"
    data = {"csrf_token": csrf_token(client, address), "id": film.id, "path": path}
    return client.post("/admin/media/transcript/", data=data, follow_redirects=True).text


def test_it_is_machine_made_until_it_is_read(signed_in: FlaskClient, film: MediaFile) -> None:
    def page() -> str:
        return signed_in.get("/it/").text

    def caption() -> dict[str, object]:
        [item] = signed_in.get("/api/page/content/").json["results"][0]["contents"]  # type: ignore[index]
        [found] = item["video_file"]["captions"]
        return dict(found)

    text = signed_in.get(f"/admin/media/details/?id={film.id}").text
    assert SAID in text
    assert "<li>Tom &amp; Ann</li>" in text
    expected = {"path": f"/derived/{NAME}", "language": "ru", "kind": "subtitles", "label": "Русский"}
    assert caption() == expected | {"machine_made": True}
    assert 'label="Русский (made by a machine)" data-machine-made' in page()
    assert "A machine has written this down." in page()
    assert SAID not in read(signed_in, film)
    assert caption() == expected | {"machine_made": False}
    assert 'label="Русский"' in page()
    assert "machine" not in page()


def test_another_than_the_one_that_was_shown_is_not_read(signed_in: FlaskClient, film: MediaFile) -> None:
    text = read(signed_in, film, "/derived/an/earlier-one.vtt")
    assert "The transcript was made again in the meantime. Read the new one." in text
    assert SAID in text


def test_it_takes_an_editor(client: FlaskClient, film: MediaFile) -> None:
    sent = client.post("/admin/media/transcript/", data={"id": film.id, "path": f"/derived/{NAME}"})
    assert sent.status_code in (302, 400)
    assert "A machine has written this down." in client.get("/it/").text
