"""Cached responses made from page documents: never stale, served and counted in one Redis round trip.

A cached response (a body with placeholders for its counters) is kept for a day under the **generations** of its tags
(``page:<id>`` for one page, ``pages`` for lists). A commit replaces the generations, so the very next read is new. A
response is only stored if its generations have not changed since before it was made, so a slow reader cannot bring the
old one back.

A transaction that changes something *holds* its tags before the commit and *releases* them after it (see
:mod:`cms.page_cache.invalidation`). While a tag is held nothing is stored under it; should the process die in between,
the hold runs out by itself.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from flask_caching.backends.rediscache import RedisCache
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.page_cache import scripts
from cms.page_cache.pending import PendingInvalidation
from cms.page_cache.responses import CachedResponse, CountedBody, SplitBody
from cms.view_counts import buffer, flush
from cms.view_counts.buffer import Count
from cms.view_counts.counting_client import CountingClient, InDoubt
from cms.view_counts.models import InDoubtCount

log = structlog.get_logger(__name__)

GENERATIONS = "cache:generations"
#: The tag that every cached response has.
EVERYTHING = "everything"
#: The tag of every list of pages.
PAGES = "pages"
#: Seconds that a hold lasts if its process dies; longer than any transaction.
HOLD_SECONDS = 120
#: What reading and counting may raise: Redis is away, or its counters' bases moved all the time.
FAULTS = (RedisError, buffer.SeedingFailed)
#: What a process keeps of the bodies that it has answered with, in bytes: of one, and of all together. (What is
#: compressed of them comes on top, a quarter or less.)
MAX_BODY, BODIES_SIZE = 2**20, 2**24
# How often counters are seeded for one response before it gives up and counts in the database.
TRIES = 3


class PageCache(RedisCache):
    """Flask-Caching's Redis backend, with responses read and counted in one round trip."""

    @classmethod
    def factory(cls, app: Any, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> PageCache:
        """Called by Flask-Caching; gives its client no retries (a page must not wait for a Redis that is away)."""
        client = Redis.from_url(
            config["CACHE_REDIS_URL"],
            retry=Retry(NoBackoff(), 0),
            redis_connect_func=_on_connect,
            **config["CACHE_OPTIONS"],
        )
        zone = ZoneInfo(config["SETTINGS"].time_zone)
        return cls(
            client,
            zone,
            config["RELEASE"],
            default_timeout=config["CACHE_DEFAULT_TIMEOUT"],
            key_prefix=config["CACHE_KEY_PREFIX"],
        )

    def __init__(self, client: Redis, zone: ZoneInfo, release: str, **options: Any) -> None:
        super().__init__(client, **options)
        self.redis = client
        self.zone = zone
        self._release = release
        self.pending = PendingInvalidation(lambda: self._client_of_thread().reconnect())
        self._clients = threading.local()
        self._bodies: dict[tuple[str, bytes], SplitBody] = {}
        self._bodies_size = 0
        self._read = client.register_script(scripts.READ)
        self._generations = client.register_script(scripts.GENERATIONS)
        self._store = client.register_script(scripts.STORE)
        self._count = client.register_script(scripts.COUNT)

    def respond(
        self,
        engine: Engine,
        key: str,
        find_tags: Callable[[], Sequence[str] | None],
        make: Callable[[], CachedResponse | None],
        *,
        base: bytes,
        count: Count,
        keep: bool = True,
    ) -> CountedBody | None:
        """The body under ``key`` with the counters of this moment; ``count`` is what that adds to each item.

        If it is not kept, ``find_tags`` names its tags, then ``make`` makes it from a view of the database that begins
        after that; ``None`` from either is the answer and nothing is kept. If Redis is away it is made each time and
        the views go into the database. Without ``keep`` it is made each time as well, and counted as always.
        """
        if not (keep and self.default_timeout):
            response = make()
            return self._counted(engine, response, base, count) if response else None
        try:
            if body := self.read(engine, key, base=base, count=count):
                return body
            if (found := find_tags()) is None:
                return None
            tags = " ".join([EVERYTHING, *found])
            generations = self._generations(keys=[GENERATIONS], args=[secrets.token_hex(8), *tags.split()])
            if (response := make()) is None:
                return None
            self._keep(key, tags, generations, response)
        except FAULTS as error:
            return self.respond_without(engine, make, error, base=base, count=count)
        return self._counted(engine, response, base, count)

    def respond_without(
        self, engine: Engine, make: Callable[[], CachedResponse | None], error: Exception, *, base: bytes, count: Count
    ) -> CountedBody | None:
        """As :meth:`respond`, after one of the ``FAULTS`` of Redis: made now, and counted in the database."""
        response = make()
        return self._counted_without(engine, response, base, count, error) if response else None

    def read(self, engine: Engine, key: str, *, base: bytes, count: Count) -> CountedBody | None:
        """What almost every request comes down to: one question to Redis.

        ``None``, and nothing counted, if there is nothing under that key or what is there is old.

        Raises:
            FAULTS: Redis is away. Whether it has counted before that is in doubt if it is ``InDoubt``.
        """
        keys = (self._kept_under(key), GENERATIONS, buffer.BASE, buffer.BUFFER)
        known = self._bodies.get((key, base))
        answer = self._ask(engine, self._read, keys, (known.token if known else "",), count)
        if answer is None:
            return None
        counters, token, body = answer
        if known is None or known.token != token:
            known = CachedResponse(body, token, ()).at(base)
            self._remember(key, base, known)
        return CountedBody(known, counters)

    def _kept_under(self, key: str) -> str:
        return f"cache:response:{self._release}:{key}"

    def _remember(self, key: str, base: bytes, body: SplitBody) -> None:
        """Keep a body in this process, ready to be filled; Redis says each time by its token whether it holds good."""
        size = len(key) + len(base) + body.size
        if size > MAX_BODY:
            return
        self._bodies_size += size
        if self._bodies_size > BODIES_SIZE:
            self._bodies.clear()
            self._bodies_size = size
        self._bodies[key, base] = body

    def _counted(self, engine: Engine, response: CachedResponse, base: bytes, count: Count) -> CountedBody:
        """The body of a response that was just made."""
        if not response.items:
            return CountedBody(response.at(base), ())
        items = " ".join(map(str, response.items))
        try:
            [counters] = self._ask(engine, self._count, (buffer.BASE, buffer.BUFFER), (items,), count) or ()
        except FAULTS as error:
            return self._counted_without(engine, response, base, count, error)
        return CountedBody(response.at(base), counters)

    def _ask(
        self, engine: Engine, script: Script, keys: Sequence[str], arguments: Sequence[str | bytes], count: Count
    ) -> Sequence[Any] | None:
        """Have a script count. Its answer; ``None`` if nothing valid is cached under the key.

        Raises:
            SeedingFailed: the counters' bases moved all the time; nothing was counted.
            InDoubt, RedisError: see :meth:`cms.view_counts.counting_client.CountingClient.run`.
        """
        self.pending.flush()
        client = self._client_of_thread()
        for _ in range(TRIES):
            today = buffer.today(self.zone).isoformat()
            match client.run(script, keys, (today, *arguments, count), counts=bool(count)):
                case [b"counted", *answer]:
                    return answer
                case [b"unseeded", items]:
                    with Session(engine.execution_options(only_reads=True)) as session:
                        buffer.seed(session, self.redis, [int(item) for item in items.split()])
                case [b"other day", _]:
                    flush.start_batch(self.redis)
                case _:
                    return None
        raise buffer.SeedingFailed

    def _client_of_thread(self) -> CountingClient:
        client: CountingClient | None = self._clients.__dict__.get("mine")
        if client is None:
            client = self._clients.mine = CountingClient(self.redis.connection_pool)
        return client

    def _keep(self, key: str, tags: str, generations: bytes, response: CachedResponse) -> None:
        items = " ".join(map(str, response.items))
        self._store(
            keys=[self._kept_under(key), GENERATIONS],
            args=[tags, generations, self.default_timeout, items, response.token, response.body],
        )

    def _counted_without(
        self, engine: Engine, response: CachedResponse, base: bytes, count: Count, error: Exception
    ) -> CountedBody:
        """The body when Redis is away: views are counted in the database, or, if Redis may have counted them, noted."""
        log.warning("cache_away", error=str(error))
        with Session(engine.execution_options(only_reads=not count)) as session:
            bots = count is Count.BOT_VIEW
            if count and isinstance(error, InDoubt):
                fields = [-item if bots else item for item in response.items]
                session.add(InDoubtCount(client_id=error.client_id, sequence=error.sequence, items=fields))
                count = Count.NOTHING
            if count and response.items:
                counters = buffer.count_in_database(session, response.items, buffer.today(self.zone), bots=bots)
            else:
                counters = buffer.counters_in_database(session, response.items)
            session.commit()
        if count:
            self.pending.mark()
        return CountedBody(response.at(base), counters)

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

    def start_over(self) -> None:
        """Forget all that is known of the database: it is another one from now on, whose ids mean other things."""
        batches = [buffer.batch_key(batch) for batch in buffer.waiting_batches(self.redis)]
        with self.redis.pipeline(transaction=True) as pipeline:
            pipeline.delete(buffer.BASE, buffer.BUFFER, buffer.BATCHES, flush.LAST_BATCH, *batches)
            pipeline.incr(buffer.EPOCH)
            pipeline.execute()
        self.forget_everything()

    def forget_everything(self) -> None:
        """Make every cached response old."""
        self.redis.hset(GENERATIONS, EVERYTHING, secrets.token_hex(8))


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
