"""Query parameters. A query is refused as a whole, with a sentence on each wrong parameter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from flask import request
from flask_babel import gettext
from werkzeug.exceptions import BadRequest


@dataclass(frozen=True)
class Number:
    """A parameter that is a whole number from 1 to ``most``."""

    default: int
    most: int


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


def read_query(**known: Number) -> dict[str, int]:
    """The values of the parameters that this address takes.

    Raises:
        BadParameters: a parameter is wrong or unknown. If it were ignored, nobody would notice the mistake.
    """
    values = {name: number.default for name, number in known.items()}
    errors = []
    for name, texts in request.args.lists():
        number = known.get(name)
        if number is None:
            detail = gettext("This address has no parameter “%(name)s”.", name=name)
        elif len(texts) > 1:
            detail = gettext("%(name)s may be given only once.", name=name)
        elif not re.fullmatch("[0-9]{1,10}", texts[0]) or not 1 <= int(texts[0]) <= number.most:
            detail = gettext("%(name)s must be a whole number from 1 to %(most)d.", name=name, most=number.most)
        else:
            values[name] = int(texts[0])
            continue
        errors.append(ParameterError(name, _pointer(name), detail))
    if errors:
        raise BadParameters(errors)
    return values


def _pointer(name: str) -> str:
    return "#/" + quote(name.replace("~", "~0").replace("/", "~1"), safe="~")
