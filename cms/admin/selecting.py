"""Bulk actions of lists: on the rows that are ticked, or on all that match the list's search and filters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from flask import flash, request
from flask_admin.contrib.sqla import ModelView
from flask_babel import gettext
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Query
from werkzeug.datastructures import ImmutableMultiDict

from cms.admin import permissions
from cms.extensions import db
from cms.messages import N_, InvalidInput
from cms.pages.pages import parse_id

#: How many rows are read and changed at a time, how many at most by one request, and after how many seconds a request
#: leaves the rest to another one: a proxy waits for no answer forever.
PORTION, MOST, PATIENCE = 100, 10_000, 20

#: What of a form is not sent again to go on with the rows that are left.
_NOT_SENT_AGAIN = {"csrf_token", "rowid", "after", "until"}

_NOT_YOURS = N_(
    "Nothing is done: among what is selected are pages that somebody else has made, or items of such pages."
    " As an author you can change your own pages only."
)


class ManyRows(ModelView):  # type: ignore[misc]
    """A mixin for lists. A form that sends ``all`` means all that its address's search and filters find."""

    def init_actions(self) -> None:
        """Pass numbers to bulk actions: PostgreSQL does not compare numbers with the text that was sent."""
        super().init_actions()
        for name, (handler, *words) in self._actions_data.items():
            self._actions_data[name] = (partial(self.with_numbers, handler), *words)

    def is_action_allowed(self, name: str) -> bool:
        """Whether the list offers a bulk action."""
        return bool(self.may_change() and super().is_action_allowed(name))

    def changeable(self) -> ColumnElement[bool] | None:
        """The condition for rows that the signed-in person may change; ``None`` if those are all."""
        return None

    def asked_ids(self) -> list[int]:
        """The ids of the rows that a form is about: with ``all`` at most one more than are changed by one request.

        Raises:
            InvalidInput: the address has a filter that the list does not know, or a value that the filter refuses.
        """
        if "all" not in request.form:
            return [number for text in request.form.getlist("rowid") if (number := parse_id(text)) is not None]
        matching = self._matching(_number("after"), _number("until"))
        return [row.id for row in matching.order_by(self.model.id).limit(MOST + 1)]

    def portions(self, ids: list[int]) -> Iterator[list[int]]:
        """The ids, some at a time. What is done with each portion should be committed before the next one.

        If some of all that match are left, a message has a button that goes on with them.
        """
        if "all" not in request.form:
            yield ids
            return
        began, done = time.monotonic(), 0
        while done < min(len(ids), MOST) and (not done or time.monotonic() - began <= PATIENCE):
            some = ids[done : min(done + PORTION, MOST)]
            yield some
            done += len(some)
        if done < len(ids):
            self._leave_rest(ids[done - 1])

    def asked_again(self) -> ImmutableMultiDict[str, str]:
        """What a form sends along for the same rows: each of the ids, or ``all``, without those that come meanwhile."""
        if "all" not in request.form:
            return ImmutableMultiDict([("rowid", value) for value in request.form.getlist("rowid")])
        after = _number("after") or 0
        return ImmutableMultiDict({"all": "1", "after": str(after), "until": str(self._last(after) or after)})

    def selected(self, ids: list[int]) -> list[Any]:
        """The rows of a bulk action.

        Raises:
            InvalidInput: one of them may not be changed. Then none is.
        """
        rows: list[Any] = self.get_query().filter(self.model.id.in_(ids)).all()
        if not all(permissions.may(self.writing, row) for row in rows):
            raise InvalidInput(_NOT_YOURS)
        return rows

    def with_numbers(self, handler: Callable[[list[int]], Any], _ids: object = None) -> Any:
        """What a handler answers for the rows that a form is about; ``None``, and a message, if it refuses them."""
        try:
            return handler(self.asked_ids())
        except InvalidInput as error:
            db.session.rollback()
            return flash(gettext(error.sentence, **error.values), "error")

    def _matching(self, after: int | None, until: int | None) -> Query[Any]:
        """The ids of all that match and that the signed-in person may change, within two ids."""
        asked = self._get_list_extra_args()
        if sum(name.startswith("flt") for name in request.args) != len(asked.filters or ()):
            raise InvalidInput(N_("Nothing is done: the list has a filter that is not valid."))
        _, query = self.get_list(0, None, False, asked.search, asked.filters, execute=False, page_size=False)
        if (mine := self.changeable()) is not None:
            query = query.filter(mine)
        if after is not None:
            query = query.filter(self.model.id > after)
        if until is not None:
            query = query.filter(self.model.id <= until)
        matching: Query[Any] = query.with_entities(self.model.id).order_by(None)
        return matching

    def _last(self, after: int) -> int | None:
        """The highest id of all that match beyond an id."""
        row = self._matching(after, _number("until")).order_by(self.model.id.desc()).first()
        return row.id if row else None

    def _leave_rest(self, after: int) -> None:
        """Tell that rows beyond an id are left, with what a form sends to go on with them."""
        if (last := self._last(after)) is None:
            return
        sent = [(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_SENT_AGAIN]
        rest: Any = {  # the frame makes a form of it
            "address": request.script_root + request.full_path,
            "fields": [*sent, ("after", str(after)), ("until", str(last))],
            "left": self._matching(after, last).count(),
        }
        flash(rest, "rest")


def _number(name: str) -> int | None:
    return parse_id(request.form.get(name, ""))
