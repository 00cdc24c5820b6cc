"""Deleted media files lie in the trash, from which they come back with all that they had; files are merged."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms import tasks
from cms.accounts.audit import AuditEntry
from cms.accounts.policy import Role
from cms.database import now
from cms.media import garbage, known, tagging
from cms.media.models import MediaFile
from cms.media.storage import Storage
from cms.pages import file_trash, replacing
from cms.pages.models import Attachment, ContentItem
from tests.conftest import csrf_token, sign_in
from tests.disk import on_disk
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def post(client: FlaskClient, address: str, **values: Any) -> str:
    sent = {"csrf_token": csrf_token(client), **values}
    return client.post(f"/admin/{address}", data=sent, follow_redirects=True).text


def seen(client: FlaskClient, item: ContentItem) -> str | None:
    path: str | None = client.get(f"/api/page/content/{item.page_id}/").json["contents"][0]["picture_path"]
    return path


def shown(factory: Factory, item: ContentItem) -> int | None:
    with Session(factory.engine) as session:
        found = session.get(Attachment, (item.id, "picture"))
        return found.media_file_id if found else None


@pytest.fixture
def item(factory: Factory) -> ContentItem:
    return factory.item(factory.page("Sea", slug="sea"), "picture")


@pytest.fixture
def file(factory: Factory, item: ContentItem) -> MediaFile:
    """A picture with a tag, on a page."""
    file = factory.media_file(family="image")
    factory.attached(item, "picture", file)
    with Session(factory.engine) as session:
        tagging.set_of(session, session.get_one(MediaFile, file.id), ["Best"])
        session.commit()
    return file


def test_a_file_comes_back_with_its_uses(
    signed_in: FlaskClient, factory: Factory, item: ContentItem, file: MediaFile, all_of: Callable[..., list[Any]]
) -> None:
    assert seen(signed_in, item) == file.url_path
    told = post(signed_in, "media/delete/", id=file.id)
    assert "is in the trash. 1 place does not show it any more." in told
    assert f'<input type="hidden" name="row" value="media_file-{file.id}">' in told
    assert seen(signed_in, item) is None
    assert item.title not in signed_in.get("/sea/").text
    for address in ("/admin/media/", "/admin/media/pick/", "/admin/media/?search=best"):
        assert file.filename not in signed_in.get(address).text
    chosen = {"page": item.page_id, "title": "T", "order": 1, "picture_library": file.id}
    assert "is gone" in post(signed_in, "picture/new/", **chosen)
    other = factory.media_file(family="image")
    assert "is in the trash" in signed_in.get(f"/admin/media/replace/?id={other.id}&with={file.id}").text
    assert "This file is in the trash" in signed_in.get(f"/admin/media/details/?id={file.id}").text
    assert "in the trash" in signed_in.get(f"/admin/picture/edit/?id={item.id}").text
    assert file.filename in signed_in.get("/admin/trash/").text
    assert "Restored:" in post(signed_in, "trash/restore/", row=f"media_file-{file.id}")
    assert seen(signed_in, item) == file.url_path
    assert "Best" in signed_in.get(f"/admin/media/details/?id={file.id}").text
    assert "is not in the trash any more" not in post(signed_in, "trash/restore/", row=f"media_file-{file.id}")
    log = [(entry.deed, entry.object_id) for entry in all_of(AuditEntry)]
    assert [pair for pair in log if pair[1] == file.id][-2:] == [("deleted", file.id), ("restored", file.id)]


def test_it_is_kept_for_its_time_and_then_goes_for_good(
    app: Flask,
    signed_in: FlaskClient,
    factory: Factory,
    item: ContentItem,
    file: MediaFile,
    storage: Storage,
    with_settings: Callable[..., None],
) -> None:
    with_settings(trash_days=30)
    unused = factory.media_file(family="image")
    post(signed_in, "media/action/", action="delete", rowid=[file.id, unused.id])
    with app.app_context():
        tasks.collect_media.run(0)
        tasks.empty_trash.run()
    assert factory.reload(unused)
    assert shown(factory, item) == file.id
    factory.change(file, deleted_at=now() - timedelta(days=31))
    with app.app_context():
        tasks.empty_trash.run()
    assert (factory.reload(file), shown(factory, item)) == (None, None)
    assert factory.reload(unused)
    assert not on_disk(storage, file.path).exists()
    assert "Deleted" in signed_in.get(f"/admin/history/?id={item.page_id}").text
    assert factory.reload(item).version == 2


def test_only_administrators_delete_for_good(client: FlaskClient, factory: Factory, storage: Storage) -> None:
    file = factory.media_file(family="image")
    with Session(factory.engine) as session:
        file_trash.discard(session, [file.id], "somebody")
        session.commit()
    row = f"media_file-{file.id}"
    for role, status in ((Role.VIEWER, 403), (Role.AUTHOR, 403), (Role.EDITOR, 403), (Role.ADMIN, 302)):
        factory.user(f"{role}@example.com", "correct horse", role)
        sign_in(client, f"{role}@example.com", "correct horse")
        token = {"csrf_token": csrf_token(client, "/admin/account/"), "row": row}
        assert client.post("/admin/trash/delete/", data=token).status_code == status, role
        client.post("/logout", data=token)
    assert factory.reload(file) is None
    assert not on_disk(storage, file.path).exists()


def test_the_same_bytes_bring_it_back(
    signed_in: FlaskClient, factory: Factory, sent: list[int], work: Callable[[], None], video_bytes: bytes
) -> None:
    item = factory.item(factory.page(), "video")
    sent.append(factory.upload(item, "video", "a.mp4", video_bytes))
    work()
    with Session(factory.engine) as session:
        [file] = session.scalars(select(MediaFile))
        file_trash.discard(session, [file.id], "somebody")
        session.commit()
        digest = file.digest
    token = {"X-CSRFToken": csrf_token(signed_in)}
    verdict = signed_in.post("/uploads/known", json={"digest": digest}, headers=token).json["known"]
    assert verdict["words"].startswith("You have this in the trash: a.mp4.")
    assert "1 page shows it again" in verdict["words"]
    sent.append(factory.upload(factory.item(factory.page(), "video"), "video", "b.mp4", video_bytes))
    work()
    with Session(factory.engine) as session:
        [file] = session.scalars(select(MediaFile))
        assert (file.deleted_at, file.deleted_by) == (None, None)
        assert replacing.count_places(session, [file.id]) == {file.id: 2}


def test_an_author_does_not_bring_it_back(
    client: FlaskClient, factory: Factory, sent: list[int], work: Callable[[], None], video_bytes: bytes
) -> None:
    shown = factory.item(factory.page(), "video")
    sent.append(factory.upload(shown, "video", "a.mp4", video_bytes))
    work()
    author = factory.user("author@example.com", "correct horse", Role.AUTHOR)
    mine = factory.item(factory.page(created_by=author), "video")
    with Session(factory.engine) as session:
        [file] = session.scalars(select(MediaFile))
        file_trash.discard(session, [file.id], "somebody")
        session.commit()
        digest = file.digest
    sign_in(client, "author@example.com", "correct horse")
    token = {"X-CSRFToken": csrf_token(client)}
    verdict = client.post("/uploads/known", json={"digest": digest}, headers=token).json["known"]
    assert verdict["words"] == known.IN_TRASH
    place = {"digest": digest, "item": mine.id, "slot": "video"}
    answer = client.post("/uploads/use", json=place, headers=token)
    assert (answer.status_code, known.IN_TRASH in answer.text) == (422, True)
    upload = factory.upload(mine, "video", "b.mp4", video_bytes)
    factory.change(factory.upload_row(upload), owner="author@example.com")
    sent.append(upload)
    work()
    assert factory.upload_row(upload).reason == known.IN_TRASH
    assert factory.reload(file).deleted_at


def test_nothing_is_kept_if_there_is_no_trash(
    signed_in: FlaskClient, factory: Factory, item: ContentItem, file: MediaFile, with_settings: Callable[..., None]
) -> None:
    with_settings(trash_days=0)
    assert "Deleted: 1." in post(signed_in, "media/delete/", id=file.id)
    assert factory.reload(file) is None
    assert seen(signed_in, item) is None


def test_files_become_one_and_several_again(
    signed_in: FlaskClient, factory: Factory, item: ContentItem, file: MediaFile
) -> None:
    stays, unused = (factory.media_file(family="image") for _ in range(2))
    ids, other = [file.id, stays.id, unused.id], factory.media_file()
    asked = post(signed_in, "media/action/", action="merge", rowid=ids)
    assert asked.count('type="radio"') == 3
    assert f'name="stays" value="{file.id}" checked' in asked, "the one that is shown most"
    counts = {f"count-{file.id}": 1, f"count-{stays.id}": 0, f"count-{unused.id}": 0}
    for wrong, words in (
        ({**counts, "rowid": ids, "stays": other.id}, "Choose the file that stays."),
        ({**counts, "rowid": [*ids, other.id], "stays": stays.id}, "is a file of another kind"),
        ({**counts, "rowid": ids[:1], "stays": file.id}, "Select two files or more"),
        ({"rowid": ids, "stays": stays.id}, "have changed meanwhile"),
    ):
        assert words in post(signed_in, "media/merge/", **wrong)
    assert seen(signed_in, item) == file.url_path
    told = post(signed_in, "media/merge/", rowid=ids, stays=stays.id, **counts)
    assert "2 files are in the trash." in told
    assert seen(signed_in, item) == stays.url_path
    assert [factory.reload(each).deleted_at is None for each in (file, stays, unused)] == [False, True, False]
    undo = {name: re.findall(rf'name="{name}" value="([^"]+)"', told) for name in ("replacement", "file")}
    assert "The file is back in 1 place." in post(signed_in, "media/merge/undo/", **undo)
    assert seen(signed_in, item) == file.url_path
    assert [factory.reload(each).deleted_at is None for each in (file, stays, unused)] == [True] * 3
    assert "This has been undone already." in post(signed_in, "media/merge/undo/", **undo)


def test_visitors_do_not_see_a_deleted_file_that_only_a_replacement_shows_them(
    signed_in: FlaskClient, factory: Factory, item: ContentItem, file: MediaFile
) -> None:
    successor, other = (factory.media_file(family="image") for _ in range(2))
    form = {"page": item.page_id, "title": "Waits", "order": 1, "is_active": "y", "_draft": "1"}
    post(signed_in, f"picture/edit/?id={item.id}", **form)
    with Session(factory.engine) as session:
        old, new = (session.get_one(MediaFile, each.id) for each in (file, successor))
        replacing.replace(session, old, new, "somebody", 1)
        session.commit()
    post(signed_in, f"picture/edit/?id={item.id}", **form, picture_library=other.id)
    assert (seen(signed_in, item), shown(factory, item)) == (successor.url_path, other.id)
    post(signed_in, "media/delete/", id=successor.id)
    assert seen(signed_in, item) is None


@pytest.mark.sqlite
def test_what_is_in_the_trash_is_no_garbage(factory: Factory, storage: Storage) -> None:
    file = factory.media_file()
    factory.change(file, deleted_at=now(), unreferenced_since=now() - timedelta(days=99))
    with Session(factory.engine) as session:
        assert garbage.count_unreferenced(session) == 0
