"""What is done with many media files at a time."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cms.admin import selecting
from cms.media import probe, tagging
from cms.media.models import MediaFile
from cms.pages import file_trash
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def act(client: FlaskClient, action: str, *files: MediaFile, address: str = "action/", **values: Any) -> str:
    sent = {"csrf_token": csrf_token(client), "rowid": [file.id for file in files], **values}
    return client.post(f"/admin/media/{address}", data={"action": action, **sent}, follow_redirects=True).text


def tags(factory: Factory, *files: MediaFile) -> list[list[str]]:
    with Session(factory.engine) as session:
        return list(tagging.of(session, [file.id for file in files]).values())


def test_tags_are_added_and_removed(signed_in: FlaskClient, factory: Factory) -> None:
    files = [factory.media_file() for _ in range(3)]
    asked = act(signed_in, "tag", *files[:2])
    assert "Tags of 2 files" in asked
    assert asked.count('name="rowid"') == 2
    assert "2 files changed." in act(signed_in, "", *files[:2], address="tag/", tags="Sea, Best of")
    act(signed_in, "", files[0], address="tag/", tags="SEA, Moon")
    assert tags(factory, *files) == [["Best of", "Moon", "Sea"], ["Best of", "Sea"], []]
    act(signed_in, "", *files, address="tag/", tags="sea", what="remove")
    assert tags(factory, *files) == [["Best of", "Moon"], ["Best of"], []]
    assert str(files[0]) in signed_in.get("/admin/media/?search=moon").text


def test_tags_that_are_none_are_told(signed_in: FlaskClient, factory: Factory) -> None:
    file = factory.media_file()
    refused = act(signed_in, "", file, address="tag/", tags=" , ", what="remove")
    assert "Write at least one tag." in refused
    assert 'value="remove" checked' in refused
    act(signed_in, "", file, address="tag/", tags=",".join(map(str, range(50))))
    assert "there may be 50" in act(signed_in, "", file, address="tag/", tags="one more")
    assert len(tags(factory, file)[0]) == 50


def test_only_what_nothing_shows_is_deleted_and_comes_back(signed_in: FlaskClient, factory: Factory) -> None:
    used, unused, other = (factory.media_file() for _ in range(3))
    factory.attached(factory.item(factory.page(), "video"), "video", used)
    told = act(signed_in, "delete_unused", used, unused)
    assert "is in the trash." in told
    assert "1 file is in use" in told
    assert [factory.reload(file).deleted_at is None for file in (used, unused, other)] == [True, False, True]
    assert f'name="row" value="media_file-{unused.id}"' in told


def test_what_is_used_by_now_is_not_deleted_as_unused(factory: Factory) -> None:
    used, unused = (factory.media_file() for _ in range(2))
    factory.attached(factory.item(factory.page(), "video"), "video", used)
    with Session(factory.engine) as session:
        found = file_trash.discard(session, [used.id, unused.id], "somebody", only_unused=True)
        assert [file.id for file in found] == [unused.id]


@pytest.mark.sqlite
def test_of_very_many_files_it_is_told_that_they_are_in_the_trash(
    signed_in: FlaskClient, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "PORTION", 1)
    told = act(signed_in, "delete", *(factory.media_file() for _ in range(2)), all="1")
    assert "Deleted: 2. All of it is in the trash." in told
    assert 'name="row" value="media_file-' not in told


def test_derivatives_are_made_again(signed_in: FlaskClient, factory: Factory, derivatives_sent: list[int]) -> None:
    file, unknown = factory.media_file(family="image"), factory.media_file(family="image")
    factory.change(file, probe_version=probe.VERSION, width=40, height=30)
    told = act(signed_in, "derive", file, unknown)
    assert "Of 1 file everything is made again." in told
    assert derivatives_sent
