"""Markdown made into HTML that is safe to show."""

from __future__ import annotations

import html

import nh3
from markdown_it import MarkdownIt

# "html: False" shows tags as text; nh3 cleans what is left, links with script addresses above all.
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False}).enable(
    ["table", "strikethrough"]
)


def markdown(text: str) -> str:
    """HTML of ``text``. Markup that visitors could be harmed by is shown as text or dropped."""
    return nh3.clean(_markdown.render(text), link_rel="noopener noreferrer nofollow")


def plain(text: str) -> str:
    """The words of ``text`` without its Markdown, for summaries; not HTML, so the template escapes them."""
    return " ".join(html.unescape(nh3.clean(_markdown.render(text), tags=set())).split())
