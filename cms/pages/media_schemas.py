"""The schemas of a file in the public JSON, and of what was made from the file."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields

#: An example extension and MIME type for each family of files.
_FAMILIES = {
    "video": ("mp4", "video/mp4"),
    "audio": ("mp3", "audio/mpeg"),
    "image": ("jpg", "image/jpeg"),
    "subtitles": ("vtt", "text/vtt"),
    "document": ("pdf", "application/pdf"),
}
_DERIVED = "/derived/0b/0b8a1f6f7c2d"
_POSTER = {
    "path": f"{_DERIVED}/poster-1-17-9f8e7d6c5b4a3f2e-640.webp",
    "width": 640,
    "height": 360,
    "mime_type": "image/webp",
}
_CAPTIONS = {
    "path": "/media/2026/08/27/subtitles/harbour-7c2d0b8a1f6f.vtt",
    "language": "en",
    "kind": "subtitles",
    "label": "English",
    "machine_made": False,
}
_CHAPTER = {"start": 0.0, "end": 754.0, "title": "Arrival"}


def example_file(family: str) -> dict[str, Any]:
    """An example file of that family, as in the JSON."""
    extension, mime_type = _FAMILIES.get(family, ("bin", "application/octet-stream"))
    path = f"/media/2026/08/27/{family}/harbour-0b8a1f6f7c2d.{extension}"
    is_video, is_played = family == "video", family in ("video", "audio")
    is_picture = family == "image"
    width, height = (1920, 1080) if is_picture or is_video else (None, None)
    source = {"path": path, "mime_type": mime_type, "width": width, "height": height}
    return {
        "path": path,
        "size": 48_211_034,
        "mime_type": mime_type,
        "digest": "blake3:0b8a1f6f7c2d" + "5e" * 26,
        "duration": 191.5 if is_played else None,
        "width": width,
        "height": height,
        "pages": 12 if family == "document" else None,
        "animated": False if is_picture else None,
        "playable": True if is_played else None,
        "poster": [_POSTER] if width else None if family == "subtitles" else [],
        "sources": [source] if is_played else None,
        "hls": f"{_DERIVED}/hls-1-20-7a6b5c4d3e2f1a0b-hls.m3u8" if is_video else None,
        "timeline": f"{_DERIVED}/timeline-1-19-5e4f3a2b1c0d9e8f-tiles.vtt" if is_video else None,
        "captions": [_CAPTIONS] if is_played else None,
        "chapters": [_CHAPTER] if is_played else None,
        "preparing": False if is_played else None,
        "waveform": f"{_DERIVED}/waveform-1-18-3f2a9c5d7e1b4860-points.json" if family == "audio" else None,
        "alt": "Three boats leave a harbour; the sun is just above the sea." if is_picture else None,
        "credit": "Ann Example",
    }


_FILE = example_file("video")


def described(
    field: type[fields.Field[Any]], description: str, example: Any, *, allow_none: bool = False, **more: Any
) -> Any:
    """A required field. ``more`` is what else the specification says about it."""
    if field is fields.Url:
        more["format"] = "uri"
    metadata = {"description": description, "examples": [example], **more}
    return field(required=True, allow_none=allow_none, metadata=metadata)


class Response(Schema):
    """What the JSON is made of."""

    class Meta:
        """Allows unknown fields in the specification, so that a new field breaks no client generated before."""

        unknown = EXCLUDE


class PictureSchema(Response):
    """A picture that was made from a file of this site."""

    path = described(fields.String, "Where it is. The bytes there never change.", _POSTER["path"])
    width = described(fields.Integer, "Its width in pixels.", _POSTER["width"], minimum=1)
    height = described(fields.Integer, "Its height in pixels.", _POSTER["height"], minimum=1)
    mime_type = described(fields.String, "Its type.", _POSTER["mime_type"])


class SourceSchema(Response):
    """A file that current browsers play."""

    path = described(fields.String, "Where it is. The bytes there never change.", _FILE["path"])
    mime_type = described(fields.String, "Its type.", _FILE["mime_type"])
    width = described(fields.Integer, "The width of its picture in pixels, if it has one.", 1920, allow_none=True)
    height = described(fields.Integer, "The height of its picture in pixels, if it has one.", 1080, allow_none=True)


class ChapterSchema(Response):
    """A chapter of audio or video."""

    start = described(fields.Float, "Where it begins, in seconds.", 0.0, minimum=0)
    end = described(fields.Float, "Where it ends, in seconds; null if that is not known.", 754.0, allow_none=True)
    title = described(fields.String, "Its title; may be empty.", "Arrival")


class CaptionsSchema(Response):
    """Captions or subtitles."""

    path = described(fields.String, "Where they are, as WebVTT.", _CAPTIONS["path"])
    language = described(fields.String, "Their language, as a tag (BCP 47).", "en", allow_none=True)
    kind = described(fields.String, "`subtitles`, `captions` for who hears nothing, or `descriptions`.", "subtitles")
    label = described(fields.String, "What a menu calls them; empty if nothing is known of them.", "English")
    machine_made = described(
        fields.Boolean,
        "Whether a machine has written down what it heard, and no editor has read it yet. Tell people so.",
        _CAPTIONS["machine_made"],
    )


def _list_of(schema: type[Response], description: str, example: Any) -> Any:
    """A required list, or null."""
    metadata = {"description": description, "examples": [example]}
    return fields.List(fields.Nested(schema), required=True, allow_none=True, metadata=metadata)


class MediaFileSchema(Response):
    """A file of this site. More members will come: ignore what you do not know. What does not apply is null."""

    path = described(
        fields.String,
        "Where the file is, relative to the site's address and not percent-encoded. The bytes there never change.",
        _FILE["path"],
    )
    size = described(fields.Integer, "Its size in bytes.", _FILE["size"], minimum=0)
    mime_type = described(fields.String, "Its type, read from its bytes and not from its name.", _FILE["mime_type"])
    digest = described(
        fields.String,
        "The name of the hash function, a colon, and the hash of the file's bytes in hexadecimal digits. To verify a "
        "download, compare them with what `b3sum` prints for it. Accept a function that you do not know.",
        _FILE["digest"],
    )
    duration = described(
        fields.Float, "How long audio or video lasts, in seconds; null if it is not known.", 191.5, allow_none=True
    )
    width = described(
        fields.Integer,
        "The width in pixels of a picture or a video as it is shown, turned as the file says; null for what has none, "
        "and while it is not known yet.",
        1920,
        allow_none=True,
        minimum=1,
    )
    height = described(fields.Integer, "The height in pixels, as the width.", 1080, allow_none=True, minimum=1)
    pages = described(
        fields.Integer,
        "How many pages a PDF has; null for other files, for one that asks for a password, and while it is not known.",
        _FILE["pages"],
        allow_none=True,
        minimum=1,
    )
    animated = described(
        fields.Boolean,
        "Whether a picture has more than one frame; null for other files, and while it is not known yet.",
        example_file("image")["animated"],
        allow_none=True,
    )
    playable = described(
        fields.Boolean,
        "Whether current browsers play it, by its container and codecs; null for files that are neither audio nor "
        "video, and while it is not known yet.",
        _FILE["playable"],
        allow_none=True,
    )
    poster = _list_of(
        PictureSchema,
        "A picture of it, in several sizes as WebP from the smallest to the largest, then once as JPEG: of a picture "
        "itself (the first frame, if it is animated), of a PDF the first page. Empty until it is made, and for "
        "recordings without a cover; null for files of other types.",
        _FILE["poster"],
    )
    sources = _list_of(
        SourceSchema,
        "What to play, in the order in which a browser should try it: the file itself if current browsers play it, or "
        "else a version that was made for them. Empty while there is neither; null for what is neither audio nor "
        "video.",
        _FILE["sources"],
    )
    hls = described(
        fields.String,
        "Where the playlist of a video in several sizes is, for adaptive streaming (HLS). Not every browser plays it "
        "without a program such as hls.js: play `sources` otherwise. Null until it is made, on sites that do not make "
        "any, and for all other files.",
        _FILE["hls"],
        allow_none=True,
    )
    preparing = described(
        fields.Boolean,
        "Whether a version for browsers is waiting to be made, or is being made; null for what is neither audio nor "
        "video.",
        _FILE["preparing"],
        allow_none=True,
    )
    captions = _list_of(
        CaptionsSchema,
        "Captions for it: the item's subtitles, then its further tracks in their order, then what was made from the "
        "file: its own subtitles, or a transcript; null for what is neither audio nor video.",
        _FILE["captions"],
    )
    timeline = described(
        fields.String,
        "Where the thumbnails along the timeline of a video are, as WebVTT: each cue is the address of a picture, "
        "relative to that of the WebVTT, with the place of the thumbnail in it (`#xywh=` left, top, width, height in "
        "pixels). Null until they are made, for short videos, and for all other files.",
        _FILE["timeline"],
        allow_none=True,
    )
    chapters = _list_of(
        ChapterSchema,
        "Its chapters in order: those of a track of chapters, else those that an editor has written, else those in the "
        "file. Also of a track of chapters itself; null for other files.",
        _FILE["chapters"],
    )
    waveform = described(
        fields.String,
        "Where the waveform of a recording is, in the JSON of audiowaveform (version 2); null until it is made, and "
        "for all other files.",
        example_file("audio")["waveform"],
        allow_none=True,
    )
    alt = described(
        fields.String,
        "What is to be seen in a picture, wherever it is shown; null if nobody has written that. An item's own text "
        "comes first, and an item without one has this text in its place.",
        example_file("image")["alt"],
        allow_none=True,
    )
    credit = described(
        fields.String,
        "Who made the file; null if nobody has written that. It comes after an item's own credit, as `alt` does.",
        _FILE["credit"],
        allow_none=True,
    )
