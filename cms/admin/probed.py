"""The results of probing a media file, as text for editors."""

from __future__ import annotations

from flask_babel import LazyString, format_decimal, gettext, lazy_gettext, ngettext
from markupsafe import Markup
from sqlalchemy import ColumnElement, cast
from sqlalchemy.types import Text

from cms.admin import renditions
from cms.http import units
from cms.media.clock import clock
from cms.media.models import MediaFile
from cms.media.pdfs import LOCKED
from cms.media.pictures import DAMAGED
from cms.media.playing import Unplayable
from cms.media.probe import TRUNCATED
from cms.messages import N_

_CONTAINERS = {
    "mp4": "MP4",
    "mov": "QuickTime",
    "webm": "WebM",
    "matroska": "Matroska (MKV)",
    "ogg": "Ogg",
    "avi": "AVI",
    "mpegts": "MPEG-TS",
    "mpeg": "MPEG-PS",
    "flv": "Flash Video",
    "asf": "Windows Media (ASF)",
    "mp3": "MPEG",
    "flac": "FLAC",
    "wav": "WAV",
    "rf64": "RF64",
    "aac": "ADTS",
    "aiff": "AIFF",
}
# Containers that are called like the codec in them.
_SAME_AS_THEIR_CODEC = ("mp3", "aac")
# Other types whose names are not their extensions in upper case.
_TYPES = {"jpg": "JPEG", "webp": "WebP", "vtt": "WebVTT"}
# Codecs whose names are not FFmpeg's in upper case.
_CODECS = {
    "h263": "H.263",
    "h264": "H.264",
    "mpeg1video": "MPEG-1",
    "mpeg2video": "MPEG-2",
    "mpeg4": "MPEG-4 Part 2",
    "msmpeg4v2": "MS MPEG-4 v2",
    "msmpeg4v3": "MS MPEG-4 v3",
    "wmv1": "WMV 7",
    "wmv2": "WMV 8",
    "wmv3": "WMV 9",
    "vc1": "VC-1",
    "flv1": "Sorenson Spark",
    "mjpeg": "Motion JPEG",
    "prores": "ProRes",
    "theora": "Theora",
    "vorbis": "Vorbis",
    "opus": "Opus",
    "ac3": "AC-3",
    "eac3": "E-AC-3",
    "amr_nb": "AMR",
    "amr_wb": "AMR-WB",
    "wmav1": "WMA 1",
    "wmav2": "WMA 2",
    "wmapro": "WMA Pro",
    "wmalossless": "WMA Lossless",
    "unknown": N_("unknown"),
}

_REASONS: dict[str, str] = {
    Unplayable.EMPTY: N_("it has nothing to play"),
    Unplayable.UNREADABLE: N_("it cannot be read as audio or video"),
    Unplayable.UNDECODABLE: N_("its beginning cannot be decoded"),
    Unplayable.ENCRYPTED: N_("it is encrypted"),
    Unplayable.CONTAINER: N_("the container is %(name)s"),
    Unplayable.VIDEO_CODEC: N_("the video codec is %(name)s"),
    Unplayable.BIT_DEPTH: N_("the color depth is more than 8 bits"),
    Unplayable.CHROMA: N_("the chroma subsampling is not 4:2:0"),
    Unplayable.AUDIO_CODEC: N_("the audio codec is %(name)s"),
}
_WARNINGS = {
    TRUNCATED: N_("The file is incomplete: its end is missing."),
    DAMAGED: N_("The picture is damaged or incomplete."),
    LOCKED: N_("This PDF asks for a password."),
}

# The choices of the library's filter by playback.
_STATES: dict[str, tuple[str, ColumnElement[bool]]] = {
    "no": (N_("Does not play in browsers"), MediaFile.playable.is_(False)),
    "yes": (N_("Plays in browsers"), MediaFile.playable.is_(True)),
    "cut": (N_("Incomplete"), cast(MediaFile.warnings, Text).contains(TRUNCATED)),
}


def container(name: str | None) -> str:
    """A container's common name."""
    return _CONTAINERS.get(name or "", name or "")


def codec(name: str | None) -> str:
    """A codec's common name."""
    if name and name.startswith(("pcm_", "adpcm_")):
        return name.partition("_")[0].upper()
    return gettext(_CODECS[name]) if name in _CODECS else (name or "").replace("_", " ").upper()


def summary(file: MediaFile, *, with_size: bool = True) -> str:
    """What a file is, in one line: ``MP4 · H.264 · 3:12 · 1920×1080 · 300 MB``. Unknown parts are left out."""
    found = file.facts or {}
    parts = [_type(file)]
    if file.video_codec:
        parts.append(codec(file.video_codec))
    elif file.audio_codec:
        parts += [codec(file.audio_codec), sound(found.get("sample_rate"), found.get("channels"))]
    parts.append(clock(file.duration) if file.duration is not None else "")
    parts.append(f"{file.width}×{file.height}" if file.width and file.height else "")
    parts.append(units.pages(found["pages"]) if found.get("pages") else "")
    parts.append(units.size(file.size) if with_size else "")
    return " · ".join(dict.fromkeys(filter(None, parts)))


def sound(sample_rate: int | None, channels: int | None) -> str:
    """The sample rate and channels of a recording: ``44.1 kHz stereo``."""
    rate = gettext("%(number)s kHz", number=format_decimal(sample_rate / 1000)) if sample_rate else ""
    known = {1: gettext("mono"), 2: gettext("stereo")}
    heard = known.get(channels) or ngettext("%(num)d channel", "%(num)d channels", channels) if channels else ""
    return f"{rate} {heard}".strip()


def _type(file: MediaFile) -> str:
    """The common name of a file's type."""
    if file.container in _SAME_AS_THEIR_CODEC:
        return codec(file.audio_codec)
    extension = file.path.rpartition(".")[2]
    return container(file.container) or _TYPES.get(extension, extension.upper())


def remarks(file: MediaFile) -> list[str]:
    """What an editor should know: whether and why browsers do not play a file, and what else may be amiss with it."""
    told = [gettext(_WARNINGS[code]) for code in file.warnings or () if code in _WARNINGS]
    if file.playable is not False:
        return told
    told = [version, *told] if (version := renditions.remark(file)) else told
    reasons = ", ".join(_reason(file, code) for code in file.unplayable or () if code in _REASONS)
    if not reasons:
        return [gettext("Browsers do not play this."), *told]
    return [gettext("Browsers do not play this: %(reasons)s.", reasons=reasons), *told]


def remark(file: MediaFile | None) -> Markup:
    """The :func:`remarks` as HTML; empty if there are none."""
    told = remarks(file) if file else []
    return Markup('<small class="remark">{}</small>').format(" ".join(told)) if told else Markup("")


def choices() -> list[tuple[str, LazyString]]:
    """The choices of the filter by playback, with translated names."""
    return [(state, lazy_gettext(name)) for state, (name, _) in _STATES.items()]


def is_in(state: str) -> ColumnElement[bool]:
    """The condition for one of the choices; no files if there is no such choice."""
    return _STATES[state][1] if state in _STATES else MediaFile.id.is_(None)


def _reason(file: MediaFile, code: str) -> str:
    names = {
        Unplayable.CONTAINER: container(file.container),
        Unplayable.VIDEO_CODEC: codec(file.video_codec),
        Unplayable.AUDIO_CODEC: codec(file.audio_codec),
    }
    return str(gettext(_REASONS[code], name=names.get(Unplayable(code), "")))
