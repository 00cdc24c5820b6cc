"""Cached renditions of page documents, never stale, served and counted in one Redis round trip.

A rendition (a body whose counters are left open) is kept for a day under the **generations** of its
tags (``page:<id>`` for one page, ``pages`` for lists). A commit moves the generations on, so the very
next read is new; a rendition is only stored if its generations have not moved since before it was made,
so a slow reader cannot bring the old one back.

A transaction that changes something *holds* its tags before the commit and *releases* them after it (see
:mod:`cms.invalidation`). While a tag is held nothing is stored under it; should the process die in between, the hold
runs out by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import structlog
from flask_caching.backends.rediscache import RedisCache
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.services import views
from cms.services.renditions import Rendition

log = structlog.get_logger(__name__)

GENERATIONS = "cache:generations"
#: The tag that every rendition has.
EVERYTHING = "everything"
#: The tag of every list of pages.
PAGES = "pages"
#: Seconds that a hold lasts if its process dies; longer than any transaction.
HOLD_SECONDS = 120
# How often counters are seeded for one response before it gives up and counts in the database.
TRIES = 3

_LUA_GENERATIONS = """
local function generations(key, tags)
  local found = redis.call('HMGET', key, unpack(tags))
  for i, value in ipairs(found) do found[i] = value or '' end
  return table.concat(found, ' ')
end
local function words(text)
  local found = {}
  for word in string.gmatch(text, '%S+') do found[#found + 1] = word end
  return found
end
"""

_READ = (
    views.LUA_COUNT
    + _LUA_GENERATIONS
    + """
-- KEYS: rendition, generations, base, buffer. ARGV: views to count.
local kept = redis.call('HMGET', KEYS[1], 'tags', 'generations', 'items', 'token', 'body')
if not kept[1] or generations(KEYS[2], words(kept[1])) ~= kept[2] then return {'miss'} end
local before = count(KEYS[3], KEYS[4], words(kept[3]), tonumber(ARGV[1]))
if not before then return {'unseeded', kept[3]} end
return {'hit', kept[4], kept[5], before}
"""
)

# A tag without a generation gets a new one, never an earlier one: what was kept before stays old.
_GENERATIONS = (
    _LUA_GENERATIONS
    + """
-- KEYS: generations. ARGV: a new generation, tags.
local tags = {unpack(ARGV, 2)}
for _, tag in ipairs(tags) do redis.call('HSETNX', KEYS[1], tag, ARGV[1]) end
return generations(KEYS[1], tags)
"""
)

_STORE = (
    _LUA_GENERATIONS
    + """
-- KEYS: rendition, generations. ARGV: tags, their generations before it was made, seconds, items, token, body.
local tags = words(ARGV[1])
if generations(KEYS[2], tags) ~= ARGV[2] then return 0 end
for _, tag in ipairs(tags) do
  if redis.call('EXISTS', 'cache:hold:' .. tag) == 1 then return 0 end
end
redis.call('HSET', KEYS[1], 'tags', ARGV[1], 'generations', ARGV[2],
           'items', ARGV[4], 'token', ARGV[5], 'body', ARGV[6])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
)

_COUNT = (
    views.LUA_COUNT
    + """
-- KEYS: base, buffer. ARGV: views to count, items.
return count(KEYS[1], KEYS[2], {unpack(ARGV, 2)}, tonumber(ARGV[1]))
"""
)


