"""Page views: one Redis round trip reads a response from the cache and counts it. On a miss it is made.

The cache (:mod:`cms.page_cache`) only caches, the counter (:mod:`cms.view_counts.counter`) only counts, and neither
knows what pages look like. This module combines them; callers describe what is :class:`Shown`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms import lua
from cms.page_cache import GENERATIONS, PageCache
from cms.page_cache.responses import CachedResponse, CountedBody, Placeholders, SplitBody
from cms.page_cache.scripts import LUA_CACHED
from cms.view_counts import buffer
from cms.view_counts.buffer import Count
from cms.view_counts.counter import COUNTING_ERRORS, ViewCounter
from cms.view_counts.play_tokens import PlayTokens

log = structlog.get_logger(__name__)

_READ = buffer.LUA_COUNT + LUA_CACHED + lua.load(__file__, "read")


@dataclass(frozen=True)
class Shown:
    """What a request shows: its cache key, how to find its tags, and how to make it.

    Both functions get a read-only session of their own. Either returns ``None`` if there is no such page; then nothing
    is cached or counted. With ``keep=False`` the response is made for each request, but counted as usual.
    """

    key: str
    find_tags: Callable[[Session], Sequence[str] | None]
    make: Callable[[Session, Placeholders], CachedResponse | None]
    keep: bool = True


@dataclass(frozen=True)
class Reading:
    """One request for what is cached under a key, for a site at ``base``. It adds ``count`` to each item shown."""

    key: str
    base: bytes
    count: Count


class PageViews:
    """Reads and counts what requests show."""

    def __init__(self, cache: PageCache, counter: ViewCounter, engine: Engine, play_tokens: PlayTokens) -> None:
        self.cache, self.counter, self.play_tokens = cache, counter, play_tokens
        self._engine = engine.execution_options(only_reads=True)
        self._read = cache.redis.register_script(_READ)

    def read(self, reading: Reading) -> CountedBody | None:
        """Read and count a cached response in one round trip to Redis, as almost every request does.

        Returns ``None``, and counts nothing, if there is nothing under that key or it is outdated.

        Raises:
            COUNTING_ERRORS: Redis does not answer. ``InDoubt`` means that it may have counted.
        """
        self._catch_up()
        cache = self.cache
        known = cache.bodies.get(reading.key, reading.base)
        keys = (cache.kept_under(reading.key), GENERATIONS)
        answer = self.counter.run(self._read, keys, (known.token if known else "",), reading.count)
        if answer is None:
            return None
        counters, token, body = answer
        if known is None or known.token != token:
            known = CachedResponse(body, token, ()).at(reading.base)
            cache.bodies.keep(reading.key, reading.base, known)
        return self._counted(known, counters, reading)

    def view(self, shown: Shown, reading: Reading) -> CountedBody | None:
        """Return what is shown, with its current counters. If it is not cached, it is made and cached.

        If Redis is down, it is made each time, and the views are counted in the database.
        """
        response = None
        try:
            if shown.keep and self.cache.keeps:
                if body := self.read(reading):
                    return body
                with Session(self._engine) as session:
                    tags = shown.find_tags(session)
                if tags is None:
                    return None
                # Read the generations before the database: if an edit comes between, the response is not cached.
                generations = self.cache.generations(tags)
                if response := self._make(shown):
                    self.cache.store(shown.key, generations, response)
            else:
                response = self._make(shown)
            if response is None:
                return None
            self._catch_up()
            counters = self.counter.count(response.items, reading.count)
            return self._counted(response.at(reading.base), counters, reading)
        except COUNTING_ERRORS as error:
            return self.view_without_redis(shown, reading, error, response)

    def view_without_redis(
        self, shown: Shown, reading: Reading, error: Exception, response: CachedResponse | None = None
    ) -> CountedBody | None:
        """Like :meth:`view`, after a counting error. The response is made if needed and counted in the database."""
        if (response := response or self._make(shown)) is None:
            return None
        log.warning("cache_away", error=str(error))
        counters = self.counter.count_in_database(response.items, reading.count, error)
        if reading.count:
            self.cache.pending.mark()  # the counters in Redis are outdated now
        return self._counted(response.at(reading.base), counters, reading)

    def start_over(self) -> None:
        """Forget everything about the database: it was replaced by another one, whose ids mean other things."""
        self.counter.start_over()
        self.cache.forget_everything()

    def _catch_up(self) -> None:
        """Flush a pending invalidation before trusting Redis. If there was one, Redis may have been down."""
        if self.cache.pending.flush():
            self.counter.reconnect()

    def _counted(self, split: SplitBody, counters: Sequence[int], reading: Reading) -> CountedBody:
        token_end = self.play_tokens.end(split.played, reading.count) if split.played else b""
        return CountedBody(split, counters, token_end)

    def _make(self, shown: Shown) -> CachedResponse | None:
        with Session(self._engine) as session:
            return shown.make(session, Placeholders())
