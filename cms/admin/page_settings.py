"""The settings of a page that are more than a text: its tags, and the picture for other sites to show."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask_babel import gettext, lazy_gettext
from sqlalchemy import select
from wtforms import Field, StringField, ValidationError

from cms.admin import reasons
from cms.extensions import db
from cms.media import tagging
from cms.media.models import MediaFile, url_path
from cms.messages import InvalidInput
from cms.pages import markup


class TagsField(StringField):  # type: ignore[misc]
    """Tags, separated by commas."""

    def process_data(self, value: Any) -> None:
        """Take what the page has."""
        self.data = ", ".join(tagging.as_known(db.session(), value or ()))

    def process_formdata(self, values: list[str]) -> None:
        """Take what was sent. What is refused stays in the form."""
        if values:
            self.data = values[0]
            try:
                names = tagging.parse(values[0])
                self.data = ", ".join(tagging.as_known(db.session(), names, own=self.object_data or ()))
            except InvalidInput as error:
                raise ValueError(reasons.sentence(error.sentence, error.values)) from error

    def populate_obj(self, obj: Any, name: str) -> None:
        """Have the page have these tags."""
        setattr(obj, name, tagging.parse(self.data))


class SharingPictureField(StringField):  # type: ignore[misc]
    """A picture of the library, by its address. The page has it in Markdown. A dialog fills the field in."""

    @property
    def file(self) -> MediaFile | None:
        """The picture, unless it is in the trash or there is none."""
        path = markup.media_path(self.data or "")
        is_meant = MediaFile.path == path, MediaFile.deleted_at.is_(None), MediaFile.mime_type.startswith("image/")
        found = db.session.scalar(select(MediaFile).where(*is_meant)) if path else None
        return None if found is None or found.is_private else found

    def process_data(self, value: Any) -> None:
        """Take what the page has."""
        self.data = self.was = next(iter(markup.addresses(value or "")), "")

    def process_formdata(self, values: list[str]) -> None:
        """Take what was sent: an address here, whichever of its spellings."""
        if values:
            path = markup.media_path(values[0].strip())
            self.data = quote(url_path(path)) if path else values[0].strip()

    def pre_validate(self, form: Any) -> None:
        """Refuse what is no picture of the library. What the page has may stay, though it is in the trash by now."""
        if self.data and self.data != self.was and self.file is None:
            raise ValidationError(gettext("There is no picture at this address. Choose one from the library."))

    def populate_obj(self, obj: Any, name: str) -> None:
        """Have the page show the picture."""
        if self.data != self.was:
            setattr(obj, name, f"![]({self.data})" if self.data else "")


def tags_field() -> Field:
    """The field for tags. The browser completes them as they are written: ``static/js/admin/tags.js``."""
    return TagsField(
        lazy_gettext("Tags"),
        description=lazy_gettext("Separated by commas. Visitors find by them what belongs together."),
        render_kw={"list": "tags-offered", "data-tags": True, "autocomplete": "off"},
    )


def sharing_picture_field() -> Field:
    """The field for the picture that other sites show."""
    return SharingPictureField(
        lazy_gettext("Picture for sharing"),
        description=lazy_gettext(
            "Other sites show it with a link to this page. If there is none, they show the first poster."
        ),
    )
