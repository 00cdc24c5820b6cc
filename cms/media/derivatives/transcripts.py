"""Transcripts that a machine has made, and that an editor has read.

That it was read is kept with the file that was read: what is made again has to be read again.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media.derivatives import deriving
from cms.media.derivatives.models import Derivative, url_path
from cms.media.derivatives.recipes import transcript
from cms.media.models import MediaFile
from cms.messages import N_, InvalidInput


def mark_read(session: Session, media_file_id: int, path: str) -> None:
    """Keep that an editor has read a transcript. From then on it is like any other captions.

    Args:
        session: in a transaction that the caller commits.
        media_file_id: the id of the media file.
        path: the site's path for the transcript that was read.

    Raises:
        InvalidInput: the file has no transcript any more, or another one.
    """
    media_file = session.get(MediaFile, media_file_id, with_for_update=True, populate_existing=True)
    mine = (Derivative.media_file_id == media_file_id, Derivative.recipe == transcript.NAME)
    rows = session.scalars(select(Derivative).where(*mine).with_for_update().execution_options(populate_existing=True))
    row = next((row for row in rows if path in [url_path(file["path"]) for file in row.files or ()]), None)
    if media_file is None or row is None:
        raise InvalidInput(N_("The transcript was made again in the meantime. Read the new one."))
    row.files = [{**file, "about": file.get("about", {}) | {"machine_made": False}} for file in row.files or ()]
    media_file.derived = (media_file.derived or {}) | {transcript.FIELD: deriving.shown(row.files)}
    session.flush()
