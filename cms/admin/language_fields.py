"""The select box of all languages. It has hundreds of options, which are written once and not for each form."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from babel import Locale
from flask_admin.form import BaseForm
from flask_babel import get_locale, gettext, lazy_gettext
from markupsafe import Markup
from wtforms import Field, StringField, ValidationError
from wtforms.widgets import html_params

from cms import current
from cms.pages import languages


class _Box:
    """The widget: the first choice, which is none, and all languages in the order of the reader's alphabet."""

    validation_attrs = ("disabled",)

    def __call__(self, field: LanguageField, **attributes: Any) -> Markup:
        attributes.setdefault("id", field.id)
        box = Markup("<select {}>").format(Markup(html_params(name=field.name, **attributes)))  # noqa: S704 - escaped
        options = _option("", field.inherited()) + _options(get_locale())
        before, found, after = options.partition(Markup('<option value="{}"').format(field.data or ""))
        if found:
            found = Markup('<option selected value="{}"').format(field.data or "")
        else:  # what somebody has stored by other means is not lost
            found = Markup('<option selected value="{0}">{0}</option>').format(field.data)
        return box + before + found + after + Markup("</select>")


class LanguageField(StringField):  # type: ignore[misc]
    """A language, by its tag. Its data is none if nothing is chosen."""

    widget = _Box()

    def __init__(self, label: Any, *checks: Any, inherited: Callable[[], str], **options: Any) -> None:
        """``inherited`` gives the text of the first choice: no language of its own."""
        super().__init__(label, *checks, **options)
        self.inherited = inherited

    def shown(self) -> str:
        """The text of what is chosen."""
        return languages.name(self.data, get_locale()) if self.data else self.inherited()

    def process_formdata(self, values: list[str]) -> None:
        """Take what was sent."""
        if values:
            self.data = values[0] or None

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what is no language."""
        if self.data and self.data not in [self.object_data, *dict(languages.names(get_locale()))]:
            raise ValidationError(gettext("Not a valid choice."))


def language_field(inherited: Callable[[], str]) -> Field:
    """The field for a language of content."""
    description = lazy_gettext("The language of the content, not of the interface.")
    return LanguageField(lazy_gettext("Language"), inherited=inherited, description=description)


def as_the_site() -> str:
    """The text of the choice for a page that has no language of its own."""
    language = current.settings().site_language
    return str(gettext("Same as the site: %(language)s", language=languages.name(language, get_locale())))


@cache
def _options(reader: Locale) -> Markup:
    return Markup("").join(_option(tag, name) for tag, name in languages.names(reader))


def _option(tag: str, name: str) -> Markup:
    return Markup('<option value="{}">{}</option>').format(tag, name)
