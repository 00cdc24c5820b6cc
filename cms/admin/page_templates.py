"""Templates of pages: a page is used as one, and new pages are made from it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from sqlalchemy import ColumnElement
from werkzeug.wrappers import Response
from wtforms import Field, ValidationError

from cms.admin import permissions
from cms.admin.filters import ConditionFilter
from cms.admin.page_library import LibraryItems
from cms.extensions import db
from cms.messages import N_
from cms.pages import copies, revisions, templates
from cms.pages.models import Page
from cms.pages.revisions import Action

_KINDS = {"yes": N_("Templates"), "no": N_("Ordinary pages")}


def template_filter() -> ConditionFilter:
    """The filter by whether a page is a template."""
    choices = [(answer, lazy_gettext(name)) for answer, name in _KINDS.items()]
    is_one: dict[str, ColumnElement[bool]] = {"yes": Page.is_template.is_(True), "no": Page.is_template.is_(False)}
    return ConditionFilter(
        Page.is_template, lazy_gettext("Use"), lambda answer: is_one.get(answer, Page.id.is_(None)), choices
    )


def not_of_templates(form: Any, field: Field) -> None:
    """Refuse what would publish a template."""
    if field.data and form._obj is not None and form._obj.is_template:
        raise ValidationError(gettext(templates.NEVER_PUBLISHED))


class TemplatePages(LibraryItems):
    """What is done with templates."""

    @expose("/template/", methods=("POST",))
    def template(self) -> Response:
        """Use the page ``id`` as a template, or no longer."""
        page = self.named()
        permissions.require(self.writing, page)
        if templates.unmark(db.session(), page):
            told = gettext("This is an ordinary page now, a draft.")
        else:
            templates.mark(db.session(), page, current_user.email)
            told = gettext("This is a template now: visitors never see it, and new pages can be made from it.")
        db.session.commit()
        flash(told, "success")
        return redirect(self.get_url(".edit_view", id=page.id))

    @expose("/from-template/", methods=("POST",))
    def from_template(self) -> Response:
        """Make a page from the template ``id``, and lead to it."""
        page = self.named()
        if not page.is_template:
            flash(gettext("This is no template any more."), "error")
            return redirect(self.get_url(".create_view"))
        return self.lead_to_copy(page, gettext("This page is made from the template. Give it a title of its own."))

    def lead_to_copy(self, page: Page, words: str) -> Response:
        """Make a copy of a page, and lead to it."""
        made = copies.copy(db.session(), page)
        made.created_by = current_user.id
        revisions.keep(db.session(), made, current_user.email, Action.CREATED, made.title)
        db.session.commit()
        flash(words, "success")
        return redirect(self.get_url(".edit_view", id=made.id))

    def named(self) -> Page:
        """The page that a form names."""
        page: Page | None = self.get_one(request.form.get("id", ""))
        return page if page is not None and not page.deleted_at else abort(404)
