"""Filters of the media library: by kind and type of file, by date and size, by tag, uploader, and use."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_admin.contrib.sqla.filters import BaseSQLAFilter
from flask_babel import LazyString, gettext, lazy_gettext
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Query, Session, aliased

from cms import current
from cms.cleaning import clean_line
from cms.database import search_key
from cms.extensions import db
from cms.media import likeness, mediatypes, uploaders
from cms.media.families import family_of_type
from cms.media.models import MediaFile, Original, Upload
from cms.media.references import is_referenced
from cms.media.tagging import MediaTag, Tag
from cms.messages import N_
from cms.pages.file_trash import is_kept
from cms.search import finding
from cms.search.finding import FEW

# Some containers have the same MIME type with video and with audio only.
_is_sound_alone = and_(MediaFile.video_codec.is_(None), MediaFile.audio_codec.is_not(None))


def _is(top_level: str) -> ColumnElement[bool]:
    """Files of that top-level MIME type.

    On purpose the condition cannot use the index: SQLite would then sort all matches, instead of reading by date and
    stopping after the first ones.
    """
    return MediaFile.mime_type.startswith(f"{top_level}/")


_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(?:([kmgtкмгт])?[bб]?)")
_UNITS = {letter: 1024**power for power, letters in enumerate(("kк", "mм", "gг", "tт"), 1) for letter in letters}

_KINDS: dict[str, tuple[str, ColumnElement[bool]]] = {
    "video": (N_("Video"), and_(_is("video"), ~_is_sound_alone)),
    "audio": (N_("Audio"), or_(_is("audio"), and_(_is("video"), _is_sound_alone))),
    "image": (N_("Images"), _is("image")),
    "subtitles": (N_("Subtitles"), MediaFile.mime_type == "text/vtt"),
    "document": (N_("Documents"), _is("application")),
}


def kind_choices() -> list[tuple[str, LazyString]]:
    """The kinds of files, with translated names."""
    return [(kind, lazy_gettext(name)) for kind, (name, _) in _KINDS.items()]


def is_kind(kind: str) -> ColumnElement[bool]:
    """Files of that kind; none if there is no such kind."""
    return _KINDS[kind][1] if kind in _KINDS else MediaFile.id.is_(None)


def type_choices() -> list[tuple[str, str]]:
    """The types of files that are stored, by the extensions that people know."""
    names: dict[str, list[str]] = {}
    for extension, found in mediatypes.BY_EXTENSION.items():
        names.setdefault(found.mime, []).append(extension.upper())
    return sorted(((mime, ", ".join(known)) for mime, known in names.items()), key=lambda choice: choice[1])


def types_by_kind() -> dict[str, list[tuple[str, str]]]:
    """The same, by the kinds of files."""
    kinds: dict[str, list[tuple[str, str]]] = {kind: [] for kind in _KINDS}
    for mime_type, names in type_choices():
        kinds[family_of_type(mime_type)].append((mime_type, names))
    return kinds


def is_type(mime_type: str) -> ColumnElement[bool]:
    """Files of that MIME type. As above, the condition cannot use the index."""
    return MediaFile.mime_type.concat("") == mime_type


def has_tag(name: str) -> ColumnElement[bool]:
    """Files with that tag, in whatever case it is written."""
    tagged = select(MediaTag.media_file_id).join(Tag, Tag.id == MediaTag.tag_id).where(Tag.key == search_key(name))
    return MediaFile.id.in_(tagged)


_USES: dict[str, str] = {"no": N_("Unused"), "yes": N_("Used")}


def use_choices() -> list[tuple[str, LazyString]]:
    """Whether a file is used, with translated names."""
    return [(use, lazy_gettext(name)) for use, name in _USES.items()]


def is_used(use: str) -> ColumnElement[bool]:
    """Files that something shows or keeps, or those that nothing does."""
    if use not in _USES:
        return MediaFile.id.is_(None)
    return is_referenced() if use == "yes" else ~is_referenced()


#: What stands for those who uploaded something before that was noted.
UNKNOWN = "?"


def uploader_choices() -> list[tuple[str, str]]:
    """Those who have uploaded files."""
    return [*((name, name) for name in uploaders.everybody(db.session())), (UNKNOWN, gettext("unknown"))]


def is_of(owner: str) -> ColumnElement[bool]:
    """Files that somebody has uploaded."""
    return uploaders.uploaded_by(db.session(), None if owner == UNKNOWN else owner)


def is_upload_of(owner: str) -> ColumnElement[bool]:
    """Uploads of somebody."""
    return Upload.owner.is_(None) if owner == UNKNOWN else Upload.owner == owner


_LIKENESS = {"yes": N_("Others look like it")}


def likeness_choices() -> list[tuple[str, LazyString]]:
    """Whether other files look like a file, with translated names."""
    return [(answer, lazy_gettext(name)) for answer, name in _LIKENESS.items()]


def is_alike(answer: str) -> ColumnElement[bool]:
    """Files that others look like."""
    return likeness.has_like() if answer in _LIKENESS else MediaFile.id.is_(None)


class SizeFilter(BaseSQLAFilter):  # type: ignore[misc]
    """Files of a size and above, or below."""

    def __init__(self, name: Any, words: str, compare: Callable[[Any, float], ColumnElement[bool]]) -> None:
        super().__init__(MediaFile.size, name)
        self.words, self.compare = words, compare

    def clean(self, value: str) -> float:
        """Parse a size: ``300``, ``1.5 GB``, ``20 КБ``; megabytes without a unit. ``ValueError`` if it is none."""
        found = _SIZE.fullmatch(clean_line(value).casefold().replace(",", "."))
        if found is None:
            raise ValueError
        return float(found[1] or 0) * float(_UNITS[found[2] or "m"])

    def apply(self, query: Query[Any], value: float, alias: Any = None) -> Query[Any]:
        """Few files come from the index of sizes; of many, the list is read until it has enough."""
        other = aliased(MediaFile)
        found = select(other.id).where(self.compare(other.size, value))
        number = select(func.count()).select_from(found.limit(FEW + 1).subquery())
        if (query.session.scalar(number) or 0) <= FEW:
            return query.filter(MediaFile.id.in_(found))
        return query.filter(self.compare(MediaFile.size, value))

    def operation(self) -> LazyString:
        """The words between the filter's name and its value, translated."""
        return lazy_gettext(self.words)


