"""Cached responses made from page documents. They are never stale.

A cached response (a body with placeholders for its counters) is kept for a day under the **generations** of its tags
(``page:<id>`` for one page, ``pages`` for lists). A commit replaces the generations, so the next read makes a new
response. A response is stored only if its generations have not changed since before it was made, so a slow reader
cannot bring back an old one.

A transaction that changes something *holds* its tags before the commit and *releases* them after it (see
:mod:`cms.page_cache.invalidation`). While a tag is held, nothing is stored under it. If the process dies in between,
the hold expires.

One script both reads a response and counts the view: see :mod:`cms.page_views`.
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
    """The generations of some tags at one moment."""

    tags: str
    values: bytes


class PageCache(RedisCache):
    """Flask-Caching's Redis backend, with responses that are kept until their content changes."""

    @classmethod
    def factory(cls, app: Any, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> PageCache:
        """Called by Flask-Caching. The client does not retry: a page must not wait for a Redis that is down."""
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
        """Whether caching is on."""
        return bool(self.default_timeout)

    def kept_under(self, key: str) -> str:
        """The Redis key of the cached response with that key."""
        return f"cache:response:{self._release}:{key}"

    def generations(self, tags: Iterable[str]) -> Generations:
        """The present generations of these tags. Read them before making what is cached under them."""
        tags = [EVERYTHING, *tags]
        values = self._generations(keys=[GENERATIONS], args=[secrets.token_hex(8), *tags])
        return Generations(" ".join(tags), values)

    def store(self, key: str, generations: Generations, response: CachedResponse) -> None:
        """Store a response, unless its content has changed since those generations, or is about to change."""
        items = " ".join(map(str, response.items))
        self._store(
            keys=[self.kept_under(key), GENERATIONS],
            args=[*generations, self.default_timeout, items, response.token, response.body],
        )

    def hold(self, tags: Iterable[str], owner: str) -> None:
        """Hold the tags of what is about to change, before the commit."""
        with self.redis.pipeline(transaction=True) as pipeline:
            for tag in tags:
                pipeline.hset(GENERATIONS, tag, secrets.token_hex(8))
                pipeline.sadd(f"cache:hold:{tag}", owner)
                pipeline.expire(f"cache:hold:{tag}", HOLD_SECONDS)
            pipeline.execute()

    def release(self, tags: Iterable[str], owner: str) -> None:
        """Release the tags after the commit or rollback."""
        with self.redis.pipeline(transaction=True) as pipeline:
            for tag in tags:
                pipeline.hset(GENERATIONS, tag, secrets.token_hex(8))
                pipeline.srem(f"cache:hold:{tag}", owner)
            pipeline.execute()

    def drop(self, tags: Iterable[str]) -> None:
        """Invalidate what has these tags, by a command that Redis accepts even without free memory."""
        self.redis.hdel(GENERATIONS, *tags)

    def forget_everything(self) -> None:
        """Invalidate every cached response."""
        self.redis.hset(GENERATIONS, EVERYTHING, secrets.token_hex(8))

    def _reconnect(self) -> None:
        pool = self.redis.connection_pool
        connection: Any = pool.connection_class(**pool.connection_kwargs)
        connection.was_connected = True
        connection.connect()
        connection.disconnect()


def page_tag(page_id: int) -> str:
    """The tag of responses that show one page."""
    return f"page:{page_id}"


def _on_connect(connection: Any) -> None:
    """Set up a connection. If Redis was down before, discard what it kept.

    While Redis was down, pages may have been edited and views counted without it. Every client has to connect again
    before it reads, and so runs this first. A new connection compares the server's run id; a connection that was
    broken discards in any case.
    """
    connection.on_connect()
    keys = (GENERATIONS, buffer.BASE, buffer.EPOCH, "cache:run", buffer.BUFFER, buffer.BATCHES)
    comes_back = int(getattr(connection, "was_connected", False))
    arguments = (secrets.token_hex(8), comes_back, secrets.token_hex(16))
    connection.send_command("EVAL", scripts.GREET, len(keys), *keys, *arguments)
    connection.read_response()
    connection.was_connected = True
