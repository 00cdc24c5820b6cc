"""Redirects: addresses that pages had before, and others that editors give."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import request
from flask_admin.form import BaseForm
from flask_admin.model.fields import AjaxSelectField
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Query, joinedload
from wtforms import Field, StringField, ValidationError
from wtforms.validators import Length, Optional

from cms.accounts.policy import Permission
from cms.admin import fields, formatters
from cms.admin.forms import EditForm
from cms.admin.saving import FormView
from cms.database import URL_LENGTH, search_key
from cms.extensions import db
from cms.messages import N_, InvalidInput
from cms.pages import redirects
from cms.pages.redirects import Redirect


def _leads_on(_form: BaseForm, field: Field) -> None:
    parts = urlsplit(field.data)
    is_path = field.data.startswith("/") and not field.data.startswith("//") and "\\" not in field.data
    if not is_path and not (parts.scheme in ("http", "https") and parts.hostname):
        raise ValidationError(gettext("Write a path of this site, like /about/, or an address with https://."))


def _as_path(target: str | None) -> str | None:
    """An address of this site as its path, which holds wherever the site is moved to."""
    here = request.url_root
    return f"/{target.removeprefix(here)}" if target and target.startswith(here) else target


class RedirectForm(EditForm):
    """The form of a redirect."""

    slug = fields.slug_field(
        lazy_gettext("Old address"),
        fields.Required(),
        fields.unique(Redirect.slug),
        description=lazy_gettext("Without slashes, as it was in the page's address."),
    )
    page = AjaxSelectField(fields.PageLoader(), lazy_gettext("Page"), [Optional()], render_kw={"type": "text"})
    target = StringField(
        lazy_gettext("Or another address"),
        [Optional(), Length(max=URL_LENGTH, message=fields.TOO_LONG), _leads_on],
        [fields.one_line, _as_path, lambda text: text or None],
        description=lazy_gettext("A path of this site, or an address with https://."),
    )


class RedirectView(FormView):
    """List and form of redirects."""

    form = RedirectForm
    create_template = edit_template = "admin/redirect_form.html"
    writing = Permission.CURATE
    is_aside = True
    saved_words, deleted_words = N_("Redirect saved."), N_("Redirect deleted.")
    search_hint = N_("Address starts with…")
    column_list = ("slug", "target", "created_at")
    column_labels = {
        "slug": lazy_gettext("Old address"),
        "target": lazy_gettext("Leads to"),
        "created_at": lazy_gettext("Since"),
    }
    column_sortable_list = ("slug", "created_at")
    column_default_sort = ("id", True)
    column_formatters = {
        "slug": lambda view, _context, redirect, _name: Markup('<a href="{}">/{}/</a>').format(
            view.get_url(".edit_view", id=redirect.id), redirect.slug
        ),
        "target": lambda _view, _context, redirect, _name: (
            formatters.page_link(redirect.page) if redirect.page else redirect.target
        ),
        "created_at": lambda _view, _context, redirect, _name: formatters.moment(redirect.created_at),
    }
    form_ajax_refs = {"page": fields.PageLoader()}

    def __init__(self) -> None:
        super().__init__(
            Redirect,
            name=lazy_gettext("Redirects"),
            endpoint="redirect",
            url="redirect",
            menu_icon_type="fa",
            menu_icon_value="fa-random",
        )

    def get_query(self) -> Query[Any]:
        query: Query[Any] = super().get_query().options(joinedload(Redirect.page))
        return query

    def found_by(self, text: str) -> ColumnElement[bool]:
        """Redirects whose addresses start with ``text``."""
        return Redirect.slug.startswith(search_key(text).strip("/"), autoescape=True)

    def validate_form(self, form: BaseForm) -> bool:
        """Validate a form: it leads to one place, and not back to itself."""
        valid = super().validate_form(form)
        if request.method == "POST" and valid and bool(form.page.data) == bool(form.target.data):
            form.target.errors = [gettext("Choose a page, or write an address, and not both.")]
            return False
        if valid:
            wanted = Redirect(id=form._obj.id if form._obj else None, slug=form.slug.data, target=form.target.data)
            try:
                with db.session.no_autoflush:
                    redirects.check(db.session(), wanted)
            except InvalidInput as error:
                form.slug.errors = [gettext(error.sentence, **error.values)]
                return False
        return valid
