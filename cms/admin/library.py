"""Filters of the media library: by kind of file, and by the date of storing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_admin.contrib.sqla.filters import BaseSQLAFilter
from flask_babel import LazyString, lazy_gettext
from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Query

from cms import current
from cms.media.models import MediaFile
from cms.messages import N_

# Some containers have the same MIME type with video and with audio only.
_is_sound_alone = and_(MediaFile.video_codec.is_(None), MediaFile.audio_codec.is_not(None))


def _is(top_level: str) -> ColumnElement[bool]:
    """Files of that top-level MIME type.

    On purpose the condition cannot use the index: SQLite would then sort all matches, instead of reading by date and
    stopping after the first ones.
    """
    return MediaFile.mime_type.startswith(f"{top_level}/")


_KINDS: dict[str, tuple[str, ColumnElement[bool]]] = {
    "video": (N_("Video"), and_(_is("video"), ~_is_sound_alone)),
    "audio": (N_("Audio"), or_(_is("audio"), and_(_is("video"), _is_sound_alone))),
    "image": (N_("Images"), _is("image")),
    "subtitles": (N_("Subtitles"), MediaFile.mime_type == "text/vtt"),
    "document": (N_("Documents"), MediaFile.mime_type == "application/pdf"),
}


def kind_choices() -> list[tuple[str, LazyString]]:
    """The kinds of files, with translated names."""
    return [(kind, lazy_gettext(name)) for kind, (name, _) in _KINDS.items()]


def is_kind(kind: str) -> ColumnElement[bool]:
    """Files of that kind; none if there is no such kind."""
    return _KINDS[kind][1] if kind in _KINDS else MediaFile.id.is_(None)


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
