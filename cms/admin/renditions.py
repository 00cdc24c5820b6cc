"""What editors are told of the version for browsers of a file that browsers do not play."""

from __future__ import annotations

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
    mine = (Derivative.media_file_id == file.id, Derivative.recipe == rendition.NAME)
    row = db.session.scalar(select(Derivative).where(*mine).order_by(Derivative.version.desc()).limit(1))
    if row is None:
        return ""
    if row.status in UNFINISHED:
        return str(gettext("A version for browsers is being made."))
    return str(gettext("There is no version for browsers. %(reason)s", reason=reason(row)))
