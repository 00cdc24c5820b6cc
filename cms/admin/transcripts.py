"""The transcript on a file's page that a machine has made: an editor reads it there, and says so."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import flash, request
from flask_babel import gettext

from cms import current
from cms.extensions import db
from cms.media import subtitles
from cms.media.derivatives import transcripts
from cms.media.derivatives.models import url_path
from cms.messages import InvalidInput

#: How many cues are shown at most: as many as people say in some eight hours.
CUES_SHOWN = 10_000


@dataclass(frozen=True)
class Unread:
    """What the form shows: the path of the transcript, its language's own name, and its cues as plain text."""

    path: str
    label: str
    cues: list[str]


def unread(shown: dict[str, Any]) -> Unread | None:
    """The transcript that waits for an editor. ``shown`` is what documents have of the file."""
    made = next((caption for caption in shown["captions"] or () if caption["machine_made"]), None)
    if made is None:
        return None
    cues: list[str] = []
    with suppress(OSError), current.storage().derived.local_path(made["path"].removeprefix(url_path(""))) as path:
        cues = subtitles.first_cues(path, CUES_SHOWN)
    return Unread(made["path"], made["label"], cues)


def mark_read(media_file_id: int) -> None:
    """Keep that the transcript was read that the form has shown."""
    try:
        transcripts.mark_read(db.session(), media_file_id, request.form.get("path", ""))
        db.session.commit()
    except InvalidInput as error:
        db.session.rollback()
        flash(gettext(error.sentence), "error")
    else:
        flash(gettext("Visitors are no longer told that a machine has made the transcript."), "success")
