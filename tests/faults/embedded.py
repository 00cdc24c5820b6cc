"""The Redis of ``make run``, without the rest of it."""

from __future__ import annotations

import sys
from pathlib import Path

from redis import Redis, RedisError

from tests.flows.stack import ROOT
from tests.servers import Server


class EmbeddedRedis(Server):
    """The embedded Redis, started by the same command."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home = home
        self.url = f"unix://{home / 'redis' / 'redis.sock'}"

    def start(self) -> None:
        setting = [f"CMS_HOME={self.home}", "REDIS_URL=", f"PYTHONPATH={ROOT}"]
        self.launch(["env", *setting, sys.executable, "-m", "deploy.embedded_redis"], self._ready)

    def _ready(self) -> bool:
        try:
            with Redis.from_url(self.url) as client:
                return bool(client.ping())
        except RedisError:
            return False
