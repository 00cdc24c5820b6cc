"""Languages have names and a direction."""

from __future__ import annotations

import pytest
from babel import Locale

from cms.pages import languages


@pytest.mark.parametrize(
    ("tag", "reader", "name"),
    [
        ("ru", "en", "Russian"),
        ("ru", "ru", "русский"),
        ("zh-Hant", "en", "Traditional Chinese"),
        ("pt-BR", "ru", "бразильский португальский"),
        ("rif", "ru", "Riffian"),  # it has no name in Russian
        ("xx", "en", "xx"),
    ],
)
def test_a_language_has_a_name_for_each_reader(tag: str, reader: str, name: str) -> None:
    assert languages.name(tag, Locale(reader)) == name


def test_every_reader_may_choose_from_the_same_ones() -> None:
    english, russian = languages.names(Locale("en")), languages.names(Locale("ru"))
    assert {tag for tag, _ in english} == {tag for tag, _ in russian} >= {"en", "ru", "tt", "zh-Hant", "pt-BR", "udm"}
    assert not {"und", "mul", "zxx", "root"} & {tag for tag, _ in english}
    assert all(len(tag) <= 35 and "_" not in tag for tag, _ in english)
    for found in (english, russian):
        names = [name.casefold() for _, name in found]
        assert names == sorted(names)


@pytest.mark.parametrize(
    ("tag", "direction"), [("en", "ltr"), ("ar", "rtl"), ("he", "rtl"), ("ar-EG", "rtl"), ("udm", "ltr"), ("x", "ltr")]
)
def test_a_language_is_written_one_way(tag: str, direction: str) -> None:
    assert languages.direction(tag) == direction
