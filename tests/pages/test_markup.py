"""Markdown is rendered, except what could harm visitors."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from cms.pages.markup import TextPicture, markdown, plain

#: Parts of random texts, which may be Markdown, HTML, or neither.
PIECES = [
    *("<", ">", "</", "<!--", "<img ", "<script>", "</script>", "<iframe ", "<svg/onload=", "<a ", "<p>", "</p>"),
    *(" src=", " href=", " onerror=", " style=", "alert(1)", "javascript:", "data:text/html,", "x", "/"),
    *("- [ ] ", "- [x] ", "1. [X] ", "www.", "https://", "@", ".org", "<input type=text>", "<label for=x>"),
    *("![", "[", "](", ")", "]: ", '"', "'", "`", "*", "# ", "| a |\n|---|\n| ", "\\", "&lt;", "&#60;", "\n", "\n\n"),
]
HARMLESS = {"p", "a", "em", "strong", "s", "code", "pre", "img", "h2", "ul", "ol", "li", "br", "hr", "blockquote"}
HARMLESS |= {"table", "thead", "tbody", "tr", "th", "td", "label", "input"}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* **b**", "<p><em>a</em> <strong>b</strong></p>\n"),
        ("# Title", "<h2>Title</h2>\n"),
        ("~~gone~~", "<p><s>gone</s></p>\n"),
        ("a\n\nb", "<p>a</p>\n<p>b</p>\n"),
        ("", ""),
    ],
)
def test_markdown_becomes_html(text: str, html: str) -> None:
    assert markdown(text) == html


@pytest.mark.parametrize(
    ("text", "first", "tags"),
    [
        ("# a\n## b\n# c", 2, "h2 h3 h2"),
        ("## a\n## b\n# c", 2, "h2 h2 h2"),
        ("# a\n#### b\n### c\n#### d", 3, "h3 h4 h4 h5"),
        ("> # a\n\nb\n===", 3, "h3 h3"),
        ("# a\n## b\n### c\n#### d\n##### e\n###### f", 3, "h3 h4 h5 h6 h6 h6"),
    ],
)
def test_headings_go_on_from_those_of_the_page_and_leave_out_no_level(text: str, first: int, tags: str) -> None:
    html = markdown(text, first)
    assert re.findall(r"<(h\d)", html) == re.findall(r"</(h\d)", html) == tags.split()


def test_what_may_be_too_wide_can_be_scrolled_with_the_keyboard() -> None:
    assert markdown("    wide") == '<pre tabindex="0"><code>wide\n</code></pre>\n'
    assert '<table tabindex="0">' in markdown("| a |\n|---|\n| 1 |\n")


def test_tables_are_understood() -> None:
    assert "<td>1</td>" in markdown("| a |\n|---|\n| 1 |\n")


def test_tasks_have_boxes_that_they_are_the_labels_of() -> None:
    # The output must always be the same, because it is part of the page's ETag.
    assert {markdown("- [ ] to do\n- [x] *done*\n- else") for _ in range(20)} == {
        "<ul>\n"
        '<li class="task-list-item"><label><input type="checkbox" disabled=""> to do</label></li>\n'
        '<li class="task-list-item"><label><input checked="checked" type="checkbox" disabled=""> <em>done</em></label>'
        "</li>\n"
        "<li>else</li>\n"
        "</ul>\n"
    }


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://example.com/a_b_c?d=e.", [("https://example.com/a_b_c?d=e", "https://example.com/a_b_c?d=e")]),
        ("(www.example.com)", [("http://www.example.com", "www.example.com")]),
        ("me@example.com", [("mailto:me@example.com", "me@example.com")]),
        ("https://пример.рф/ж", [("https://xn--e1afmkfd.xn--p1ai/%D0%B6", "https://пример.рф/ж")]),
        ("[www.a.example](https://b.example)", [("https://b.example", "www.a.example")]),
        ("config.py, example.com, `https://a.example`", []),
    ],
)
def test_bare_addresses_are_links(text: str, links: list[tuple[str, str]]) -> None:
    assert re.findall('<a href="([^"]*)" rel="[^"]*">([^<]*)</a>', markdown(text)) == links


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
        "![x](data:image/svg+xml;base64,PHN2Zy8+)",
        "![x](data:image/png;base64,PHN2Zy8+)",
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
    """Parses HTML like a browser: each tag with its attributes."""

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
        if tag == "input":
            assert {**attributes, "checked": ""} == {"type": "checkbox", "disabled": "", "checked": ""}
            continue
        if tag == "li":
            assert attributes.pop("class", "task-list-item") == "task-list-item"
        assert attributes.keys() <= {"href", "src", "alt", "title", "rel", "tabindex"}
        for target in (attributes.get("href"), attributes.get("src")):
            assert not (target or "").strip().lower().startswith(("javascript:", "data:"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# A *fine*\n\nday", "A fine day"),
        ("[a link](https://example.com/)", "a link"),
        ("| a |\n|---|\n| 1 |", "a 1"),
        ("- [x] a\n- [ ] www.example.com", "a www.example.com"),
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


def test_a_picture_of_the_site_comes_in_the_size_that_fits_and_moves_nothing() -> None:
    pictures = {
        "/media/2026/a b.png": TextPicture(1600, 900, ((320, "/derived/a-320.webp"), (640, '/derived/a"-640.webp'))),
        "/media/2026/new.png": TextPicture(40, 30),
    }
    text = "![A](/media/2026/a%20b.png#top) ![B](/media/2026/new.png) ![C](/c.png) ![D](/other/media/2026/new.png)"
    first, second, third, fourth = re.findall("<img [^>]*>", markdown(text, 2, pictures))
    assert 'src="/derived/a%22-640.webp"' in first
    assert 'srcset="/derived/a-320.webp 320w, /derived/a%22-640.webp 640w"' in first
    assert 'sizes="' in first
    for tag, width, height in ((first, 1600, 900), (second, 40, 30)):
        for attribute in (f'width="{width}"', f'height="{height}"', 'loading="lazy"', 'decoding="async"'):
            assert attribute in tag
    assert 'src="/media/2026/new.png"' in second
    assert third == '<img src="/c.png" alt="C">'
    assert fourth == '<img src="/other/media/2026/new.png" alt="D">'
