"""Form fields for a file in a slot: the file, the box that removes it, the encoding of subtitles."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from wtforms import BooleanField, FileField, SelectField
from wtforms.fields.choices import SelectChoice

from cms.media.subtitles import ENCODINGS


class StagedFileField(FileField):  # type: ignore[misc]
    """A file for a slot. The view stages it when the item is saved; the item itself has no such attribute.

    ``accept`` is what a file chooser offers first; ``clear`` names the checkbox that removes the file, ``library``
    the field that takes one of the library in its place; ``stored`` identifies what is in the slot, for comparison
    only.
    """

    def __init__(self, label: Any, accept: str, clear: str, library: str = "", **options: Any) -> None:
        super().__init__(label, render_kw={"accept": accept}, **options)
        self.clear, self.library, self.stored = clear, library, ""

    def contents(self) -> str:
        """What is in the slot, for comparison only."""
        return self.stored

    def shown(self) -> str:
        """What is in the slot, for an editor to compare."""
        return self.description  # type: ignore[no-any-return]

    @property
    def files(self) -> list[Any]:
        """The chosen files."""
        return [self.data] if self.data else []

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the chosen file, if there is one."""
        self.data = next((file for file in valuelist if getattr(file, "filename", "")), None)

    def populate_obj(self, obj: object, name: str) -> None:
        """Leave the item alone."""


class ClearField(BooleanField):  # type: ignore[misc]
    """A checkbox that removes the file from its slot."""

    def populate_obj(self, obj: object, name: str) -> None:
        """Leave the item alone."""


class EncodingField(SelectField):  # type: ignore[misc]
    """The encoding of subtitles. If another one is chosen, the view lets them be read again."""

    def __init__(self, **options: Any) -> None:
        choices = [SelectChoice(name, lazy_gettext(label)) for name, label in ENCODINGS.items()]
        super().__init__(lazy_gettext("Encoding"), choices=choices, **options)

    def populate_obj(self, obj: object, name: str) -> None:
        """Leave the item alone."""
