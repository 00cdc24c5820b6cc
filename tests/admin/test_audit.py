"""The audit log in the admin: it has what editors do, who comes in and who does not, and is searched."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms import tasks
from cms.accounts.audit import AuditEntry
from cms.accounts.models import User
from cms.accounts.policy import Role
from cms.media.storage import Storage
from tests.admin.members import PASSWORD, Member
from tests.conftest import sign_in
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


@pytest.fixture
def admin(app: Flask, factory: Factory) -> Member:
    return Member(app, factory, Role.ADMIN)


def shown(admin: Member, query: str = "") -> list[list[str]]:
    """The cells of the list, as text: when, what, and from which address."""
    rows = admin.get(f"/admin/audit/?{query}").partition("<tbody>")[2].partition("</tbody>")[0].split("</tr>")[:-1]
    cells = [re.findall(r"<td class=.col-[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub("<[^>]+>", "", cell.replace("<li>", " ")).split()) for cell in row] for row in cells]


@pytest.mark.parametrize("role", [Role.EDITOR, Role.AUTHOR, Role.VIEWER])
def test_it_is_for_administrators(app: Flask, factory: Factory, role: Role) -> None:
    assert Member(app, factory, role).client.get("/admin/audit/").status_code == 403


def test_it_has_who_did_what_from_where(app: Flask, admin: Member, factory: Factory) -> None:
    member = Member(app, factory, Role.EDITOR)
    member.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    member.post("/admin/page/new/", title="Dawn <b>")
    page = re.search(r"/admin/page/edit/\?id=(\d+)", member.get("/admin/page/"))
    assert page
    member.post("/admin/text/new/", title="Words", page=page[1], text="x")
    member.post("/admin/page/action/", action="publish", rowid=page[1])
    member.post("/admin/page/delete/", id=page[1])
    member.post("/admin/trash/restore/", row=f"page-{page[1]}")
    sign_in(app.test_client(), member.email, "wrong horse")
    admin.post("/admin/user/change/", id=member.id, action="role", role="viewer")
    found = [row[1:] for row in shown(admin)]
    assert [told for told, address in found if address == "192.0.2.7"] == [
        "editor@example.com restored “Dawn &lt;b&gt;” (Page).",
        "editor@example.com deleted “Dawn &lt;b&gt;” (Page).",
        "editor@example.com changed “Dawn &lt;b&gt;” (Page). Published: no → yes",
        "editor@example.com created “Words” (Text).",
        "editor@example.com created “Dawn &lt;b&gt;” (Page).",
    ]
    for told in (
        "A sign-in was refused: “editor@example.com” (Account).",
        "editor@example.com signed in.",
        "admin@example.com changed “editor@example.com” (Account). Role: Editor → Viewer",
    ):
        assert [told, "127.0.0.1"] in found
    for query, number in (
        ("flt0_who_starts_with=editor", 6),
        ("flt0_who_starts_with=nobody", 0),
        ("flt0_what_is=created", 2),
        ("flt0_object_is=text", 1),
        ("search=dawn", 4),
        ("flt0_what_is=created&flt1_object_is=page&search=DAWN", 1),
        ("flt0_date_until=2020-01-01", 0),
        ("flt0_date_from=2020-01-01&flt1_what_is=refused", 1),
    ):
        assert len(shown(admin, query)) == number, query


def test_what_is_refused_is_not_done(app: Flask, admin: Member, factory: Factory) -> None:
    viewer = Member(app, factory, Role.VIEWER)
    viewer.post("/admin/page/new/", title="Never")
    admin.post("/admin/user/change/", id=admin.id, action="close")
    assert {row[1].partition(" ")[2] for row in shown(admin)} == {"signed in."}


def test_commands_are_in_it(app: Flask, admin: Member) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["cms", "create-admin", "--email", "x@example.com", "--password", PASSWORD]).exit_code == 0
    assert ["flask cms created “x@example.com” (Account).", "—"] in [row[1:] for row in shown(admin)]
    assert run(args=["cms", "audit", "forget", "2020-01-01"]).output == "Entries removed: 0\n"
    assert shown(admin)[0][1] == "flask cms removed the entries from before 1/1/20, 12:00 AM."


def test_what_leaves_no_row_is_in_it(
    app: Flask, admin: Member, factory: Factory, storage: Storage, with_settings: Callable[..., None]
) -> None:
    with_settings(media_grace_seconds=0)
    file, page = factory.media_file(), factory.page()
    admin.post("/admin/media/action/", action="delete_unused", rowid=file.id)
    told = {"Tus-Resumable": "1.0.0", "X-CSRFToken": admin.token}
    meta = f"filename {b64encode(b'dawn.png').decode()},page {b64encode(str(page.id).encode()).decode()}"
    begun = admin.client.post(
        "/uploads/",
        headers={**told, "Upload-Length": "99", "Upload-Metadata": meta},
        data=b"\x89PNG\r\n\x1a\n",
        content_type="application/offset+octet-stream",
    )
    assert begun.status_code == 201, begun.text
    assert admin.client.delete(begun.headers["Location"], headers=told).status_code == 204
    found = [row[1] for row in shown(admin)]
    assert f"admin@example.com deleted “{file.filename}” (Media file)." in found
    assert "admin@example.com cancelled an upload: “dawn.png” (Sent file)." in found
    other = factory.media_file()
    with app.app_context():
        tasks.collect_media.run(0)
    assert factory.reload(other) is None
    assert len(shown(admin, "flt0_object_is=media_file")) == 1, "nobody asks for the work of workers"


def test_sessions_and_recovery_codes_are_in_it(app: Flask, admin: Member, factory: Factory, session: Session) -> None:
    member = Member(app, factory, Role.EDITOR)
    member.post("/admin/account/second-step/", action="begin", present=PASSWORD)
    secret = session.scalar(select(User.totp_secret).where(User.id == member.id))
    session.rollback()
    answer = member.post("/admin/account/second-step/", action="confirm", code=pyotp.TOTP(secret or "").now())
    code = re.findall(r"<li><code>([a-z2-7-]{19})</code>", answer.text)[0]
    member.post("/logout")
    asked = sign_in(member.client, member.email, PASSWORD)
    names = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', asked.text)
    assert member.client.post("/login", data={**dict(names), "code": code}).status_code == 302
    admin.post("/admin/user/change/", id=member.id, action="end")
    assert [row[1] for row in shown(admin)][:5] == [
        "admin@example.com ended sessions: “editor@example.com” (Account).",
        "editor@example.com signed in.",
        "editor@example.com used a recovery code.",
        "editor@example.com signed out.",
        "editor@example.com made recovery codes.",
    ]


@pytest.mark.parametrize("how", ["own password", "own list", "closed", "ended"])
def test_whoever_ends_sessions_is_in_it(app: Flask, admin: Member, factory: Factory, how: str) -> None:
    member, elsewhere = Member(app, factory, Role.EDITOR), app.test_client()
    sign_in(elsewhere, member.email, PASSWORD)
    if how == "own password":
        member.post("/admin/account/password/", present=PASSWORD, password="another correct horse")
    elif how == "own list":
        member.post("/admin/account/end/")
    else:
        admin.post("/admin/user/change/", id=member.id, action="close" if how == "closed" else "end")
    person = member if how.startswith("own") else admin
    told = [row[1] for row in shown(admin)]
    ended = f"{person.email} ended sessions: “{member.email}” (Account)."
    assert [words for words in told if "ended sessions" in words] == [ended]
    if how in ("own password", "closed"):
        changed = f"{person.email} changed “{member.email}” (Account)."
        assert f"{changed} {'Password: changed' if how == 'own password' else 'In use: yes → no'}" in told


def test_values_are_told_in_words(
    app: Flask, admin: Member, factory: Factory, with_settings: Callable[..., None]
) -> None:
    page, other = factory.page("Dawn"), factory.page("Dusk")
    item = factory.item(page, "video", title="Boats")
    file = factory.media_file()
    sent = {"title": "Dawn", "slug": page.slug, "text": "", "is_published": "y", "language": "ru", "version": 1}
    admin.post(f"/admin/page/edit/?id={page.id}", **sent, tags="Sea", unpublish_at="2031-05-06T07:08")
    fields = {"page": other.id, "title": "Boats", "is_active": "y", "video_library": file.id, "version": 1}
    admin.post(f"/admin/video/edit/?id={item.id}", **fields)
    told = [row[1] for row in shown(admin)]
    assert "Language: empty → Russian" in told[1]
    assert "Tags: empty → Sea" in told[1]
    assert "Unpublish at: empty → 5/6/31, 7:08 AM" in told[1]
    assert "Page: Dawn → Dusk" in told[0]
    assert f"Video file: empty → {file.filename}" in told[0]
    in_russian = admin.client.get("/admin/audit/", headers={"Accept-Language": "ru"}).text
    assert "изменил(а): «<a href" in in_russian
    assert "Язык: пусто → <ins>русский</ins>" in in_russian


def test_what_no_release_knows_is_told_as_it_is(app: Flask, admin: Member, factory: Factory, session: Session) -> None:
    page = factory.page("Dawn")
    changes = {"colour": ["red", None], "page_id": [987654, page.id], "role": ["guest", "admin"]}
    entry = {"title": "Old", "person": "", "address": "", "deed": "changed", "kind": "poem", "object_id": 7}
    session.add(AuditEntry(**entry, changes=changes))
    session.commit()
    assert shown(admin)[0][1] == (
        "Somebody who was not signed in changed “Old” (poem)."
        " colour: red → empty Page: a page that is gone → Dawn role: guest → Administrator"
    )
