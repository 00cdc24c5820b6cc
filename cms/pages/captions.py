"""Captions of what an item plays: its subtitles, then its further tracks, each in a language."""

from __future__ import annotations

from typing import Any

from cms.media.facts import own_name
from cms.messages import N_
from cms.pages import languages
from cms.pages.models import kind_named
from cms.pages.slots import FileText, Slot

CHAPTERS = "chapters"
_KINDS = (
    ("subtitles", N_("Subtitles: what is said")),
    ("captions", N_("Captions: what is said and heard")),
    (CHAPTERS, N_("Chapters")),
    ("descriptions", N_("Descriptions: what is seen")),
)
#: Parts of file names that say more than the language, and the kind that they stand for.
_IN_FILENAMES = {
    **{kind: kind for kind, _ in _KINDS},
    "forced": "subtitles",
    "default": "subtitles",
    "sdh": "captions",
    "cc": "captions",
}


def _guess_kind(filename: str) -> str:
    named = [_IN_FILENAMES[part] for part in filename.lower().split(".")[1:-1] if part in _IN_FILENAMES]
    return named[-1] if named else "subtitles"


#: The slot for further tracks of a kind that plays something.
TRACKS = Slot(
    "tracks",
    accepts="subtitles",
    label=N_("More tracks: subtitles in other languages, captions, chapters"),
    optional=True,
    many=True,
    texts=(
        FileText(
            "language",
            label=N_("Language"),
            description="Its language, as a tag (BCP 47); empty if it is the item's.",
            example="ru",
            is_language=True,
            guess=lambda filename: languages.in_filename(filename, _IN_FILENAMES),
        ),
        FileText(
            "kind",
            label=N_("What it is"),
            description="`subtitles`, `captions`, `chapters` or `descriptions`, as the element `track` of HTML has it.",
            example="subtitles",
            choices=_KINDS,
            guess=_guess_kind,
        ),
        FileText(
            "label",
            label=N_("Name in the player's menu"),
            description="What a menu calls it; if it is empty, use the language's own name.",
            example="Русский",
            length=100,
        ),
    ),
)


def of(item: dict[str, Any]) -> list[dict[str, Any]]:
    """The captions of an item whose language is known, as in the JSON: its subtitles, then its tracks in order."""
    found = []
    for slot in kind_named(item["content_type"]).slots:
        if slot.accepts == "subtitles":
            tracks = item[slot.name] if slot.many else [{"path": item[slot.path_field]}] * bool(item[slot.path_field])
            found += [_caption(item, track) for track in tracks if track.get("kind") != CHAPTERS]
    return found


def _caption(item: dict[str, Any], track: dict[str, Any]) -> dict[str, Any]:
    language = track.get("language") or item["language"]
    return {
        "path": track["path"],
        "language": language,
        "kind": track.get("kind") or "subtitles",
        "label": track.get("label") or own_name(language),
        "machine_made": False,
    }


def completed(item: dict[str, Any], caption: dict[str, Any]) -> dict[str, Any]:
    """Captions that were made from an item's file. Those with an empty language are in that of the item."""
    if caption["language"] != "":
        return caption
    return caption | {"language": item["language"], "label": own_name(item["language"])}
