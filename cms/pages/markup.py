"""Renders Markdown as safe HTML."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

# GitHub Flavored Markdown. "html: False" shows tags as text; nh3 cleans the rest, above all script links. A task's text
# is its checkbox's label, so that screen readers say which task is done.
_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_markdown.use(gfm_autolink_plugin).use(tasklists_plugin, label=True)

#: What pictures of the site have besides address and alternative text. Only :class:`TextPicture` says it, no text.
_OF_PICTURES = {"srcset", "sizes", "width", "height", "loading", "decoding"}
#: How wide pictures of texts are: see --measure in the styles.
_SIZES = "(min-width: 48rem) 44rem, 92vw"
_TAGS = nh3.ALLOWED_TAGS | {"input", "label"}
_ATTRIBUTES = nh3.ALLOWED_ATTRIBUTES | {
    "input": {"checked"},
    "img": nh3.ALLOWED_ATTRIBUTES["img"] | _OF_PICTURES,
}
#: Inputs are disabled checkboxes. nh3 sets only one attribute: the order of two would vary, and with it a page's ETag.
_BOX_ALONE, _DISABLED = {"input": {"type": {"checkbox"}}}, {"input": {"disabled": ""}}
_CLASSES = {"li": {"task-list-item"}}


def _image(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """An image of this site, or a link to an image elsewhere: other hosts must not learn who reads a page.

    Of one in the trash, its alternative text.
    """
    source = str(tokens[index].attrs["src"])
    words = self.renderInlineAsText(tokens[index].children, options, env)
    if source.startswith("/") and not source.startswith("//"):
        pictures, address = env.get("pictures", {}), _alone(source)
        if address in pictures:
            if pictures[address] is None:
                return html.escape(words) or "–"  # it may be all that a link has
            tokens[index].attrs |= pictures[address].attributes()
        return self.image(tokens, index, options, env)
    return f'<a href="{html.escape(source)}">{html.escape(words or source)}</a>'


_markdown.add_render_rule("image", _image)


@dataclass(frozen=True)
class TextPicture:
    """A picture of the site that a text shows: its size, and smaller ones by their widths in pixels."""

    width: int
    height: int
    smaller: tuple[tuple[int, str], ...] = ()

    def attributes(self) -> dict[str, str | int | float]:
        """Those of its element. Nothing moves when it arrives, and browsers choose how large it comes."""
        shape = {"width": str(self.width), "height": str(self.height), "loading": "lazy", "decoding": "async"}
        if not self.smaller:
            return {**shape}
        ladder = ", ".join(f"{quote(path)} {width}w" for width, path in self.smaller)
        return {**shape, "src": quote(self.smaller[-1][1]), "srcset": ladder, "sizes": _SIZES}


def media_path(address: str) -> str | None:
    """The path of a media file in the store, by its address on the site; ``None`` if it is something else's."""
    _, found, path = _alone(address).partition("/media/")
    return path if found else None


def _alone(address: str) -> str:
    """An address without its query and fragment, as one reads it."""
    return unquote(address.partition("#")[0].partition("?")[0])


def _fit_headings(state: StateCore) -> None:
    """Shift headings to continue those of the page, without skipping a level, whatever level the text starts with."""
    above: list[str] = []
    level = first = state.env.get("heading", 2)
    for token in state.tokens:
        if token.type == "heading_open":
            while above and above[-1] >= token.tag:
                above.pop()
            above.append(token.tag)
            level = min(6, first + len(above) - 1)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{level}"


_markdown.core.ruler.push("fit_headings", _fit_headings)

# Elements that scroll sideways if they are too wide must be scrollable with the keyboard.
_FOCUSABLE = {"pre": {"tabindex": "0"}, "table": {"tabindex": "0"}}


def markdown(text: str, heading: int = 2, pictures: Mapping[str, TextPicture | None] | None = None) -> str:
    """Render ``text`` as HTML. Markup that could harm visitors is shown as text or dropped.

    Args:
        heading: the level of the first heading, one below that of the heading above the text.
        pictures: those that texts of the page show, by their addresses; ``None`` for one in the trash.
    """
    return nh3.clean(
        _markdown.render(text, {"heading": heading, "pictures": pictures or {}}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        tag_attribute_values=_BOX_ALONE,
        set_tag_attribute_values=_DISABLED | _FOCUSABLE,
        allowed_classes=_CLASSES,
        link_rel="noopener noreferrer nofollow",
    )


def addresses(text: str) -> Iterator[str]:
    """The addresses of pictures and links in a text, as they are rendered."""
    for token in _markdown.parse(text):
        for part in token.children or ():
            if address := part.attrs.get("src") or part.attrs.get("href"):
                yield str(address)


def plain(text: str) -> str:
    """``text`` without Markdown, for summaries. It is not HTML, so templates have to escape it."""
    return " ".join(html.unescape(nh3.clean(_markdown.render(text), tags=set())).split())
