"""On a page's screen a change is undone and done again, and items are moved to other pages."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cms import current
from cms.accounts import presence
from cms.database import now
from cms.media.models import MediaFile, UploadStatus
from cms.pages import revisions, room, snapshots, undoing, undoing_pages
from cms.pages.models import ContentItem, Page, kind_named
from cms.pages.revision_models import Revision
from cms.pages.revisions import Action
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


@pytest.fixture
def page(factory: Factory) -> Page:
    return factory.page("Dawn", slug="dawn", text="Quiet.")


@pytest.fixture
def items(factory: Factory, page: Page) -> list[ContentItem]:
    return [factory.item(page, "text", title=title, order=n, text="Old") for n, title in enumerate("ABC", 1)]


class Screen:
    """What an editor's screen sends."""

    def __init__(self, client: FlaskClient, page: Page) -> None:
        self.client, self.page = client, page
        self.token = csrf_token(client)
        self.made: list[str] = []

    def post(self, address: str, **fields: Any) -> str:
        """Send something, and return what the screen shows then. ``made`` has the revisions that it has made."""
        form = {"csrf_token": self.token, "_draft": "1", "url": f"/admin/page/edit/?id={self.page.id}", **fields}
        answer = self.client.post(address, data=form, headers={"X-Screen": "1"})
        assert answer.status_code in (200, 302), answer.text
        self.made = answer.headers.get("X-Made", "").split(".")
        return str(self.client.get(answer.location).text) if answer.location else str(answer.text)

    def edit(self, item: ContentItem, **fields: Any) -> str:
        values = {"page": item.page_id, "title": item.title, "order": item.order, "is_active": "y", "text": "Old"}
        return self.post(f"/admin/text/edit/?id={item.id}", **{**values, **fields})

    def undo(self, revisions: list[str], **more: Any) -> str:
        return self.post("/admin/page/undo/", id=self.page.id, revision=revisions, **more)


@pytest.fixture
def screen(signed_in: FlaskClient, page: Page) -> Screen:
    return Screen(signed_in, page)


@pytest.fixture
def on(all_of: Callable[[type[Any]], list[Any]]) -> Callable[[Page], list[Any]]:
    """The items of a page now, in order."""

    def read(page: Page) -> list[Any]:
        rows = [row for row in all_of(kind_named("text")) if row.page_id == page.id and not row.deleted_at]
        return sorted(rows, key=lambda row: (row.order, row.id))

    return read


@pytest.fixture
def state(on: Callable[[Page], list[Any]], page: Page) -> Callable[[], list[tuple[Any, ...]]]:
    return lambda: [(row.id, row.title, row.text, row.is_active, row.counter) for row in on(page)]


def test_each_change_is_undone_and_done_again(
    screen: Screen, items: list[ContentItem], state: Any, factory: Factory, page: Page
) -> None:
    a, b, c = items
    changes = [
        lambda: screen.edit(a, text="New", title="Renamed"),
        lambda: screen.post("/admin/text/hide/", id=b.id),
        lambda: screen.post("/admin/text/duplicate/", id=a.id),
        lambda: screen.post("/admin/text/delete/", id=c.id),
        lambda: screen.post("/admin/page/reorder/", id=page.id, item=[row[0] for row in reversed(state())]),
        lambda: screen.post(
            f"/admin/page/edit/?id={page.id}", title="Dusk", slug="dawn", text="Loud.", is_published="y"
        ),
    ]
    states, made = [state()], []
    for change in changes:
        change()
        states.append(state())
        made.append(screen.made)
    again = []
    for before in reversed(states[:-1]):
        screen.undo(made.pop())
        assert state() == before
        again.append(screen.made)
    assert (factory.reload(page).title, factory.reload(page).text) == ("Dawn", "Quiet.")
    for after in states[1:]:
        screen.undo(again.pop(), again="1")
        assert state() == after
    assert "Done again: Dusk" in screen.client.get(f"/admin/history/?id={page.id}").text


