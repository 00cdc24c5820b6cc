"""A form for somebody who may not change its row: what it has, without anything that looks as if one could."""

from __future__ import annotations

from flask_admin.model.fields import AjaxSelectField
from markupsafe import Markup
from wtforms import Field, HiddenField, TextAreaField

from cms.admin import file_rows, formatters, thumbnails
from cms.admin.fields import Form
from cms.admin.file_fields import ClearField, EncodingField
from cms.admin.forms import shown_value
from cms.admin.library_fields import LibraryField
from cms.admin.moments import MomentField
from cms.admin.page_settings import SharingPictureField
from cms.pages import markup

#: What a form only has to be sent, or to change something.
_UNTOLD = (HiddenField, ClearField, EncodingField, LibraryField)


def told(form: Form) -> list[tuple[str, str | Markup]]:
    """The labels of those fields that are not empty, with what they have."""
    found = [(str(field.label.text), _value(field)) for field in form if not isinstance(field, _UNTOLD)]
    return [(label, value) for label, value in found if value not in ("", "—")]


def _value(field: Field) -> str | Markup:
    if isinstance(field, file_rows.FilesField):
        files = [(file_rows.described(row.attachment, field.slot), row.attachment.media_file) for row in field.rows]
        return Markup("").join(Markup("<p>{}</p>").format(thumbnails.beside(words, file)) for words, file in files)
    if isinstance(field, SharingPictureField):
        return thumbnails.thumbnail(field.file) if field.file else ""
    if isinstance(field, AjaxSelectField):
        return formatters.page_link(field.data) if field.data else ""
    if isinstance(field, MomentField):
        return formatters.moment(field.data, zone=True)
    if (field.render_kw or {}).get("data-role") == "markdown":
        return Markup('<div class="prose">{}</div>').format(_rendered(field.data)) if field.data else ""
    if isinstance(field, TextAreaField):
        return Markup('<span class="lines">{}</span>').format(field.data) if field.data else ""
    value = shown_value(field)
    return formatters.yes_no(value) if isinstance(value, bool) else value


def _rendered(text: str) -> Markup:
    return Markup(markup.markdown(text))  # noqa: S704 - it lets no HTML through
