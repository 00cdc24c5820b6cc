"""A test run that starts everything and waits to be killed, for :mod:`tests.flows.test_killed_run`."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Browser

from tests.flows.stack import Stack
from tests.servers import PostgresServer, RedisServer


def test_held(
    stack: Stack, browser: Browser, redis_server: RedisServer, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    browser.new_page().goto(stack.site)
    Path(os.environ["HELD_RUN"]).write_text(tempfile.gettempdir())
    threading.Event().wait()
