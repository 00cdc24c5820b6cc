"""Probes stored files in batches: those never probed, or only by the rules of an earlier release."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cms.media import pdfs, pictures, signatures
from cms.media.models import MediaFile
from cms.media.probe import VERSION, Probe, note, probe
from cms.media.storage.store import MediaStore
from cms.media.subtitles import chapters
from cms.messages import InvalidInput

#: How many files one query returns.
BATCH = 100


def due(session: Session, after: int = 0) -> list[tuple[int, str]]:
    """The ids and paths of files that have to be probed and have ids above ``after``, in the order of their ids."""
    is_old = or_(MediaFile.probe_version.is_(None), MediaFile.probe_version < VERSION)
    files = select(MediaFile.id, MediaFile.path).where(is_old, MediaFile.id > after)
    return [(id_, path) for id_, path in session.execute(files.order_by(MediaFile.id).limit(BATCH))]


def look(store: MediaStore, path: str) -> Probe | None:
    """Probe the stored file at ``path``; ``None`` if it is not understood. Changes no row.

    Raises:
        OSError: it cannot be read.
    """
    with store.local_path(path) as file:
        if path.endswith(".vtt"):
            return chapters.probe(file)
        with file.open("rb") as opened:
            head = opened.read(signatures.HEAD)
        mimes = signatures.mime_types(file, head)
        # Earlier releases accepted pictures and documents without a probe.
        with suppress(InvalidInput):
            if any(mime.startswith("image/") for mime in mimes):
                return pictures.probe(file)
            return pdfs.probe(file) if "application/pdf" in mimes else probe(file)
        return None


def keep(session: Session, media_file_id: int, path: str, found: Probe | None) -> None:
    """Record what was found, unless the file is gone or has moved."""
    media_file = session.get(MediaFile, media_file_id)
    if media_file and media_file.path == path:
        note(media_file, found)
        session.flush()
