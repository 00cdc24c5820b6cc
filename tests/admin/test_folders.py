"""Folders that are dropped on the list of pages: what is planned, and the pages that their files make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cms.accounts.policy import Role
from cms.media.models import MediaFile
from cms.pages.models import ContentItem, Page
from cms.pages.slots import slot_of
from tests import mediabytes
from tests.admin.members import Member
from tests.admin.sender import Sender
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

Rows = Callable[[type[Any]], list[Any]]


@pytest.fixture
def sender(signed_in: FlaskClient, sent: list[int]) -> Sender:
    return Sender(signed_in)


def ask(sender: Sender, what: str, **told: Any) -> Any:
    return sender.client.post(f"/uploads/{what}", json=told, headers=sender.headers)


def send(sender: Sender, folder: str, name: str, data: bytes) -> Any:
    return sender.create(len(data), data, filename=name, folder=folder)


def contents(engine: Engine) -> dict[str, list[tuple[str, list[str]]]]:
    """The items of each page: the title, and the slots with a file."""
    with Session(engine) as session:
        pages = session.scalars(select(Page).order_by(Page.id))
        return {
            page.title: [(item.title, sorted(map(slot_of, item.attachments))) for item in page.items] for page in pages
        }


def test_the_plan_has_a_page_for_each_folder_with_its_files_in_natural_order(sender: Sender, factory: Factory) -> None:
    factory.page("Boats")
    paths = [
        *("Summer/10.jpg", "Summer/2.srt", "Summer/2.mp4", "Summer/Boats/a.jpg", "Summer/Boats 10/b.jpg"),
        *("Summer/Boats 9/c.jpg", "loose.jpg", "Summer/.hidden.jpg", ".git/d.jpg", "Winter/Boats/e.jpg"),
    ]
    assert ask(sender, "plan", paths=paths).json["pages"] == [
        {"title": "Summer", "isNew": True, "files": [2, 0, 1]},
        {"title": "Boats", "isNew": False, "files": [3, 9]},
        {"title": "Boats 9", "isNew": True, "files": [5]},
        {"title": "Boats 10", "isNew": True, "files": [4]},
    ]


@pytest.mark.sqlite
@pytest.mark.parametrize("paths", [None, "Summer/a.jpg", [1]])
def test_a_plan_of_something_else_is_refused(sender: Sender, paths: Any) -> None:
    assert ask(sender, "plan", paths=paths).status_code == 400


def test_files_become_items_of_the_page_that_is_called_like_their_folder(
    sender: Sender, work: Callable[[], None], all_of: Rows, engine: Engine, video_bytes: bytes
) -> None:
    assert send(sender, "  The \t harbour ", "1_dawn.png", mediabytes.png()).status_code == 201
    assert send(sender, "The harbour", "2_pier.mp4", video_bytes).status_code == 201
    subtitles = mediabytes.SRT.encode()
    assert send(sender, "The harbour", "2_pier.ru.srt", subtitles).status_code == 201
    work()
    assert contents(engine) == {"The harbour": [("1 dawn", ["picture"]), ("2 pier", ["tracks", "video"])]}
    (page,) = all_of(Page)
    assert (page.is_published, page.created_by is not None) == (False, True)

    again = send(sender, "The harbour", "2_pier.ru.srt", subtitles)
    assert (again.status_code, again.json["known"]["there"]) == (200, True)
    assert "2_pier.ru.srt" in again.json["known"]["words"]
    for data in (mediabytes.png(), video_bytes):
        told = {"digest": blake3(data).hexdigest(), "folder": "The harbour"}
        assert ask(sender, "known", **told).json["known"]["there"] is True
    assert len(all_of(ContentItem)) == 2


def test_what_is_stored_but_not_on_the_page_is_shown_there_without_bytes(
    sender: Sender, factory: Factory, engine: Engine, sent: list[int]
) -> None:
    file: MediaFile = factory.media_file(family="image")
    told = {"digest": file.digest, "folder": "Harbour", "filename": "dawn.png"}
    assert ask(sender, "known", **told).json["known"]["there"] is False
    assert ask(sender, "use", **told).status_code == 201
    assert contents(engine) == {"Harbour": [("dawn", ["picture"])]}
    assert ask(sender, "known", **told).json["known"]["there"] is True
    assert sent == []


def test_a_folder_whose_first_file_is_refused_makes_no_page(sender: Sender, all_of: Rows) -> None:
    for name, data in (("notes.xyz", bytes(range(256))), ("alone.srt", mediabytes.SRT.encode())):
        assert send(sender, "Harbour", name, data).status_code == 422
    assert all_of(Page) == []


@pytest.mark.sqlite
def test_subtitles_that_find_no_room_are_refused(sender: Sender, media_files: dict[str, Path]) -> None:
    send(sender, "Harbour", "dawn.png", mediabytes.png())
    refused = send(sender, "Harbour", "dawn.srt", mediabytes.SRT.encode())
    assert (refused.status_code, refused.json["detail"]) == (422, "“dawn” takes no more subtitles.")


def test_a_page_that_is_made_meanwhile_is_asked_for_again(
    sender: Sender, factory: Factory, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    factory.page("Harbour")
    with monkeypatch.context() as patch:
        patch.setattr("cms.pages.importing.page_titled", lambda _session, _title: None)  # it was not there yet
        assert send(sender, "Harbour", "dawn.png", mediabytes.png()).status_code == 409
    assert send(sender, "Harbour", "dawn.png", mediabytes.png()).status_code == 201
    assert contents(engine) == {"Harbour": [("dawn", ["picture"])]}


@pytest.mark.sqlite
def test_authors_make_pages_of_their_own_only(app: Flask, factory: Factory, all_of: Rows, sent: list[int]) -> None:
    factory.page("Harbour")
    author = Member(app, factory, Role.AUTHOR)
    sender = Sender(author.client)
    assert send(sender, "Harbour", "dawn.png", mediabytes.png()).status_code == 403
    assert send(sender, "Pier", "dawn.png", mediabytes.png()).status_code == 201
    assert send(sender, "Pier", "dusk.png", mediabytes.png(41)).status_code == 201
    assert [(page.title, page.created_by) for page in all_of(Page)] == [("Harbour", None), ("Pier", author.id)]
    assert 'id="uploads"' in author.get("/admin/page/")
    assert 'id="uploads"' not in Member(app, factory, Role.VIEWER).get("/admin/page/")
