"""Markdown is shown; what could harm a visitor is not."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from cms.services.markup import markdown, plain

#: Of these a text is made that may be Markdown, HTML, or neither.
PIECES = [
    *("<", ">", "</", "<!--", "<img ", "<script>", "</script>", "<iframe ", "<svg/onload=", "<a ", "<p>", "</p>"),
    *(" src=", " href=", " onerror=", " style=", "alert(1)", "javascript:", "data:text/html,", "x", "/"),
    *("![", "[", "](", ")", "]: ", '"', "'", "`", "*", "# ", "| a |\n|---|\n| ", "\\", "&lt;", "&#60;", "\n", "\n\n"),
]
HARMLESS = {"p", "a", "em", "strong", "s", "code", "pre", "img", "h1", "ul", "ol", "li", "br", "hr", "blockquote"}
HARMLESS |= {"table", "thead", "tbody", "tr", "th", "td"}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* **b**", "<p><em>a</em> <strong>b</strong></p>\n"),
        ("# Title", "<h1>Title</h1>\n"),
        ("~~gone~~", "<p><s>gone</s></p>\n"),
        ("a\n\nb", "<p>a</p>\n<p>b</p>\n"),
        ("", ""),
    ],
)
def test_markdown_becomes_html(text: str, html: str) -> None:
    assert markdown(text) == html


def test_tables_are_understood() -> None:
    assert "<td>1</td>" in markdown("| a |\n|---|\n| 1 |\n")


def test_links_tell_search_engines_and_other_sites_nothing() -> None:
    assert markdown("[x](https://example.com/)") == (
        '<p><a href="https://example.com/" rel="noopener noreferrer nofollow">x</a></p>\n'
    )


@pytest.mark.parametrize("tag", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<b>bold</b>"])
def test_tags_are_shown_as_text(tag: str) -> None:
    shown = markdown(f"before {tag} after")
    assert tag.replace("<", "&lt;").replace(">", "&gt;") in shown


@pytest.mark.parametrize(
    "link",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](vbscript:x)",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](javascript:alert(1))",
        "<javascript:alert(1)>",
        "[x]\n\n[x]: javascript:alert(1)",
    ],
)
def test_links_that_run_scripts_lead_nowhere(link: str) -> None:
    shown = markdown(link).lower()
    assert 'href="javascript' not in shown
    assert 'src="javascript' not in shown
    assert "href=" not in shown
    assert "<img" not in shown


class Tags(HTMLParser):
    """What a browser makes of some HTML: each tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@given(st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
def test_no_text_makes_a_tag_that_runs(text: str) -> None:
    for tag, attributes in Tags(markdown(text)).found:
        assert tag in HARMLESS
        assert attributes.keys() <= {"href", "src", "alt", "title", "rel"}
        for target in (attributes.get("href"), attributes.get("src")):
            assert not (target or "").strip().lower().startswith(("javascript:", "data:"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# A *fine*\n\nday", "A fine day"),
        ("[a link](https://example.com/)", "a link"),
        ("| a |\n|---|\n| 1 |", "a 1"),
        ("", ""),
    ],
)
def test_plain_has_the_words_alone(text: str, words: str) -> None:
    assert plain(text) == words


def test_plain_is_text_that_the_template_escapes() -> None:
    assert plain("<script>alert(1)</script> & more") == "<script>alert(1)</script> & more"
    shown = (
        Environment(autoescape=True).from_string("{{ text }}").render(text=plain("<script>alert(1)</script> & more"))
    )
    assert shown == "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more"