def size_filters() -> list[SizeFilter]:
    """The filters by size."""
    name = lazy_gettext("Size, MB")
    return [
        SizeFilter(name, N_("at least"), operator.ge),
        SizeFilter(name, N_("at most"), operator.le),
    ]


class DayFilter(BaseSQLAFilter):  # type: ignore[misc]
    """Rows of which a moment is before, on or after a day in the site's time zone."""

    def __init__(
        self, column: Any, name: Any, words: str, condition: Callable[[datetime, datetime], ColumnElement[bool]]
    ) -> None:
        super().__init__(column, name, data_type="date")
        self.words, self.condition = words, condition

    def clean(self, value: str) -> date:
        """Parse a day (``YYYY-MM-DD``). ``ValueError`` if it is invalid, or not a date in every time zone."""
        day = date.fromisoformat(value.strip())
        if not date.min.year < day.year < date.max.year:
            raise ValueError
        return day

    def apply(self, query: Query[Any], value: date, alias: Any = None) -> Query[Any]:
        zone = current.view_counter().zone
        start = datetime.combine(value, time.min, zone)
        return query.filter(self.condition(start, datetime.combine(value + timedelta(days=1), time.min, zone)))

    def operation(self) -> LazyString:
        """The words between the filter's name and its value, translated."""
        return lazy_gettext(self.words)


def day_filters(moment: Any = MediaFile.created_at) -> list[DayFilter]:
    """The filters by a moment, that of storing by default: from a day, until a day, on a day."""
    name = lazy_gettext("Date")
    return [
        DayFilter(moment, name, N_("from"), lambda start, _end: moment >= start),
        DayFilter(moment, name, N_("until"), lambda _start, end: moment < end),
        DayFilter(moment, name, N_("on"), lambda start, end: and_(moment >= start, moment < end)),
    ]


def offered(
    session: Session, text: str, family: str, *, limit: int, offset: int = 0, without: int = 0
) -> Sequence[MediaFile]:
    """Files of a family, or of all, that may be shown to visitors, the newest first; with a text those it finds."""
    is_original = select(Original.media_file_id)
    found = select(MediaFile).where(MediaFile.id.not_in(is_original), MediaFile.id != without, is_kept())
    if family:
        found = found.where(is_kind(family))
    if text:
        found = found.where(finding.found_by(session, text))
    newest = found.order_by(MediaFile.created_at.desc(), MediaFile.id.desc())
    return session.scalars(newest.offset(offset).limit(limit)).all()
