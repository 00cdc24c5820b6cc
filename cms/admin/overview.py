"""What the first page of the admin tells: what needs somebody, what is being made, what is watched, and the disk."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import LazyString, format_date, format_decimal, gettext, lazy_gettext, ngettext
from flask_login import current_user
from sqlalchemy import ColumnElement, Select, Text, and_, cast, false, literal_column, select
from sqlalchemy.orm import joinedload

from cms import current
from cms.accounts.policy import Permission
from cms.admin import formatters, page_states, permissions
from cms.database import count_up_to
from cms.extensions import db
from cms.media.derivatives.models import Derivative, DerivativeStatus
from cms.media.models import MediaFile, Upload, UploadStatus
from cms.pages import trash
from cms.pages.models import Attachment, ContentItem, Page
from cms.view_counts.rising import Watched, has_many_days, most_watched

#: How many rows are counted, and how many lines each part has.
COUNTED, LINES = 100, 5
#: With more days of items than this in two weeks, what is watched is kept for so many seconds.
MANY_DAYS, KEPT_SECONDS = 20_000, 300


class Need(NamedTuple):
    """Something that waits for somebody, and where it is done."""

    words: str
    address: str
    is_wrong: bool = False


class WatchedItem(NamedTuple):
    """A line of what is watched."""

    item: ContentItem
    views: int
    why: str


class KeptWatched:
    """What is watched most, by whose pages. On a large site it may be some minutes old."""

    def __init__(self) -> None:
        self._kept: dict[int | None, tuple[float, list[Watched]]] = {}

    def __call__(self, owner: int | None) -> list[WatchedItem]:
        """The lines."""
        until, found = self._kept.get(owner, (0.0, []))
        if time.monotonic() >= until:
            today = current.view_counter().today()
            found = most_watched(db.session(), today, LINES, owner=owner)
            if has_many_days(db.session(), today, MANY_DAYS):
                self._kept = {**self._kept, owner: (time.monotonic() + KEPT_SECONDS, found)}
        ids = [watched.item_id for watched in found]
        rows = select(ContentItem).where(ContentItem.id.in_(ids), trash.is_kept(ContentItem))
        items = {item.id: item for item in db.session.scalars(rows.options(joinedload(ContentItem.page)))}
        return [WatchedItem(items[w.item_id], w.views, _why(w)) for w in found if w.item_id in items]


def _why(watched: Watched) -> str:
    if watched.since is None:
        return ""
    # How a day is told in such a sentence, as a pattern of Unicode's (TR 35): in Russian its name would need a case.
    day = format_date(watched.since, gettext("EEEE"))
    if watched.factor is None:
        return str(gettext("first since %(day)s", day=day))
    factor = format_decimal(round(watched.factor, 1 if watched.factor < 3 else None))
    return str(gettext("× %(factor)s since %(day)s", factor=factor, day=day))


def needs() -> list[Need]:
    """What needs the signed-in person: of an author's own pages, or of all. Each is counted up to a hundred."""
    if not permissions.may(Permission.WRITE):
        return []
    owner = permissions.owner()
    mine: dict[str, Any] = {} if owner is None else {"flt1_made_by_is": "me"}
    pages = [trash.is_kept(Page), *([Page.created_by == owner] if owner is not None else [])]
    found = []
    whose = "all" if owner is None else "mine"
    if n := _count(select(Upload.id).where(needs_somebody(whose))):
        words = ngettext("%(number)s upload has failed.", "%(number)s uploads have failed.", n, number=_shown(n))
        found.append(Need(words, url_for("upload.index_view", flt0_to_be_mended_is=whose), is_wrong=True))
    if n := _count(select(Page.id).where(Page.live_revision_id.is_not(None), *pages)):
        words = ngettext(
            "%(number)s page has changes that visitors do not see yet.",
            "%(number)s pages have changes that visitors do not see yet.",
            n,
            number=_shown(n),
        )
        found.append(Need(words, url_for("page.index_view", flt0_state_is="waiting", **mine)))
    if n := _count(select(Page.id).where(page_states.is_in("draft"), *pages)):
        words = ngettext("%(number)s page is a draft.", "%(number)s pages are drafts.", n, number=_shown(n))
        found.append(Need(words, url_for("page.index_view", flt0_state_is="draft", **mine)))
    if owner is None and (n := _count(_unread())):
        words = ngettext(
            "%(number)s transcript that a machine has made is not read yet.",
            "%(number)s transcripts that a machine has made are not read yet.",
            n,
            number=_shown(n),
        )
        found.append(Need(words, url_for("media_file.index_view", flt0_transcript_is="unread")))
    return found


