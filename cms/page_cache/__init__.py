"""Cached responses made from page documents: never stale.

A cached response (a body with placeholders for its counters) is kept for a day under the **generations** of its tags
(``page:<id>`` for one page, ``pages`` for lists). A commit replaces the generations, so the very next read is new. A
response is only stored if its generations have not changed since before it was made, so a slow reader cannot bring the
old one back.

A transaction that changes something *holds* its tags before the commit and *releases* them after it (see
:mod:`cms.page_cache.invalidation`). While a tag is held nothing is stored under it; should the process die in between,
the hold runs out by itself.

Reading is the other half of counting a view, in one script: see :mod:`cms.page_views`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any, NamedTuple

from flask_caching.backends.rediscache import RedisCache
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from cms.page_cache import scripts
from cms.page_cache.bodies import KnownBodies
from cms.page_cache.pending import PendingInvalidation
from cms.page_cache.responses import CachedResponse
from cms.view_counts import buffer

GENERATIONS = "cache:generations"
#: The tag that every cached response has.
EVERYTHING = "everything"
#: The tag of every list of pages.
PAGES = "pages"
#: Seconds that a hold lasts if its process dies; longer than any transaction.
HOLD_SECONDS = 120


class Generations(NamedTuple):
    """What the generations of some tags were at one moment."""

    tags: str
    values: bytes


class PageCache(RedisCache):
    """Flask-Caching's Redis backend, with responses that are kept until what they show changes."""

    @classmethod
    def factory(cls, app: Any, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> PageCache:
        """Called by Flask-Caching; gives its client no retries (a page must not wait for a Redis that is away)."""
        client = Redis.from_url(
            config["CACHE_REDIS_URL"],
            retry=Retry(NoBackoff(), 0),
            redis_connect_func=_on_connect,
            **config["CACHE_OPTIONS"],
        )
        return cls(
            client,
            config["RELEASE"],
            default_timeout=config["CACHE_DEFAULT_TIMEOUT"],
            key_prefix=config["CACHE_KEY_PREFIX"],
        )

    def __init__(self, client: Redis, release: str, **options: Any) -> None:
        super().__init__(client, **options)
        self.redis = client
        self.bodies = KnownBodies()
        self.pending = PendingInvalidation(self._reconnect)
        self._release = release
        self._generations = client.register_script(scripts.GENERATIONS)
        self._store = client.register_script(scripts.STORE)

    @property
    def keeps(self) -> bool:
        """Whether it keeps anything."""
        return bool(self.default_timeout)

    def kept_under(self, key: str) -> str:
        """Where Redis keeps the cached response of that key."""
        return f"cache:response:{self._release}:{key}"

    def generations(self, tags: Iterable[str]) -> Generations:
        """The generations of these tags now: read them before what is cached under them is made."""
        tags = [EVERYTHING, *tags]
        values = self._generations(keys=[GENERATIONS], args=[secrets.token_hex(8), *tags])
        return Generations(" ".join(tags), values)

    def store(self, key: str, generations: Generations, response: CachedResponse) -> None:
        """Keep a response, unless something that it shows has changed since those generations, or is about to."""
        items = " ".join(map(str, response.items))
        self._store(
            keys=[self.kept_under(key), GENERATIONS],
            args=[*generations, self.default_timeout, items, response.token, response.body],
        )

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

    def drop(self, tags: Iterable[str]) -> None:
        """Make old what has these tags, in a way that a Redis without room does not refuse."""
        self.redis.hdel(GENERATIONS, *tags)

    def forget_everything(self) -> None:
        """Make every cached response old."""
        self.redis.hset(GENERATIONS, EVERYTHING, secrets.token_hex(8))

    def _reconnect(self) -> None:
        pool = self.redis.connection_pool
        connection: Any = pool.connection_class(**pool.connection_kwargs)
        connection.was_connected = True
        connection.connect()
        connection.disconnect()


def page_tag(page_id: int) -> str:
    """The tag of what shows one page."""
    return f"page:{page_id}"


def _on_connect(connection: Any) -> None:
    """Greet Redis; after it was away, trust nothing that it kept from before.

    While Redis was away pages may have been edited and views counted without it. Whoever reads from it after its
    return has had to connect, and comes through here first: a connection that is new finds another run of the server,
    and one that comes back need not ask.
    """
    connection.on_connect()
    keys = (GENERATIONS, buffer.BASE, buffer.EPOCH, "cache:run", buffer.BUFFER, buffer.BATCHES)
    comes_back = int(getattr(connection, "was_connected", False))
    arguments = (secrets.token_hex(8), comes_back, secrets.token_hex(16))
    connection.send_command("EVAL", scripts.GREET, len(keys), *keys, *arguments)
    connection.read_response()
    connection.was_connected = True
