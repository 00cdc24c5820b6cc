"""Form fields and validators of the admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_admin.form import BaseForm
from flask_admin.model.ajax import AjaxModelLoader
from flask_admin.model.fields import AjaxSelectField
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, Numeric, Text, select
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    Field,
    FileField,
    FloatField,
    IntegerField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import URL, DataRequired, Length, Optional, Regexp

from cms.accounts.policy import Permission
from cms.admin import permissions
from cms.cleaning import clean_line, clean_text
from cms.database import TITLE_LENGTH, URL_LENGTH, PlayedUrl, Trashable, Url
from cms.extensions import db
from cms.messages import InvalidInput
from cms.pages import chapters, room, trash
from cms.pages.chapters import ChapterTimes
from cms.pages.models import Page, column_label
from cms.pages.pages import MAX_ID, RESERVED_SLUGS, parse_id
from cms.search import titles

#: How many pages a select box gets at once.
MAX_PAGES = 50
_PLAYED = lazy_gettext(
    "Of YouTube, Vimeo, PeerTube, SoundCloud and Mastodon visitors get a player, which asks the other site for nothing"
    " before they start it. Other addresses are shown as links."
)
TOO_LONG = lazy_gettext("At most %(max)d characters.")


def one_line(text: str | None) -> str | None:
    """A WTForms filter for a line of text."""
    return clean_line(text) if text is not None else None


class Form(BaseForm):  # type: ignore[misc]
    """The base of the admin's forms. It drops files that are sent for fields that take no file."""

    def process(self, formdata: MultiDict[str, Any] | None = None, *args: Any, **values: Any) -> None:
        if formdata:
            sent = formdata.items(multi=True)
            takes = {name for name, field in self._fields.items() if isinstance(field, FileField)}
            formdata = MultiDict([(name, value) for name, value in sent if isinstance(value, str) or name in takes])
        super().process(formdata, *args, **values)


class PageLoader(AjaxModelLoader):  # type: ignore[misc]
    """Pages that the editor may change, for a select box that asks the server as one types: there may be very many."""

    def __init__(self) -> None:
        super().__init__("page", {"minimum_input_length": 0, "placeholder": lazy_gettext("Choose a page")})

    def format(self, model: Page | None) -> tuple[int, str] | None:
        """A page's id and text in the select box."""
        return (model.id, model.title) if model else None

    def get_one(self, pk: Any) -> Page | None:
        """The chosen page."""
        number = parse_id(str(pk))
        page = db.session.get(Page, number) if number is not None else None
        return None if page is None or page.deleted_at or not permissions.may(Permission.WRITE, page) else page

    def get_list(self, query: str | None, offset: int | None = 0, limit: int = 10) -> list[Page]:
        """Pages with these words in their titles, those that begin so first; without words the newest ones."""
        pages, query = select(Page).where(trash.is_kept(Page)), clean_line(query or "")
        if (owner := permissions.owner()) is not None:
            pages = pages.where(Page.created_by == owner)
        if query:
            pages = pages.where(titles.has_words(db.session(), Page, query))
            pages = pages.order_by(Page.title_starts_with(query).desc())
        pages = pages.order_by(Page.id.desc())
        offset, limit = min(max(0, offset or 0), MAX_ID), min(max(0, limit), MAX_PAGES)
        return list(db.session.scalars(pages.offset(offset).limit(limit)))


class Required(DataRequired):  # type: ignore[misc]
    """The field must contain more than spaces."""

    def __call__(self, form: BaseForm, field: Field) -> None:
        """Check the field, with a message in the editor's language."""
        self.message = gettext("Please fill in this field.")
        super().__call__(form, field)


def whole_number(_form: BaseForm, field: Field) -> None:
    """Check that the databases can hold the number. The field itself refuses letters."""
    if field.data is not None and not -MAX_ID <= field.data <= MAX_ID:
        raise ValidationError(gettext("This number is too large."))


def title_field(*checks: Callable[..., Any]) -> Field:
    """The field for a title."""
    return StringField(lazy_gettext("Title"), [Required(), Length(max=255, message=TOO_LONG), *checks], [one_line])


def title_or_file_field() -> Field:
    """The field for a title. If it is empty, the view fills it from a file's name before validation."""
    return StringField(
        lazy_gettext("Title"),
        [_title_or_file, Length(max=255, message=TOO_LONG)],
        [one_line],
        description=lazy_gettext("If you leave this empty, the title in the file is used, or else its name."),
    )


def markdown_field(label: Any) -> Field:
    """The field for a text of any length. A script opens an editor over it by its role."""
    return TextAreaField(
        label,
        [Optional()],
        [_any_lines],
        description=lazy_gettext("Markdown"),
        render_kw={"rows": 10, "data-role": "markdown"},
    )


