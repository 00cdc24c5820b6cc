"""List filters: a condition made from what the editor typed or chose."""

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
        column: the column that Flask-Admin registers the filter under.
        name: the filter's name on screen.
        condition: returns the condition for a value.
        options: the choices. With them the filter reads "is", without them "starts with", if no ``words`` are given.
        present: the choices that there are now, asked for by each request that shows the list.
    """

    def __init__(
        self,
        column: Any,
        name: Any,
        condition: Callable[[str], ColumnElement[bool]],
        options: Any = None,
        words: str = "",
        present: Callable[[], list[tuple[str, str]]] | None = None,
    ) -> None:
        super().__init__(column, name, options=options or ([("", "")] if present else None))
        self.present = present
        self.condition = condition
        self.words = words or (N_("is") if self.options else N_("starts with"))

    def apply(self, query: Query[Any], value: str, alias: Any = None) -> Query[Any]:
        return query.filter(self.condition(clean_line(value)))

    def operation(self) -> LazyString:
        """The word between the filter's name and its value, translated."""
        return lazy_gettext(self.words)
