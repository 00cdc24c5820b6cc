"""The derivatives of a media file, described in words for its page."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy import select

from cms.admin import formatters
from cms.extensions import db
from cms.media.derivatives.models import Derivative, DerivativeStatus
from cms.messages import N_

_RECIPES = {
    "captions": N_("Captions"),
    "cover": N_("Cover"),
    "first-page": N_("First page"),
    "picture": N_("Sizes for screens"),
    "poster": N_("Poster"),
    "rendition": N_("Version for browsers"),
    "timeline": N_("Thumbnails along the timeline"),
    "waveform": N_("Waveform"),
}
_STATES = {
    DerivativeStatus.PENDING: N_("waiting"),
    DerivativeStatus.PROCESSING: N_("being made"),
    DerivativeStatus.READY: N_("ready"),
    DerivativeStatus.SKIPPED: N_("skipped"),
    DerivativeStatus.FAILED: N_("failed"),
}


@dataclass(frozen=True)
class Shown:
    """A row of the table: ``status`` is for the badge, and ``action`` is what an editor can do (retry or cancel)."""

    id: int
    name: str
    status: str
    label: str
    reason: str
    size: str
    action: str


def of(media_file_id: int) -> list[Shown]:
    """The derivatives of a media file. The newest version of each recipe is last."""
    mine = select(Derivative).where(Derivative.media_file_id == media_file_id)
    rows = db.session.scalars(mine.order_by(Derivative.recipe, Derivative.version))
    return [_shown(row) for row in rows]


def _shown(row: Derivative) -> Shown:
    status = DerivativeStatus(row.status)
    label = gettext(_STATES[status])
    is_finished = status not in (DerivativeStatus.PENDING, DerivativeStatus.PROCESSING)
    return Shown(
        id=row.id,
        name=gettext(_RECIPES.get(row.recipe, row.recipe)),
        status="completed" if status is DerivativeStatus.READY else str(status),
        label=f"{label} · {row.progress} %" if status is DerivativeStatus.PROCESSING else label,
        reason=formatters.reason(row),
        size=formatters.size(row.size) if row.files else "",
        action="retry" if is_finished else "cancel",
    )
