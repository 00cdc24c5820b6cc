"""A text that is opened in the editor and saved loses nothing: what nobody has changed is the same, byte for byte."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from cms.pages.markup import markdown

NODE = shutil.which("node")
HERE = Path(__file__).parent
SOURCE = HERE.parent.parent / "static" / "js" / "admin" / "markdown" / "source.js"
pytestmark = pytest.mark.skipif(NODE is None, reason="no node on PATH: the editor's round trips are left out")

SPACE: Any = (" ", frozenset())
PARAGRAPH = "p"
#: Tags that do not say how things look: levels go on from those of headings before, and items have paragraphs or none.
UNLIKE = {"p": PARAGRAPH, **{f"h{level}": "heading" for level in range(1, 7)}}
INLINE_TAGS = {"a", "code", "em", "s", "strong"}
Ask = Callable[..., Any]

some = settings(deadline=None, max_examples=30)


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Asks the editor's own scripts, in one process of node."""
    command = [NODE or "", "--no-warnings", str(HERE / "markdown_source.mjs"), str(SOURCE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        questions, answers = process.stdin, process.stdout

        def answer(ask: str, **question: Any) -> Any:
            questions.write(json.dumps({"ask": ask, **question}).encode() + b"\n")
            questions.flush()
            return json.loads(answers.readline())

        yield answer
        questions.close()


WORDS = st.sampled_from(
    [
        "a",
        "слово",
        "two words",
        "5 * 3",
        "snake_case_name",
        "1.",
        "2)",
        "- x",
        "+",
        "# no",
        "100 %",
        "«да»",
        "漢字",
        "e\u0301",
    ]
)
SIGNS = st.sampled_from(
    [*"*_`~[]()<>!&\\#|-+=.:;'\"@ \t", "  ", "\n", "&amp;", "&copy;", "\u00a0", "\\*", "**", "~~", "](", "![", "www."]
)
SOUP = st.lists(WORDS | SIGNS, max_size=12).map("".join)
ADDRESSES = st.sampled_from(
    ["/slug/", "https://example.com/a_b_c?d=*e*", "/a(b)", "mailto:me@example.com", "x y", "#", ""]
)
BARE = st.sampled_from(
    [
        "https://example.com/_a_",
        "www.example.com/*x*",
        "me_too@example.com",
        "http://пример.рф/ж.",
    ]
)


def marked(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    delimited = st.tuples(st.sampled_from(["*", "**", "_", "__", "~~", "***"]), inner).map(lambda p: p[0] + p[1] + p[0])
    links = st.tuples(inner, ADDRESSES, st.sampled_from(["", ' "title"', " 'it*s'"])).map(
        lambda p: f"[{p[0]}]({p[1]}{p[2]})"
    )
    return (
        delimited
        | links
        | links.filter(lambda link: "![" not in link).map(lambda link: f"!{link}")
        | st.lists(inner, min_size=2, max_size=4).map("".join)
    )


INLINE = st.recursive(
    WORDS
    | BARE
    | SOUP
    | WORDS.map(lambda word: f"`{word}`")
    | st.sampled_from(["`` a`b ``", "[r]", "[x][r]", "  \n", "\\\n"]),
    marked,
    max_leaves=6,
)


def prefixed(text: str, first: str, rest: str) -> str:
    return "\n".join((rest if place else first) + line for place, line in enumerate(text.split("\n")))


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    marker = st.sampled_from(["- ", "* ", "+   ", "1. ", "7) ", "- [ ] ", "* [x] ", "-\t"])
    item = st.tuples(marker, inner).map(lambda p: prefixed(p[1], p[0], " " * len(p[0])))
    items = st.tuples(st.lists(item, min_size=1, max_size=3), st.sampled_from(["\n", "\n\n"])).map(
        lambda p: p[1].join(p[0])
    )
    quotes = st.tuples(inner, st.sampled_from(["> ", ">"])).map(lambda p: prefixed(p[0], p[1], p[1]))
    return items | quotes | st.tuples(inner, inner).map("\n\n".join)


HEADINGS = st.tuples(st.integers(1, 6), INLINE).map(lambda p: "#" * p[0] + " " + p[1].replace("\n", " "))
FENCES = st.tuples(st.sampled_from(["```", "~~~~", "```py"]), SOUP).map(
    lambda p: f"{p[0]}\n{p[1]}\n{re.sub('[a-z]', '', p[0])}"
)
TABLES = st.lists(st.tuples(INLINE, INLINE), min_size=1, max_size=3).map(
    lambda rows: "\n".join(
        [f"| {left} | {right} |".replace("\n", " ") for left, right in rows[:1]]
        + ["|:--|--:|"]
        + [f"{left} | {right}".replace("\n", " ") for left, right in rows[1:]]
    )
)
BLOCKS = st.recursive(
    INLINE
    | HEADINGS
    | FENCES
    | TABLES
    | INLINE.map(lambda text: f"{text}\n===")
    | SOUP.map(lambda text: prefixed(text, "    ", "    "))
    | st.sampled_from(
        [
            "---",
            "* * *",
            "<div>\n<b>x</b>\n\n</div>",
            "<!-- x -->",
            "[r]: /there 'r'",
            "[^1]: note",
            "a[^1]",
            "```\nopen",
        ]
    ),
    nested,
    max_leaves=4,
)
GAPS = st.sampled_from(["\n\n", "\n\n\n", "\n", "\n \t\n", "\r\n\r\n", "\r\r", "\n\u00a0\n"])
TEXTS = st.lists(st.tuples(BLOCKS, GAPS), max_size=6).map(lambda parts: "".join(block + gap for block, gap in parts))
ANY = TEXTS | st.text() | st.tuples(GAPS, TEXTS).map("".join)


class Look(HTMLParser):
    """What readers see: words with what they are marked by, and blocks, however they are spaced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.marks: list[tuple[str, str | None]] = []
        self.seen: list[Any] = []
        self.feed(markdown(text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in INLINE_TAGS:
            self.marks.append((tag, dict(attrs).get("href")))
        elif tag == "br":
            self.handle_data(" ")
        else:
            told = [(name, " ".join((value or "").split())) for name, value in attrs if name != "alt"]
            self.seen.append(UNLIKE.get(tag, (tag, told)))

    def handle_endtag(self, tag: str) -> None:
        if tag in INLINE_TAGS:
            mark = next(mark for mark in reversed(self.marks) if mark[0] == tag)
            self.marks.remove(mark)
            if tag == "a":
                self._take_bare(mark)
        else:
            self.seen.append(UNLIKE.get(tag, tag))

    def handle_data(self, data: str) -> None:
        self.seen += [SPACE if sign.isspace() else (sign, frozenset(self.marks)) for sign in data]

    def _take_bare(self, link: tuple[str, str | None]) -> None:
        """An address that is a link by itself is text: beside signs that it would take it is written as such."""
        start = len(self.seen)
        while start and not is_block(self.seen[start - 1]) and link in self.seen[start - 1][1]:
            start -= 1
        written = "".join(sign for sign, _ in self.seen[start:])
        if f'href="{escape(link[1] or "")}"' in markdown(written):
            self.seen[start:] = [(sign, marks - {link}) for sign, marks in self.seen[start:]]


def looks(text: str) -> list[Any]:
    """What is seen of a text: spaces only between words, and of paragraphs only that they part words."""
    seen = [PARAGRAPH, *Look(text).seen, PARAGRAPH]
    words = [
        each
        for place, each in enumerate(seen)
        if each != SPACE
        or (seen[place - 1] != SPACE and not is_block(seen[place - 1]) and not is_block(_next(seen, place)))
    ]
    return [each for each in words if each != PARAGRAPH]


def _next(seen: list[Any], place: int) -> Any:
    return next(each for each in seen[place:] if each != SPACE)


def is_block(seen: Any) -> bool:
    return isinstance(seen, str) or not isinstance(seen[1], frozenset)


@some
@given(text=ANY)
def test_nothing_is_changed_by_opening_and_saving(ask: Ask, text: str) -> None:
    assert ask("keep", text=text)["text"] == text


@pytest.mark.parametrize(
    ("text", "anew"),
    [
        ("a *b* __c__  \nd", "a *b* **c**\\\nd"),
        ("* a\n* b", "- a\n- b"),
        ("1) a\n\n2) b", "1. a\n\n2. b"),
        ("- [ ] a\n- [X] b", "- [ ] a\n- [x] b"),
        ("a\n=", "# a"),
        ("    code", "```\ncode\n```"),
        ("a|b\n-|:-:\n1|`\\|`", "| a | b |\n| --- | :---: |\n| 1 | `\\|` |"),
        (
            "https://example.com/_a_ <https://b.example>",
            "https://example.com/_a_ [https://b.example](https://b.example)",
        ),
        ("**«да»**&#1085;ет", "**«да»**&#1085;ет"),
        ("<b>x</b> &amp;lt; &copy;", "<b>x</b> \\&lt; ©"),
        ("**a*[a](/slug/)*", "*a[a](/slug/)*"),
        ("[a](javascript:alert(1))", "\\[a](javascript:alert(1))"),
        # More than readers see, or not to be shown otherwise: source.
        ("| a |\n|---|\n| b | hidden |", None),
        ("> [a]: /named", None),
        ("[a]: /named", None),
        ("- # a", None),
    ],
)
def test_how_a_block_is_written_anew(ask: Ask, text: str, anew: str | None) -> None:
    assert [block["anew"] for block in ask("keep", text=text)["blocks"]] == [anew]


@some
@given(text=TEXTS)
@example(text="[r]: /there\n\n```\nopen\r\n\r\n")
def test_a_block_that_is_written_anew_looks_as_before(ask: Ask, text: str) -> None:
    kept = ask("keep", text=text)
    blocks = kept["blocks"]
    named = "".join(f"[{name}]: <{address['href']}>\n\n" for name, address in kept["named"].items())
    for block in blocks:
        if not block["isSource"]:
            assert looks(named + block["anew"]) == looks(named + block["text"])


@some
@given(text=TEXTS, place=st.integers(0, 5), word=st.sampled_from(["x", "Ж ", "*", "1. ", "- ", "# "]))
@example(text="a\n\n```\nopen\r\n\r\n", place=0, word="x")
def test_an_edit_changes_its_block_alone(ask: Ask, text: str, place: int, word: str) -> None:
    blocks = ask("keep", text=text)["blocks"]
    assume(place < len(blocks))
    edited = ask("edit", text=text, place=place, word=word)
    if edited is None:
        return
    rest = edited
    for other in blocks[:place]:
        _, found, rest = rest.partition(other["text"])
        assert found
    for other in reversed(blocks[place + 1 :]):
        rest, found, _ = rest.rpartition(other["text"])
        assert found


@settings(some, suppress_health_check=[HealthCheck.filter_too_much])  # many texts have a block that is source
@given(text=TEXTS, place=st.integers(0, 5))
def test_what_is_left_looks_as_before_when_a_block_is_taken_away(ask: Ask, text: str, place: int) -> None:
    blocks = ask("keep", text=text)["blocks"]
    assume(blocks and "]:" not in text and not any(block["isSource"] for block in blocks))
    place %= len(blocks)
    left = ask("remove", text=text, place=place)
    if left is not None:
        parts = [looks(block["text"]) for number, block in enumerate(blocks) if number != place]
        assert looks(left) == [part for each in parts for part in each]
