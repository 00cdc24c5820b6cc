"""The forms of pages and items: their hidden fields, and conflicts with what another editor has saved meanwhile."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from blake3 import blake3
from flask import request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, SelectField

from cms.admin.fields import Form
from cms.admin.file_fields import ClearField, StagedFileField
from cms.admin.language_fields import LanguageField
from cms.admin.library_fields import LibraryField
from cms.pages.pages import parse_id
from cms.pages.saving import is_token, new_token

#: Names of what a form sends besides its content: tokens and the button that was pressed.
_NOT_CONTENT = ("csrf_token", "form_token", "_add_another", "_continue_editing")


class _Hidden(HiddenField):  # type: ignore[misc]
    """A field of the form that does not belong to the row. Browsers must not restore its value after a reload.

    HTML lets text fields forbid that ("Autofill"), so this is an invisible text field.
    """

    def __call__(self, **attributes: Any) -> Any:
        return super().__call__(type="text", hidden=True, autocomplete="off", **attributes)

    def populate_obj(self, obj: object, name: str) -> None:
        """Leave the row alone."""


class EditForm(Form):
    """A form that is saved once, and does not overwrite what another editor has saved since it was opened.

    ``form_seen`` has a digest of each field's value when the form was opened. It tells who has changed what.
    """

    form_token = _Hidden()
    version = _Hidden()
    form_seen = _Hidden()

    def process(self, formdata: MultiDict[str, Any] | None = None, *args: Any, **values: Any) -> None:
        """Take what was sent. A new form gets a token."""
        super().process(formdata, *args, **values)
        self.form_token.data = self.form_token.data or new_token()

    @property
    def token(self) -> str | None:
        """The token that was sent with the form; ``None`` if a program sent the form without one."""
        sent = "".join(self.form_token.raw_data or ())
        return sent if is_token(sent) else None

    @property
    def content(self) -> str:
        """A digest of what was sent and to which address. It is the same if the same form arrives again."""
        fields = sorted(pair for pair in request.form.items(multi=True) if pair[0] not in _NOT_CONTENT)
        files = [
            (name, file.filename, getattr(file.stream, "size", 0)) for name, file in request.files.items(multi=True)
        ]
        sent = [request.endpoint, request.args.getlist("id"), fields, sorted(map(repr, files))]
        return blake3(json.dumps(sent).encode()).hexdigest()

    def show_version(self, version: int, shown: Form) -> None:
        """Note the row's present values, as its form shows them. What is sent later is compared with them."""
        self.version.data = version
        self.form_seen.data = json.dumps({name: _digest(value) for name, value in _values(shown).items()})

    def conflicts(self, version: int, theirs: Form) -> list[Field]:
        """The fields that another editor has changed to a value other than this form's.

        Each gets ``theirs``, the other value as text, and ``is_untouched``: whether only the other editor changed it.

        Args:
            version: the row's present version. A form that has this version, or none, has no conflicts.
            theirs: the row's form, filled with its present values.
        """
        if parse_id(str(self.version.data)) in (version, None):
            return []
        seen, now, mine = self._seen(), _values(theirs), _values(self)
        found = []
        for name in now:
            if mine.get(name, now[name]) != now[name] and seen.get(name) != _digest(now[name]):
                field = self._fields[name]
                field.theirs = shown_value(theirs._fields[name])
                field.is_untouched = seen.get(name) == _digest(mine[name])
                found.append(field)
        return found

    def untouched(self, theirs: Form) -> list[str]:
        """The names of fields that are sent as they were seen, though the row has another value now."""
        seen, mine = self._seen(), _values(self)
        return [
            name
            for name, value in _values(theirs).items()
            if mine.get(name, value) != value and seen.get(name) == _digest(mine[name])
        ]

    def use(self, theirs: Form, names: list[str]) -> None:
        """Take the values of some fields from another form of the row."""
        for name in set(names) & set(_values(theirs)) & set(self._fields):
            theirs._fields[name].description = self._fields[name].description
            self._fields[name] = theirs._fields[name]
            setattr(self, name, theirs._fields[name])
            if isinstance(self._fields[name], StagedFileField):
                self._fields.pop(self._fields[name].clear, None)
                self._fields.pop(self._fields[name].library, None)

    def _seen(self) -> dict[str, str]:
        """The digests of the values that were seen, by field; empty if the form has none."""
        try:
            seen = json.loads(self.form_seen.data or "{}")
        except ValueError:
            return {}
        return seen if isinstance(seen, dict) else {}


def shown_value(field: Field) -> str | Markup | bool:
    """A field's value as it is shown beside another one. Booleans are left to the template."""
    if isinstance(field, StagedFileField):
        return field.shown() or "—"
    if isinstance(field.data, bool):
        return field.data
    if isinstance(field, LanguageField):
        return field.shown()
    if isinstance(field, SelectField):
        return str(next((label for _, label, is_chosen, *_ in field.iter_choices() if is_chosen), "—"))
    return "—" if field.data in (None, "") else str(field.data)


def _values(form: Form) -> dict[str, str]:
    """Each field's value, comparable. For a slot: what is in it, or "another" if that is to change."""
    values = {}
    for name, field in form._fields.items():
        if isinstance(field, StagedFileField):
            others = [form._fields.get(other) for other in (field.clear, field.library)]
            is_other = field.data or any(other and other.data for other in others)
            values[name] = "another" if is_other else field.contents()
        elif not isinstance(field, (_Hidden, ClearField, LibraryField)):
            values[name] = _text(field.data)
    return values


def _text(value: Any) -> str:
    if isinstance(value, int | float | Decimal):
        # No column holds a larger whole number, nor could it be a float.
        return str(value if isinstance(value, int) and abs(value) > 2**53 else float(value))
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date) or value is None:
        return str(value or "")
    return value if isinstance(value, str) else str(value.id)


def _digest(value: str) -> str:
    return blake3(value.encode(errors="replace")).hexdigest(length=8)
