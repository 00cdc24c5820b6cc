"""Which task goes to which queue, and who works for it; a worker outlives its broker, whatever it is doing."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.exceptions import QueueNotFound
from flask import Flask
from honcho.environ import parse_procfile
from kombu import Connection, Consumer, Message, Queue

from cms import ROOT
from cms.queue import LONG, QUEUES, SHORT, Heart  # the module mends kombu's channels, too
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


def test_each_task_goes_to_the_queue_that_is_meant_for_it(app: Flask) -> None:
    celery = app.extensions["celery"]
    tasks = [task for task in celery.tasks if task.startswith("cms.")]
    assert {task: celery.amqp.router.route({}, task)["queue"].name for task in tasks} == {
        "cms.process_upload": "mediafold",
        "cms.sweep": "mediafold",
        "cms.flush_views": "mediafold",
        "cms.publish_pages": "mediafold",
        "cms.send_invitation": "mediafold-short",
        "cms.send_reset_link": "mediafold-short",
        "cms.probe_media": "mediafold-short",
        "cms.derive": "mediafold-short",
        "cms.recover_derivatives": "mediafold-short",
        "cms.derive_slowly": "mediafold-long",
        "cms.verify_media": "mediafold-long",
        "cms.collect_media": "mediafold-long",
        "cms.empty_trash": "mediafold-long",
    }
    assert {task for tasks in QUEUES.values() for task in tasks} == set(tasks)
    assert {entry["task"] for entry in celery.conf.beat_schedule.values()} <= set(tasks)
    with pytest.raises(QueueNotFound):
        celery.amqp.router.route({"queue": "no-such-queue"}, "cms.sweep")


def in_procfile() -> list[str]:
    return list(parse_procfile(Path(ROOT, "Procfile").read_text(encoding="utf-8")).processes.values())


def in_containers() -> list[str]:
    services = yaml.safe_load(Path(ROOT, "compose.yaml").read_text(encoding="utf-8"))["services"].values()
    commands = [service.get("command", "") for service in services]
    return [command if isinstance(command, str) else " ".join(command) for command in commands]


def under_systemd() -> list[str]:
    return [unit.read_text(encoding="utf-8") for unit in Path(ROOT, "deploy/systemd").glob("*.service")]


@pytest.mark.parametrize("commands", [in_procfile, in_containers, under_systemd])
def test_each_queue_has_a_worker_of_its_own_wherever_the_product_runs(commands: Callable[[], list[str]]) -> None:
    workers = {queue[1]: command for command in commands() if (queue := re.search(r" --queues (\S+)", command))}
    assert workers.keys() == QUEUES.keys()
    assert len([command for command in commands() if " wsgi:celery_app worker " in command]) == len(QUEUES)
    assert [queue for queue, command in workers.items() if "--concurrency 1" in command] == [SHORT, LONG]
    assert [queue for queue, command in workers.items() if re.search("nice -n 10 |^Nice=10$", command, re.M)] == [LONG]


def test_a_worker_that_is_not_told_its_queues_works_for_all(app: Flask) -> None:
    """As one that an older unit of systemd starts."""
    assert app.extensions["celery"].amqp.queues.consume_from.keys() == QUEUES.keys()
