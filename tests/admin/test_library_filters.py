"""The library's filters, which combine; its order; and whether it is shown as posters or as rows."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.admin import library
from cms.media import tagging, uploaders
from cms.media.models import MediaFile
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


@pytest.fixture
def listed(signed_in: FlaskClient) -> Callable[..., list[int]]:
    """The ids of the files in the list, in its order."""

    def ask(**query: Any) -> list[int]:
        answer = signed_in.get("/admin/media/", query_string=query)
        assert answer.status_code == 200
        return list(dict.fromkeys(map(int, re.findall(r"details/\?id=(\d+)", answer.text))))

    return ask


@pytest.fixture
def tag(engine: Engine) -> Callable[..., None]:
    def give(file: MediaFile, *names: str) -> None:
        with Session(engine) as session:
            tagging.set_of(session, session.get_one(MediaFile, file.id), names)
            session.commit()

    return give


def test_filters_combine(
    factory: Factory, listed: Callable[..., list[int]], tag: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    used, unused = factory.media_file(family="image"), factory.media_file(family="image")
    film = factory.media_file()
    factory.attached(factory.item(factory.page("Sea"), "picture"), "picture", used)
    factory.change(used, size=3 * 1024**2)
    factory.change(unused, size=1024)
    factory.change(film, size=5 * 1024**3)
    for file in (used, film):
        tag(file, "Море", "best of")
    assert listed(flt0_type_is="image/png") == [unused.id, used.id]
    assert listed(flt0_tag_is="море") == [film.id, used.id]
    assert listed(flt0_tag_is="мор") == listed(flt0_type_is="image/jpeg") == []
    assert listed(flt0_use_is="no") == [film.id, unused.id]
    assert listed(flt0_use_is="yes") == [used.id]
    assert listed(**{"flt0_size_mb_at_least": "3"}) == [film.id, used.id]
    assert listed(**{"flt0_size_mb_at_most": "1 кБ"}) == [unused.id]
    assert listed(**{"flt0_size_mb_at_least": "2", "flt1_size_mb_at_most": "1,5 GB"}) == [used.id]
    with monkeypatch.context() as patch:
        patch.setattr(library, "FEW", 0)
        assert listed(**{"flt0_size_mb_at_least": "2", "flt1_size_mb_at_most": "1,5 GB"}) == [used.id]
    assert listed(flt0_tag_is="best of", flt1_kind_is="image", flt2_use_is="yes", search="sea") == [used.id]
    assert listed(flt0_tag_is="best of", flt1_kind_is="video", flt2_use_is="yes") == []
    assert listed(flt0_use_is="perhaps") == []


@pytest.mark.sqlite
@pytest.mark.parametrize("value", ["", "big", "-1", "1e9", "9" * 40, "1.2.3"])
def test_a_size_that_is_none_is_told_in_words(signed_in: FlaskClient, value: str) -> None:
    answer = signed_in.get("/admin/media/", query_string={"flt0_size_mb_at_least": value})
    assert "is not a valid value for the filter" in answer.text


def test_files_are_found_by_who_has_uploaded_them(
    signed_in: FlaskClient,
    factory: Factory,
    listed: Callable[..., list[int]],
    sent: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, mine, ours = (factory.media_file() for _ in range(3))
    item = factory.item(factory.page(), "picture")
    form = {"csrf_token": csrf_token(signed_in), "id": old.id}
    for name, sender, file in (
        ("a", None, old),
        ("b", "anna@example.com", mine),
        ("c", "anna@example.com", ours),
        ("d", None, ours),
    ):
        row = factory.upload_row(factory.upload(item, "picture", name, b"x"))
        factory.change(row, owner=sender, media_file_id=file.id)
    fields = {**form, "id": ours.id, "file": (io.BytesIO(b"y"), "mine.mp4")}
    assert signed_in.post("/admin/media/replace/", data=fields).status_code == 302
    assert uploaders_now(factory) == ["anna@example.com", "editor@example.com"]
    for few in (uploaders.FEW, 0):
        monkeypatch.setattr(uploaders, "FEW", few)
        assert listed(flt0_uploaded_by_is="anna@example.com") == [ours.id, mine.id]
        assert listed(flt0_uploaded_by_is="?") == [old.id]
    assert "anna@example.com, unknown" in signed_in.get(f"/admin/media/details/?id={ours.id}").text
    uploads = signed_in.get("/admin/upload/", query_string={"flt0_uploaded_by_is": "editor@example.com"}).text
    assert ("mine.mp4" in uploads, "b</" in uploads) == (True, False)


def uploaders_now(factory: Factory) -> list[str]:
    with Session(factory.engine) as session:
        return list(uploaders.everybody(session))
