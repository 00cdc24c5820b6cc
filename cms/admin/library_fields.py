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
    """The id of a media file, or several with commas. A dialog fills it in: ``static/js/admin/library.js``."""

    def __init__(self, family: str, *, many: bool = False, **options: Any) -> None:
        super().__init__(validators=[_fits], **options)
        self.family, self.many = family, many
        self.files: list[MediaFile] = []
        self.is_gone = False

    @property
    def file(self) -> MediaFile | None:
        """The chosen file, or the first of them."""
        return next(iter(self.files), None)

    def __call__(self, **attributes: Any) -> Markup:
        """An invisible text field, whose value browsers do not restore after a reload."""
        told = ",".join(str(file.id) for file in self.files)
        return Markup('<input type="text" hidden autocomplete="off" id="{}" name="{}" value="{}">').format(
            self.id, self.name, told
        )

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the chosen files."""
        sent = [text.strip() for text in (valuelist[0] if valuelist else "").split(",")]
        self.data = [parse_id(text) or 0 for text in sent if text] or None
        found = [db.session.get(MediaFile, number) for number in self.data or ()]
        self.files = [file for file in found if file is not None]
        self.is_gone = len(self.files) < len(found) or (len(found) > 1 and not self.many)

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
    files, field.files = field.files, []  # those that are refused are not chosen any more
    originals = select(Original.media_file_id).where(Original.media_file_id.in_([file.id for file in files]))
    is_hidden = any(file.is_private or file.deleted_at is not None for file in files)
    if field.is_gone or is_hidden or db.session.scalar(originals):
        raise ValidationError(gettext("The file that was chosen from the library is gone."))
    for file in files:
        if family_of(file) != field.family:
            raise ValidationError(gettext("“%(name)s” is a file of another kind: it does not fit there.", name=file))
    field.files = files
