"""The families of stored files: what kind of slot a file fits, told by its row."""

from __future__ import annotations

from cms.media.models import MediaFile

FAMILIES = ("video", "audio", "image", "subtitles", "document")


def family_of(media_file: MediaFile) -> str:
    """The family of a stored file, as :func:`cms.media.mediatypes.check` has found it."""
    family = family_of_type(media_file.mime_type)
    if family == "video" and media_file.audio_codec and not media_file.video_codec:
        return "audio"  # some containers have the same type with pictures and without
    return family


def family_of_type(mime_type: str) -> str:
    """The family of most files of that type."""
    top = mime_type.partition("/")[0]
    return {"text": "subtitles", "application": "document"}.get(top, top)
