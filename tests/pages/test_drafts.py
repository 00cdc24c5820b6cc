"""While changes of a published page wait, visitors see what was there before them, in the same documents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from cms.database import now
from cms.media import references
from cms.media.models import MediaFile, UploadStatus
from cms.messages import InvalidInput
from cms.pages import drafts, pages, replacing, revisions, schedule, trash
from cms.pages.captions import CHAPTERS
from cms.pages.models import Attachment, ContentItem, Page, kind_named, kinds
from cms.pages.replacement_models import Replacement
from cms.pages.revision_models import Revision
from cms.pages.revisions import Action
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

ME = "editor@example.com"


def change(session: Session, page_id: int, **values: Any) -> None:
    """Change the page, or its first item, so that the change waits."""
    page = session.get_one(Page, page_id)
    found = drafts.begin(session, page)
    row = page.items[0] if values.pop("item", False) else page
    for name, value in values.items():
        setattr(row, name, value)
    revisions.keep(session, page, ME, Action.EDITED, page.title)
    drafts.hold(session, page, found)
    session.commit()


def document(session: Session, page: Page) -> dict[str, Any]:
    found = pages.page_document(session, page.id)
    session.rollback()  # SQLite would keep other connections waiting
    assert found
    found.pop("updated_at")
    return found


@pytest.fixture
def page(factory: Factory) -> Page:
    page = factory.page("Dawn", slug="dawn", text="Quiet.")
    factory.item(page, "text", title="Words", order=1, text="Old")
    return page


def test_the_document_of_a_revision_is_that_of_the_page(session: Session, factory: Factory, page: Page) -> None:
    items = [factory.with_media(page, kind.__tablename__, order=2) for kind in kinds()]
    factory.item(page, "text", title="Hidden", order=3, is_active=False)
    before = document(session, page)
    change(session, page.id, text="Loud.")
    assert document(session, page) == before
    assert [item["id"] for item in before["contents"][1:]] == [item.id for item in items]


def test_chapters_of_a_track_are_those_of_the_file(session: Session, factory: Factory, page: Page) -> None:
    item = factory.with_media(page, "video", order=2)
    track, cues = factory.media_file(family="subtitles"), [{"start": 0, "end": 3, "title": "Harbour"}]
    factory.change(track, facts={"cues": cues, "chapters": []})
    factory.attached(item, "tracks:0a1b2c3d", track, position=9, texts={"kind": CHAPTERS})
    before = document(session, page)
    change(session, page.id, text="Loud.")
    assert document(session, page) == before
    assert before["contents"][1]["tracks"][-1]["file"]["chapters"] == cues


def test_counts_are_the_present_ones(session: Session, factory: Factory, page: Page) -> None:
    change(session, page.id, item=True, text="New")
    [item] = document(session, page)["contents"]
    factory.change(factory.reload(kind_named("text")(id=item["id"])), counter=7)
    [item] = document(session, page)["contents"]
    assert (item["text"], item["counter"]) == ("Old", 7)


def test_an_upload_that_ends_later_is_seen(session: Session, factory: Factory, page: Page) -> None:
    item, film = factory.item(page, "video", order=2), factory.media_file()
    upload = factory.upload(item, "video", "film.mp4", b"film")
    change(session, page.id, item=True, text="New")
    assert document(session, page)["contents"][1]["video_path"] is None
    row = factory.upload_row(upload)
    factory.change(row, media_file_id=film.id, status=UploadStatus.COMPLETED)
    session.expire_all()
    assert document(session, page)["contents"][1]["video_path"] == film.url_path


def test_a_file_that_is_replaced_everywhere_is_replaced_for_visitors(
    session: Session, factory: Factory, page: Page
) -> None:
    item, first, second, third = factory.item(page, "video", order=2), *(factory.media_file() for _ in range(3))
    factory.attached(item, "video", first)
    change(session, page.id, text="Loud.")
    made = [replacing.replace(session, old, new, ME, 1) for old, new in ((first, second), (second, third))]
    session.commit()
    assert document(session, page)["contents"][1]["video_path"] == third.url_path
    replacing.forget_old(session, timedelta())
    assert session.scalar(select(func.count()).select_from(Replacement)) == 2, "visitors see them"
    session.rollback()
    for replacement in reversed(made):
        replacing.undo(session, replacement, ME)
    session.commit()
    assert document(session, page)["contents"][1]["video_path"] == first.url_path


def test_what_is_undone_after_a_draft_began_is_undone_for_visitors(
    session: Session, factory: Factory, page: Page
) -> None:
    """Also where the draft shows something else by now; and not where the successor was before."""
    items = [factory.item(page, "video", order=order) for order in (2, 3, 4)]
    first, second, third = (factory.media_file() for _ in range(3))
    for item, file in zip(items, (first, first, second), strict=True):
        factory.attached(item, "video", file)
    made = replacing.replace(session, first, second, ME, 2)
    session.commit()
    change(session, page.id, text="Loud.")
    session.get_one(Attachment, (items[1].id, "video")).media_file_id = third.id
    session.commit()

    def seen() -> list[str]:
        return [item["video_path"] for item in document(session, page)["contents"][1:]]

    assert seen() == [second.url_path] * 3
    assert replacing.undo(session, made, ME) == (1, 1)
    session.commit()
    assert seen() == [first.url_path, first.url_path, second.url_path]
    replacing.forget_old(session, timedelta())
    session.commit()
    assert seen() == [first.url_path, first.url_path, second.url_path], "visitors see that it was undone"
    drafts.discard(session, session.get_one(Page, page.id), ME)
    session.commit()
    assert seen() == [first.url_path, first.url_path, second.url_path]


def test_changes_are_published_at_once(session: Session, page: Page) -> None:
    change(session, page.id, title="Dusk")
    change(session, page.id, item=True, text="New")
    assert (document(session, page)["title"], document(session, page)["contents"][0]["text"]) == ("Dawn", "Old")
    draft = pages.draft_document(session, page.id)
    assert draft
    assert (draft["title"], draft["contents"][0]["text"]) == ("Dusk", "New")
    assert drafts.publish(session, session.get_one(Page, page.id), ME)
    session.commit()
    assert (document(session, page)["title"], document(session, page)["contents"][0]["text"]) == ("Dusk", "New")
    assert not drafts.publish(session, session.get_one(Page, page.id), ME)
    assert [row.action for row in revisions.of(session, page.id, 0, 9)] == ["published", "edited", "edited", "found"]


def test_changes_are_discarded(session: Session, factory: Factory, page: Page) -> None:
    before = document(session, page)
    change(session, page.id, item=True, text="New")
    factory.item(page, "text", title="More", order=2)
    session.expire_all()
    assert document(session, page) == before
    drafts.discard(session, session.get_one(Page, page.id), ME)
    session.commit()
    assert document(session, page) == before
    assert pages.draft_document(session, page.id) == pages.page_document(session, page.id)
    with pytest.raises(InvalidInput, match="nothing to discard"):
        drafts.discard(session, session.get_one(Page, page.id), ME)


def test_what_is_discarded_is_what_waited(session: Session, factory: Factory, page: Page) -> None:
    item, first, second = factory.item(page, "video", order=2), factory.media_file(), factory.media_file()
    factory.attached(item, "video", first)
    change(session, page.id, text="Loud.")
    replacing.replace(session, first, second, ME, 1)
    session.get_one(Page, page.id).slug = "dusk"
    session.commit()
    before = document(session, page)
    assert (before["url"], before["contents"][1]["video_path"]) == ("/dusk/", second.url_path)
    drafts.discard(session, session.get_one(Page, page.id), ME)
    session.commit()
    assert document(session, page) == before


def test_a_change_waits_though_others_were_published_meanwhile(session: Session, page: Page) -> None:
    change(session, page.id, text="Loud.")
    mine = session.get_one(Page, page.id)
    before = drafts.begin(session, mine)
    drafts.publish(session, mine, ME)
    mine.text = "Half a sen"
    revisions.keep(session, mine, ME, Action.EDITED, mine.title)
    drafts.hold(session, mine, before)
    session.commit()
    assert document(session, page)["text"] == "Loud."


def test_without_its_revision_a_page_shows_no_changes(session: Session, factory: Factory, page: Page) -> None:
    change(session, page.id, text="Loud.")
    factory.change(page, live_revision_id=10**6)
    assert pages.page_document(session, page.id) is None


def test_nothing_waits_on_a_page_that_is_not_published(session: Session, factory: Factory) -> None:
    page = factory.page(published=False)
    change(session, page.id, title="Dusk")
    assert session.get_one(Page, page.id).live_revision_id is None


def test_what_is_seen_outlasts_the_trash_and_the_history(
    session: Session, engine: Engine, factory: Factory, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "MOST_KEPT", 2)
    item = factory.with_media(page, "video", order=2)
    change(session, page.id, text="Loud.")
    before = document(session, page)
    trash.discard(session, session.get_one(ContentItem, item.id), ME)
    for number in range(5):
        change(session, page.id, text=f"{number}")
    revisions.release_files(session, timedelta())
    session.commit()
    assert document(session, page) == before
    kept = select(func.count()).select_from(Revision)
    assert session.scalar(kept) == 3
    session.rollback()
    is_needed = select(MediaFile).where(references.is_referenced())
    factory.change(item, deleted_at=now() - timedelta(days=99))
    with Session(engine) as other:
        assert len(other.scalars(is_needed).all()) == len(type(item).slots) + 1
        assert trash.expired(other, timedelta(days=30)) == []
    drafts.publish(session, session.get_one(Page, page.id), ME)
    session.commit()
    assert [row.id for row in trash.expired(session, timedelta(days=30))] == [item.id]


def test_the_schedule_publishes_what_waits(session: Session, factory: Factory, page: Page) -> None:
    change(session, page.id, text="Loud.", publish_at=now() - timedelta(minutes=1))
    assert document(session, page)["text"] == "Quiet."
    schedule.run_due(session)
    session.commit()
    assert document(session, page)["text"] == "Loud."
    change(session, page.id, text="Still.", unpublish_at=now() - timedelta(minutes=1))
    schedule.run_due(session)
    session.commit()
    assert pages.page_document(session, page.id) is None
    assert session.get_one(Page, page.id).live_revision_id is None


def test_a_page_comes_out_of_the_trash_as_visitors_saw_it(session: Session, page: Page) -> None:
    change(session, page.id, text="Loud.")
    trash.discard(session, session.get_one(Page, page.id), ME)
    session.commit()
    trash.restore(session, session.get_one(Page, page.id))
    session.commit()
    assert document(session, page)["text"] == "Quiet."
