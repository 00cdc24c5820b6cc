"""Bulk actions of the lists of items, which are undone; and of others' pages, which are refused as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from cms.accounts.policy import Role
from cms.admin import selecting, undoable
from cms.pages import room
from cms.pages.models import ContentItem, Page, kind_named
from tests.admin.members import Member
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

State = Callable[[], list[tuple[Any, ...]]]


@pytest.fixture
def editor(app: Flask, factory: Factory) -> Member:
    return Member(app, factory, Role.EDITOR)


@pytest.fixture
def pages(factory: Factory) -> list[Page]:
    return [factory.page("Dawn", slug="dawn"), factory.page("Dusk", slug="dusk")]


@pytest.fixture
def items(factory: Factory, pages: list[Page]) -> list[ContentItem]:
    """Four items: B, A and C in this order on one page, D on the other."""
    places = [(pages[0], "A", 2), (pages[0], "B", 1), (pages[0], "C", 3), (pages[1], "D", 1)]
    return [factory.item(page, title=title, order=order) for page, title, order in places]


@pytest.fixture
def state(all_of: Callable[[type[Any]], list[Any]]) -> State:
    """The items now, page by page in their order: their page, their title, and whether they are shown."""

    def read() -> list[tuple[Any, ...]]:
        rows = sorted(all_of(kind_named("text")), key=lambda row: (row.page_id, row.order))
        return [(row.page_id, row.title, row.is_active) for row in rows if not row.deleted_at]

    return read


def send(member: Member, address: str, **fields: Any) -> str:
    """What is shown after a form of the list was sent. As on its screen, changes wait."""
    sent = {"csrf_token": member.token, "_draft": "1", **fields}
    answer = member.client.post(f"/admin/{address}", data=sent, follow_redirects=True)
    assert answer.status_code == 200
    return str(answer.text.split("<main", 1)[1].split("</main>", 1)[0])


def undo(member: Member, told: str) -> str:
    """Press the button of the message."""
    form = told.partition('action="/admin/page/undo/"')[2].partition("</form>")[0]
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', form)
    sent = {name: [value for other, value in fields if other == name] for name, _ in fields}
    answer = member.client.post("/admin/page/undo/", data={**sent, "csrf_token": member.token}, follow_redirects=True)
    assert answer.request.path == "/admin/text/", "one stays in the list"
    return str(answer.text)


def test_items_are_hidden_and_shown(editor: Member, items: list[ContentItem], state: State) -> None:
    before, ids = state(), [item.id for item in items]
    told = send(editor, "text/action/", action="hide", rowid=ids[1:])
    assert "Hidden: 3. Visitors see your changes when you publish them." in told
    assert [is_active for _, _, is_active in state()] == [False, True, False, False]
    assert "Hidden: 1." in send(editor, "text/action/", action="hide", rowid=ids), "the others are hidden already"
    told = send(editor, "text/action/", action="show", rowid=ids)
    assert "Shown: 4." in told
    assert state() == before
    assert "Undone." in undo(editor, told)
    assert not any(is_active for _, _, is_active in state())


def test_what_is_hidden_waits_to_be_published(
    app: Flask, editor: Member, factory: Factory, pages: list[Page], items: list[ContentItem], state: State
) -> None:
    before = state()
    told = send(editor, "text/action/", action="hide", all="1")
    visitor = app.test_client()
    assert ">D</h2>" in visitor.get("/dusk/").text
    undo(editor, told)
    assert state() == before
    assert factory.reload(pages[1]).live_revision_id is None, "nothing waits any more"
    send(editor, "text/action/", action="hide", all="1")
    editor.post("/admin/page/publish/", id=pages[1].id)
    assert ">D</h2>" not in visitor.get("/dusk/").text
    assert ">A</h2>" in visitor.get("/dawn/").text


def test_items_of_several_pages_are_moved(
    editor: Member, factory: Factory, items: list[ContentItem], state: State
) -> None:
    before, target = state(), factory.page("Night")
    factory.item(target, title="There")
    ids = [items[number].id for number in (3, 0, 1)]
    asked = send(editor, "text/action/", action="move", rowid=ids)
    assert "Move 3 items to another page" in asked
    assert asked.count('name="rowid"') == 3
    assert "Please fill in this field." in send(editor, "text/move/", rowid=ids, page="")
    told = send(editor, "text/move/", rowid=ids, page=target.id)
    assert "3 items moved to “<a" in told
    assert [title for page, title, _ in state() if page == target.id] == ["There", "B", "A", "D"]
    assert "The items are on this page already." in send(editor, "text/move/", rowid=ids, page=target.id)
    undo(editor, told)
    assert [row for row in state() if row[0] != target.id] == before


def test_all_that_match_are_moved_or_none(
    editor: Member,
    factory: Factory,
    pages: list[Page],
    items: list[ContentItem],
    state: State,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(selecting, "PORTION", 2)
    before = state()
    with monkeypatch.context() as full:
        full.setattr(room, "MOST", 3)
        told = send(editor, "text/move/?flt0_page_starts_with=dawn", all="1", page=pages[1].id)
    assert "A page has room for 3 items." in told
    assert state() == before
    told = send(editor, "text/move/?flt0_page_starts_with=dawn", all="1", page=pages[1].id)
    assert "3 items moved to" in told
    assert {page for page, _, _ in state()} == {pages[1].id}
    undo(editor, told)
    assert state() == before
    monkeypatch.setattr(undoable, "MOST", 1)
    assert "The history of each page has what was there before." in send(editor, "text/action/", action="hide", all="1")


def test_without_a_row_nothing_is_asked(editor: Member) -> None:
    assert "Please select at least one row." in send(editor, "text/action/", action="move")


def test_of_others_pages_nothing_is_done(app: Flask, factory: Factory, pages: list[Page], state: State) -> None:
    author = Member(app, factory, Role.AUTHOR)
    mine = factory.page("Mine", created_by=author.id)
    ids = [factory.item(page, title=page.title).id for page in (mine, *pages)]
    before, refused = state(), "Nothing is done: among what is selected are pages that somebody else has made"
    for action in ("delete", "hide", "show", "move"):
        assert refused in send(author, "text/action/", action=action, rowid=ids)
    assert refused in send(author, "text/move/", rowid=ids, page=mine.id)
    for action in ("delete", "publish", "unpublish"):
        assert refused in send(author, "page/action/", action=action, rowid=[mine.id, pages[0].id])
    assert refused in send(author, "page/tag/", tags="Sea", rowid=[mine.id, pages[0].id])
    assert "Please fill in this field." in send(author, "text/move/", rowid=ids[:1], page=pages[0].id)
    assert state() == before
    assert [factory.reload(page).version for page in (mine, *pages)] == [1, 1, 1]
    assert "Hidden: 1." in send(author, "text/action/", action="hide", all="1")


def test_tags_of_pages_are_taken_back(editor: Member, factory: Factory, pages: list[Page]) -> None:
    sent = {"tags": "Sea", "rowid": [page.id for page in pages], "url": "/admin/text/"}
    told = send(editor, "page/tag/", **sent)
    assert [factory.reload(page).tags for page in pages] == [["Sea"], ["Sea"]]
    undo(editor, told)
    assert [factory.reload(page).tags for page in pages] == [[], []]
