"""Celery's configuration: its broker, its queues and their tasks, its workers, and beat's schedule."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab
from celery.worker import heartbeat
from kombu.transport import redis

from config import Settings

#: Verdicts on uploads, and view counts. It was once the only queue, and has kept its name and its messages.
VERDICTS = "mediafold"
#: Other work that takes seconds, and other work of any length.
SHORT, LONG = "mediafold-short", "mediafold-long"
#: The task names of each queue. Each has a worker of its own, so no verdict and no count waits for other work.
QUEUES = {
    VERDICTS: ("cms.process_upload", "cms.sweep", "cms.flush_views", "cms.publish_pages"),
    SHORT: ("cms.send_invitation", "cms.send_reset_link", "cms.probe_media", "cms.derive", "cms.recover_derivatives"),
    LONG: ("cms.verify_media", "cms.collect_media", "cms.empty_trash", "cms.derive_slowly"),
}


#: How often pages are looked for that are to be published, or no longer, at a time.
PUBLISH_SECONDS = 20


class QoS(redis.QoS):
    """The messages that a worker has received and not yet acknowledged."""

    def restore_unacked(self, client: Any = None) -> None:
        """Return them to the queue, unless the connection has already been dropped.

        Celery drops a broken connection and then closes it. With several channels, kombu 5.7 closes some only then,
        and an AttributeError in this method would end the worker. Redis keeps the messages all the same.
        """
        if self.channel.connection.client is not None:
            super().restore_unacked(client)  # type: ignore[no-untyped-call]


class Heart(heartbeat.Heart):  # type: ignore[misc]
    """The signs of life that a worker gives through the broker."""

    def _send(self, event: str, retry: bool = False) -> Any:
        """Send one if the broker is up.

        If the broker is down, Celery 5.7 would wait for it forever and ignore the signals that tell it to stop.
        """
        return super()._send(event, retry=False)


redis.Channel.QoS = QoS
heartbeat.Heart = Heart


def broker_url(redis_url: str) -> str:
    """The address of Redis as Celery writes it."""
    if redis_url.startswith("unix://"):
        return "redis+socket://" + redis_url.removeprefix("unix://")
    return redis_url


def celery_config(settings: Settings) -> dict[str, Any]:
    """Celery's own settings."""

    def every(seconds: float, task: str) -> dict[str, Any]:
        return {"task": task, "schedule": seconds, "options": {"expires": max(seconds * 2, 10)}}

    return {
        "broker_url": broker_url(settings.redis_url),
        "broker_use_ssl": settings.redis_tls or False,
        # Nobody reads results. With a result backend, sending a task would hang while Redis is down.
        "task_ignore_result": True,
        "broker_connection_retry_on_startup": True,
        "broker_channel_error_retry": True,  # a full Redis refuses writes: the worker goes on once there is room
        "broker_transport_options": {
            # Longer than the longest task. A second delivery would fail to claim the row anyway.
            "visibility_timeout": 6 * 3600,
            "socket_timeout": 5,
            "socket_connect_timeout": 1,
            "max_retries": 1,
        },
        "task_publish_retry": False,
        "task_default_queue": VERDICTS,
        # A worker started without queue names consumes all of these.
        "task_queues": {queue: {} for queue in QUEUES},
        "task_create_missing_queues": False,
        "task_routes": {task: {"queue": queue} for queue, tasks in QUEUES.items() for task in tasks},
        "worker_concurrency": settings.worker_concurrency,
        "worker_prefetch_multiplier": 1,
        "worker_proc_alive_timeout": 60,  # a child that starts slowly on a busy machine is not killed
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "timezone": settings.time_zone,  # decides when it is night
        "beat_scheduler": "cms.beat:SteadyScheduler",
        "beat_schedule_filename": str(settings.home / "celerybeat-schedule"),
        "beat_schedule": {
            "flush-views": every(settings.view_flush_seconds, "cms.flush_views"),
            "sweep": every(settings.sweep_seconds, "cms.sweep"),
            "publish-pages": every(PUBLISH_SECONDS, "cms.publish_pages"),
            "collect-media": {"task": "cms.collect_media", "schedule": 3600, "options": {"expires": 3600}},
            "empty-trash": {"task": "cms.empty_trash", "schedule": 3600, "options": {"expires": 3600}},
            "probe-media": every(60, "cms.probe_media"),
            "recover-derivatives": every(settings.sweep_seconds, "cms.recover_derivatives"),
            # It takes half a minute each time: its worker does other long work in between.
            "verify-media": {
                "task": "cms.verify_media",
                "schedule": crontab(hour="1-4"),  # every minute of these hours
                "options": {"expires": 60},
            },
        },
    }
