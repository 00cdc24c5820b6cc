"""One search box for everything: what each role finds, as a page and while one types."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from cms.accounts.policy import Role
from cms.database import now
from cms.search import indexing
from tests.admin.members import Member
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def offered(member: Member, text: str) -> dict[str, list[str]]:
    answer = member.client.get("/admin/search/offer/", query_string={"q": text})
    assert answer.headers["Cache-Control"] == "no-store"
    return {group["name"]: [result["title"] for result in group["results"]] for group in answer.json["groups"]}


def test_pages_items_files_and_accounts_are_found(app: Flask, factory: Factory, queries: list[str]) -> None:
    admin, viewer = Member(app, factory, Role.ADMIN), Member(app, factory, Role.VIEWER)
    page, file = factory.page("Harbour at dawn"), factory.media_file()
    item = factory.item(page, "video", title="Ships in the harbour")
    factory.attached(item, "video", file)
    factory.user("harbour@example.com", "correct horse")
    factory.item(factory.page("Old harbour", deleted_at=now(), published=False), title="A harbour of old")
    factory.item(page, title="Harbour in the trash", deleted_at=now())
    thrown_away = factory.media_file()
    factory.change(thrown_away, deleted_at=now())
    factory.attached(item, "subtitles", thrown_away)
    with Session(factory.engine) as session:
        indexing.index(session, [file.id, thrown_away.id])
        session.commit()
    everything: dict[str, Any] = {
        "Pages": ["Harbour at dawn"],
        "Items": ["Ships in the harbour"],
        "Media files": [file.filename],
        "Accounts": ["harbour@example.com"],
    }
    assert offered(admin, "ARBOUR") == everything
    assert offered(viewer, "harbour") == {k: v for k, v in everything.items() if k != "Accounts"}
    assert offered(admin, "harbour nowhere") == offered(admin, " ") == offered(admin, "") == {}
    shown = admin.get("/admin/search/?q=harbour")
    for part in (
        "Found by “harbour”",
        f"/admin/page/edit/?id={page.id}",
        f"/admin/page/edit/?id={page.id}#item-{item.id}-title",
        file.filename,
    ):
        assert part in shown
    assert "Nothing found" in viewer.get("/admin/search/?q=%25")
    assert "Type words" in viewer.get("/admin/search/")
    queries.clear()
    offered(admin, "harbour")
    few = len(queries)
    for number in range(9):
        factory.attached(factory.item(page, "video", title=f"Harbour {number}"), "video", file)
    queries.clear()
    assert len(offered(admin, "harbour")["Items"]) == 5
    assert len(queries) == few


def test_who_is_signed_out_finds_nothing(app: Flask) -> None:
    assert app.test_client().get("/admin/search/offer/?q=x").status_code == 302
