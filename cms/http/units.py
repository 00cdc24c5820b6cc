"""Quantities in words, for visitors and for editors."""

from __future__ import annotations

import math

from flask_babel import format_decimal, gettext, ngettext

from cms.messages import N_


def size(number: int) -> str:
    """A number of bytes in a readable unit."""
    if number < 1024:
        return str(ngettext("%(num)d byte", "%(num)d bytes", number))
    units = (N_("kB"), N_("MB"), N_("GB"), N_("TB"))
    power = min(int(math.log(number, 1024)), len(units))
    return " ".join((format_decimal(number / 1024**power, "#,##0.#"), gettext(units[power - 1])))


def pages(number: int) -> str:
    """A number of pages."""
    return str(ngettext("%(num)d page", "%(num)d pages", number))
