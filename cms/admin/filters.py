"""Filters of lists: a condition made from what the editor typed or chose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_admin.contrib.sqla.filters import BaseSQLAFilter
from flask_babel import LazyString, lazy_gettext
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Query

from cms.cleaning import clean_line
from cms.messages import N_


class ConditionFilter(BaseSQLAFilter):  # type: ignore[misc]
    """Rows for which ``condition`` holds.

    Args:
        column: what Flask-Admin keeps the filter under.
        name: the filter's name on screen.
        condition: gives the condition for a value.
        options: what can be chosen; with it the filter says "is", without it "starts with".
    """

    def __init__(
        self, column: Any, name: Any, condition: Callable[[str], ColumnElement[bool]], options: Any = None
    ) -> None:
        super().__init__(column, name, options=options)
        self.condition = condition
        self.words = N_("is") if options else N_("starts with")

    def apply(self, query: Query[Any], value: str, alias: Any = None) -> Query[Any]:
        return query.filter(self.condition(clean_line(value)))

    def operation(self) -> LazyString:
        """The word between the filter's name and its value, in the language of whoever reads it."""
        return lazy_gettext(self.words)
