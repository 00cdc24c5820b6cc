"""Kinds have the same icons on the site as in the admin."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from cms.pages.models import ContentItem, kinds
from cms.web.icons import icon

IN_USE = sorted({kind.icon for kind in kinds()} | {ContentItem.icon})


@pytest.mark.parametrize("name", [*IN_USE, "fa-picture-o", "fa-youtube"])
def test_an_icon_is_a_drawing_of_its_own(name: str) -> None:
    drawing = ElementTree.fromstring(icon(name))
    _left, top, width, height = map(int, drawing.attrib["viewBox"].split())
    assert (top, height, drawing.attrib["aria-hidden"]) == (-1536, 1792, "true")
    assert 0 < width <= 2304
    assert drawing[0].attrib["d"].startswith("M")
    assert name == ContentItem.icon or icon(name) != icon(ContentItem.icon)


def test_two_names_may_have_one_drawing() -> None:
    assert icon("fa-image") == icon("fa-picture-o") != icon("fa-film")


@pytest.mark.parametrize("name", ["fa-nonsense", "", "fa-[", "fil"])
def test_an_unknown_icon_is_that_of_any_kind(name: str) -> None:
    assert icon(name) == icon(ContentItem.icon)
