"""Whether a version of a media file for browsers is on its way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, inspect

from cms.media.derivatives.models import UNFINISHED, Derivative
from cms.media.derivatives.recipes import rendition


def is_preparing(media_file_id: Any) -> ColumnElement[bool]:
    """The condition that a version for browsers is waiting or being made for the media file with this id (a column)."""
    its_version = (Derivative.recipe == rendition.NAME, Derivative.version == rendition.VERSION)
    return exists().where(Derivative.media_file_id == media_file_id, *its_version, Derivative.status.in_(UNFINISHED))


def may_have_changed(row: object) -> bool:
    """Whether this is a derivative whose change in the session may change the condition."""
    return (
        isinstance(row, Derivative) and row.recipe == rendition.NAME and inspect(row).attrs.status.history.has_changes()
    )
