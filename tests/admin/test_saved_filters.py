"""Named filters over lists: everybody's own, and those that others share."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from cms.accounts import saved_filters
from cms.accounts.models import User
from cms.accounts.policy import Role
from tests.admin.members import Member
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def send(member: Member, action: str, **fields: Any) -> str:
    data = {"csrf_token": member.token, "list": "page", "url": "/admin/page/", **fields}
    answer = member.client.post(f"/admin/filters/{action}/", data=data, follow_redirects=True)
    return str(answer.text.split("<main", 1)[1].split("</main>", 1)[0])


def over(shown: str) -> dict[str, str]:
    """The filters over a list: their addresses by name."""
    links = shown.partition('<nav class="saved-filters"')[2].partition("</nav>")[0]
    found = re.findall(r'<a href="([^"]+)"[^>]*>(.*?)</a>', links)
    return {re.sub("<[^>]+>", "", name).strip(): address.replace("&amp;", "&") for address, name in found}


def test_filters_are_saved_renamed_shared_and_deleted(app: Flask, factory: Factory) -> None:
    author, editor = Member(app, factory, Role.AUTHOR), Member(app, factory, Role.EDITOR)
    factory.page("Dawn", published=False)
    factory.page("Dusk")
    query = "search=d&flt0_published_equals=0&sort=0&page=3&x=1"
    listed = author.get(f"/admin/page/?{query}")
    assert "Save these filters" in listed
    assert over(listed) == {}
    shown = send(author, "save", name=" My  drafts ", query=query)
    address = "/admin/page/?flt0_published_equals=0&search=d&sort=0"
    assert over(shown) == {"All": "/admin/page/", "My drafts": address}
    assert "Dawn" in shown
    assert "Dusk" not in shown
    assert 'aria-current="page">My drafts' in shown
    assert over(editor.get("/admin/page/")) == {} == over(author.get("/admin/text/"))
    (number,) = re.findall(r'name="id" value="(\d+)"', shown)
    send(author, "change", id=number, name="Drafts", shared="1")
    seen = editor.get(address)
    assert over(seen) == {"All": "/admin/page/", "Drafts": address}
    assert f"Shared by {author.email}" in seen
    assert "This filter no longer exists." in send(editor, "change", id=number, delete="1")
    assert over(send(author, "save", name="Drafts", query="search=x")) == {
        "All": "/admin/page/",
        "Drafts": "/admin/page/?search=x",
    }
    assert "The filter “Drafts” is deleted." in send(author, "change", id=number, delete="1")
    assert over(author.get("/admin/page/")) == over(editor.get("/admin/page/")) == {}


def test_what_cannot_be_saved_is_told(app: Flask, factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = Member(app, factory, Role.VIEWER)
    monkeypatch.setattr(saved_filters, "MOST", 2)
    for name, query, told in (
        (" ", "search=x", "Write a name for the filter."),
        ("x" * 61, "search=x", "The name is too long"),
        ("x", "page=2", "There is nothing to save"),
        ("x", "search=" + "x" * 2000, "These filters are too long"),
        ("x", "search=1", "is saved."),
        ("y", "search=2", "is saved."),
        ("z", "search=3", "A list can have 2 of your filters."),
    ):
        shown = send(viewer, "save", name=name, query=query)
        assert told in shown, name
    (number,) = re.findall(r'name="id" value="(\d+)"', viewer.get("/admin/page/?search=1"))
    assert "You have a filter with this name already." in send(viewer, "change", id=number, name="y")
    for name in ("audit", "nowhere", "trash"):
        form = {"csrf_token": viewer.token, "list": name, "name": "x", "query": "search=x"}
        assert viewer.client.post("/admin/filters/save/", data=form).status_code == 404


def test_administrators_take_away_what_is_shared(app: Flask, factory: Factory) -> None:
    author, admin, viewer = (Member(app, factory, role) for role in (Role.AUTHOR, Role.ADMIN, Role.VIEWER))
    shown = send(author, "save", name="Mine", query="search=x", shared="1")
    (number,) = re.findall(r'name="id" value="(\d+)"', shown)
    send(author, "save", name="Mine", query="search=y")
    assert "Mine" in over(admin.get("/admin/page/")), "it stays shared"
    assert f'name="id" value="{number}"' in admin.get("/admin/page/?search=y")
    send(admin, "change", id=number, name="Mine")
    assert "Mine" in over(author.get("/admin/page/"))
    assert "This filter no longer exists." in send(admin, "change", id=number, delete="1"), "it is not shared any more"
    send(author, "change", id=number, name="Mine", shared="1")
    with Session(factory.engine) as session:
        session.get_one(User, author.id).is_active = False
        session.commit()
    assert over(admin.get("/admin/page/")) == {}
    told = send(viewer, "save", name="x", query="search=x", shared="1")
    assert "Your role does not allow showing filters to everybody." in told
    assert over(told) == {}
    assert "Show it to everybody" not in viewer.get("/admin/page/?search=x")


def test_changes_at_the_same_moment_are_told(app: Flask, factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = Member(app, factory, Role.VIEWER)
    (number,) = re.findall(r'name="id" value="(\d+)"', send(viewer, "save", name="x", query="search=x"))

    def gone(*_: Any, **__: Any) -> None:
        raise StaleDataError

    def taken(*_: Any, **__: Any) -> None:
        raise IntegrityError("", {}, Exception())

    monkeypatch.setattr(saved_filters, "save", taken)
    assert "Please try again." in send(viewer, "save", name="y", query="search=y")
    for fault in (taken, gone):
        monkeypatch.setattr(saved_filters, "change", fault)
        assert "Please try again." in send(viewer, "change", id=number, name="y")
