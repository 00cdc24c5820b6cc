"""What a generic template needs to know of a kind."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, cast

from sqlalchemy import Table, Text

from cms.database import Url
from cms.pages.models import ContentItem, column_label


class ShownColumn(NamedTuple):
    """A column as visitors see it. Its label is not translated yet."""

    label: str
    is_markdown: bool
    is_link: bool


@cache
def shown_columns(kind: type[ContentItem]) -> dict[str, ShownColumn]:
    """The kind's columns by name, in order."""
    columns = cast(Table, kind.__table__).columns
    return {
        name: ShownColumn(column_label(column), isinstance(column.type, Text), isinstance(column.type, Url))
        for name, column in ((name, columns[name]) for name in kind.columns())
    }
