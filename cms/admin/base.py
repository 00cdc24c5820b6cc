"""What all admin views share: access control, prefix search, and lists that stay fast."""

from __future__ import annotations

from itertools import chain
from typing import Any, cast

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_admin.actions import action
from flask_admin.form import BaseForm
from flask_admin.helpers import get_redirect_target
from flask_admin.model.base import ViewArgs
from flask_admin.model.filters import BaseFilter
from flask_babel import force_locale, gettext, lazy_gettext
from flask_login import current_user
from sqlalchemy import ColumnElement, Select, literal
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Query
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug.wrappers import Response

from cms.accounts.policy import Permission
from cms.admin import permissions
from cms.admin.fields import Form
from cms.admin.selecting import ManyRows
from cms.cleaning import clean_line
from cms.database import count_up_to
from cms.extensions import SAFE_METHODS, db
from cms.pages.pages import MAX_ID, parse_id

#: How many rows are counted beyond the shown ones: counting a large table would cost more than the list itself.
COUNTED = 5_000


class CappedCount(Query[Any]):
    """Counts rows up to :attr:`most`."""

    most: int

    def scalar(self) -> int:
        """The number of rows; ``most + 1`` means that there are more."""
        return count_up_to(db.session(), self.most, cast(Select[Any], self.statement))


class SignedInView:
    """A mixin for every view: visitors who are not signed in are sent to the sign-in, and back afterwards.

    Whoever may not do what the view is for is refused. Whether a row is somebody's own is asked where the row is known.
    """

    #: What the view is for: opening it, and requests to it that change something.
    reading, writing = Permission.READ, Permission.WRITE

    #: Whether the menu has it aside, beside the account, and not among what editors need all the time.
    is_aside = False

    def is_accessible(self) -> bool:
        """Whether somebody is signed in who may open it."""
        return permissions.may(self.reading)

    def _handle_view(self, name: str, **arguments: Any) -> Any:
        answer = super()._handle_view(name, **arguments)  # type: ignore[misc]
        if answer is None and request.method not in SAFE_METHODS:
            permissions.require(self.writing)
        return answer

    def may_change(self, row: Any = None) -> bool:
        """Whether the signed-in person may change a row, or anything at all here."""
        return permissions.may(self.writing, row)

    def inaccessible_callback(self, _name: str, **_: Any) -> Response:
        """Redirect to the sign-in. It leads back to the page only after a GET, not to a form that was sent."""
        if current_user.is_authenticated:
            permissions.require(self.reading)
        target = (request.script_root + request.full_path).rstrip("?") if request.method == "GET" else None
        return redirect(url_for("auth.login", next=target))


