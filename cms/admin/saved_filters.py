"""Named filters of lists: saved, renamed, shared and deleted. Everybody has own ones."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from flask import abort, flash, redirect, request
from flask_admin import BaseView, expose
from flask_admin.helpers import get_redirect_target
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from cms.accounts import saved_filters
from cms.accounts.policy import Permission
from cms.accounts.saved_filters import SavedFilter
from cms.admin import permissions
from cms.admin.base import ModelAdmin, SignedInView
from cms.extensions import db
from cms.messages import N_, InvalidInput
from cms.pages.pages import parse_id

#: What of a list's address is kept, beside its filters.
_KEPT = {"search", "sort", "desc", "page_size"}

#: What is told if a filter was changed from another window at the same moment.
_MEANWHILE = N_("This could not be saved because somebody else changed something in the meantime. Please try again.")


class SavedFiltersView(SignedInView, BaseView):  # type: ignore[misc]
    """What the forms over the lists ask for. It has no screen of its own."""

    writing = Permission.READ

    def __init__(self) -> None:
        super().__init__(name=lazy_gettext("Saved filters"), endpoint="saved_filter", url="filters")

    def is_visible(self) -> bool:
        """Whether it is in the menu."""
        return False

    @expose("/")
    def index(self) -> Response:
        return redirect(self.get_url("admin.index"))

    @expose("/save/", methods=("POST",))
    def save(self) -> Response:
        """Save the ``query`` of the ``list`` under a ``name``."""
        view, sent = self._list(), request.form
        kept = ""
        try:
            query, is_shared = kept_of(sent.get("query", "")), "shared" in sent
            _require_sharing(is_shared)
            found = saved_filters.save(
                db.session(), current_user.id, view.endpoint, sent.get("name", ""), query, is_shared=is_shared
            )
            kept, words = found.query, gettext("The filter “%(name)s” is saved.", name=found.name)
            db.session.commit()
            flash(words, "success")
        except InvalidInput as error:
            return self._refused(error)
        except IntegrityError:  # from another window, at the same moment
            return self._refused(InvalidInput(_MEANWHILE))
        return redirect(f"{self._address(view)}?{kept}")

    @expose("/change/", methods=("POST",))
    def change(self) -> Response:
        """Rename or share the filter ``id``, or delete it if ``delete`` is sent."""
        view = self._list()
        try:
            found = saved_filters.own(
                db.session(),
                current_user.id,
                parse_id(request.form.get("id", "")) or 0,
                with_shared=permissions.may(Permission.ADMINISTER),
            )
            if "delete" in request.form:
                words = gettext("The filter “%(name)s” is deleted.", name=found.name)
                db.session.delete(found)
            else:
                name, is_shared = request.form.get("name", ""), "shared" in request.form
                _require_sharing(is_shared and not found.is_shared)
                saved_filters.change(db.session(), found, name, is_shared=is_shared)
                words = gettext("The filter “%(name)s” is saved.", name=found.name)
            db.session.commit()
        except InvalidInput as error:
            return self._refused(error)
        except (IntegrityError, StaleDataError):
            return self._refused(InvalidInput(_MEANWHILE))
        flash(words, "success")
        return redirect(get_redirect_target() or self._address(view))

    def _refused(self, error: InvalidInput) -> Response:
        db.session.rollback()
        flash(gettext(error.sentence, **error.values), "error")
        return redirect(get_redirect_target() or self.get_url("admin.index"))

    def _address(self, view: ModelAdmin) -> str:
        return str(self.get_url(f"{view.endpoint}.index_view"))

    def _list(self) -> ModelAdmin:
        """The list that a form is about."""
        views = (view for view in self.admin._views if isinstance(view, ModelAdmin))
        found = next((view for view in views if view.endpoint == request.form.get("list")), None)
        if found is None or not found.is_accessible():
            abort(404)
        return found


def _require_sharing(is_shared: bool) -> None:
    if is_shared and not permissions.may(Permission.WRITE):
        raise InvalidInput(N_("Your role does not allow showing filters to everybody."))


def kept_of(query: str) -> str:
    """What of a list's query makes its filters and its order, always written in the same way."""
    pairs = [(name, value) for name, value in parse_qsl(query) if name in _KEPT or name.startswith("flt")]
    is_filter = any(name != "page_size" for name, _ in pairs)  # how many rows are shown is none by itself
    return urlencode(sorted(pairs)) if is_filter else ""


def over_list(view: ModelAdmin) -> tuple[str, Sequence[SavedFilter]]:
    """What would be saved of the list as it is shown, and the saved filters over it."""
    found = saved_filters.of(db.session(), current_user.id, view.endpoint)
    return kept_of(request.query_string.decode(errors="replace")), found
