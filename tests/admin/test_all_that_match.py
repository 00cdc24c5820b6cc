"""Bulk actions on all that a list's search and filters find: in portions, with each row's checks, and one message."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from cms.accounts.policy import Role
from cms.admin import selecting
from cms.media import tagging
from cms.pages.models import Page
from tests.admin.members import Member
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def act(member: Member, address: str, action: str = "", **fields: Any) -> str:
    answer = member.client.post(
        f"/admin/{address}", data={"csrf_token": member.token, "action": action, **fields}, follow_redirects=True
    )
    assert answer.status_code == 200
    return str(answer.text.split("<main", 1)[1].split("</main>", 1)[0])


def test_all_that_match_are_changed_and_no_others(
    app: Flask, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "PORTION", 2)
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
    for number in range(5):
        factory.page(f"Page {number}", published=False)
    assert went_on(editor, act(editor, "page/action/?search=page", "publish", all="1")) == [2, 2, 1]
    monkeypatch.setattr(selecting, "PATIENCE", 20)
    monkeypatch.setattr(selecting, "MOST", 3)
    told = act(editor, "page/action/?search=page", "unpublish", all="1")
    assert "Done in part: 2 rows are left." in told
    factory.page("Page that came meanwhile")
    assert went_on(editor, told) == [3, 2]
    with Session(factory.engine) as session:
        assert session.query(Page).filter(Page.is_published).count() == 1


def went_on(member: Member, told: str) -> list[int]:
    """How many pages each request has changed, until nothing is left."""
    changed = []
    while True:
        changed += [int(number) for number in re.findall(r"ublished: (\d+)\.", told)]
        if "Done in part" not in told:
            return changed
        form = told.partition('alert-warning undo"')[2].partition("</form>")[0]
        fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))
        address = unescape(re.findall(r'action="/admin/([^"]+)"', form)[0])
        told = act(member, address, **{**fields, "csrf_token": member.token})


@pytest.mark.parametrize("query", ["flt0_published_equals=maybe", "flt0_unknown_is=1", "flt0=1"])
def test_a_filter_that_is_not_valid_is_not_all(app: Flask, factory: Factory, query: str) -> None:
    editor, page = Member(app, factory, Role.EDITOR), factory.page()
    told = act(editor, f"page/action/?{query}", "unpublish", all="1")
    assert "Nothing is done: the list has a filter that is not valid." in told
    assert factory.reload(page).is_published
    file = factory.media_file()
    assert "Nothing is done" in act(editor, "media/tag/?flt0_unknown_is=1", "", all="1", tags="Sea")
    with Session(factory.engine) as session:
        assert tagging.of(session, [file.id]) == {file.id: []}


def test_all_or_none_are_tagged(app: Flask, factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selecting, "PORTION", 1)
    editor = Member(app, factory, Role.EDITOR)
    files = [factory.media_file() for _ in range(3)]
    many = ",".join(map(str, range(tagging.MOST_TAGS)))
    act(editor, "media/tag/", "", rowid=files[2].id, tags=many)
    assert "there may be 50" in act(editor, "media/tag/", "", all="1", tags="Sea, 1")
    with Session(factory.engine) as session:
        assert [len(names) for names in tagging.of(session, [file.id for file in files]).values()] == [0, 0, 50]
    assert "3 files changed." in act(editor, "media/tag/", "", all="1", tags="1, 2")


def test_tags_are_given_to_those_that_were_there(app: Flask, factory: Factory) -> None:
    editor, file = Member(app, factory, Role.EDITOR), factory.media_file()
    asked = act(editor, "media/action/", "tag", all="1")
    fields = dict(re.findall(r'type="hidden" name="(all|after|until)" value="([^"]*)"', asked))
    later = factory.media_file()
    assert "1 file changed." in act(editor, "media/tag/", "", **fields, tags="Sea")
    with Session(factory.engine) as session:
        assert tagging.of(session, [file.id, later.id]) == {file.id: ["Sea"], later.id: []}


def test_bytes_that_are_no_text_are_no_fault(app: Flask, factory: Factory) -> None:
    editor = Member(app, factory, Role.EDITOR)
    factory.page()
    raw = {"QUERY_STRING": "search=\xff"}  # the client of the tests would quote it
    assert editor.client.get("/admin/page/", environ_overrides=raw).status_code == 200
    sent = {"csrf_token": editor.token, "action": "tag", "all": "1"}
    assert editor.client.post("/admin/media/action/", data=sent, environ_overrides=raw).status_code == 200
