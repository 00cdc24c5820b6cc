"""Style sheets: each part is in one that pages load, and tokens are defined, used, and what templates say as well."""

from __future__ import annotations

import re

from cms import ROOT

FOLDER = ROOT / "static" / "css"
TEXTS = {path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.css")}
TOKENS = TEXTS["shared/tokens.css"]


def test_each_part_is_imported() -> None:
    sides = {name for name in TEXTS if "/" not in name}
    assert {part for side in sides for part in re.findall(r'@import "(.+)"', TEXTS[side])} == set(TEXTS) - sides


def test_tokens_are_defined_and_used() -> None:
    everywhere = "\n".join([*TEXTS.values(), *(path.read_text() for path in (ROOT / "static/js").rglob("*.js"))])
    defined = set(re.findall(r"^ +(--[\w-]+):", TOKENS, re.MULTILINE))
    local = set(re.findall(r"^ +(--[\w-]+):", everywhere, re.MULTILINE)) - defined
    used = set(re.findall(r'(?:var|token)\("?(--[\w-]+)', everywhere))
    assert defined - used == set()
    assert used - defined - local == set()


def test_browsers_are_told_the_colors_of_the_paper() -> None:
    """In the document's head, where a token cannot be."""
    head = (ROOT / "templates" / "base.html").read_text(encoding="utf-8")
    told = re.findall(r'name="theme-color" content="(.+?)"', head)
    assert told == re.findall(r"--paper: (.+);", TOKENS)[:2]
