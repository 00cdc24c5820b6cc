"""The form of an item of any kind: what every item has, then what its kind adds."""

from __future__ import annotations

from typing import Any, cast

from flask_admin.form import BaseForm
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Table
from wtforms import BooleanField

from cms.admin import encodings, fields, file_fields, formatters, language_fields, library_fields
from cms.admin.file_rows import FilesField
from cms.admin.forms import EditForm
from cms.media import mediatypes
from cms.pages.models import Attachment, ContentItem, Slot
from cms.pages.schemas import kind_fields


def form_of(kind: type[ContentItem]) -> type[BaseForm]:
    """The form class of a kind: the fields of every item, then the kind's own fields in the order of its JSON."""
    members: dict[str, Any] = {
        "page": fields.page_field(),
        "title": fields.title_or_file_field() if kind.slots else fields.title_field(),
        "language": language_fields.language_field(lambda: gettext("Same as the page")),
        "order": fields.order_field(),
        "is_active": BooleanField(lazy_gettext("Active"), default=True),
    }
    columns = cast(Table, kind.__table__).columns
    slots = {slot.json_fields[-1]: slot for slot in kind.slots}
    for name in kind_fields(kind):
        slot = slots.get(name)
        if slot and slot.many:
            members[slot.file_field] = FilesField(slot)
            members[library_fields.field_for(slot)] = library_fields.LibraryField(slot.accepts, many=True)
        elif slot:
            members[name] = file_fields.StagedFileField(
                lazy_gettext(slot.label),
                accept=mediatypes.accepted(slot.accepts),
                clear=clear_field(slot),
                library=library_fields.field_for(slot),
            )
            members[library_fields.field_for(slot)] = library_fields.LibraryField(slot.accepts)
            members[clear_field(slot)] = file_fields.ClearField(lazy_gettext("Remove this file"))
            if slot.accepts == "subtitles":
                members[encoding_field(slot)] = file_fields.EncodingField()
        elif name in columns:
            members[name] = fields.column_field(columns[name])
    return type(f"{kind.__name__}Form", (EditForm,), members)


def with_slots(form: BaseForm, item: ContentItem) -> BaseForm:
    """Show in a form what is in the item's slots."""
    for slot in item.slots:
        if slot.many:
            form[slot.file_field].show(item)
            continue
        attachment = item.attachments.get(slot.name) or Attachment()
        form[slot.file_field].description = formatters.described(attachment.media_file, attachment.upload)
        form[slot.file_field].stored = str(attachment.upload_id or attachment.media_file_id or "")
        if not attachment.media_file:
            del form[clear_field(slot)]
        if encoding_field(slot) in form and encodings.is_in_doubt(attachment):
            encodings.describe(form[encoding_field(slot)], attachment)
        elif encoding_field(slot) in form:
            del form[encoding_field(slot)]
    return form


def clear_field(slot: Slot) -> str:
    """The name of the field that removes the file in a slot."""
    return f"{slot.name}_clear"


def encoding_field(slot: Slot) -> str:
    """The name of the field that chooses how the text in a slot is read."""
    return f"{slot.name}_encoding"
