"""The inspection of staged bytes, before any row is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cms.media import mediatypes, metadata, pdfs, pictures, probe, subtitles
from cms.media.digest import file_digest
from cms.media.models import Upload
from cms.media.places import places
from cms.media.storage.staging import CLEANED, CONVERTED, Staging
from cms.media.subtitles import chapters
from cms.messages import N_, InvalidInput

# Audio and video are already probed to find their types.
_PROBES = {"image": pictures.probe, "application/pdf": pdfs.probe, "text/vtt": chapters.probe}


@dataclass(frozen=True)
class Inspected:
    """The bytes to be stored: their path, size, type and digest.

    Subtitles have the encoding that they were read in, if it is in doubt. A picture
    from which private metadata was removed has its original, which no visitor gets.
    """

    path: Path
    size: int
    media_type: mediatypes.MediaType
    digest: str
    probe: probe.Probe | None = None
    encoding: str | None = None
    original: Inspected | None = None


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
    checked, encoding, original = mediatypes.check(path, family), None, None
    media_type = checked.media_type
    # What is made from the staged file is stored, hashed and served. The file stays: another attempt checks its size.
    if checked.family == "image":
        cleaned = path.with_suffix(CLEANED)
        if metadata.clean(path, media_type.mime, cleaned):
            path, original = cleaned, path
    elif checked.family == "subtitles":
        converted = subtitles.convert(path.read_bytes(), upload.encoding)
        path, encoding = staging.write(path.name + CONVERTED, converted.webvtt), converted.encoding
    look = _PROBES.get(media_type.mime.partition("/")[0]) or _PROBES.get(media_type.mime)
    found = look(path) if look else checked.probe
    heartbeat()

    def inspected(path: Path, **more: Any) -> Inspected:
        return Inspected(path, path.stat().st_size, media_type, file_digest(path, heartbeat), found, **more)

    return inspected(path, encoding=encoding, original=inspected(original) if original else None)
