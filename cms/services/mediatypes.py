"""What a file really is, read from its bytes; its name and the client's claim are not asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import puremagic

from cms.services import subtitles
from cms.services.messages import N_, Rejected

HEAD = 4096


@dataclass(frozen=True)
class MediaType:
    """A type that the site serves: its MIME type, the extension it is stored under, and the family it fits."""

    mime: str
    extension: str

    @property
    def family(self) -> str:
        """``video``, ``audio``, ``image``, ``subtitles`` or ``document``: what a slot accepts."""
        return _FAMILIES.get(self.mime, self.mime.split("/")[0])


_FAMILIES = {"text/vtt": "subtitles", "application/pdf": "document"}

# FFmpeg's name of a container -> what it is with pictures, what it is with sound alone.
_CONTAINERS: dict[str, tuple[MediaType | None, MediaType | None]] = {
    "mov": (MediaType("video/mp4", "mp4"), MediaType("audio/mp4", "m4a")),
    "matroska": (MediaType("video/x-matroska", "mkv"), MediaType("audio/x-matroska", "mka")),
    "ogg": (MediaType("video/ogg", "ogv"), MediaType("audio/ogg", "oga")),
    "avi": (MediaType("video/x-msvideo", "avi"), None),
    "mpegts": (MediaType("video/mp2t", "ts"), None),
    "mpeg": (MediaType("video/mpeg", "mpg"), None),
    "flv": (MediaType("video/x-flv", "flv"), None),
    "asf": (MediaType("video/x-ms-wmv", "wmv"), MediaType("audio/x-ms-wma", "wma")),
    "mp3": (None, MediaType("audio/mpeg", "mp3")),
    "flac": (None, MediaType("audio/flac", "flac")),
    "wav": (None, MediaType("audio/wav", "wav")),
    "aac": (None, MediaType("audio/aac", "aac")),
    "aiff": (None, MediaType("audio/aiff", "aiff")),
}
_WEBM = (MediaType("video/webm", "webm"), MediaType("audio/webm", "weba"))

_IMAGES_AND_DOCUMENTS = {
    type_.mime: type_
    for type_ in (
        MediaType("image/jpeg", "jpg"),
        MediaType("image/png", "png"),
        MediaType("image/gif", "gif"),
        MediaType("image/webp", "webp"),
        MediaType("image/avif", "avif"),
        MediaType("application/pdf", "pdf"),
    )
}
_VTT = MediaType("text/vtt", "vtt")

#: Every type that is ever stored, by extension: the extension alone tells how a stored file is served.
BY_EXTENSION = {
    type_.extension: type_
    for type_ in (
        *(type_ for pair in (*_CONTAINERS.values(), _WEBM) for type_ in pair if type_),
        *_IMAGES_AND_DOCUMENTS.values(),
        _VTT,
    )
}

_FAMILY_NAMES = {
    "video": N_("a video"),
    "audio": N_("an audio recording"),
    "image": N_("a picture"),
    "subtitles": N_("subtitles"),
    "document": N_("a document"),
}


def check(path: Path, family: str) -> MediaType:
    """The type of the file at ``path``, if it belongs to ``family``.

    Raises:
        Rejected: the file is empty, of no known type, or of another family.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise Rejected(N_("The file is empty."))
    if head.lstrip(b"\xef\xbb\xbf \t\r\n\f").startswith(b"<"):  # no media format starts so; markup does
        raise Rejected(N_("This is a web page or an SVG drawing; such files are not stored."))
    if family == "subtitles":
        found = _VTT if subtitles.looks_right(path) else None
        if found is None:
            raise Rejected(N_("This is not a subtitle file; SRT and WebVTT are understood."))
    else:
        found = _image_or_document(head) or _audio_or_video(path, head)
        if found is None:
            raise Rejected(N_("The file's contents are not of a type that is understood, whatever its name says."))
    if found.family != family:
        raise Rejected(
            N_("The file is %(found)s, but %(wanted)s is wanted here."),
            found=_FAMILY_NAMES[found.family],
            wanted=_FAMILY_NAMES[family],
        )
    return found


def _image_or_document(head: bytes) -> MediaType | None:
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    # More than one may be as good as the best: an AVIF's first four bytes are for some an MP4's.
    best = [match.mime_type for match in matches if match.confidence == matches[0].confidence]
    return next((_IMAGES_AND_DOCUMENTS[mime] for mime in best if mime in _IMAGES_AND_DOCUMENTS), None)


def _audio_or_video(path: Path, head: bytes) -> MediaType | None:
    """What FFmpeg opens, given an open file, these containers and no protocol: a playlist in it opens nothing."""
    options = {
        "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2," + ",".join([*_CONTAINERS, "webm"]),
        "protocol_whitelist": "none",
    }
    try:
        with path.open("rb") as file, av.open(file, options=options) as container:
            names = container.format.name.split(",")
            pictures = any(not _is_cover(stream) for stream in container.streams.video)
            sound = bool(container.streams.audio)
    except (av.FFmpegError, ValueError, UnicodeDecodeError):
        return None
    name = next((name for name in names if name in _CONTAINERS), None)
    if name is None:
        return None
    with_pictures, sound_alone = _WEBM if name == "matroska" and b"webm" in head[:64] else _CONTAINERS[name]
    if pictures and with_pictures:
        return with_pictures
    return sound_alone if sound else None


def _is_cover(stream: av.VideoStream) -> bool:
    """Whether the pictures are only a cover: in an MP3 or an M4A it is a video stream of its own."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)
