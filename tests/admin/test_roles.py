"""Roles in the admin: what may not be done is refused in words, and not offered."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from cms.accounts.policy import Role
from cms.pages.models import Page
from cms.pages.redirects import Redirect
from tests.admin.members import Member
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

#: Addresses that everybody has who is signed in.
OWN = {f"/admin/account/{name}/" for name in ("password", "language", "end", "second-step", "passkeys")}
OWN |= {"/admin/filters/save/", "/admin/filters/change/"}

#: Buttons of lists and forms that change nothing.
HARMLESS = re.compile(
    "per page|Add filter|Sort|Posters|Rows|title=.Search|Apply|Preview|History|View on site|Cancel"
    "|data-(restore|discard)"
)


@pytest.fixture
def author(app: Flask, factory: Factory) -> Member:
    return Member(app, factory, Role.AUTHOR)


def changing_addresses(app: Flask) -> list[tuple[str, str]]:
    """The methods and addresses of the admin and of uploads that change something."""
    found = [
        (method, app.url_map.bind("localhost").build(rule.endpoint, dict.fromkeys(rule.arguments, 1)))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        if rule.rule.startswith(("/admin/", "/uploads/"))
    ]
    return sorted(pair for pair in found if pair[1] not in OWN)


def test_a_viewer_is_refused_wherever_something_is_changed(app: Flask, factory: Factory) -> None:
    viewer = Member(app, factory, Role.VIEWER)
    page = factory.page()
    addresses = changing_addresses(app)
    assert len(addresses) > 30
    for method, address in addresses:
        sent = {"csrf_token": viewer.token, "id": page.id, "action": "delete", "rowid": page.id, "title": "x"}
        answer = viewer.client.open(address, method=method, data=sent, query_string={"id": page.id})
        assert answer.status_code == 403, (method, address)
        assert "Your role does not allow this." in answer.text
    assert factory.reload(page).deleted_at is None


def test_a_viewer_sees_everything_and_no_button_that_cannot_be_used(app: Flask, factory: Factory) -> None:
    viewer = Member(app, factory, Role.VIEWER)
    page, discarded = factory.page(), factory.page("Gone", published=False)
    factory.change(discarded, deleted_at=page.created_at)
    item = factory.item(page)
    for address in (
        "/admin/",
        "/admin/page/",
        "/admin/text/",
        "/admin/upload/",
        "/admin/media/",
        "/admin/redirect/",
        "/admin/trash/",
        f"/admin/page/edit/?id={page.id}",
        f"/admin/text/edit/?id={item.id}",
        f"/admin/history/?id={page.id}",
    ):
        shown = viewer.get(address)
        assert 'method="post"' not in shown, address
        for button in re.findall(r"<(?:button|a class=.btn).*?</(?:button|a)>", shown, re.DOTALL):
            assert HARMLESS.search(button), button
    assert viewer.client.get("/admin/page/new/").status_code == 403


def test_a_viewer_reads_what_forms_have(app: Flask, factory: Factory) -> None:
    viewer = Member(app, factory, Role.VIEWER)
    page = factory.page("Dawn", text="It is *quiet*.", tags=["Sea"], language="ru")
    gallery = factory.with_media(page, "gallery", title="Boats")
    film = factory.with_media(page, "video", title="A film", is_active=False)
    redirect = factory.kept(Redirect(slug="old", page_id=page.id))
    read = {
        f"page/edit/?id={page.id}": ("It is <em>quiet</em>.", "Sea", "Russian", "Published"),
        f"gallery/edit/?id={gallery.id}": ("Boats", ">Dawn</a>", 'class="thumbnail"'),
        f"video/edit/?id={film.id}": ("Current file:", "Video file"),
        f"redirect/edit/?id={redirect.id}": ("old", ">Dawn</a>"),
    }
    for address, told in read.items():
        shown = viewer.get(f"/admin/{address}")
        assert "You can read this, and not change it." in shown
        assert [words for words in told if words not in shown] == [], address
        for made_to_write in ("<input", "<textarea", "<select", "data-role=", "data-pick", "<template", "<dialog"):
            assert made_to_write not in shown, (address, made_to_write)
        whole = viewer.client.get(f"/admin/{address}").text
        assert 'id="markdown-editor"' not in whole
        assert 'id="library"' not in whole


def test_authors_change_their_own_pages(author: Member, factory: Factory) -> None:
    assert author.post("/admin/page/new/", title="Mine").status_code == 302
    listed = author.get("/admin/page/")
    mine = int(listed.split("/admin/page/edit/?id=", 1)[1].split("&", 1)[0].split('"', 1)[0])
    assert factory.reload(Page(id=mine)).created_by == author.id
    assert author.post("/admin/text/new/", title="x", page=mine, text="x").status_code == 302
    assert author.post("/admin/page/action/", action="publish", rowid=mine).status_code == 302
    assert factory.reload(Page(id=mine)).is_published
    assert author.post("/admin/page/copy/", id=mine).status_code == 302
    assert author.post("/admin/page/delete/", id=mine).status_code == 302
    assert author.post("/admin/trash/restore/", row=f"page-{mine}").status_code == 302
    assert factory.reload(Page(id=mine)).deleted_at is None


def test_authors_read_the_pages_of_others_and_change_nothing_there(author: Member, factory: Factory) -> None:
    mine, page = factory.page(created_by=author.id), factory.page("Theirs")
    item = factory.item(page, title="An item")
    upload = factory.upload(factory.item(page, "video"), "video", "a.mp4", b"x")
    discarded = factory.page(deleted_at=page.created_at, published=False)
    for address, fields in (
        (f"/admin/page/edit/?id={page.id}", {"title": "x"}),
        (f"/admin/text/edit/?id={item.id}", {"title": "x", "page": mine.id}),
        ("/admin/page/delete/", {"id": page.id}),
        ("/admin/text/delete/", {"id": item.id}),
        ("/admin/page/reorder/", {"id": page.id, "item": item.id}),
        *((f"/admin/page/{name}/", {"id": page.id}) for name in ("publish", "unpublish", "discard", "review")),
        *((f"/admin/text/{name}/", {"id": item.id}) for name in ("hide", "duplicate")),
        ("/admin/upload/retry/", {"id": upload}),
        ("/admin/trash/delete/", {"row": f"page-{discarded.id}"}),
        ("/admin/trash/restore/", {"row": f"page-{discarded.id}"}),
    ):
        answer = author.post(address, **fields)
        assert answer.status_code == 403, address
        assert "Somebody else has made this page." in answer.text
    assert "Please fill in this field." in author.post("/admin/text/new/", title="x", page=page.id).text
    assert author.post("/admin/redirect/new/", slug="x", page=mine.id).status_code == 403
    assert [factory.reload(row).version for row in (mine, page, item)] == [1, 1, 1]
    assert [found[1] for found in author.client.get("/admin/text/ajax/lookup/?name=page&query=").json] == [mine.title]
    shown = author.get(f"/admin/page/edit/?id={page.id}")
    assert "Theirs" in shown
    assert "As an author you can change your own pages only." in shown
    assert "<textarea" not in shown
    assert shown.count('class="handle"') == 0
    assert author.get("/admin/page/").count('class="action-checkbox"') == 1


@pytest.mark.parametrize("role", [Role.ADMIN, Role.EDITOR])
def test_editors_change_all_pages(app: Flask, factory: Factory, role: Role) -> None:
    member, page = Member(app, factory, role), factory.page("Theirs", created_by=99)
    assert member.post("/admin/page/action/", action="unpublish", rowid=page.id).status_code == 302
    assert not factory.reload(page).is_published
    assert member.post("/admin/redirect/new/", slug="x", page=page.id).status_code == 302
