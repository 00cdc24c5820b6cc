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
from werkzeug.datastructures import ImmutableMultiDict

from cms.admin import permissions
from cms.pages.pages import parse_id

#: How many rows are read and changed at a time, how many at most by one request, and after how many seconds a request
#: leaves the rest to another one: a proxy waits for no answer forever.
PORTION, MOST, PATIENCE = 100, 10_000, 20


class ManyRows(ModelView):  # type: ignore[misc]
    """A mixin for lists. A form that sends ``all`` means all that its address's search and filters find."""

    def init_actions(self) -> None:
        """Pass numbers to bulk actions: PostgreSQL does not compare numbers with the text that was sent."""
        super().init_actions()
        for name, (handler, *words) in self._actions_data.items():
            self._actions_data[name] = (partial(self._with_numbers, handler), *words)

    def is_action_allowed(self, name: str) -> bool:
        """Whether the list offers a bulk action."""
        return bool(self.may_change() and super().is_action_allowed(name))

    def changeable(self) -> ColumnElement[bool] | None:
        """The condition for rows that the signed-in person may change; ``None`` if those are all."""
        return None

    def asked_ids(self) -> list[int]:
        """The ids of the rows that a form is about."""
        if "all" not in request.form:
            return [number for text in request.form.getlist("rowid") if (number := parse_id(text)) is not None]
        asked = self._get_list_extra_args()
        _, query = self.get_list(0, None, False, asked.search, asked.filters, execute=False, page_size=False)
        if (mine := self.changeable()) is not None:
            query = query.filter(mine)
        found = query.with_entities(self.model.id).order_by(None).order_by(self.model.id).limit(MOST + 1)
        ids = [row.id for row in found]
        if len(ids) > MOST:
            self._leave_rest(gettext("This is done with %(most)s rows at a time.", most=MOST))
        return ids[:MOST]

    def portions(self, ids: list[int]) -> Iterator[list[int]]:
        """The ids, some at a time. What is done with each portion should be committed before the next one."""
        began = time.monotonic()
        for start in range(0, len(ids), PORTION):
            if start and time.monotonic() - began > PATIENCE:
                self._leave_rest(gettext("This takes long."))
                return
            yield ids[start : start + PORTION]

    def selected(self, ids: list[int]) -> list[Any]:
        """The rows of a bulk action. If one of them may not be changed, none is."""
        rows: list[Any] = self.get_query().filter(self.model.id.in_(ids)).all()
        for row in rows:
            permissions.require(self.writing, row)
        return rows

    def _with_numbers(self, handler: Callable[[list[int]], Any], _ids: list[str]) -> Any:
        return handler(self.asked_ids())

    def _leave_rest(self, why: str) -> None:
        flash(f"{why} {gettext('Some rows are left: repeat the action to go on.')}", "warning")


def asked_again() -> ImmutableMultiDict[str, str]:
    """What a form sends along for the same rows: ``all``, or each of the ids."""
    names = ("all",) if "all" in request.form else ("rowid",)
    return ImmutableMultiDict([(name, value) for name in names for value in request.form.getlist(name)])
