"""The form field that takes a file of the library into a slot, in place of an upload."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import select
from wtforms import Field, ValidationError

from cms.cleaning import title_of
from cms.extensions import db
from cms.media.families import family_of
from cms.media.models import MediaFile, Original
from cms.media.storage.names import digest_in
from cms.pages.pages import parse_id
from cms.pages.slots import Slot
from cms.pages.usage import uploaded_as


def field_for(slot: Slot) -> str:
    """The name of the slot's field."""
    return f"{slot.name}_library"


class LibraryField(Field):  # type: ignore[misc]
    """The id of a media file. A dialog fills it in: ``static/js/admin/library.js``."""

    def __init__(self, family: str, **options: Any) -> None:
        super().__init__(validators=[_fits], **options)
        self.family = family
        self.file: MediaFile | None = None

    def __call__(self, **attributes: Any) -> Markup:
        """An invisible text field, whose value browsers do not restore after a reload."""
        told = self.data if self.file else ""
        return Markup('<input type="text" hidden autocomplete="off" id="{}" name="{}" value="{}">').format(
            self.id, self.name, told
        )

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the chosen file."""
        sent = valuelist[0].strip() if valuelist else ""
        self.data = (parse_id(sent) or 0) if sent else None
        if self.data:
            self.file = db.session.get(MediaFile, self.data)

    def populate_obj(self, obj: object, name: str) -> None:
        """Leave the item alone: the view puts the file into its slot."""

    @property
    def title(self) -> str:
        """What an item is called after the file, if nobody has given it a title."""
        if self.file is None:
            return ""
        known = uploaded_as(db.session(), self.file.id)
        digest = digest_in(self.file.path) or ""
        return self.file.title or title_of(known[0] if known else self.file.filename.replace(f"-{digest}", ""))


def _fits(_form: Any, field: LibraryField) -> None:
    if field.data is None:
        return
    file = field.file
    if (
        file is None
        or file.is_private
        or file.deleted_at is not None
        or db.session.scalar(select(Original.media_file_id).where(Original.media_file_id == file.id))
    ):
        field.file = None
        raise ValidationError(gettext("The file that was chosen from the library is gone."))
    if family_of(file) != field.family:
        field.file = None
        raise ValidationError(gettext("“%(name)s” is a file of another kind: it does not fit there.", name=file))