class DocumentCache(RedisCache):
    """Flask-Caching's Redis backend, with renditions read and counted in one round trip."""

    @classmethod
    def factory(cls, app: Any, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> DocumentCache:
        """Called by Flask-Caching; gives its client no retries (a page must not wait for a Redis that is away)."""
        client = Redis.from_url(
            config["CACHE_REDIS_URL"],
            retry=Retry(NoBackoff(), 0),
            redis_connect_func=_on_connect,
            **config["CACHE_OPTIONS"],
        )
        return cls(client, default_timeout=config["CACHE_DEFAULT_TIMEOUT"], key_prefix=config["CACHE_KEY_PREFIX"])

    def __init__(self, client: Redis, **options: Any) -> None:
        super().__init__(client, **options)
        self.redis = client
        self._read = client.register_script(_READ)
        self._generations = client.register_script(_GENERATIONS)
        self._store = client.register_script(_STORE)
        self._count = client.register_script(_COUNT)

    def respond(
        self,
        engine: Engine,
        key: str,
        find_tags: Callable[[], Sequence[str] | None],
        make: Callable[[], Rendition | None],
        *,
        base: bytes,
        count: bool,
    ) -> bytes | None:
        """The body under ``key`` with the counters of this moment, and, if ``count``, one view more for each item.

        If it is not kept, ``find_tags`` names its tags, then ``make`` makes it from a view of the database that begins
        after that; ``None`` from either is the answer and nothing is kept. If Redis is away it is made each time and
        the views go into the database.
        """
        try:
            if body := self._read_and_count(engine, key, base, count):
                return body
            if (found := find_tags()) is None:
                return None
            tags = " ".join([EVERYTHING, *found])
            generations = self._generations(keys=[GENERATIONS], args=[secrets.token_hex(8), *tags.split()])
        except (RedisError, views.SeedingFailed) as error:
            log.warning("cache_away", error=str(error))
            if find_tags() is None or (rendition := make()) is None:
                return None
            return rendition.filled(_count_in_database(engine, rendition.items, count), base)
        if (rendition := make()) is None:
            return None
        try:
            if self.default_timeout:
                self._keep(key, tags, generations, rendition)
            counters = self._counters(engine, rendition.items, count)
        except (RedisError, views.SeedingFailed) as error:
            log.warning("cache_away", error=str(error))
            counters = _count_in_database(engine, rendition.items, count)
        return rendition.filled(counters, base)

    def _read_and_count(self, engine: Engine, key: str, base: bytes, count: bool) -> bytes | None:
        for _ in range(TRIES):
            answer = self._read(
                keys=[f"cache:document:{key}", GENERATIONS, views.BASE, views.BUFFER], args=[int(count)]
            )
            match answer:
                case [b"hit", token, body, counters]:
                    return Rendition(body, token, ()).filled(counters, base)
                case [b"unseeded", items]:
                    self._seed(engine, [int(item) for item in items.split()])
                case _:
                    return None
        raise views.SeedingFailed

    def _keep(self, key: str, tags: str, generations: bytes, rendition: Rendition) -> None:
        items = " ".join(map(str, rendition.items))
        self._store(
            keys=[f"cache:document:{key}", GENERATIONS],
            args=[tags, generations, self.default_timeout, items, rendition.token, rendition.body],
        )

    def _counters(self, engine: Engine, items: Sequence[int], count: bool) -> list[int]:
        if not items:
            return []
        for _ in range(TRIES):
            counters = self._count(keys=[views.BASE, views.BUFFER], args=[int(count), *items])
            if counters is not None:
                return list(counters)
            self._seed(engine, items)
        raise views.SeedingFailed

    def _seed(self, engine: Engine, items: Sequence[int]) -> None:
        with Session(engine) as session:
            views.seed(session, self.redis, items)

    def hold(self, tags: Iterable[str], owner: str) -> None:
        """Before a commit that changes what ``tags`` stand for."""
        with self.redis.pipeline(transaction=True) as pipeline:
            for tag in tags:
                pipeline.hset(GENERATIONS, tag, secrets.token_hex(8))
                pipeline.sadd(f"cache:hold:{tag}", owner)
                pipeline.expire(f"cache:hold:{tag}", HOLD_SECONDS)
            pipeline.execute()

    def release(self, tags: Iterable[str], owner: str) -> None:
        """After that commit, or its rollback."""
        with self.redis.pipeline(transaction=True) as pipeline:
            for tag in tags:
                pipeline.hset(GENERATIONS, tag, secrets.token_hex(8))
                pipeline.srem(f"cache:hold:{tag}", owner)
            pipeline.execute()

    def forget_everything(self) -> None:
        """Make every kept rendition old."""
        self.redis.hset(GENERATIONS, EVERYTHING, secrets.token_hex(8))


def page_tag(page_id: int) -> str:
    """The tag of what shows one page."""
    return f"page:{page_id}"


def _count_in_database(engine: Engine, items: Sequence[int], count: bool) -> list[int]:
    if not items:
        return []
    with Session(engine.execution_options(writes=count)) as session:
        counters = views.count_in_database(session, items, int(count))
        session.commit()
        return counters


def _on_connect(connection: Any) -> None:
    """Greet Redis; on a *re*connection, trust nothing it kept from before.

    While Redis was away pages may have been edited and views counted without it. Whoever reads from it after its
    return has had to reconnect, and comes through here first.
    """
    connection.on_connect()
    if getattr(connection, "was_connected", False):
        for command in (
            ("HSET", GENERATIONS, EVERYTHING, secrets.token_hex(8)),
            ("DEL", views.BASE),
            ("INCR", views.MOVES),
        ):
            connection.send_command(*command)
            connection.read_response()
    connection.was_connected = True
