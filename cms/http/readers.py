"""Who reads: a few request headers decide what a request adds to the counters. docs/counting.md says why."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from cms.view_counts.buffer import Count

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Headers in which browsers announce speculative loading, and their values.
_PURPOSES = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
_SPECULATIVE = {"prefetch", "prerender", "preview"}

#: The list's tags for programs that fetch on behalf of a person, or that programs are built with: clients, not bots.
CLIENT_TAGS = {"http-library", "browser-automation", "feed-reader"}
#: The list's patterns for link previews that also match the browser inside the same service's app.
APP_PATTERNS = {"MetaIAB Facebook", r"Notion\/", r"Tumblr\/", "Viber"}

# The longest user agent in the list has 285 characters.
_LONGEST = 500
# How many user agents are remembered, in at most 1 MB.
_MOST = 2000
# How many patterns one regular expression combines: fewer and more are both slower.
_TOGETHER = 25


def count_of(environ: WSGIEnvironment) -> Count:
    """What a response to this GET adds to each of its items, unless an editor is signed in."""
    if not environ.keys().isdisjoint(_PURPOSES) and _is_speculative(environ):
        return Count.NOTHING
    return _count_of_agent(environ.get("HTTP_USER_AGENT", "")[:_LONGEST])


def _is_speculative(environ: WSGIEnvironment) -> bool:
    """Whether it is a prefetch or prerender: https://html.spec.whatwg.org/#the-sec-purpose-header, and older names."""
    words = re.split(r"[;,\s]+", " ".join(environ.get(name, "") for name in _PURPOSES).lower())
    return not _SPECULATIVE.isdisjoint(words)


@lru_cache(_MOST)
def _count_of_agent(agent: str) -> Count:
    return Count.BOT_VIEW if any(bots.search(agent) for bots in _bots()) else Count.VIEW


@cache
def _bots() -> list[re.Pattern[str]]:
    """The patterns of known bots, sorted and grouped: grouping common prefixes makes the search three times as fast."""
    patterns = sorted(
        bot["pattern"]
        for bot in CRAWLER_USER_AGENTS_DATA
        if not CLIENT_TAGS.issuperset(bot["tags"]) and bot["pattern"] not in APP_PATTERNS
    )
    groups = [patterns[first : first + _TOGETHER] for first in range(0, len(patterns), _TOGETHER)]
    return [re.compile("|".join(group)) for group in groups]
