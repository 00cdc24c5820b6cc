"""The encoding of subtitles, if it was in doubt: what the form shows of it, and what an editor chooses."""

from __future__ import annotations

from contextlib import suppress

from flask import g
from flask_babel import gettext
from markupsafe import Markup
from wtforms import Field

from cms import current
from cms.extensions import db
from cms.media import subtitles
from cms.media.models import Upload
from cms.media.storage.staging import StagedFile
from cms.pages import rereading
from cms.pages.models import Attachment, ContentItem

#: How many cues are shown to judge whether the encoding was guessed correctly.
CUES_SHOWN = 3


def is_in_doubt(attachment: Attachment) -> bool:
    """Whether there is something to choose."""
    return attachment.encoding is not None and attachment.media_file is not None


def describe(field: Field, attachment: Attachment) -> None:
    """Show how the subtitles were decoded and offer a choice."""
    field.data = field.data or rereading.encoding_of(attachment)
    stored = attachment.media_file.path if attachment.media_file else ""
    with suppress(OSError), current.storage().media.local_path(stored) as path:
        field.description = _advice(subtitles.first_cues(path, CUES_SHOWN))


def read_again(field: Field, item: ContentItem, place: str) -> list[tuple[Upload, StagedFile]]:
    """Stage the subtitles again, if another encoding was chosen than the one in which they are read."""
    attachment = item.attachments.get(place)
    if attachment is None or attachment.encoding is None or field.data == rereading.encoding_of(attachment):
        return []
    again = rereading.stage_again(db.session(), current.storage().staging, item, place, field.data)
    # The end of the request removes it, unless it is kept by then.
    g.setdefault("staged_files", []).append(again[1])
    return [again]


def _advice(cues: list[str]) -> Markup:
    """Help with a doubtful encoding: the first cues as they are decoded, each in its own direction."""
    advice = gettext(
        "The file does not say which encoding it uses. If its first lines look wrong, choose another encoding:"
        " the file is then read again."
    )
    lines = [Markup('<q dir="auto" class="cue">{}</q>').format(cue) for cue in cues]
    return Markup("<br>").join([*lines, advice])
