"""The files of a slot that takes several, in a form: a row for each, in order, with what is written for it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from flask_babel import get_locale, gettext, lazy_gettext
from markupsafe import Markup
from wtforms import Field, IntegerField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from cms.admin import attached, encodings
from cms.admin.fields import TOO_LONG, Form, one_line, whole_number
from cms.admin.file_fields import ClearField, EncodingField, StagedFileField
from cms.admin.language_fields import LanguageField
from cms.admin.library_fields import field_for
from cms.extensions import db
from cms.media import mediatypes
from cms.media.models import Upload
from cms.media.storage.staging import StagedFile
from cms.pages import attachments, languages
from cms.pages.models import Attachment, ContentItem
from cms.pages.slots import FileText, Slot, key_of

#: The most files of one slot. A form with more would have too many fields.
MAX_FILES = 100


class FileRow(Form):
    """What is asked of one file. ``place`` is its place in the slot, from 1."""

    attachment: Attachment
    place: int

    position = IntegerField(lazy_gettext("Position"), [Optional(), whole_number])
    remove = ClearField(lazy_gettext("Remove this file"))

    @property
    def rank(self) -> tuple[int, int]:
        """What rows are sorted by. A row that was given the number of another one takes its place."""
        wanted = self.place if self.position.data is None else self.position.data
        return wanted, (wanted > self.place) - (wanted < self.place)


class FilesField(StagedFileField):
    """Files for a slot that takes several: new ones, and a row for each that is there."""

    def __init__(self, slot: Slot, **options: Any) -> None:
        accept = mediatypes.accepted(slot.accepts)
        super().__init__(
            lazy_gettext(slot.label), accept, "", library=field_for(slot), validators=[_not_too_many], **options
        )
        self.render_kw["multiple"] = True
        self.slot = slot
        self.rows: list[FileRow] = []
        self._found: list[Markup] = []
        self._sent: Any = None

    def process(self, formdata: Any, *values: Any, **options: Any) -> None:
        """Take what was sent."""
        self._sent = formdata
        super().process(formdata, *values, **options)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the chosen files."""
        self.data = [file for file in valuelist if getattr(file, "filename", "")]

    @property
    def files(self) -> list[Any]:
        """The chosen files."""
        return list(self.data or ())

    def show(self, item: ContentItem) -> None:
        """Make a row for each file of the item, with what was sent for it, and in the order that was sent."""
        found = item.in_slot(self.slot)
        self.rows = [self._row(place, attachment) for place, attachment in enumerate(found, 1)]
        self.rows.sort(key=lambda row: row.rank)
        self._found = [described(attachment, self.slot) for attachment in found]

    def contents(self) -> str:
        """See :meth:`StagedFileField.contents`: which files there are, in which order, and what is written for each."""
        # Not the media file: a worker may complete an upload meanwhile, which is nobody's edit.
        found = [(row.attachment.upload_id or row.attachment.media_file_id, _values(row)) for row in self.rows]
        return json.dumps(found)

    def shown(self) -> str:
        """See :meth:`StagedFileField.shown`."""
        return Markup("<br>").join(self._found)

    def validate(self, form: Form, extra_validators: Any = ()) -> bool:
        """Check the field and its rows."""
        verdicts = [row.validate() for row in self.rows]
        return super().validate(form, extra_validators) and all(verdicts)

    def save(self, item: ContentItem) -> list[tuple[Upload, StagedFile]]:
        """Save the rows, and add the chosen files. They are pending uploads, to be kept and sent after the commit."""
        staged: list[tuple[Upload, StagedFile]] = []
        kept = [row for row in self.rows if row.attachment.slot in item.attachments and not row.remove.data]
        for row in self.rows:
            if row.remove.data:
                item.attachments.pop(row.attachment.slot, None)
        for position, row in enumerate(kept, 1):
            row.attachment.position = position
            row.attachment.texts = {text.name: row[text.name].data or "" for text in self.slot.texts}
            if "encoding" in row:
                staged += encodings.read_again(row["encoding"], item, row.attachment.slot)
        for file in self.files:
            name, size, bytes_ = file.filename, file.stream.size, file.stream.path.name
            staged.append((attachments.stage(db.session(), item, self.slot.name, name, size, bytes_), file.stream))
        return staged

    def _row(self, place: int, attachment: Attachment) -> FileRow:
        prefix = f"{self.slot.name}-{key_of(attachment.slot)}-"
        is_sent = self._sent is not None and f"{prefix}position" in self._sent
        values = {**(attachment.texts or {}), "position": place}
        row: FileRow = _row_form(self.slot)(self._sent if is_sent else None, prefix=prefix, data=values)
        row.attachment, row.place = attachment, place
        if "encoding" in row and encodings.is_in_doubt(attachment):
            encodings.describe(row["encoding"], attachment)
        elif "encoding" in row:
            del row["encoding"]
        return row


@cache
def _row_form(slot: Slot) -> type[FileRow]:
    """The form class for one file of a slot."""
    members = {text.name: _text_field(text) for text in slot.texts}
    if slot.accepts == "subtitles":
        members["encoding"] = EncodingField()
    return type("FileRow", (FileRow,), members)


def _text_field(text: FileText) -> Field:
    label = lazy_gettext(text.label)
    if text.is_language:
        return LanguageField(label, inherited=lambda: gettext("Same as the item"))
    if text.choices:
        return SelectField(label, choices=[SelectChoice(value, lazy_gettext(name)) for value, name in text.choices])
    return StringField(label, [Length(max=text.length, message=TOO_LONG)], [one_line])


def _values(row: FileRow) -> dict[str, Any]:
    return {field.short_name: field.data or "" for field in row if field.short_name != "position"}


def _not_too_many(form: Form, field: FilesField) -> None:
    chosen = form[field.library].files if field.library in form else ()
    if sum(not row.remove.data for row in field.rows) + len(field.files) + len(chosen) > MAX_FILES:
        raise ValidationError(gettext("At most %(number)d files can be here.", number=MAX_FILES))


def described(attachment: Attachment, slot: Slot) -> Markup:
    """A file and what is written for it, in one line."""
    written = [_words(text, value) for text in slot.texts if (value := (attachment.texts or {}).get(text.name))]
    return Markup(" · ").join([attached.name(attachment), *written])


def _words(text: FileText, value: str) -> str:
    if text.is_language:
        return languages.name(value, get_locale())
    return gettext(dict(text.choices)[value]) if value in dict(text.choices) else value
