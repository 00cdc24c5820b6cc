"""Named filters over lists: everybody's own, and those that others share."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from cms.accounts import saved_filters
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
    viewer, admin = Member(app, factory, Role.VIEWER), Member(app, factory, Role.ADMIN)
    factory.page("Dawn", published=False)
    factory.page("Dusk")
    query = "search=d&flt0_published_equals=0&sort=0&page=3&x=1"
    listed = viewer.get(f"/admin/page/?{query}")
    assert "Save these filters" in listed
    assert over(listed) == {}
    shown = send(viewer, "save", name=" My  drafts ", query=query)
    address = "/admin/page/?flt0_published_equals=0&search=d&sort=0"
    assert over(shown) == {"All": "/admin/page/", "My drafts": address}
    assert "Dawn" in shown
    assert "Dusk" not in shown
    assert 'aria-current="page">My drafts' in shown
    assert over(admin.get("/admin/page/")) == {} == over(viewer.get("/admin/text/"))
    (number,) = re.findall(r'name="id" value="(\d+)"', shown)
    send(viewer, "change", id=number, name="Drafts", shared="1")
    seen = admin.get(address)
    assert over(seen) == {"All": "/admin/page/", "Drafts": address}
    assert f"Shared by {viewer.email}" in seen
    assert "This filter no longer exists." in send(admin, "change", id=number, delete="1")
    assert over(send(viewer, "save", name="Drafts", query="search=x")) == {
        "All": "/admin/page/",
        "Drafts": "/admin/page/?search=x",
    }
    assert "The filter “Drafts” is deleted." in send(viewer, "change", id=number, delete="1")
    assert over(viewer.get("/admin/page/")) == over(admin.get("/admin/page/")) == {}


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
