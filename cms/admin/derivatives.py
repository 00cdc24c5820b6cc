"""The derivatives of a media file: their states in words, and how far the work on them is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString, gettext, lazy_gettext, ngettext
from sqlalchemy import ColumnElement, select

from cms.admin import formatters
from cms.database import now
from cms.extensions import db
from cms.media.derivatives.models import Derivative, DerivativeStatus, DerivedFile, url_path
from cms.media.models import MediaFile
from cms.messages import N_

_RECIPES = {
    "captions": N_("Captions"),
    "cover": N_("Cover"),
    "first-page": N_("First page"),
    "hls": N_("Sizes for adaptive streaming (HLS)"),
    "likeness": N_("What it looks like, to find others"),
    "picture": N_("Sizes for screens"),
    "poster": N_("Poster"),
    "rendition": N_("Version for browsers"),
    "sound-likeness": N_("What it sounds like, to find others"),
    "timeline": N_("Thumbnails along the timeline"),
    "transcript": N_("Transcript"),
    "waveform": N_("Waveform"),
}
_STATES = {
    DerivativeStatus.PENDING: N_("waiting"),
    DerivativeStatus.PROCESSING: N_("being made"),
    DerivativeStatus.READY: N_("ready"),
    DerivativeStatus.SKIPPED: N_("skipped"),
    DerivativeStatus.FAILED: N_("failed"),
}
_FINAL = (DerivativeStatus.READY, DerivativeStatus.SKIPPED, DerivativeStatus.FAILED)
#: How much must be done, in percent, before the rest of the time is estimated.
LEAST_PROGRESS = 2


@dataclass(frozen=True)
class Shown:
    """A row of the table. ``picture`` is its smallest one, and ``action`` what an editor can do (retry or cancel)."""

    id: int
    recipe: str
    name: str
    state: dict[str, Any]
    size: str
    facts: dict[str, Any]
    picture: DerivedFile | None
    action: str


def of(media_file_id: int) -> list[Shown]:
    """The derivatives of a media file. The newest version of each recipe is last."""
    mine = select(Derivative).where(Derivative.media_file_id == media_file_id)
    rows = db.session.scalars(mine.order_by(Derivative.recipe, Derivative.version))
    return [_shown(row) for row in rows]


def state(row: Derivative) -> dict[str, Any]:
    """What the badge of a derivative needs. The server renders it first; the browser keeps it up to date."""
    status = DerivativeStatus(row.status)
    label = gettext(_STATES[status])
    is_running = status is DerivativeStatus.PROCESSING
    return {
        "work": "derivative",
        "id": row.id,
        "name": gettext(_RECIPES.get(row.recipe, row.recipe)),
        "status": "completed" if status is DerivativeStatus.READY else str(status),
        "label": f"{label} · {row.progress}\N{NO-BREAK SPACE}%" if is_running else label,
        "reason": time_left(row) if is_running else formatters.reason(row),
        "final": status in _FINAL,
    }


def time_left(row: Derivative) -> str:
    """How long the work will still take, judged by how long it took so far; empty while that is unknown."""
    if row.started_at is None or row.progress < LEAST_PROGRESS:
        return ""
    seconds = (now() - row.started_at).total_seconds() * (100 - row.progress) / row.progress
    if seconds < 0:  # the clock was set back
        return ""
    minutes = round(seconds / 60)
    if minutes < 1:
        return str(gettext("less than a minute left"))
    if minutes < 90:
        return str(ngettext("about %(num)d minute left", "about %(num)d minutes left", minutes))
    return str(ngettext("about %(num)d hour left", "about %(num)d hours left", round(minutes / 60)))


def status_choices() -> list[tuple[str, LazyString]]:
    """The states for which files can be searched, with translated names."""
    sought = (DerivativeStatus.FAILED, DerivativeStatus.PROCESSING, DerivativeStatus.PENDING)
    return [(status.value, lazy_gettext(_STATES[status])) for status in sought]


def has_status(status: str) -> ColumnElement[bool]:
    """Files with a derivative in that state."""
    return MediaFile.id.in_(select(Derivative.media_file_id).where(Derivative.status == status))


def _shown(row: Derivative) -> Shown:
    shown = state(row)
    picture = next((file for file in row.files or () if file["mime_type"].startswith("image/")), None)
    return Shown(
        id=row.id,
        recipe=row.recipe,
        name=shown["name"],
        state=shown,
        size=formatters.size(row.size) if row.files else "",
        facts=row.facts or {},
        picture=DerivedFile(**{**picture, "path": url_path(picture["path"])}) if picture else None,
        action="retry" if shown["final"] else "cancel",
    )
