"""Views of pages and items: what is changed is in the page's history, and what is deleted is in the trash."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from flask_admin.form import BaseForm
from flask_babel import gettext
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import ColumnElement
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError

from cms import current
from cms.accounts.policy import Permission
from cms.admin import page_states, permissions
from cms.admin.formatters import row_name, waiting
from cms.admin.forms import EditForm
from cms.admin.saving import FormView
from cms.database import TITLE_LENGTH
from cms.extensions import db
from cms.pages import drafts, revisions, trash
from cms.pages.drafts import Before
from cms.pages.models import ContentItem, Page
from cms.pages.revisions import Action
from cms.search import titles

#: What a form sends whose change visitors shall not see before it is published.
WAITS = "_draft"


def before_change(pages: set[Page]) -> dict[Page, Before]:
    """Keep how pages are before they are changed: for the history, and for visitors if the change shall wait.

    Who may not change one of them is refused.
    """
    for page in pages:
        permissions.require(Permission.WRITE, page)
        revisions.keep_before(db.session(), page)
    return {page: drafts.begin(db.session(), page) for page in pages} if WAITS in request.form else {}


def after_change(before: dict[Page, Before]) -> None:
    """Have visitors see the pages as they were, if the change shall wait."""
    for page, seen in before.items():
        drafts.hold(db.session(), page, seen)


def subject_of(items: list[ContentItem]) -> str:
    """The titles of items, as far as the history has room for them."""
    titles = ", ".join(item.title for item in items)
    return titles if len(titles) <= TITLE_LENGTH else titles[: TITLE_LENGTH - 1] + "…"


class KeptView(FormView):
    """A list, and forms for pages or for items of a kind."""

    #: What the history says of a new row.
    created: Action

    def page_of(self, row: Any) -> Page:
        """The page that shows a row."""
        raise NotImplementedError

    def pages_before(self, form: BaseForm, row: Any) -> set[Page]:
        """The pages that saving a form changes. ``row`` is none for a new one."""
        raise NotImplementedError

    def found_by(self, text: str) -> ColumnElement[bool]:
        """Rows whose titles have all words of a text."""
        return titles.has_words(db.session(), self.model, text)

    def is_there(self, row: Any) -> bool:
        return not trash.is_in_trash(row)

    def get_count_query(self) -> Any:
        """The query for the pager."""
        return super().get_count_query().filter(trash.is_kept(self.model))

    def saved_message(self, row: Any) -> Markup:
        return page_states.saved(gettext(self.saved_words), self.page_of(row))

    def before_saving(self, form: EditForm, row: Any) -> None:
        form.changed_pages = self.pages_before(form, row)
        form.found = before_change(form.changed_pages)
        form.seen_before = None  # saving publishes nothing, unless the view says so

    def after_saving(self, form: EditForm, row: Any, is_created: bool) -> None:
        action = self.created if is_created else Action.MOVED if len(form.changed_pages) > 1 else Action.EDITED
        for page in {*form.changed_pages, self.page_of(row)}:
            revisions.keep(db.session(), page, current_user.email, action, row.title, form.seen_before)
        after_change(form.found)

    def delete_model(self, model: Any) -> bool:
        """Put a row into the trash, or delete it at once if nothing is kept there. ``False`` if it is gone already."""
        try:
            page, title = self.page_of(model), model.title
            found = before_change(set() if page is model else {page})
            if current.settings().trash_days or any(before.found for before in found.values()) or page.live_revision_id:
                is_deleted = trash.discard(db.session(), model, current_user.email)
            else:
                trash.delete(db.session(), model)
                is_deleted = True
            if page is not model:
                revisions.keep(db.session(), page, current_user.email, Action.DELETED, title)
            after_change(found)
            db.session.commit()
        except (ObjectDeletedError, StaleDataError):
            db.session.rollback()
            return False
        return is_deleted

    def tell_deleted(self, first: list[Any], number: int, words: str) -> None:
        """The message after rows were deleted, with a button that restores them; of very many, where they are."""
        words = " ".join(filter(None, (words, waiting(*map(self.page_of, first)))))
        if number > len(first) and current.settings().trash_days:
            flash(" ".join((words, gettext("All of it is in the trash."))), "success")
        elif first and current.settings().trash_days:
            told: Any = {"words": words, "rows": [row_name(row) for row in first]}  # the frame makes a form of it
            flash(told, "deleted")
        else:
            super().tell_deleted(first, number, words)
