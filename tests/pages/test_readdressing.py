"""An address of a media file in a text becomes another's, and nothing else of the text changes."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cms.pages import markup
from cms.pages.readdressing import readdressed

OLD, NEW = "2026/11/28/image/утро_at-sea-0123456789ab.jpg", "2026/11/29/image/Dusk-ba9876543210.png"


@pytest.mark.parametrize(
    "text",
    [
        "![Dawn](/media/{path})",
        "![Dawn](</media/{path}> 'A title') and ![again](/media/{path})",
        "[The picture](/media/{path}?size=large#top)",
        "Beside /media/{path} and `/media/{path}` ![](/media/{path})",
        "A list:\n\n- one\n  > ![Dawn](/media/{path})\n\n    ![code](/media/{path})",
        "[it]: /media/{path} 'Title'\n\nSee [it] and ![it].",
        "See https://cms.example/media/{path}, or <https://cms.example/media/{path}>.",
        "| a |\n|---|\n| ![Dawn](/media/{path}) |",
        "![of ![another](/media/{path})](/media/{path})",
    ],
)
@pytest.mark.parametrize(
    "write",
    [
        str,
        quote,
        lambda path: path.replace("_", r"\_"),
        lambda path: quote(path).lower(),
        lambda path: path.replace("-", "&#45;").replace("/", "&#X2F;"),
    ],
)
def test_an_address_is_changed_where_it_is_one(text: str, write) -> None:
    before = text.format(path=write(OLD))
    after = readdressed(before, OLD, NEW)
    there = list(markup.addresses(before))
    assert [markup.media_path(address) for address in markup.addresses(after)] == [
        NEW if markup.media_path(address) == OLD else markup.media_path(address) for address in there
    ]
    assert OLD not in map(markup.media_path, markup.addresses(after))
    if write is quote:
        assert readdressed(after, NEW, OLD) == before


@pytest.mark.parametrize(
    "text",
    [
        "`/media/{path}`",
        "    ![Dawn](/media/{path})",
        "![Dawn](/media/{path}.webp)",
        "![Dawn](/media/x/{path})",
        "![Dawn](/{path})",
        "/media/{path}",
        "",
    ],
)
def test_what_is_no_address_of_it_stays(text: str) -> None:
    assert readdressed(text.format(path=OLD), OLD, NEW) == text.format(path=OLD)


def test_code_stays_beside_an_address() -> None:
    text = "Write `![](/media/{path})`:\n\n![](/media/{path})\n"
    changed = "Write `![](/media/{path})`:\n\n![](/media/{new})\n"
    assert readdressed(text.format(path=OLD), OLD, NEW) == changed.format(path=OLD, new=NEW)


_PARTS = st.sampled_from(
    [
        "![a](",
        "[b](<",
        ">)",
        ")",
        "/media/",
        "`",
        "\n\n",
        "\n",
        "> ",
        "- ",
        "    ",
        "[r]: ",
        "[r]",
        "|",
        "*",
        "<",
        "&amp;",
        "\\",
    ]
)


@given(st.lists(st.one_of(_PARTS, st.just(f"/media/{OLD}"), st.just(quote(f"/media/{OLD}")), st.text(max_size=5))))
def test_nothing_else_changes(parts: list[str]) -> None:
    text = "".join(parts)
    before = list(markup.addresses(text))
    assume(NEW not in map(markup.media_path, before))
    after = list(markup.addresses(readdressed(text, OLD, NEW)))
    assert len(after) == len(before)
    for one, other in zip(before, after, strict=True):
        if markup.media_path(one) == OLD:
            assert markup.media_path(other) == NEW
        else:
            assert other == one


def test_chosen_places_alone_are_changed() -> None:
    text = f"![](/media/{OLD}) ![](/media/{NEW}) ![](/media/{OLD})"
    assert readdressed(text, OLD, NEW, [2]) == f"![](/media/{OLD}) ![](/media/{NEW}) ![](/media/{quote(NEW)})"
    assert readdressed(text, OLD, NEW, [1]) == text
    defined = f"[it]: /media/{OLD}\n\n![it] ![it]"
    assert readdressed(defined, OLD, NEW, [0]) == defined, "both have one source"
    assert readdressed(defined, OLD, NEW) == f"[it]: /media/{quote(NEW)}\n\n![it] ![it]"


def test_many_addresses_take_no_longer_each() -> None:
    parsed, parse = 0, markup.addresses

    def counted(text: str) -> list[str]:
        nonlocal parsed
        parsed += 1
        return list(parse(text))

    text = f"`/media/{OLD}` ![](/media/{OLD})\n" * 300
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "addresses", counted)
        assert readdressed(text, OLD, NEW).count(quote(NEW)) == 300
    assert parsed == 3
