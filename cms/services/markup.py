"""Markdown made into HTML that is safe to show."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

# "html: False" shows tags as text; nh3 cleans what is left, links with script addresses above all.
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False}).enable(
    ["table", "strikethrough"]
)


def _image(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """A picture of this site; of one elsewhere a link to it, as other hosts hear nothing of who reads a page."""
    source = str(tokens[index].attrs["src"])
    if source.startswith("/") and not source.startswith("//"):
        return self.image(tokens, index, options, env)
    words = self.renderInlineAsText(tokens[index].children, options, env)
    return f'<a href="{html.escape(source)}">{html.escape(words or source)}</a>'


_markdown.add_render_rule("image", _image)


def markdown(text: str) -> str:
    """HTML of ``text``. Markup that visitors could be harmed by is shown as text or dropped."""
    return nh3.clean(_markdown.render(text), link_rel="noopener noreferrer nofollow")


def plain(text: str) -> str:
    """The words of ``text`` without its Markdown, for summaries; not HTML, so the template escapes them."""
    return " ".join(html.unescape(nh3.clean(_markdown.render(text), tags=set())).split())