class ModelAdmin(SignedInView, ManyRows):
    """A list and a form over one table."""

    list_template = "admin/list.html"
    form_base_class = Form
    can_set_page_size = True
    page_size = 20
    page_size_options = (20, 50, 100)
    named_filter_urls = True
    column_display_pk = False
    #: The placeholder of the search box; empty for no search.
    search_hint = ""
    #: The message after a row was deleted.
    deleted_words = ""

    def __init__(self, model: type, **options: Any) -> None:
        super().__init__(model, db, **options)

    def init_search(self) -> bool:
        """Whether the list can be searched."""
        return bool(self.search_hint)

    def get_sortable_columns(self) -> dict[str, Any]:
        """The sortable columns. Titles are sorted by their search key: without case, from the index."""
        columns: dict[str, Any] = super().get_sortable_columns()
        if "title" in columns:
            columns["title"] = "title_key"
        return columns

    def get_count_query(self) -> CappedCount:
        """The query for the pager. It counts far enough to offer some more pages."""
        query = CappedCount([literal(1)], session=db.session()).select_from(self.model)
        query.most = COUNTED + asked_page() * self.page_size_options[-1]
        return query

    def _get_list_extra_args(self) -> ViewArgs:
        """The list's arguments from the URL."""
        asked: ViewArgs = super()._get_list_extra_args()
        asked.page = asked_page()
        return asked

    def get_filter_arg(self, index: int, flt: BaseFilter) -> str:
        """A filter's name in URLs: always the English one."""
        with force_locale("en"):
            return str(super().get_filter_arg(index, flt))

    def _get_filter_groups(self) -> Any:
        """The filters. Those whose choices change are given the present ones."""
        groups = super()._get_filter_groups()
        for offered in chain.from_iterable((groups or {}).values()):
            if present := getattr(self._filters[offered["index"]], "present", None):
                offered["options"] = present()
        return groups

    def count_shown(self, count: int) -> str:
        """The number of rows as text: "5000+" for a long list."""
        return f"{COUNTED}+" if count > COUNTED else str(count)

    def search_placeholder(self) -> str:
        """The translated placeholder of the search box."""
        return str(gettext(self.search_hint))

    def found_by(self, text: str) -> ColumnElement[bool]:
        """The condition for rows whose titles start with ``text``, whatever the case. The index answers it."""
        found: ColumnElement[bool] = self.model.title_starts_with(text)
        return found

    def _apply_search(self, query: Any, count_query: Any, joins: Any, count_joins: Any, search: str) -> Any:
        found = self.found_by(clean_line(search))
        counted = count_query.filter(found) if count_query is not None else None
        return query.filter(found), counted, joins, count_joins

    def get_one(self, id: str | tuple[str, ...]) -> Any:
        """The row with that id; ``None`` if there is none, or ``id`` is not one number."""
        number = parse_id(id) if isinstance(id, str) else None
        return db.session.get(self.model, number) if number is not None else None

    def get_empty_list_message(self) -> str:
        """The text of a list without rows."""
        return str(gettext("There is nothing here yet."))

    def get_invalid_value_msg(self, value: str, filter: BaseFilter) -> str:
        """The message for an invalid value of a filter."""
        return str(
            gettext("“%(value)s” is not a valid value for the filter “%(name)s”.", value=value, name=filter.name)
        )

    @property
    def can_create(self) -> bool:
        """Whether the signed-in person may."""
        return self.may_change()

    can_edit = can_delete = can_create

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> Response:
        row = self.get_one(request.form.get("id", "")) if self.can_delete else None
        if row is not None:
            permissions.require(self.writing, row)
        if self.can_delete and row is None:
            flash(gettext("This no longer exists."), "error")
        elif row is not None and self.delete_model(row):
            self.tell_deleted([row], 1, gettext(self.deleted_words))
        return redirect(get_redirect_target() or self.get_url(".index_view"))

    @action("delete", lazy_gettext("Delete"))
    def action_delete(self, ids: list[int]) -> None:
        first: list[Any] = []
        number = 0
        for some in self.portions(ids):
            rows = [row for row in self.selected(some) if self.delete_model(row)]
            first, number = first or rows, number + len(rows)  # each commit goes through all rows that are held
        self.tell_deleted(first, number, gettext("Deleted: %(count)s.", count=number))

    def tell_deleted(self, first: list[Any], number: int, words: str) -> None:
        """The message after so many rows were deleted; ``first`` are a portion of them."""
        flash(words, "success")

    def delete_model(self, model: Any) -> bool:
        """Delete a row; ``False`` if it had already been deleted."""
        try:
            return bool(super().delete_model(model))
        except ObjectDeletedError:
            return False

    def validate_form(self, form: BaseForm) -> bool:
        """Validate a form. Errors become strings: Flask-Admin's template leaves out lazy ones."""
        valid: bool = super().validate_form(form)
        for field in form:
            field.errors = [str(error) for error in field.errors]
        return valid

    def handle_view_exception(self, exc: Exception) -> bool:
        """Leave faults of the database or disk to the site's error page and the log: messages would show internals."""
        db.session.rollback()
        if isinstance(exc, IntegrityError):
            flash(
                gettext(
                    "This could not be saved because somebody else changed something in the meantime. Please try again."
                ),
                "error",
            )
            return True
        handled: bool = super().handle_view_exception(exc)
        if not handled:
            raise exc
        return True


def asked_page() -> int:
    """The page of the list that the URL asks for, from 0, within what the databases can count to."""
    return min(max(0, request.args.get("page", 0, type=int)), MAX_ID)
