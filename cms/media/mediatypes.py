"""A file's true type, read from its bytes. Its name and the client's claim are ignored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

from cms.media import packages, signatures, subtitles
from cms.media.playing import Unplayable
from cms.media.probe import Probe, probe
from cms.messages import N_, InvalidInput


@dataclass(frozen=True)
class MediaType:
    """A type that the site serves: its MIME type, and the extension it is stored under."""

    mime: str
    extension: str


@dataclass(frozen=True)
class Checked:
    """What a file is: its type, the family of slots that it fits, and the probe of audio and video."""

    media_type: MediaType
    family: str
    probe: Probe | None = None


_MP4 = (MediaType("video/mp4", "mp4"), MediaType("audio/mp4", "m4a"))

# A probe's container -> its type with pictures, its type with sound alone. Some containers have no type registered for
# sound alone (RFC 3555 has video/MP2T for both). Then the type is the container's, and the family is audio.
_CONTAINERS: dict[str, tuple[MediaType | None, MediaType]] = {
    "mp4": _MP4,
    "mov": _MP4,
    "matroska": (MediaType("video/x-matroska", "mkv"), MediaType("audio/x-matroska", "mka")),
    "webm": (MediaType("video/webm", "webm"), MediaType("audio/webm", "weba")),
    "ogg": (MediaType("video/ogg", "ogv"), MediaType("audio/ogg", "oga")),
    "avi": (MediaType("video/x-msvideo", "avi"), MediaType("video/x-msvideo", "avi")),
    "mpegts": (MediaType("video/mp2t", "ts"), MediaType("video/mp2t", "ts")),
    "mpeg": (MediaType("video/mpeg", "mpg"), MediaType("video/mpeg", "mpg")),
    "flv": (MediaType("video/x-flv", "flv"), MediaType("video/x-flv", "flv")),
    "asf": (MediaType("video/x-ms-wmv", "wmv"), MediaType("audio/x-ms-wma", "wma")),
    "mp3": (None, MediaType("audio/mpeg", "mp3")),
    "flac": (None, MediaType("audio/flac", "flac")),
    "wav": (None, MediaType("audio/wav", "wav")),
    "rf64": (None, MediaType("audio/wav", "wav")),
    "aac": (None, MediaType("audio/aac", "aac")),
    "aiff": (None, MediaType("audio/aiff", "aiff")),
}
# Layers 1 and 2 have the same type as MP3 (RFC 3003), but are not MP3.
_MPEG_AUDIO = {"mp1": MediaType("audio/mpeg", "mp1"), "mp2": MediaType("audio/mpeg", "mp2")}

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
_PACKAGES = {mime: MediaType(mime, extension) for mime, extension in packages.EXTENSIONS.items()}
_VTT = MediaType("text/vtt", "vtt")

#: Every type that is ever stored, by extension: the extension alone tells how a stored file is served.
BY_EXTENSION = {
    type_.extension: type_
    for type_ in (
        *(type_ for pair in _CONTAINERS.values() for type_ in pair if type_),
        *_MPEG_AUDIO.values(),
        *_IMAGES_AND_DOCUMENTS.values(),
        *_PACKAGES.values(),
        _VTT,
    )
}

# Other common extensions of a family's files, besides those that they are stored under.
_OTHER_EXTENSIONS = {
    "video": "3gp asf divx m2ts m4v mov mpeg mts vob",
    "audio": "3gp aif m4b mov mp4 mpga ogg opus webm wma",
    "image": "jpeg",
    "subtitles": "ass srt ssa",
    "document": "",
}

#: The families in words.
FAMILY_NAMES = {
    "video": N_("a video"),
    "audio": N_("an audio recording"),
    "image": N_("a picture"),
    "subtitles": N_("a subtitle file"),
    "document": N_("a document"),
}


#: Why files of no family are refused.
EMPTY = N_("The file is empty.")
NO_XML = N_("This is an XML document. Such files are not accepted.")
NO_WEB_PAGE = N_("This is a web page or an SVG drawing. Such files are not accepted.")
NO_SUCH_PICTURE = N_("Pictures of this type are not accepted. Use JPEG, PNG, GIF, WebP or AVIF.")
UNKNOWN = N_("The file's contents are not of a supported type, whatever its name says.")


def accepted(family: str) -> str:
    """The ``accept`` attribute of a file field for a family: what the browser's file chooser offers first.

    It is only a hint: :func:`check` decides by the bytes.
    """
    of_media: dict[str, list[MediaType | None]] = {
        "video": [with_pictures for with_pictures, _ in _CONTAINERS.values()],
        "audio": [*(sound_alone for _, sound_alone in _CONTAINERS.values()), *_MPEG_AUDIO.values()],
        "subtitles": [_VTT],
    }
    others = [type_ for type_ in (*_IMAGES_AND_DOCUMENTS.values(), *_PACKAGES.values()) if _family_of(type_) == family]
    stored = of_media.get(family, others)
    extensions = {type_.extension for type_ in stored if type_} | set(_OTHER_EXTENSIONS[family].split())
    any_type = [f"{family}/*"] if family in ("video", "audio") else []
    return ",".join([*any_type, *(f".{extension}" for extension in sorted(extensions))])


def check(path: Path, family: str) -> Checked:
    """What the file at ``path`` is, if it belongs to ``family``.

    Raises:
        InvalidInput: the file is empty, of no known type, of another family, or has nothing to play.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(signatures.HEAD)
    if not head:
        raise InvalidInput(EMPTY)
    markup = signatures.markup(head)
    if markup and family == "subtitles":
        subtitles.refuse_other_formats(head)
    elif markup and subtitles.is_text(head):
        raise misplaced("subtitles", family)
    if markup == "xml":
        raise InvalidInput(NO_XML)
    if markup == "html" or (markup == "svg" and family not in ("video", "audio")):
        raise InvalidInput(NO_WEB_PAGE)
    if family == "subtitles":
        subtitles.check(path)
        return Checked(_VTT, family)
    mimes = signatures.mime_types(path, head)
    found = _picture_or_document(mimes) or _package(path, head)
    if found is None and signatures.OTHER_PICTURE not in mimes:
        found = _audio_or_video(path)
    if found is None:
        raise _refused(head, mimes, family)
    if found.family != family:
        raise misplaced(found.family, family, is_usual_for_video=bool(found.probe and _type_of(found.probe, "video")))
    if found.probe and Unplayable.EMPTY in found.probe.unplayable:
        raise InvalidInput(N_("There is nothing to play in this file."))
    return found


