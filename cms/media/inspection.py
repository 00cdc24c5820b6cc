"""The inspection of staged bytes, before any row is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cms.media import mediatypes, pdfs, pictures, probe, subtitles
from cms.media.digest import file_digest
from cms.media.models import Upload
from cms.media.places import places
from cms.media.storage.staging import Staging
from cms.media.subtitles import chapters
from cms.messages import N_, InvalidInput

# Audio and video are already probed to find their types.
_PROBES = {"image": pictures.probe, "application/pdf": pdfs.probe}


@dataclass(frozen=True)
class Inspected:
    """The bytes to be stored: their path, size, type and digest.

    Subtitles have the encoding that they were read in, if it is in doubt.
    """

    path: Path
    size: int
    media_type: mediatypes.MediaType
    digest: str
    probe: probe.Probe | None = None
    encoding: str | None = None


def inspect(upload: Upload, staging: Staging, heartbeat: Callable[[], None]) -> Inspected:
    """Find the true type of the staged bytes and, in one pass, their digest. Changes no row.

    Raises:
        InvalidInput: the slot does not accept them, or some are missing.
        OSError: they cannot be read for now.
    """
    family = places().accepts(upload.kind, upload.slot)
    if family is None:
        raise InvalidInput(N_("Items of this kind no longer accept this file."))
    path = staging.path(upload.staged_name or "")
    if not path.is_file() or path.stat().st_size < upload.size:
        raise InvalidInput(N_("The file did not arrive completely. Please upload it again."))
    checked, encoding = mediatypes.check(path, family), None
    look = _PROBES.get(checked.media_type.mime.partition("/")[0]) or _PROBES.get(checked.media_type.mime)
    found = look(path) if look else checked.probe
    if checked.family == "subtitles":
        # WebVTT is stored, hashed and served. The original stays, since another attempt checks its size.
        converted = subtitles.convert(path.read_bytes(), upload.encoding)
        path, encoding = staging.write(f"{path.name}.vtt", converted.webvtt), converted.encoding
        found = chapters.probe(path)
    heartbeat()
    digest = file_digest(path, heartbeat)
    return Inspected(path, path.stat().st_size, checked.media_type, digest, found, encoding)
