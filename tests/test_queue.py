"""A worker outlives its broker, whatever it is doing when the broker dies."""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import Any

from kombu import Connection, Consumer, Message, Queue

from cms.queue import Heart  # the module also fixes kombu's channels
from tests.servers import RedisServer
from tests.waiting import DEADLINE


def test_a_connection_that_broke_before_a_message_was_acknowledged_can_be_closed(own_redis: RedisServer) -> None:
    received: list[Message] = []
    with Connection(own_redis.url.replace("unix://", "redis+socket://")) as connection:
        # Two channels, as a worker has them for tasks and for remote control.
        channels = [connection.default_channel, connection.channel()]
        for channel in channels:
            queue = Queue(f"queue-{channel.channel_id}", channel=channel)
            queue.declare()
            Consumer(channel, [queue], on_message=received.append).consume()
        connection.Producer().publish({}, routing_key=f"queue-{channels[0].channel_id}")
        connection.drain_events(timeout=DEADLINE)
        assert len(received) == 1
        for channel in channels:
            channel._brpop_start()  # start waiting for the next message
        own_redis.stop(signal.SIGKILL)
        with suppress(Exception):  # as Celery does
            connection.collect()
        connection.close()


def test_a_sign_of_life_does_not_wait_for_a_broker_that_is_away() -> None:
    """Otherwise a worker that is told to stop at that moment would not notice."""

    class Dispatcher:
        enabled = True
        on_enabled: set[Any] = set()
        on_disabled: set[Any] = set()
        sent: list[tuple[str, bool]] = []

        def send(self, event: str, *, retry: bool, **_: Any) -> None:
            self.sent.append((event, retry))

    class Timer:
        def call_repeatedly(self, _seconds: float, call: Any, arguments: tuple[str]) -> None:
            call(*arguments)

    Heart(Timer(), Dispatcher(), 2).start()
    assert Dispatcher.sent == [("worker-online", False), ("worker-heartbeat", False)]
