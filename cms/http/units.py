"""Quantities in words, for visitors and for editors."""

from __future__ import annotations

import math

from flask_babel import gettext, ngettext

from cms.messages import N_


def size(number: int) -> str:
    """A number of bytes in a readable unit."""
    if number < 1024:
        return str(ngettext("%(num)d byte", "%(num)d bytes", number))
    units = (N_("kB"), N_("MB"), N_("GB"), N_("TB"))
    power = min(int(math.log(number, 1024)), len(units))
    return f"{number / 1024**power:.1f} {gettext(units[power - 1])}"


def clock(seconds: float) -> str:
    """A time or a duration as players show it: 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def pages(number: int) -> str:
    """A number of pages."""
    return str(ngettext("%(num)d page", "%(num)d pages", number))
