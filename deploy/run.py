"""The supervisor behind ``make run``: checks, migrates, makes the first admin, starts and stops everything.

It runs the processes of the Procfile, each in its own session, and shows their output under their names, on the
terminal and in ``CMS_HOME/logs/mediafold.log``. When one of them ends, it stops all of them.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import logging
import logging.handlers
import os
import re
import shlex
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import IO

import click
from flask import Flask
from flask_migrate import upgrade
from honcho.colour import get_colours
from honcho.environ import parse_procfile
from honcho.printer import Message, Printer
from redis import Redis, RedisError
from redis.exceptions import BusyLoadingError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

import config
from deploy.program import ROOT, Program

#: Of these two the supervisor knows more than their command lines.
REDIS, DEMO = "redis", "demo"

#: Seconds that the processes have to finish their work when they are told to stop.
STOP_SECONDS = 15
#: Seconds that the embedded Redis has to load its log at the start.
REDIS_SECONDS = 60
#: The log is rotated at this size; so many old logs are kept.
LOG_BYTES, LOGS_KEPT = 10 * 2**20, 3


class Failed(Exception):
    """The supervisor cannot continue. The message is one line for the user."""


class Stopped(BaseException):
    """A signal told the supervisor to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_status = 128 + number


class Supervisor:
    """The running processes. All are stopped at the same time, except Redis, which the others need until they end."""

    def __init__(self, commands: dict[str, str], brief: set[str], lock: IO[str], log_file: Path) -> None:
        """Fork for each command. All are expected to run until they are stopped, but for brief ones, which may end."""
        self._programs = {name: Program(name, command, lock.fileno()) for name, command in commands.items()}
        self._brief = brief
        self._width = max(map(len, commands))
        self._printer = Printer(sys.stdout, width=self._width)
        self._printing = threading.Lock()
        self._relays: list[threading.Thread] = []
        self._colours = get_colours()
        log_file.parent.mkdir(parents=True, exist_ok=True)
        self._log = logging.handlers.RotatingFileHandler(
            log_file, maxBytes=LOG_BYTES, backupCount=LOGS_KEPT, encoding="utf-8"
        )

    def start(self, *names: str) -> None:
        """Let programs run, and show what they print."""
        for name in names:
            relay = threading.Thread(target=self._relay, args=(name, next(self._colours)), daemon=True)
            relay.start()
            self._relays.append(relay)
            self._programs[name].start()

    def ended(self) -> str | None:
        """Which process has ended and how, as text; ``None`` if none has that should not."""
        for name, program in self._programs.items():
            if (status := program.status) is not None and (status or name not in self._brief):
                how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
                return f"{name} {how}"
        return None

    def stop(self) -> None:
        """Stop everything: with SIGTERM, then, after some time, with SIGKILL. Nothing is left behind."""
        self._stop([program for name, program in self._programs.items() if name != REDIS])
        self._stop([program for name, program in self._programs.items() if name == REDIS])
        for relay in self._relays:
            relay.join(1)

    def _stop(self, programs: list[Program]) -> None:
        for program in programs:
            if program.status is None:
                os.kill(program.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for program in programs:
            program.wait(deadline - time.monotonic())
        for program in programs:
            # This includes children of a killed process: they are in the same session and group.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait(STOP_SECONDS)

    def _relay(self, name: str, colour: str) -> None:
        for line in self._programs[name].output:
            moment = datetime.now()
            shown = line.decode(errors="replace").rstrip()
            self._log.emit(
                logging.makeLogRecord({"msg": f"{moment:%Y-%m-%d %H:%M:%S} {name:<{self._width}} | {shown}"})
            )
            with self._printing, suppress(OSError):  # a terminal that is gone stops nobody
                self._printer.write(Message("line", shown, moment, name, colour))


def main() -> int:
    """Run until a signal arrives or a process ends. Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m deploy.run", description="Run Mediafold with all it needs.")
    parser.add_argument("--demo", action="store_true", help="add the demo pages")
    parser.add_argument("--dev", action="store_true", help="reload what changes, and show errors in a debugger")
    parser.add_argument("--one-worker", action="store_true", help="one worker for all queues, for little memory")
    parser.add_argument("--under-make", action="store_true", help="stop as well when make is told to stop")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _on_signal)
    try:
        if options.dev:
            os.environ.setdefault("PAGE_CACHE_SECONDS", "0")  # or a page would be shown as its old template made it
        _run(options, _make_is_stopping if options.under_make else lambda: False)
    except (config.ConfigError, Failed) as error:
        print(f"mediafold: {error}", file=sys.stderr)
        return 1
    except Stopped as stopped:
        return stopped.exit_status
    return 0


def _run(options: argparse.Namespace, told_to_stop: Callable[[], bool]) -> None:
    settings = config.load()
    if options.dev and settings.production:
        raise Failed("its debugger runs whatever it is told: make dev is not for a site with CMS_PRODUCTION=true")
    # The processes are started in the checkout, whatever folder this one is in.
    os.environ["CMS_HOME"] = str(settings.home)
    with _lock(settings.home) as lock:
        _check_port(settings)
        if not settings.embedded_redis:
            _check_redis(settings)
        app = _imported()
        commands = _commands(settings, options)
        supervisor = Supervisor(commands, {DEMO}, lock, settings.home / "logs" / "mediafold.log")
        try:
            _check_database(app)
            if settings.embedded_redis:
                supervisor.start(REDIS)
                _await_redis(settings, supervisor)
            _prepare(app)
            supervisor.start(*(name for name in commands if name not in (REDIS, DEMO)))
            if _web_answers(settings, supervisor):
                click.echo(_addresses(settings))
            if options.demo:
                # The site is there at once, and its pages appear one by one.
                supervisor.start(DEMO)
            while not (ended := supervisor.ended()):
                if told_to_stop():
                    raise Stopped(signal.SIGTERM)
                time.sleep(0.2)
            raise Failed(f"{ended}, so everything is stopped; its last lines say why")
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # from here on it ends soon anyway
            supervisor.stop()


def _imported() -> Flask:
    """The app, with all that the programs of the Procfile would import: they are forked with it."""
    from celery.apps import worker as _worker  # noqa: F401

    from wsgi import app

    return app


def _commands(settings: config.Settings, options: argparse.Namespace) -> dict[str, str]:
    """The lines of the Procfile that are wanted, by their names; for development with Flask's own server."""
    commands = dict(parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes)
    if not settings.embedded_redis:
        del commands[REDIS]
    if options.one_worker:
        commands = {name: command for name, command in commands.items() if not name.startswith("worker-")}
        commands["worker"] = re.sub(" --queues [^ ]+", "", commands["worker"])
    if options.dev:
        files = os.pathsep.join(str(path) for path in (ROOT / "static").rglob("*") if path.is_file())
        words = ["--debug", "--host", settings.host, "--port", str(settings.port), "--extra-files", files]
        # Not forked: its reloader starts the command line of the process again.
        commands["web"] = shlex.join(["exec", "flask", "--app", "wsgi:app", "run", *words])
    if options.demo:
        commands[DEMO] = "exec python -m flask --app wsgi:app cms demo"
    return commands


def _on_signal(number: int, _frame: FrameType | None) -> None:
    raise Stopped(number)


def _lock(home: Path) -> IO[str]:
    """Lock ``CMS_HOME``, so that a second copy does not start. The processes also hold the lock."""
    file = (home / "run.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Failed(
            f"{home} is in use by a running copy; choose another folder and port: CMS_HOME=... PORT=... make run"
        ) from error
    return file


def _check_port(settings: config.Settings) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Failed(
                f"port {settings.port} is in use; choose another one with PORT={settings.port % 65535 + 1} make run"
            ) from error
        raise Failed(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from error


def _check_redis(settings: config.Settings) -> None:
    from cms.startup import check_redis

    try:
        check_redis(settings)
        with Redis.from_url(
            settings.redis_url, socket_connect_timeout=5, socket_timeout=5, **settings.redis_tls
        ) as client:
            client.ping()
    except (RedisError, OSError, ValueError) as error:
        raise Failed(
            f"the Redis in REDIS_URL does not answer ({_first_line(error).rstrip('.')}); "
            "start it, or leave out REDIS_URL, and one is started"
        ) from error


def _check_database(app: Flask) -> None:
    from cms.extensions import db

    settings: config.Settings = app.config["SETTINGS"]
    try:
        with app.app_context(), db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        address = settings.database_url.render_as_string(hide_password=True)
        reason = _first_line(getattr(error, "orig", None) or error)
        raise Failed(f"cannot use the database {address}: {reason}; see DATABASE_URL") from error


def _await_redis(settings: config.Settings, supervisor: Supervisor) -> None:
    deadline = time.monotonic() + REDIS_SECONDS
    with Redis.from_url(settings.redis_url) as client:
        while time.monotonic() < deadline:
            with suppress(RedisError, BusyLoadingError):
                client.ping()
                return
            if ended := supervisor.ended():
                raise Failed(f"the embedded Redis did not start: {ended}")
            time.sleep(0.02)
    raise Failed(f"the embedded Redis did not answer within {REDIS_SECONDS} seconds")


def _web_answers(settings: config.Settings, supervisor: Supervisor) -> bool:
    """Wait until the site can be opened. Return false if a process ends first."""
    while not supervisor.ended():
        with suppress(OSError), socket.create_connection((_reachable(settings.host), settings.port), timeout=1):
            return True
        time.sleep(0.05)
    return False


def _prepare(app: Flask) -> None:
    """Make tables and first admin, by the commands that users would type."""
    with app.app_context():
        upgrade()
    result = app.test_cli_runner().invoke(args=["cms", "first-admin"])
    print(result.output, end="", flush=True)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    if result.exit_code:
        raise Failed("flask cms first-admin failed")


def _addresses(settings: config.Settings) -> str:
    host = _reachable(settings.host)
    site = settings.site_url or f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    return click.style(settings.site_name, bold=True) + (
        f" is running; Ctrl-C stops it.\n"
        f"  site:    {site}/\n"
        f"  admin:   {site}/admin/\n"
        f"  API:     {site}/api/page/content/\n"
        f"  Swagger: {site}/swagger/\n"
        f"  data:    {settings.home}\n"
    )


def _reachable(host: str) -> str:
    """The host to connect to, for a host to listen on."""
    return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__


def _make_is_stopping() -> bool:
    """Whether make got a SIGINT. Make passes on a SIGTERM, but expects that its children also got the SIGINT.

    While make waits for its recipe to end, it has restored the default action, which Linux shows. A make that is gone
    counts, too.
    """
    if os.getppid() == 1:
        return True
    try:
        status = Path(f"/proc/{os.getppid()}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    interrupt = 1 << (signal.SIGINT - 1)
    caught, ignored = (int(fields.get(name, "0"), 16) for name in ("SigCgt", "SigIgn"))
    return fields.get("Name", "").strip() in ("make", "gmake") and not (caught | ignored) & interrupt


if __name__ == "__main__":
    sys.exit(main())
