"""Times within a recording, as players show them and people type them."""

from __future__ import annotations

import re

_TIME = re.compile(r"(?:(?:(?P<hours>\d{1,4}):)?(?P<minutes>\d{1,4}):)?(?P<seconds>\d{1,7}(?:[.,]\d{1,9})?)", re.ASCII)


def clock(seconds: float) -> str:
    """A time as players show it: 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def exact(seconds: float) -> str:
    """A time with its fractions, as :func:`parse` takes it: 1:23.5."""
    whole, fraction = divmod(round(seconds * 1000), 1000)
    return clock(whole) + f".{fraction:03}".rstrip("0").rstrip(".")


def parse(text: str) -> float | None:
    """The seconds in a time such as ``83.5``, ``1:23.5`` or ``1:02:03``; ``None`` if it is not one."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        return None
    hours, minutes = int(found["hours"] or 0), int(found["minutes"] or 0)
    seconds = float(found["seconds"].replace(",", "."))
    if (found["minutes"] and seconds >= 60) or (found["hours"] and minutes >= 60):
        return None
    return hours * 3600 + minutes * 60 + seconds