def chapters_field(label: Any) -> Field:
    """The field for the times and titles of chapters."""
    return TextAreaField(
        label,
        [Optional(), _chapters],
        [_any_lines],
        description=lazy_gettext(
            "A line for each: its time and its title, like “12:34 The harbour”. A track of chapters takes precedence."
        ),
        render_kw={"rows": 4},
    )


def slug_field(label: Any, *checks: Callable[..., Any], description: Any) -> Field:
    """The field for the part of an address that names a page."""
    letters = Regexp(
        r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", message=lazy_gettext("Use lowercase Latin letters, digits and hyphens.")
    )
    limits = [Length(max=TITLE_LENGTH), letters, _not_reserved]
    return StringField(label, [*checks[:1], *limits, *checks[1:]], [one_line], description=description)


def page_field() -> Field:
    """The field for an item's page. By default its input would be hidden, and hidden inputs cannot have a label."""
    return AjaxSelectField(PageLoader(), lazy_gettext("Page"), [Required(), _room], render_kw={"type": "text"})


def order_field() -> Field:
    """The field for an item's position."""
    return IntegerField(
        lazy_gettext("Order"),
        [Optional(), whole_number],
        description=lazy_gettext(
            "The position on the page, from 1. If you leave this empty or choose another page, the item comes last."
        ),
    )


def column_field(column: Column[Any]) -> Field:
    """The field for a column of a kind, by its type. Its label is the column's ``info["label"]`` or its name."""
    label = lazy_gettext(column_label(column))
    checks: list[Callable[..., Any]] = [Optional() if column.nullable or column.default is not None else Required()]
    kind = column.type
    if isinstance(kind, Url):
        if isinstance(kind, PlayedUrl):
            checks = [Required()]
        checks += [Length(max=URL_LENGTH, message=TOO_LONG), _web_address]
        return StringField(
            label,
            checks,
            [one_line, _none_if_empty],
            description=_PLAYED if isinstance(kind, PlayedUrl) else "",
            render_kw={"placeholder": "https://"},
        )
    if isinstance(kind, ChapterTimes):
        return chapters_field(label)
    if isinstance(kind, Text):
        return markdown_field(label)
    for type_, field in (
        (Boolean, BooleanField),
        (Integer, IntegerField),
        (Float, FloatField),
        (Numeric, FloatField),
        (DateTime, DateTimeLocalField),
        (Date, DateField),
    ):
        if isinstance(kind, type_):
            return field(label, checks if field is not BooleanField else [])
    length = getattr(kind, "length", None)
    checks += [Length(max=length, message=TOO_LONG)] if length else []
    return StringField(label, checks, [one_line, _none_if_empty] if column.nullable else [one_line])


def unique(column: Any) -> Callable[[BaseForm, Field], None]:
    """A validator that no other row, but in the trash, has the value in ``column``."""

    def check(form: BaseForm, field: Field) -> None:
        taken = select(column.class_).where(column == field.data)
        if issubclass(column.class_, Trashable):
            taken = taken.where(column.class_.deleted_at.is_(None))
        other = db.session.scalar(taken) if field.data else None
        if other is not None and other is not form._obj:
            raise ValidationError(gettext("This is already taken."))

    return check


def _room(form: BaseForm, field: Field) -> None:
    """Check that the page has room for an item that is new on it."""
    if field.data is None or (form._obj is not None and form._obj.page_id == field.data.id):
        return
    try:
        room.check(db.session(), field.data.id)
    except InvalidInput as error:
        raise ValidationError(gettext(error.sentence, **error.values)) from error


def _web_address(_form: BaseForm, field: Field) -> None:
    URL(require_tld=False, message=gettext("This is not a web address. It must start with http:// or https://."))(
        _form, field
    )
    if not field.data.lower().startswith(("http://", "https://")):
        raise ValidationError(gettext("This is not a web address. It must start with http:// or https://."))


def _chapters(_form: BaseForm, field: Field) -> None:
    try:
        chapters.read(field.data)
    except InvalidInput as error:
        raise ValidationError(gettext(error.sentence) % error.values) from error


def _title_or_file(_form: BaseForm, field: Field) -> None:
    if not field.data:
        raise ValidationError(gettext("Please fill in the title or choose a file."))


def _not_reserved(_form: BaseForm, field: Field) -> None:
    if field.data in RESERVED_SLUGS:
        raise ValidationError(gettext("This address is used by the site itself."))


def _any_lines(text: str | None) -> str | None:
    return clean_text(text) if text is not None else None


def _none_if_empty(text: str | None) -> str | None:
    return text or None