def test_publishing_is_undone_and_done_again(
    screen: Screen, items: list[ContentItem], client: FlaskClient, page: Page, factory: Factory
) -> None:
    later = f"{now().year + 1}-05-01T09:00"
    form = {"title": "Dawn", "slug": "dawn", "text": "Quiet.", "is_published": "y", "unpublish_at": later}

    def seen() -> tuple[bool, bool, bool]:
        """Whether visitors see the page, and what was changed, and whether it has a time."""
        text = client.get("/dawn/").text
        return "Quiet." in text, "Changed" in text, factory.reload(page).unpublish_at is not None

    changes: list[tuple[str, dict[str, Any]]] = [
        (f"/admin/page/edit/?id={page.id}", form),
        ("/admin/page/unpublish/", {"id": page.id}),
        ("/admin/page/publish/", {"id": page.id}),
        (f"/admin/text/edit/?id={items[0].id}", {"page": page.id, "title": "A", "order": 1, "is_active": "y"}),
        ("/admin/page/publish/", {"id": page.id}),
        ("/admin/page/unpublish/", {"id": page.id}),
    ]
    states, made = [seen()], []
    for address, fields in changes:
        screen.post(address, text="Changed", **fields) if "text/edit" in address else screen.post(address, **fields)
        states.append(seen())
        made.append(screen.made)
    assert states == [
        (True, False, False),
        (True, False, True),
        (False, False, False),
        (True, False, False),
        (True, False, False),
        (True, True, False),
        (False, False, False),
    ]
    again = []
    for before in reversed(states[:-1]):
        screen.undo(made.pop())
        assert seen() == before
        again.append(screen.made)
    for after in states[1:]:
        screen.undo(again.pop(), again="1")
        assert seen() == after


def test_what_was_published_stays_if_somebody_has_written_since(
    screen: Screen, items: list[ContentItem], client: FlaskClient, page: Page
) -> None:
    told = "“Dawn” has been changed by somebody else since. Nothing was undone."
    screen.post("/admin/page/unpublish/", id=page.id)
    unpublished = screen.made
    screen.edit(items[0], text="A secret")
    assert told in screen.undo(unpublished)
    assert client.get("/dawn/").status_code == 404
    screen.undo(screen.made)
    screen.post("/admin/page/publish/", id=page.id)
    published = screen.made
    screen.post("/admin/page/unpublish/", id=page.id)
    screen.post("/admin/page/publish/", id=page.id)
    again = screen.made
    assert told in screen.undo(published)
    screen.undo(again)
    screen.post("/admin/page/publish/", id=page.id)
    assert told in screen.undo(again), "what somebody else has published of the same stays"
    assert "A secret" in client.get("/dawn/").text


def test_publishing_is_undone_though_a_worker_has_finished_something_since(
    screen: Screen, items: list[ContentItem], client: FlaskClient, page: Page, factory: Factory
) -> None:
    screen.post("/admin/page/unpublish/", id=page.id)
    screen.post("/admin/page/publish/", id=page.id)
    published = screen.made
    factory.change(items[0], title="Its title in the file")
    screen.undo(published)
    assert client.get("/dawn/").status_code == 404


def test_a_revision_of_the_last_release_says_nothing_of_times(
    screen: Screen, page: Page, session: Session, factory: Factory
) -> None:
    factory.change(page, publish_at=now() + timedelta(days=1), is_published=False)
    old = snapshots.take(session, page)
    for name in snapshots.SCHEDULE:
        del old[name]
    content = zlib.compress(snapshots.written(old))
    session.add(Revision(page_id=page.id, action="found", subject="Dawn", content=content, digest="of its time"))
    session.commit()
    later = f"{now().year + 1}-05-01T09:00"
    screen.post(f"/admin/page/edit/?id={page.id}", title="Dusk", slug="dawn", text="Quiet.", publish_at=later)
    screen.undo(screen.made)
    kept = factory.reload(page)
    assert (kept.title, kept.publish_at is None) == ("Dawn", False)


