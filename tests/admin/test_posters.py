"""The form with which an editor chooses a file's poster."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from cms.media.derivatives import chosen
from cms.media.derivatives.models import Derivative
from cms.media.derivatives.recipe import Choice
from cms.media.models import MediaFile
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


@pytest.fixture
def film(factory: Factory) -> MediaFile:
    film = factory.media_file()
    factory.change(film, video_codec="h264", duration=191.5, playable=True, container="mp4", probe_version=1)
    return film


def post(client: FlaskClient, file: MediaFile, **values: object) -> str:
    address = f"/admin/media/details/?id={file.id}"
    data = {"csrf_token": csrf_token(client, address), **values}
    return client.post(address, data=data, follow_redirects=True).text


def picture(**options: object) -> tuple[BytesIO, str]:
    data = BytesIO()
    Image.new("RGB", (40, 30), "red").save(data, "PNG", **options)
    data.seek(0)
    return data, "mine.png"


def kept(factory: Factory, file: MediaFile) -> Choice | None:
    with Session(factory.engine) as session:
        return chosen.of(session, file.id)


def test_another_moment(signed_in: FlaskClient, factory: Factory, film: MediaFile, derivatives_sent: list[int]) -> None:
    assert "It is chosen automatically." in signed_in.get(f"/admin/media/details/?id={film.id}").text
    text = post(signed_in, film, action="moment", moment="1:23,5")
    assert kept(factory, film) == Choice(second=83.5)
    for words in ("The picture is being made.", "An editor has chosen this moment.", 'value="1:23.5"', "waiting"):
        assert words in text
    with Session(factory.engine) as session:
        assert [row.id for row in session.query(Derivative).filter_by(recipe="poster")] == derivatives_sent


@pytest.mark.parametrize("moment", ["3:13", "-1", "soon", ""])
def test_no_such_moment(
    signed_in: FlaskClient, factory: Factory, film: MediaFile, derivatives_sent: list[int], moment: str
) -> None:
    text = post(signed_in, film, action="moment", moment=moment)
    assert "Write a moment from 0:00 to 3:12, like 1:23.5, or in seconds." in text
    assert f'name="moment" value="{moment}"' in text, "what was typed is still there"
    assert (kept(factory, film), derivatives_sent) == (None, [])


def test_an_own_picture_and_back(
    signed_in: FlaskClient, factory: Factory, film: MediaFile, derivatives_sent: list[int]
) -> None:
    text = post(signed_in, film, action="picture", picture=picture(comment=b"private"))
    assert "This is a picture of your own." in text
    choice = kept(factory, film)
    assert choice
    assert choice.picture
    assert choice.picture.startswith(b"RIFF")
    text = post(signed_in, film, action="automatic")
    assert "It is chosen automatically." in text
    assert kept(factory, film) is None
    assert len(derivatives_sent) == 2


def test_what_is_no_picture(signed_in: FlaskClient, factory: Factory, film: MediaFile) -> None:
    assert "Choose a picture first." in post(signed_in, film, action="picture")
    text = post(signed_in, film, action="picture", picture=(BytesIO(b"words"), "mine.png"))
    assert "This is not a picture, or it is damaged. Use JPEG, PNG or WebP." in text
    assert "Choose a moment or a picture." in post(signed_in, film, action="else")
    assert kept(factory, film) is None


def test_a_recording_has_a_cover_and_no_moment(
    signed_in: FlaskClient, factory: Factory, derivatives_sent: list[int]
) -> None:
    recording = factory.media_file(family="audio")
    factory.change(recording, audio_codec="mp3", container="mp3", playable=True, probe_version=1)
    text = signed_in.get(f"/admin/media/details/?id={recording.id}").text
    assert '<h2 id="poster">Cover</h2>' in text
    assert 'name="moment"' not in text
    assert "Choose a moment or a picture." in post(signed_in, recording, action="moment", moment="1")
    assert "This is a picture of your own." in post(signed_in, recording, action="picture", picture=picture())


def test_other_files_have_no_form(signed_in: FlaskClient, factory: Factory) -> None:
    document = factory.media_file(family="document")
    assert 'id="poster"' not in signed_in.get(f"/admin/media/details/?id={document.id}").text
    assert "This file has no poster." in post(signed_in, document, action="automatic")
