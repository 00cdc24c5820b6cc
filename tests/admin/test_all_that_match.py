"""Bulk actions on all that a list's search and filters find: in portions, with each row's checks, and one message."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from cms.accounts.policy import Role
from cms.admin import kept, selecting
from cms.media import tagging
from cms.pages.models import Page
from tests.admin.members import Member
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def act(member: Member, address: str, action: str, **fields: Any) -> str:
    answer = member.client.post(
        f"/admin/{address}", data={"csrf_token": member.token, "action": action, **fields}, follow_redirects=True
    )
    assert answer.status_code == 200
    return str(answer.text.split("<main", 1)[1].split("</main>", 1)[0])


def test_all_that_match_are_changed_and_no_others(
    app: Flask, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "PORTION", 2)
    monkeypatch.setattr(kept, "PORTION", 2)
    editor = Member(app, factory, Role.EDITOR)
    pages = [factory.page(f"Draft {number}", published=False) for number in range(25)]
    other, seen = factory.page("Other", published=False), factory.page("Draft that is seen")
    query = "page/action/?search=raft&flt0_published_equals=0"
    assert "Select all 25 that match" in editor.get("/admin/page/?search=raft&flt0_published_equals=0")
    assert "that match" not in editor.get("/admin/page/?search=draft+2")
    told = act(editor, query, "publish", all="1", rowid=other.id)
    assert "Published: 25." in told
    assert told.count('class="alert') == 1
    assert all(factory.reload(page).is_published for page in pages)
    assert not factory.reload(other).is_published
    assert "Deleted: 26. All of it is in the trash." in act(editor, "page/action/?search=draft", "delete", all="1")
    assert [bool(factory.reload(page).deleted_at) for page in (*pages, seen, other)] == [True] * 26 + [False]


def test_authors_change_their_own(app: Flask, factory: Factory) -> None:
    author = Member(app, factory, Role.AUTHOR)
    mine, other = factory.page("Mine", created_by=author.id), factory.page("Theirs")
    items = [factory.item(page) for page in (mine, other)]
    assert "Deleted: 1." in act(author, "text/action/", "delete", all="1")
    assert "Unpublished: 1." in act(author, "page/action/", "unpublish", all="1")
    assert [bool(factory.reload(row).deleted_at) for row in items] == [True, False]
    assert [factory.reload(page).is_published for page in (mine, other)] == [False, True]


def test_what_takes_too_long_is_left_to_the_next_request(
    app: Flask, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "PORTION", 2)
    monkeypatch.setattr(selecting, "PATIENCE", -1)
    editor = Member(app, factory, Role.EDITOR)
    for number in range(3):
        factory.page(f"Page {number}", published=False)
    told = act(editor, "page/action/", "publish", all="1")
    assert "Published: 2." in told
    assert "Some rows are left: repeat the action to go on." in told
    monkeypatch.setattr(selecting, "MOST", 2)
    assert "This is done with 2 rows at a time." in act(editor, "page/action/", "unpublish", all="1")
    with Session(factory.engine) as session:
        assert session.query(Page).filter(Page.is_published).count() == 0


def test_all_files_that_match_are_tagged(app: Flask, factory: Factory) -> None:
    editor = Member(app, factory, Role.EDITOR)
    files = [factory.media_file() for _ in range(3)] + [factory.media_file(family="image")]
    asked = act(editor, "media/action/?flt0_kind_is=video", "tag", all="1")
    assert "Tags of 3 files" in asked
    assert 'name="all" value="1"' in asked
    assert 'action="/admin/media/tag/?flt0_kind_is=video"' in asked
    assert "3 files changed." in act(editor, "media/tag/?flt0_kind_is=video", "", all="1", tags="Sea")
    with Session(factory.engine) as session:
        assert list(tagging.of(session, [file.id for file in files]).values()) == [["Sea"]] * 3 + [[]]
