"""A page view: what a request shows is read from the cache and counted in one Redis round trip, or else made.

The cache (:mod:`cms.page_cache`) only caches, the counter (:mod:`cms.view_counts.counter`) only counts, and neither
knows what pages look like. Here they are brought together, for whoever says what is :class:`Shown`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms import lua
from cms.page_cache import GENERATIONS, PageCache
from cms.page_cache.responses import CachedResponse, CountedBody, Placeholders
from cms.page_cache.scripts import LUA_CACHED
from cms.view_counts import buffer
from cms.view_counts.buffer import Count
from cms.view_counts.counter import COUNTING_ERRORS, ViewCounter

log = structlog.get_logger(__name__)

_READ = buffer.LUA_COUNT + LUA_CACHED + lua.load(__file__, "read")


@dataclass(frozen=True)
class Shown:
    """What a request shows: the key it is cached under, how its tags are found, and how it is made.

    Both functions get a session of their own that only reads. ``None`` from either says that there is no such page;
    then nothing is cached or counted. With ``keep=False`` it is made for each request, and counted as always.
    """

    key: str
    find_tags: Callable[[Session], Sequence[str] | None]
    make: Callable[[Session, Placeholders], CachedResponse | None]
    keep: bool = True


@dataclass(frozen=True)
class Reading:
    """One request for what is cached under a key: for a site at ``base``, adding ``count`` to each item shown."""

    key: str
    base: bytes
    count: Count


class PageViews:
    """Reads and counts what requests show."""

    def __init__(self, cache: PageCache, counter: ViewCounter, engine: Engine) -> None:
        self.cache, self.counter = cache, counter
        self._engine = engine.execution_options(only_reads=True)
        self._read = cache.redis.register_script(_READ)

    def read(self, reading: Reading) -> CountedBody | None:
        """What almost every request comes down to: one question to Redis.

        ``None``, and nothing counted, if there is nothing under that key or what is there is old.

        Raises:
            COUNTING_ERRORS: Redis is away. Whether it has counted before that is in doubt if it is ``InDoubt``.
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
        return CountedBody(known, counters)

    def view(self, shown: Shown, reading: Reading) -> CountedBody | None:
        """What is shown, with the counters of this moment; made and cached if it is not yet.

        If Redis is away it is made each time, and the views go into the database.
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
                # Made from a view of the database that begins after the generations were read: if an edit comes between
                # it is not cached.
                generations = self.cache.generations(tags)
                if response := self._make(shown):
                    self.cache.store(shown.key, generations, response)
            else:
                response = self._make(shown)
            if response is None:
                return None
            self._catch_up()
            return CountedBody(response.at(reading.base), self.counter.count(response.items, reading.count))
        except COUNTING_ERRORS as error:
            return self.view_without_redis(shown, reading, error, response)

    def view_without_redis(
        self, shown: Shown, reading: Reading, error: Exception, response: CachedResponse | None = None
    ) -> CountedBody | None:
        """As :meth:`view`, after a counting error: made now, if it is not yet, and counted in the database."""
        if (response := response or self._make(shown)) is None:
            return None
        log.warning("cache_away", error=str(error))
        counters = self.counter.count_in_database(response.items, reading.count, error)
        if reading.count:
            self.cache.pending.mark()  # what Redis knows of the counters is old now
        return CountedBody(response.at(reading.base), counters)

    def start_over(self) -> None:
        """Forget all that is known of the database: it is another one from now on, whose ids mean other things."""
        self.counter.start_over()
        self.cache.forget_everything()

    def _catch_up(self) -> None:
        """Before an answer of Redis is trusted. If it had missed something, it may have been away."""
        if self.cache.pending.flush():
            self.counter.reconnect()

    def _make(self, shown: Shown) -> CachedResponse | None:
        with Session(self._engine) as session:
            return shown.make(session, Placeholders())
