"""What editors are told of the version for browsers of a file that browsers do not play."""

from __future__ import annotations

from flask import g
from flask_babel import gettext
from sqlalchemy import select

from cms.admin.reasons import reason
from cms.extensions import db
from cms.media.derivatives.models import UNFINISHED, Derivative
from cms.media.derivatives.recipes import rendition
from cms.media.models import MediaFile


def remark(file: MediaFile) -> str:
    """Whether there is such a version, or why there is none; empty for a file that never gets one."""
    if (file.derived or {}).get(rendition.FIELD):
        return str(gettext("A version for browsers is ready."))
    row = _newest(file)
    if row is None:
        return ""
    if row.status in UNFINISHED:
        return str(gettext("A version for browsers is being made."))
    return str(gettext("There is no version for browsers. %(reason)s", reason=reason(row)))


def _newest(file: MediaFile) -> Derivative | None:
    """The newest row of the version for browsers.

    The rows of all files that the request has loaded so far are read at once, since a list asks for one after another.
    """
    known: dict[int, Derivative | None] = g.setdefault("renditions", {})
    if file.id not in known:
        loaded = db.session().identity_map.keys()
        ids = {file.id, *(key[1][0] for key in loaded if key[0] is MediaFile)} - known.keys()
        theirs = (Derivative.media_file_id.in_(ids), Derivative.recipe == rendition.NAME)
        rows = db.session.scalars(select(Derivative).where(*theirs).order_by(Derivative.version))
        known |= dict.fromkeys(ids) | {row.media_file_id: row for row in rows}
    return known[file.id]
