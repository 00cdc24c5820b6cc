"""A worker outlives its broker, at whatever it is when the broker dies."""

from __future__ import annotations

import signal
from contextlib import suppress

from kombu import Connection, Consumer, Message, Queue

import cms.queue  # noqa: F401  mends kombu's channels
from tests.servers import RedisServer
from tests.waiting import DEADLINE


def test_a_connection_that_broke_before_a_message_was_acknowledged_can_be_closed(own_redis: RedisServer) -> None:
    received: list[Message] = []
    with Connection(own_redis.url.replace("unix://", "redis+socket://")) as connection:
        # One for the queue and one for another, as a worker has them for its tasks and for its control.
        channels = [connection.default_channel, connection.channel()]
        for channel in channels:
            queue = Queue(f"queue-{channel.channel_id}", channel=channel)
            queue.declare()
            Consumer(channel, [queue], on_message=received.append).consume()
        connection.Producer().publish({}, routing_key=f"queue-{channels[0].channel_id}")
        connection.drain_events(timeout=DEADLINE)
        assert len(received) == 1
        for channel in channels:
            channel._brpop_start()  # the next message is waited for
        own_redis.stop(signal.SIGKILL)
        with suppress(Exception):  # as Celery does it
            connection.collect()
        connection.close()
