"""The first page of the admin: what needs somebody, what is watched, what is made, as each role may see it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from cms.accounts.policy import Role
from cms.admin import overview
from cms.database import now
from cms.media.derivatives.models import Derivative, DerivativeStatus
from cms.media.models import MediaFile, UploadStatus
from cms.view_counts import buffer
from cms.view_counts.models import DayViews
from config import Settings
from tests.admin.members import Member
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def part(html: str, name: str) -> str:
    """The text of a part, in one line."""
    found = html.partition(f'aria-labelledby="{name}-title"')[2].partition("</section>")[0].partition(">")[2]
    return " ".join(re.sub("<[^>]+>", " ", found).split())


def made(file: MediaFile, recipe: str, status: DerivativeStatus, is_machine_made: bool | None = None) -> Derivative:
    about = {"path": "x", "mime_type": "text/vtt", "about": {"machine_made": is_machine_made}}
    files = None if is_machine_made is None else [about]
    return Derivative(media_file_id=file.id, recipe=recipe, version=1, status=status, files=files, progress=40)


def test_each_role_sees_what_needs_it(
    app: Flask, factory: Factory, session: Session, settings: Settings, queries: list[str]
) -> None:
    editor, author = Member(app, factory, Role.EDITOR), Member(app, factory, Role.AUTHOR)
    empty = editor.get("/admin/")
    assert "Nothing. All is well." in part(empty, "needs")
    assert "There were no views" in part(empty, "watched")
    assert "Nothing at the moment." in part(empty, "made")
    mine, theirs = factory.page("Mine", created_by=author.id), factory.page("Theirs")
    soon, later = now() + timedelta(days=1), now() + timedelta(days=2)
    factory.page("Later", published=False, publish_at=later)
    factory.page("Template", published=False, is_template=True)
    factory.change(theirs, live_revision_id=1, unpublish_at=soon)
    item, other = factory.item(mine, "video", title="My film"), factory.item(theirs, "video", title="Their film")
    for row in (item, other):
        upload = factory.upload_row(factory.upload(row, "video", "a.mp4", b"x"))
        factory.change(upload, status=UploadStatus.FAILED)
    files = [factory.media_file() for _ in range(3)]
    factory.change(files[2], deleted_at=now())
    today = buffer.today(ZoneInfo(settings.time_zone))
    session.add_all(
        [
            made(files[0], "transcript", DerivativeStatus.READY, True),
            made(files[1], "transcript", DerivativeStatus.READY, False),
            made(files[2], "transcript", DerivativeStatus.READY, True),
            made(files[0], "web", DerivativeStatus.PROCESSING),
            *(DayViews(item_id=item.id, day=today - timedelta(n), count=30 if n < 3 else 10) for n in range(14)),
            *(DayViews(item_id=other.id, day=today - timedelta(n), count=99) for n in range(14)),
        ]
    )
    session.commit()
    queries.clear()
    seen = editor.get("/admin/")
    number = len(queries)
    for words in (
        "2 uploads have failed.",
        "1 page has changes that visitors do not see yet.",
        "1 page is a draft.",
        "1 transcript that a machine has made is not read yet.",
    ):
        assert words in part(seen, "needs")
    assert re.search(r"Scheduled Theirs .* until .* Later .* from", part(seen, "needs"))
    day = (today - timedelta(2)).strftime("%A")
    assert f"Their film {theirs.title} 693 My film Mine 130 × 3 since {day}" in part(seen, "watched")
    assert "40" in part(seen, "made")
    assert "are free on the disk." in part(seen, "made")
    own = author.get("/admin/")
    assert part(own, "needs") == "What needs you 1 upload has failed."
    links = [unescape(link) for link in re.findall('href="/(admin/[^"]+_is=(?!failed)[^"]+)"', own)]
    assert links == ["admin/upload/?flt0_to_be_mended_is=mine"]
    assert ("My film" in (listed := author.get(f"/{links[0]}")), "Their film" in listed) == (True, False)
    viewer = Member(app, factory, Role.VIEWER)
    assert part(viewer.get("/admin/"), "needs").startswith("What needs you Nothing.")
    assert "Their film" not in part(own, "watched")
    assert "free on the disk" not in own
    listed = editor.get("/admin/page/?flt0_state_is=waiting")
    assert ("Theirs" in listed, "Mine" in listed) == (True, False)
    assert files[0].filename in (shown := editor.get("/admin/media/?flt0_transcript_is=unread"))
    assert files[1].filename not in shown
    assert "Theirs" not in author.get("/admin/page/?flt0_state_is=waiting&flt1_made_by_is=me")
    factory.change(other, deleted_at=now())
    assert "1 upload has failed." in part(editor.get("/admin/"), "needs")
    factory.upload(item, "video", "b.mp4", b"y")
    assert "failed" not in part(editor.get("/admin/"), "needs")
    for n in range(8):
        factory.page(f"Draft {n}", published=False, publish_at=soon, created_by=author.id)
        factory.upload(factory.item(mine, "video", title=f"Film {n}"), "video", "a.mp4", b"x")
    queries.clear()
    editor.get("/admin/")
    assert len(queries) <= number


def test_on_a_large_site_what_is_watched_is_kept(
    app: Flask, factory: Factory, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "MANY_DAYS", 1)
    today = buffer.today(ZoneInfo(settings.time_zone))
    first, second = (factory.item(factory.page()) for _ in range(2))
    session.add_all(DayViews(item_id=first.id, day=today - timedelta(n), count=3) for n in range(2))
    session.commit()
    kept = overview.KeptWatched()

    def shown(watched: overview.KeptWatched) -> list[int]:
        with app.test_request_context("/admin/"):
            return [line.item.id for line in watched(None)]

    assert shown(kept) == [first.id]
    session.add(DayViews(item_id=second.id, day=today, count=9))
    session.commit()
    assert shown(kept) == [first.id]
    assert shown(overview.KeptWatched()) == [second.id, first.id]
