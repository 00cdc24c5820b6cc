"""Which processes ``make run`` and ``make dev`` start. (tests/test_queue.py looks at the workers.)"""

from __future__ import annotations

import shlex
from argparse import Namespace
from pathlib import Path

import config
from deploy.run import _commands


def commands(settings: config.Settings, **chosen: bool) -> dict[str, str]:
    return _commands(settings, Namespace(**{"dev": False, "one_worker": False, "demo": False, **chosen}))


def test_for_development_the_web_process_alone_is_another_one(tmp_path: Path) -> None:
    settings = config.load({"CMS_HOME": str(tmp_path), "HOST": "::1", "PORT": "8123"})
    usual, dev = commands(settings), commands(settings, dev=True)
    assert {name: command for name, command in usual.items() if name != "web"} == {
        name: command for name, command in dev.items() if name != "web"
    }
    words = shlex.split(dev["web"])
    assert words[:6] == ["exec", "flask", "--app", "wsgi:app", "run", "--debug"]
    assert words[6:10] == ["--host", "::1", "--port", "8123"]
    assert "static/css/" in words[-1], "a change of a static file reloads it as well"


def test_one_worker_can_do_the_work_of_all(tmp_path: Path) -> None:
    settings = config.load({"CMS_HOME": str(tmp_path)})
    usual, one = commands(settings), commands(settings, one_worker=True)
    assert usual.keys() - one.keys() == {"worker-short", "worker-long"}
    assert usual.pop("worker") == one.pop("worker") + " --queues mediafold"
    assert one.items() <= usual.items()
