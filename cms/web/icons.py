"""The icons of kinds as SVG. The admin shows them with the font Font Awesome, which is too large for visitors."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from cms.pages.models import ContentItem

_FONT = files("flask_admin") / "static/bootstrap/bootstrap4"


@cache
def icon(name: str) -> Markup:
    """The icon of that name (``fa-film``) in the colour of the surrounding text; a default icon if there is none."""
    code = re.search(rf'\.{re.escape(name)}:before[^{{}}]*{{content:"\\(\w+)"', _read("css/font-awesome.min.css"))
    glyph = code and re.search(
        rf'unicode="&#x{code[1]};"(?: horiz-adv-x="(\d+)")?\s+d="([^"]+)"', _read("fonts/fontawesome-webfont.svg")
    )
    if not glyph:
        return icon(ContentItem.icon)
    # The em of the font is 1792 units high, of which 256 are below the baseline; its y axis points up.
    return Markup(
        '<svg class="icon" viewBox="0 -1536 {} 1792" aria-hidden="true"><path transform="scale(1 -1)" d="{}"/></svg>'
    ).format(glyph[1] or 1536, glyph[2].replace("\n", ""))


def _read(name: str) -> str:
    return (_FONT / name).read_text(encoding="utf-8")
