"""The history of a page: what editors did, what differs, and the way back, with ids, counts and files."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from cms.database import now
from cms.media import references
from cms.media.models import MediaFile
from cms.pages.models import Attachment, ContentItem, Page
from cms.pages.revision_models import Revision, RevisionFile
from cms.pages.revisions import release_files
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


@pytest.fixture
def page(factory: Factory) -> Page:
    return factory.page("Dawn", slug="dawn", text="The harbour is quiet.")


def post(client: FlaskClient, address: str, **fields: Any) -> Any:
    form = {"csrf_token": csrf_token(client), **fields}
    return client.post(address, data=form, follow_redirects=True)


def edit(client: FlaskClient, page: Page, **fields: str) -> None:
    values = {"title": "Dawn", "slug": "dawn", "text": "The harbour is quiet.", "is_published": "y", **fields}
    post(client, f"/admin/page/edit/?id={page.id}", **values)


def edit_text(client: FlaskClient, page: Page, item: ContentItem, **fields: str) -> None:
    values = {"page": page.id, "title": item.title, "order": item.order, "is_active": "y", **fields}
    post(client, f"/admin/text/edit/?id={item.id}", **values)


def revisions(engine: Engine, page: Page) -> list[Revision]:
    """The newest first."""
    with Session(engine) as session:
        mine = select(Revision).where(Revision.page_id == page.id).order_by(Revision.id.desc())
        return list(session.scalars(mine))


def restore(client: FlaskClient, revision: Revision) -> str:
    return str(post(client, "/admin/history/restore/", id=revision.id).text)


def shown(client: FlaskClient, page: Page) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/api/page/content/{page.id}/").json
    return answer


def test_what_editors_do_is_kept(signed_in: FlaskClient, engine: Engine, factory: Factory, page: Page) -> None:
    item = factory.item(page, "text", title="Words", order=1)
    edit(signed_in, page, text="The harbour wakes.")
    edit(signed_in, page, text="The harbour wakes.")  # changes nothing
    edit_text(signed_in, page, item, text="New words")
    post(signed_in, "/admin/text/new/", page=page.id, title="More", order=2, is_active="y", text="More")
    post(signed_in, "/admin/text/delete/", id=item.id)
    post(signed_in, "/admin/trash/restore/", row=f"text-{item.id}")
    done = [(revision.action, revision.subject, revision.editor) for revision in revisions(engine, page)]
    me = "editor@example.com"
    assert done == [
        ("undeleted", "Words", me),
        ("deleted", "Words", me),
        ("added", "More", me),
        ("edited", "Words", me),
        ("edited", "Dawn", me),
        ("found", "Dawn", None),
    ]
    text = signed_in.get(f"/admin/history/?id={page.id}").text
    for words in ("Restored from the trash: Words", "Added: More", "Edited: Dawn", "Before the first change"):
        assert words in text


def test_a_page_comes_back_as_it_was(signed_in: FlaskClient, engine: Engine, factory: Factory, page: Page) -> None:
    first, second = (factory.item(page, "text", title=f"Item {order}", order=order, text="Old") for order in (1, 2))
    factory.change(first, counter=5)
    before = shown(signed_in, page)
    edit(signed_in, page, title="Dusk", text="The harbour sleeps.")
    found = revisions(engine, page)[-1]
    edit_text(signed_in, page, first, text="New", order="9")
    post(signed_in, "/admin/text/delete/", id=second.id)
    added = post(signed_in, "/admin/text/new/", page=page.id, title="More", order=1, is_active="y", text="More")
    assert added.status_code == 200
    told = restore(signed_in, found)
    assert "The page is as it was then." in told
    assert "Visitors see your changes when you publish them." in told
    assert shown(signed_in, page)["text"] == "The harbour sleeps.", "that waits to be published"
    newest = revisions(engine, page)[0]
    post(signed_in, "/admin/page/publish/", id=page.id)
    after = shown(signed_in, page)
    assert after["title"] == "Dawn"
    assert after["text"] == "The harbour is quiet."
    same = ("id", "title", "order", "text")
    assert [[item[name] for name in same] for item in after["contents"]] == [
        [item[name] for name in same] for item in before["contents"]
    ]
    assert after["contents"][0]["counter"] >= 5
    assert newest.action == "restored"
    assert newest.digest == found.digest
    assert "More" in signed_in.get("/admin/trash/").text


def test_items_that_are_gone_for_good_come_back_with_their_ids(
    signed_in: FlaskClient, engine: Engine, factory: Factory, page: Page
) -> None:
    film = factory.with_media(page, "video", title="Film")
    edit(signed_in, page, text="Another")
    found = revisions(engine, page)[-1]
    post(signed_in, "/admin/video/delete/", id=film.id)
    post(signed_in, "/admin/trash/delete/", row=f"video-{film.id}")
    assert shown(signed_in, page)["contents"] == []
    restore(signed_in, found)
    post(signed_in, "/admin/page/publish/", id=page.id)
    [item] = shown(signed_in, page)["contents"]
    assert (item["id"], item["title"]) == (film.id, "Film")
    assert item["video_path"]


def test_files_that_revisions_name_are_kept(
    signed_in: FlaskClient, engine: Engine, factory: Factory, page: Page
) -> None:
    film = factory.with_media(page, "video", title="Film")
    edit(signed_in, page, text="Another")
    with Session(engine) as session:
        attachment = session.get_one(Attachment, (film.id, "video"))
        named = attachment.media_file_id
        session.delete(attachment)
        session.commit()
        kept = select(MediaFile.id).where(references.is_referenced())
        assert named in session.scalars(kept).all()


def test_files_of_superseded_revisions_are_kept_for_a_while(
    signed_in: FlaskClient, engine: Engine, factory: Factory, page: Page
) -> None:
    film = factory.with_media(page, "video", title="Film")
    edit(signed_in, page, text="Another")
    edit(signed_in, page, text="And another")

    def named(kept_for: timedelta) -> int:
        with Session(engine) as session:
            before = session.scalar(select(func.count()).select_from(RevisionFile)) or 0
            release_files(session, kept_for)
            left = session.scalar(select(func.count()).select_from(RevisionFile)) or 0
            session.rollback()
            return before - left

    with Session(engine) as session:
        each = len(session.get_one(ContentItem, film.id).attachments)
    assert named(timedelta(days=30)) == 0
    with Session(engine) as session:
        session.execute(update(Revision).values(created_at=now() - timedelta(days=31)))
        session.commit()
    assert named(timedelta(days=30)) == 2 * each, "not those of the newest"
    assert named(timedelta(0)) == 3 * each


def test_an_item_that_has_moved_stays_where_it_is(
    signed_in: FlaskClient, engine: Engine, factory: Factory, page: Page
) -> None:
    item, other = factory.item(page, "text", title="Words", order=1), factory.page("Other")
    edit(signed_in, page, text="Another")
    found = revisions(engine, page)[-1]
    edit_text(signed_in, other, item, text="New")
    assert [revisions(engine, where)[0].action for where in (page, other)] == ["moved", "moved"]
    assert "1 item is on another page now, and stays there." in restore(signed_in, found)
    assert factory.reload(item).page_id == other.id


def test_a_title_that_another_page_has_is_told(
    signed_in: FlaskClient, engine: Engine, factory: Factory, page: Page
) -> None:
    edit(signed_in, page, title="Dusk", slug="dusk")
    found = revisions(engine, page)[-1]
    factory.page("Dawn", slug="another")
    assert "Another page has the title “Dawn” now." in restore(signed_in, found)
    assert factory.reload(page).title == "Dusk"


def test_what_differs_is_shown_side_by_side(
    signed_in: FlaskClient, engine: Engine, factory: Factory, page: Page
) -> None:
    first, second = (factory.item(page, "text", title=f"Item {order}", order=order) for order in (1, 2))
    edit(signed_in, page, text="The <b>harbour</b> wakes.")
    edited, found = revisions(engine, page)
    text = signed_in.get(f"/admin/history/compare/?id={edited.id}").text
    assert "The <ins>&lt;b&gt;</ins>harbour<ins>&lt;/b&gt;</ins>" in text
    assert "harbour <del>is quiet</del>." in text
    edit(signed_in, page, text="The <b>harbour</b> wakes.", unpublish_at="2099-05-01T09:00")
    text = signed_in.get(f"/admin/history/compare/?id={revisions(engine, page)[0].id}").text
    assert "Unpublish at" in text
    assert "2099" not in text, "times are as editors read them"
    assert "<ins>5/1/99, 9:00" in text
    post(signed_in, "/admin/page/reorder/", id=page.id, item=[second.id, first.id])
    post(signed_in, "/admin/text/delete/", id=first.id)
    text = signed_in.get(f"/admin/history/compare/?id={found.id}&now=1").text
    assert "<del>deleted</del>" in text
    assert "Changes since then" in text


def test_of_the_oldest_only_so_many_are_kept(
    signed_in: FlaskClient, engine: Engine, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cms.pages.revisions.MOST_KEPT", 2)
    for number in range(4):
        edit(signed_in, page, text=f"Text {number}")
    assert len(revisions(engine, page)) == 2


def test_what_is_not_there_is_not_found(signed_in: FlaskClient, page: Page) -> None:
    for address in ("?id=0", "?id=x", "compare/?id=0", "compare/", ""):
        assert signed_in.get(f"/admin/history/{address}").status_code == 404
    assert post(signed_in, "/admin/history/restore/", id="0").status_code == 404