def is_named_subtitles(name: str) -> bool:
    """Whether the name of a file says that these are subtitles: their bytes say less."""
    return PurePath(name).suffix.lower().lstrip(".") in {_VTT.extension, *_OTHER_EXTENSIONS["subtitles"].split()}


def family_at(path: Path, name: str) -> str | None:
    """The family that the file at ``path`` seems to be of, by its bytes; ``None`` if :func:`check` would refuse it.

    ``name`` is what the file was called.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(signatures.HEAD)
    if is_named_subtitles(name):
        return "subtitles"
    mimes = signatures.mime_types(path, head) if head else []
    found = _picture_or_document(mimes) or _package(path, head) or (_audio_or_video(path) if head else None)
    return found.family if found else None


def family_of_mimes(mimes: list[str]) -> str | None:
    """The family of a picture or a document that is one of these types; ``None`` if it is neither."""
    found = _picture_or_document(mimes)
    return found.family if found else None


def _picture_or_document(mimes: list[str]) -> Checked | None:
    stored = next((_IMAGES_AND_DOCUMENTS[mime] for mime in mimes if mime in _IMAGES_AND_DOCUMENTS), None)
    return Checked(stored, _family_of(stored)) if stored else None


def _package(path: Path, head: bytes) -> Checked | None:
    mime = packages.mime_type(path, head)
    return Checked(_PACKAGES[mime], "document") if mime else None


def is_document(media_type: MediaType) -> bool:
    """Whether files of this type are documents."""
    return media_type.mime.startswith("application/")


def _family_of(media_type: MediaType) -> str:
    return "image" if media_type.mime.startswith("image/") else "document"


def _audio_or_video(path: Path) -> Checked | None:
    found = probe(path)
    family = "video" if found and found.video_codec else "audio"
    media_type = _type_of(found, family) if found else None
    return Checked(media_type, family, found) if media_type else None


def _type_of(found: Probe, family: str) -> MediaType | None:
    if family == "audio" and found.audio_codec in _MPEG_AUDIO and found.container == "mp3":
        return _MPEG_AUDIO[found.audio_codec]
    with_pictures, sound_alone = _CONTAINERS[str(found.container)]
    return with_pictures if family == "video" else sound_alone


def _refused(head: bytes, mimes: list[str], family: str) -> InvalidInput:
    """Why a file is refused that is neither audio, nor video, nor of another stored type."""
    markup = signatures.markup(head)
    if markup == "svg" or any(mime.startswith("image/") for mime in mimes):
        if family == "image":
            return InvalidInput(NO_SUCH_PICTURE)
        return misplaced("image", family)
    if subtitles.is_text(head):
        return misplaced("subtitles", family)
    if signatures.is_media(head):
        return InvalidInput(
            N_("The file starts like audio or video, but it cannot be read. It may be damaged or incomplete.")
        )
    return InvalidInput(UNKNOWN)


def misplaced(found: str, wanted: str, *, is_usual_for_video: bool = False) -> InvalidInput:
    """Why a file of one family is refused where another one is needed."""
    if found == "audio" and wanted == "video" and is_usual_for_video:
        return InvalidInput(N_("The file has sound but no picture. Upload it to an audio item."))
    return InvalidInput(
        N_("The file is %(found)s, but %(wanted)s is needed here."),
        found=FAMILY_NAMES[found],
        wanted=FAMILY_NAMES[wanted],
    )