def test_a_time_that_has_passed_is_not_brought_back(
    screen: Screen, page: Page, session: Session, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {"title": "Dawn", "slug": "dawn", "text": "Quiet.", "is_published": "y"}
    address = f"/admin/page/edit/?id={page.id}"
    screen.post(address, **form, unpublish_at=f"{now().year + 1}-05-01T09:00")
    screen.post(address, **form)
    assert factory.reload(page).unpublish_at is None
    monkeypatch.setattr(undoing_pages, "now", lambda: now() + timedelta(days=800))
    told = screen.undo(screen.made)
    assert "The time that this would bring back has passed. Nothing was undone." in told
    assert factory.reload(page).unpublish_at is None


def test_what_somebody_else_has_changed_is_not_undone(screen: Screen, items: list[ContentItem], state: Any) -> None:
    screen.edit(items[0], text="Mine")
    mine = screen.made
    screen.edit(items[0], text="Mine", title="Theirs")
    screen.edit(items[1], text="Theirs, too")
    screen.undo(mine)
    assert [row[1:3] for row in state()] == [("Theirs", "Old"), ("B", "Theirs, too"), ("C", "Old")]
    screen.edit(items[2], text="Mine")
    mine = screen.made
    screen.edit(items[2], text="Theirs")
    before = state()
    assert "“C” has been changed by somebody else since. Nothing was undone." in screen.undo(mine)
    assert state() == before
    assert "This was too long ago" in screen.undo(["12345"])
    assert "This was too long ago" in screen.undo([])


def test_what_the_history_has_forgotten_is_not_undone(
    screen: Screen, items: list[ContentItem], state: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "MOST_KEPT", 3)
    monkeypatch.setattr(revisions, "ALL_KEPT", 3)
    made = []
    for text in ("One", "Two", "Three", "Four"):
        screen.edit(items[0], text=text)
        made.append(screen.made)
    for old in made[:2]:
        assert "This was too long ago" in screen.undo(old)
    assert state()[0][2] == "Four"
    screen.undo(made[3])
    assert state()[0][2] == "Three"


def test_items_are_moved_to_another_page_and_back(
    screen: Screen, items: list[ContentItem], factory: Factory, page: Page, client: FlaskClient, state: Any, on: Any
) -> None:
    target = factory.page("Dusk", slug="dusk")
    other = factory.item(target, "text", title="Other", order=7, text="Old")
    before = state()
    told = screen.post("/admin/page/move/", id=page.id, to=target.id, item=[items[2].id, items[0].id])
    assert "2 items moved to" in told
    moved = screen.made
    assert [item.id for item in on(target)] == [other.id, items[0].id, items[2].id]
    assert [row[1] for row in state()] == ["B"]
    for address, words in (("/dawn/", ("A", "B", "C")), ("/dusk/", ("Other",))):
        text = client.get(address).text
        assert [word for word in ("A", "B", "C", "Other") if f">{word}</h2>" in text] == list(words)
    assert "not on this page any more" in screen.post("/admin/page/move/", id=page.id, to=target.id, item=items[0].id)
    assert "on this page already" in screen.post("/admin/page/move/", id=page.id, to=page.id, item=items[1].id)
    assert "Please choose a page." in screen.post("/admin/page/move/", id=page.id, to="", item=items[1].id)
    screen.undo(moved)
    assert state() == before
    assert [item.id for item in on(target)] == [other.id]
    screen.undo(screen.made, again="1")
    assert [row[1] for row in state()] == ["B"]
    screen.edit(factory.reload(items[0]), text="Changed there")
    screen.undo(screen.made)
    for each in (page, target):
        screen.post("/admin/page/publish/", id=each.id)
    assert ">A</h2>" in client.get("/dusk/").text
    assert ">A</h2>" not in client.get("/dawn/").text


def here(screen: Screen, page: Page) -> list[str]:
    """Who else is on the page, as its screen is told."""
    people: list[str] = json.loads(screen.post("/admin/page/here/", id=page.id))["people"]
    return people


def test_the_screen_knows_who_else_is_there(app: Any, screen: Screen, factory: Factory, page: Page) -> None:
    factory.user("anna@example.com", "battery staple")
    anna = app.test_client()
    token = csrf_token(anna)
    anna.post("/login", data={"email": "anna@example.com", "password": "battery staple", "csrf_token": token})
    hers = Screen(anna, page)
    assert here(hers, page) == []
    assert here(screen, page) == ["anna"]
    with app.app_context():
        presence.here(current.page_cache().redis, page.id, "anna@elsewhere.example")
    assert here(screen, page) == ["anna@elsewhere.example", "anna@example.com"], "names that two have are told in full"
    hers.post("/admin/page/here/", id=page.id, gone="1")
    assert here(screen, page) == ["anna"]


def test_pages_to_move_to_are_found(signed_in: FlaskClient, page: Page, factory: Factory) -> None:
    for title in ("Dusk at sea", "Sea at dusk", "Night"):
        factory.page(title)

    def found(query: str) -> list[str]:
        return [each["title"] for each in signed_in.get(f"/admin/page/titles/?query={query}").json]

    assert found("DUSK") == ["Dusk at sea", "Sea at dusk"], "those that begin so come first"
    assert found("ni") == ["Night"]
    assert found("sea dusk") == ["Sea at dusk", "Dusk at sea"]
    assert found("dawning") == []


@pytest.mark.parametrize(("code", "word"), [("ru", "Предпросмотр"), ("en", "Preview"), ("xx", "Preview")])
def test_a_preview_is_in_the_language_that_is_asked_for(
    signed_in: FlaskClient, page: Page, code: str, word: str
) -> None:
    assert word in signed_in.get(f"/admin/page/preview/?id={page.id}&language={code}").text


def test_a_page_has_room_for_so_many_items(
    screen: Screen, items: list[ContentItem], factory: Factory, page: Page, monkeypatch: pytest.MonkeyPatch, on: Any
) -> None:
    monkeypatch.setattr(room, "MOST", 3)
    told = "A page has room for 3 items. Put the others on another page."
    assert told in screen.post("/admin/text/new/", page=page.id, title="More", text="", is_active="y")
    assert told in screen.post("/admin/text/duplicate/", id=items[0].id)
    other = factory.page("Dusk")
    moved = factory.item(other, "text", title="D", text="Old")
    assert told in screen.post("/admin/page/move/", id=other.id, to=page.id, item=moved.id)
    assert told in screen.edit(moved, page=page.id)
    assert len(on(page)) == 3
    screen.edit(items[0], text="Changed")
    assert on(page)[0].text == "Changed"
    screen.post("/admin/text/delete/", id=items[2].id)
    deleted = screen.made
    screen.post("/admin/text/new/", page=page.id, title="In its place", text="", is_active="y")
    assert told in screen.undo(deleted)
    assert told in screen.post("/admin/trash/restore/", row=f"text-{items[2].id}")
    assert [row.title for row in on(page)] == ["A", "B", "In its place"]


def test_several_revisions_of_a_page_are_undone_together(screen: Screen, items: list[ContentItem], state: Any) -> None:
    before = state()
    made = []
    for item in items[:2]:
        screen.edit(item, text="Mine")
        made += screen.made
    screen.undo(made)
    assert state() == before
    screen.undo(screen.made, again="1")
    assert [row[2] for row in state()] == ["Mine", "Mine", "Old"]
    made = []
    for text in ("Mine", "Theirs", "Mine again"):
        screen.edit(items[2], text=text)
        made += screen.made if text != "Theirs" else []
    assert "has been changed by somebody else since" in screen.undo(made)
    assert [row[2] for row in state()] == ["Mine", "Mine", "Mine again"]


@pytest.mark.parametrize(("title", "is_known"), [("dawn", True), ("In its tags", True), ("By somebody", False)])
def test_only_a_files_own_title_may_have_come_meanwhile(
    factory: Factory, session: Session, page: Page, title: str, is_known: bool
) -> None:
    item = factory.item(page, "video", title="dawn")
    upload = factory.upload(item, "video", "dawn.mp4", b"x")
    file = factory.media_file()
    factory.change(file, facts={"tags": {"title": "In its tags"}})
    factory.change(factory.upload_row(upload), media_file_id=file.id)
    found = session.get_one(ContentItem, item.id)
    left = snapshots.take_item(session, found)
    found.attachments["video"].media_file = session.get_one(MediaFile, file.id)
    found.title = title
    assert undoing._is_titled(found, left) == is_known
    session.rollback()


def test_a_file_that_has_failed_is_taken_back(factory: Factory, session: Session, page: Page) -> None:
    item, file = factory.item(page, "video", title="Film"), factory.media_file()
    factory.attached(item, "video", file)
    row = session.get_one(Page, page.id)
    revisions.keep_before(session, row)
    session.commit()
    upload = factory.upload(item, "video", "page.mp4", b"<html>")
    session.expire_all()
    made = revisions.keep(session, row, "editor@example.com", Action.EDITED, "Film")
    session.commit()
    factory.change(factory.upload_row(upload), status=UploadStatus.FAILED)
    for shown in (None, upload):
        undoing.Undoing(session, {made.id}).carry_out("editor@example.com")
        session.commit()
        attachment = session.get_one(ContentItem, item.id).attachments["video"]
        assert (attachment.media_file_id, attachment.upload_id) == (file.id, shown)
        (made, *_) = revisions.of(session, page.id, 0, 1)
