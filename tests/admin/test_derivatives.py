"""What was made of a file, on its page in the admin: shown, made again, canceled."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cms import tasks
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


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    found: list[int] = []
    monkeypatch.setattr(tasks.derive, "delay", found.append)
    return found


def post(client: FlaskClient, film: MediaFile, **values: object) -> str:
    """Press a button, and return the page that follows."""
    token = csrf_token(client, f"/admin/media/details/?id={film.id}")
    data = {"csrf_token": token, **values}
    return client.post("/admin/media/derivative/", data=data, follow_redirects=True).text


def test_a_file_without_any_shows_none(signed_in: FlaskClient, film: MediaFile) -> None:
    assert "Made from this file" not in signed_in.get(f"/admin/media/details/?id={film.id}").text


def test_each_has_its_state_and_its_reason(signed_in: FlaskClient, factory: Factory, film: MediaFile, add: Add) -> None:
    picture = {"path": "/derived/a.webp", "width": 320, "height": 180, "mime_type": "image/webp"}
    factory.change(film, derived={"poster": [picture]})
    add(status="processing", progress=42)
    add(recipe="waveform", status="failed", reason="No sound of this recording can be read.")
    text = signed_in.get(f"/admin/media/details/?id={film.id}").text
    for shown in ("being made · 42 %", "No sound of this recording can be read.", 'src="/derived/a.webp" width="320"'):
        assert shown in text
    assert text.count('name="action" value="cancel"') == text.count('name="action" value="retry"') == 1


def test_an_editor_makes_it_again(
    signed_in: FlaskClient, factory: Factory, film: MediaFile, add: Add, sent: list[int]
) -> None:
    row = add(status="failed", reason="The disk is full.", attempts=3)
    text = post(signed_in, film, id=row.id, action="retry")
    assert "waiting" in text
    assert (factory.reload(row).status, factory.reload(row).attempts, sent) == ("pending", 0, [row.id])
    assert "cannot be made any more" in post(signed_in, film, id=row.id, action="retry")


def test_an_editor_cancels_it(
    signed_in: FlaskClient, factory: Factory, film: MediaFile, add: Add, sent: list[int]
) -> None:
    row = add(status="processing", lease_token="somebody's")
    assert "Canceled by an editor." in post(signed_in, film, id=row.id, action="cancel")
    assert (factory.reload(row).status, factory.reload(row).lease_token, sent) == ("skipped", None, [])
    assert "This is finished already." in post(signed_in, film, id=row.id, action="cancel")


def test_what_is_gone_is_told(signed_in: FlaskClient, film: MediaFile, add: Add) -> None:
    add()
    assert "There is no such derivative." in post(signed_in, film, id=12345, action="retry")
