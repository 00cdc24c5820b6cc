"""``make run`` under conditions that it cannot work with: it prints one line that says why, and starts nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from deploy import run
from tests.elsewhere import elsewhere
from tests.published import lay_out
from tests.servers import free_port

pytestmark = pytest.mark.heavy

Refusal = Callable[..., str]


@pytest.fixture
def refusal(tmp_path: Path) -> Refusal:
    """Start with some settings, and return the printed line."""
    lay_out(tmp_path)

    def start(*words: str, **settings: str) -> str:
        environ = {"CMS_HOME": str(tmp_path), "PORT": str(free_port()), **settings}
        status, printed, told = elsewhere(_start, tmp_path, environ, words)
        assert (status, printed) == (1, "")
        (line,) = told.splitlines()
        return str(line)

    return start


def _start(folder: Path, environ: dict[str, str], words: tuple[str, ...]) -> tuple[int, str, str]:
    os.chdir(folder)  # without .env
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = ["run", *words]
    with redirect_stdout(StringIO()) as printed, redirect_stderr(StringIO()) as told:
        status = run.main()
    return status, printed.getvalue(), told.getvalue()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "not a database address"),
        ("mysql://root@localhost/cms", "mysql is not supported"),
        ("postgresql+psycopg://nobody:secret@127.0.0.1:{port}/cms", "cannot use the database"),
        ("sqlite:////nowhere/at/all/mediafold.db", "cannot use the database"),
    ],
)
def test_a_broken_database_url(refusal: Refusal, url: str, said: str) -> None:
    line = refusal(DATABASE_URL=url.format(port=free_port()))
    assert said in line
    assert "DATABASE_URL" in line
    assert "secret" not in line


@pytest.mark.parametrize("url", ["redis://127.0.0.1:{port}/0", "unix:///nowhere/redis.sock", "http://127.0.0.1/"])
def test_a_redis_that_does_not_answer(refusal: Refusal, url: str) -> None:
    assert "REDIS_URL" in refusal(REDIS_URL=url.format(port=free_port()))


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "0"), ("MAX_UPLOAD_MB", "many"), ("APP_TIME_ZONE", "Mars/Base"), ("SECRET_KEY", "short")],
)
def test_a_wrong_setting(refusal: Refusal, name: str, value: str) -> None:
    assert name in refusal(**{name: value})


def test_a_debugger_in_production(refusal: Refusal) -> None:
    assert "make dev is not for" in refusal("--dev", CMS_PRODUCTION="true", SECRET_KEY="k" * 50)
