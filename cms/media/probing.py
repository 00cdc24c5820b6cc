"""Stored files that nobody has probed, or only by the rules of an earlier release: looked at bit by bit."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cms.media import pdfs, pictures, signatures
from cms.media.models import MediaFile
from cms.media.probe import VERSION, Probe, note, probe
from cms.media.storage.store import MediaStore
from cms.messages import InvalidInput

#: So many files are named at once.
BATCH = 100


def due(session: Session, after: int = 0) -> list[tuple[int, str]]:
    """The ids and paths of files that have to be probed, in the order of their ids, from the one after ``after`` on."""
    is_old = or_(MediaFile.probe_version.is_(None), MediaFile.probe_version < VERSION)
    files = select(MediaFile.id, MediaFile.path).where(is_old, MediaFile.id > after)
    return [(id_, path) for id_, path in session.execute(files.order_by(MediaFile.id).limit(BATCH))]


def look(store: MediaStore, path: str) -> Probe | None:
    """What the stored file at ``path`` is; ``None`` if that is not understood. Touches no row.

    Raises:
        OSError: it cannot be read.
    """
    with store.local_path(path) as file:
        with file.open("rb") as opened:
            head = opened.read(signatures.HEAD)
        mimes = signatures.mime_types(file, head)
        # Earlier releases took pictures and documents without a look into them.
        with suppress(InvalidInput):
            if any(mime.startswith("image/") for mime in mimes):
                return pictures.probe(file)
            return pdfs.probe(file) if "application/pdf" in mimes else probe(file)
        return None


def keep(session: Session, media_file_id: int, path: str, found: Probe | None) -> None:
    """Note what was found, unless the file is gone or has another place by now."""
    media_file = session.get(MediaFile, media_file_id)
    if media_file and media_file.path == path:
        note(media_file, found)
        session.flush()