def mending_choices() -> list[tuple[str, LazyString]]:
    """Whose uploads that have failed the list of uploads can be filtered by."""
    return [("all", lazy_gettext("on all pages")), ("mine", lazy_gettext("on my pages"))]


def needs_somebody(whose: str) -> ColumnElement[bool]:
    """Uploads that have failed, and that are still the newest ones of their slots on items that are kept."""
    present = select(Attachment.item_id).join(Attachment.item).where(Attachment.upload_id == Upload.id)
    present = present.where(trash.is_kept(ContentItem))
    if whose == "mine":
        present = present.where(ContentItem.page.has(Page.created_by == current_user.id))
    return and_(Upload.status == UploadStatus.FAILED, present.exists()) if whose in {"all", "mine"} else false()


def maker_choices() -> list[tuple[str, LazyString]]:
    """Whose pages the list of pages can be filtered by."""
    return [("me", lazy_gettext("me"))]


def is_made_by(who: str) -> ColumnElement[bool]:
    """Pages that the signed-in person has made."""
    return Page.created_by == current_user.id if who == "me" else false()


def _shown(number: int) -> str:
    return f"{COUNTED}+" if number > COUNTED else str(number)


def _count(rows: Select[Any]) -> int:
    return count_up_to(db.session(), COUNTED, rows)


def _unread() -> Select[tuple[int]]:
    # As the index of transcripts has it: with a parameter in place of the name SQLite would not use it.
    is_transcript = Derivative.recipe == literal_column("'transcript'")
    is_unread = cast(Derivative.files, Text).contains('"machine_made": true')
    of_kept = Derivative.media_file.has(MediaFile.deleted_at.is_(None))
    return select(Derivative.media_file_id).where(is_transcript, is_unread, of_kept)


def transcript_choices() -> list[tuple[str, LazyString]]:
    """What the library can be filtered by of transcripts."""
    return [("unread", lazy_gettext("Not read yet"))]


def has_transcript(state: str) -> ColumnElement[bool]:
    """Files with a transcript that nobody has read yet."""
    return MediaFile.id.in_(_unread()) if state == "unread" else MediaFile.id.is_(None)


def scheduled() -> list[Page]:
    """The pages that are published or unpublished next: all, or an author's own ones."""
    owner = permissions.owner()
    rows = select(Page).where(trash.is_kept(Page), *([Page.created_by == owner] if owner is not None else []))
    found: dict[int, tuple[datetime, Page]] = {}
    for column in (Page.publish_at, Page.unpublish_at):  # each has an index
        for page in db.session.scalars(rows.where(column.is_not(None)).order_by(column).limit(LINES)):
            found[page.id] = (min(filter(None, (page.publish_at, page.unpublish_at))), page)
    return [page for _, page in sorted(found.values(), key=lambda line: (line[0], line[1].id))][:LINES]


def being_made() -> list[Derivative]:
    """The derivatives that are being made at the moment."""
    rows = select(Derivative).where(Derivative.status == DerivativeStatus.PROCESSING)
    rows = rows.options(joinedload(Derivative.media_file)).order_by(Derivative.id).limit(LINES)
    return list(db.session.scalars(rows))


def disk() -> str:
    """How much room there is where files are stored, as a sentence; empty where that is not known."""
    with suppress(OSError):
        usage = shutil.disk_usage(current.settings().media_root)
        free, total = formatters.size(usage.free), formatters.size(usage.total)
        return str(gettext("%(free)s of %(total)s are free on the disk.", free=free, total=total))
    return ""
