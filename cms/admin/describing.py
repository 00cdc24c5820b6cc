"""What editors write of a media file: its title, its alternative text, its credit and its tags."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import request
from flask_babel import gettext
from sqlalchemy.orm import Session

from cms.admin import reasons
from cms.cleaning import clean_line
from cms.database import TITLE_LENGTH, search_key
from cms.media import tagging
from cms.media.models import ALT_LENGTH, CREDIT_LENGTH, MediaFile
from cms.messages import InvalidInput
from cms.pages.pages import parse_id

#: The texts and their most characters.
LENGTHS = {"title": TITLE_LENGTH, "alt": ALT_LENGTH, "credit": CREDIT_LENGTH}


@dataclass
class Described:
    """The form: its texts by name with the tags in one line, the errors by field, and what others have saved since."""

    id: int
    version: int
    texts: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)


def of(session: Session, file: MediaFile) -> Described:
    """The form of a file, with what is there now."""
    texts = {name: getattr(file, name) for name in LENGTHS}
    return Described(file.id, file.version, {**texts, "tags": ", ".join(tagging.of(session, [file.id])[file.id])})


def sent() -> Described:
    """The form as it was sent."""
    texts = {name: clean_line(request.form.get(name, "")) for name in (*LENGTHS, "tags")}
    id_, version = (parse_id(request.form.get(name, "")) or 0 for name in ("id", "version"))
    return Described(id_, version, texts)


def save(session: Session, media_file_id: int, form: Described) -> bool:
    """Keep what was sent, and raise the version; ``False`` if it is refused, which the form then tells."""
    lock = {"key_share": True}  # other transactions may still refer to the row
    file = session.get_one(MediaFile, media_file_id, populate_existing=True, with_for_update=lock)
    form.id = file.id
    for name, most in LENGTHS.items():
        if len(form.texts[name]) > most:
            form.errors[name] = gettext("At most %(max)d characters.", max=most)
    try:
        names = tagging.parse(form.texts["tags"])
    except InvalidInput as error:
        form.errors["tags"] = reasons.sentence(error.sentence, error.values)
    if form.version != file.version:
        now = of(session, file).texts
        form.theirs = {name: text for name, text in now.items() if _key(name, text) != _key(name, form.texts[name])}
        form.version = file.version
    if form.errors or form.theirs:
        return False
    for name in LENGTHS:
        setattr(file, name, form.texts[name])
    tagging.set_of(session, file, names)
    file.version += 1
    return True


def _key(name: str, text: str) -> object:
    """What tells whether two texts are the same: of tags neither the order nor the case does."""
    return {search_key(part.strip()) for part in text.split(",") if part.strip()} if name == "tags" else text
