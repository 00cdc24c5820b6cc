"""The site from compose.yaml, with its own project name, port and volumes."""

from __future__ import annotations

import json
import re
import secrets
from functools import cached_property
from pathlib import Path
from typing import Any

import requests

from tests.containers.bases import ROOT
from tests.containers.docker import Docker
from tests.flows.client import Editor
from tests.flows.stack import EMAIL
from tests.servers import free_port

#: What README wants in .env.
REQUIRED = {"SECRET_KEY": secrets.token_hex(32), "POSTGRES_PASSWORD": secrets.token_hex(32)}
#: The app's own services, and all.
APP = ("web", "worker", "worker-short", "worker-long", "beat")
SERVICES = ("db", "redis", *APP, "nginx")


class _ByHttps(requests.Session):
    """Sends requests as a proxy with HTTPS would; over HTTPS browsers send the session cookie."""

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        self.headers["X-Forwarded-Proto"] = "https"
        for cookie in self.cookies:
            cookie.secure = False
        return super().prepare_request(request)


class Composed:
    """The checkout's files, except .env."""

    def __init__(self, docker: Docker, folder: Path) -> None:
        self.docker = docker
        self.project = f"mediafold-{secrets.token_hex(4)}"
        self.port = free_port()
        self.site = f"http://127.0.0.1:{self.port}"
        self._env = folder / ".env"
        self.write_env()

    def write_env(self, **settings: str) -> None:
        """Write .env: the required settings, a free port, and further settings."""
        said = {**REQUIRED, "PORT": str(self.port), **settings}
        self._env.write_text("".join(f"{name}={value}\n" for name, value in said.items()), encoding="utf-8")

    def compose(self, *words: str) -> str:
        """Run ``docker compose …``, and return its output."""
        where = ["--project-directory", ROOT, "--project-name", self.project, "--env-file", self._env]
        return self.docker("compose", *where, *words)

    def up(self, *words: str) -> None:
        """Start what is not running, and wait until everything is healthy."""
        try:
            self.compose("up", "--detach", "--wait", *words)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.compose('logs', '--tail', '20')[-5000:]}") from None

    def run(self, service: str, *words: str) -> str:
        """Run a command in a running container, and return its output."""
        return self.compose("exec", "--no-TTY", service, *words)

    def inspect(self, service: str) -> dict[str, Any]:
        """The result of ``docker inspect`` for a service's container."""
        container = self.compose("ps", "--all", "--quiet", service).strip()
        found: dict[str, Any] = json.loads(self.docker("inspect", container))[0]
        return found

    def address(self, service: str) -> str:
        (network,) = self.inspect(service)["NetworkSettings"]["Networks"].values()
        return str(network["IPAddress"])

    @cached_property
    def first_password(self) -> str:
        """The first admin's password, from the log."""
        found = re.search(r"password: +(\S+)", self.compose("logs", "--no-log-prefix", "migrate"))
        assert found
        return found[1]

    def editor(self, email: str = EMAIL, password: str | None = None) -> Editor:
        """An editor who signs in."""
        return Editor(self, email, password or self.first_password, _ByHttps())

    def remove(self) -> None:
        """Remove its containers, volumes, networks and images."""
        self.compose("down", "--volumes", "--timeout", "10")
        self.docker.run("image", "rm", "--no-prune", self.project)  # keep its parents as a cache
