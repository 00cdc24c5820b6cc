"""Query parameters. A query is refused as a whole, with a sentence on each wrong parameter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import request
from flask_babel import gettext
from werkzeug.exceptions import BadRequest


@dataclass(frozen=True)
class Number:
    """A parameter that is a whole number from 1 to ``most``."""

    default: int
    most: int

    def read(self, text: str) -> int | None:
        """The number; ``None`` if it is none of these."""
        return int(text) if re.fullmatch("[0-9]{1,10}", text) and 1 <= int(text) <= self.most else None

    def refusal(self, name: str) -> str:
        """What is wrong with another value."""
        return str(gettext("%(name)s must be a whole number from 1 to %(most)d.", name=name, most=self.most))


@dataclass(frozen=True)
class Words:
    """A parameter that is a text of 1 to ``most`` characters. Without it the value is empty."""

    most: int
    default: str = ""

    def read(self, text: str) -> str | None:
        """The text; ``None`` if it is empty or too long."""
        return text if 0 < len(text) <= self.most else None

    def refusal(self, name: str) -> str:
        """What is wrong with another value."""
        return str(gettext("%(name)s must have 1 to %(most)d characters.", name=name, most=self.most))


@dataclass(frozen=True)
class ParameterError:
    """What is wrong with a parameter, in a sentence. ``pointer`` is its JSON pointer in the query (RFC 6901)."""

    parameter: str
    pointer: str
    detail: str


class BadParameters(BadRequest):
    """The query has wrong or unknown parameters."""

    def __init__(self, errors: Sequence[ParameterError]) -> None:
        super().__init__(" ".join(error.detail for error in errors))
        self.errors = errors


def read_query(**known: Number | Words) -> dict[str, Any]:
    """The values of the parameters that this address takes.

    Raises:
        BadParameters: a parameter is wrong or unknown. If it were ignored, nobody would notice the mistake.
    """
    values: dict[str, Any] = {name: parameter.default for name, parameter in known.items()}
    errors = []
    for name, texts in request.args.lists():
        parameter = known.get(name)
        if parameter is None:
            detail = gettext("This address has no parameter “%(name)s”.", name=name)
        elif len(texts) > 1:
            detail = gettext("%(name)s may be given only once.", name=name)
        elif (value := parameter.read(texts[0])) is None:
            detail = parameter.refusal(name)
        else:
            values[name] = value
            continue
        errors.append(ParameterError(name, _pointer(name), detail))
    if errors:
        raise BadParameters(errors)
    return values


def _pointer(name: str) -> str:
    return "#/" + quote(name.replace("~", "~0").replace("/", "~1"), safe="~")
