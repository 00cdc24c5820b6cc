"""The counter: it counts in Redis or, while Redis is down, in the database in transactions of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from redis import Redis, RedisError
from redis.commands.core import Script
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms import lua
from cms.view_counts import buffer, flush
from cms.view_counts.buffer import Count
from cms.view_counts.counting_client import CountingClient, InDoubt
from cms.view_counts.models import InDoubtCount
from cms.view_counts.play_tokens import MARK_SECONDS

#: What counting in Redis may raise: Redis does not answer, or the counters' bases kept moving.
COUNTING_ERRORS = (RedisError, buffer.SeedingFailed)
# How often a count seeds the counters before it gives up.
_TRIES = 3


class ViewCounter:
    """Adds views and plays to content items, and returns the counters before that."""

    def __init__(self, redis: Redis, engine: Engine, zone: ZoneInfo) -> None:
        self.redis, self.zone = redis, zone
        self._engine = engine
        self._clients = threading.local()
        self._count_items = redis.register_script(buffer.LUA_COUNT + lua.load(__file__, "count_items"))
        self._count_play = redis.register_script(buffer.LUA_COUNT + lua.load(__file__, "count_play"))

    def today(self) -> date:
        """The day to which a view counted now belongs."""
        return buffer.today(self.zone)

    def count(self, items: Sequence[int], count: Count) -> Sequence[int]:
        """Count each item.

        Raises:
            COUNTING_ERRORS: see :meth:`run`.
        """
        if not items:
            return ()
        [counters] = self.run(self._count_items, (), (" ".join(map(str, items)),), count) or ()
        return counters  # type: ignore[no-any-return]

    def count_play(self, item: int, nonce: str) -> bool:
        """Count a play of an item, once for each token. Return whether this call counted it.

        After an error it may be called again: whether or not the first call has counted, the play counts once.

        Args:
            nonce: the token's, see :meth:`cms.view_counts.play_tokens.PlayTokens.nonce`.

        Raises:
            COUNTING_ERRORS: see :meth:`run`.
        """
        arguments = (str(item), str(MARK_SECONDS))
        return self.run(self._count_play, (f"plays:used:{nonce}:{item}",), arguments, Count.PLAY) is not None

    def run(
        self, script: Script, keys: Sequence[str], arguments: Sequence[str | bytes], count: Count
    ) -> Sequence[Any] | None:
        """Run a script that also counts. Return its answer, or ``None`` if it found nothing to count.

        The script gets these keys: ``keys``, those of the counters, and the client's. It gets these arguments: today's
        date, ``arguments``, what to add, and the sequence number.

        Raises:
            SeedingFailed: the counters' bases kept moving; nothing was counted.
            InDoubt, RedisError: see :meth:`CountingClient.run`.
        """
        client = self._client_of_thread()
        keys = (*keys, buffer.BASE, buffer.BUFFER)
        for _ in range(_TRIES):
            match client.run(script, keys, (self.today().isoformat(), *arguments, count), counts=bool(count)):
                case [b"counted", *answer]:
                    return answer
                case [b"unseeded", items]:
                    with Session(self._engine.execution_options(only_reads=True)) as session:
                        buffer.seed(session, self.redis, [int(item) for item in items.split()])
                case [b"other day", _]:
                    flush.start_batch(self.redis)
                case _:
                    return None
        raise buffer.SeedingFailed

    def count_in_database(self, items: Sequence[int], count: Count, error: Exception) -> Sequence[int]:
        """Like :meth:`count`, after a counting error. What Redis may have counted is recorded as in doubt instead."""
        with Session(self._engine.execution_options(only_reads=not count)) as session:
            bots = count is Count.BOT_VIEW
            if count and isinstance(error, InDoubt):
                fields = [-item if bots else item for item in items]
                session.add(InDoubtCount(client_id=error.client_id, sequence=error.sequence, items=fields))
                counters = buffer.counters_in_database(session, items)
            elif count and items:
                counters = buffer.count_in_database(session, items, self.today(), bots=bots)
            else:
                counters = buffer.counters_in_database(session, items)
            session.commit()
        return counters

    def start_over(self) -> None:
        """Make Redis forget the counters of the database and the views not yet added to it."""
        batches = [buffer.batch_key(batch) for batch in buffer.waiting_batches(self.redis)]
        with self.redis.pipeline(transaction=True) as pipeline:
            pipeline.delete(buffer.BASE, buffer.BUFFER, buffer.BATCHES, flush.LAST_BATCH, *batches)
            pipeline.incr(buffer.EPOCH)
            pipeline.execute()

    def reconnect(self) -> None:
        """Reconnect this thread to Redis, as a client that may have missed something.

        Raises:
            RedisError: Redis does not answer.
        """
        self._client_of_thread().reconnect()

    def _client_of_thread(self) -> CountingClient:
        client: CountingClient | None = self._clients.__dict__.get("mine")
        if client is None:
            client = self._clients.mine = CountingClient(self.redis.connection_pool)
        return client
