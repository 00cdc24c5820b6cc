"""Docker for the tests: the running daemon, or, as root on Debian, one of our own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.servers import Server

#: What is downloaded or made once is kept here for the next run.
KEPT = Path(sys.prefix) / "containers"


class Docker:
    """The ``docker`` command, without environment variables that could be settings."""

    def __init__(self, **environ: str) -> None:
        passed = [name for name in os.environ if name in ("PATH", "HOME") or name.startswith("DOCKER_")]
        self.environ = {**{name: os.environ[name] for name in passed}, **environ}

    def __call__(self, *words: str | Path) -> str:
        """Run a command, and return its standard output.

        Raises:
            AssertionError: the command failed.
        """
        done = self.run(*words)
        assert done.returncode == 0, f"docker {' '.join(map(str, words))}:\n{(done.stdout + done.stderr)[-3000:]}"
        return done.stdout

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["docker", *map(str, words)], env=self.environ, capture_output=True, text=True)

    def works(self, *words: str | Path) -> bool:
        return self.run(*words).returncode == 0


class Daemon(Server):
    """A separate dockerd. Everything of it is removed in the end, except its iptables rules."""

    def __init__(self) -> None:
        super().__init__()
        config = self.folder / "config"
        plugins = config / "cli-plugins"
        plugins.mkdir(parents=True)
        self.client = Docker(DOCKER_HOST=f"unix://{self.folder}/docker.sock", DOCKER_CONFIG=str(config))
        if not self.client.works("compose", "version"):
            (plugins / "docker-compose").symlink_to(_compose())

    def start(self) -> None:
        program = shutil.which("dockerd", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "without a Docker that answers, this needs root and: apt install docker.io iptables mmdebstrap"
        settings = {
            "hosts": [self.client.environ["DOCKER_HOST"]],
            "data-root": str(self.folder / "data"),
            "exec-root": str(self.folder / "exec"),
            "pidfile": str(self.folder / "docker.pid"),
            "exec-opts": ["native.cgroupdriver=cgroupfs"],
            "oom-score-adjust": 0,
            # Networks that are unlikely to be in use on this machine.
            "bip": "10.213.0.1/24",
            "default-address-pools": [{"base": "10.214.0.0/16", "size": 24}],
        }
        (self.folder / "daemon.json").write_text(json.dumps(settings), encoding="utf-8")
        self.launch([program, "--config-file", str(self.folder / "daemon.json")], lambda: self.client.works("info"))

    def remove(self) -> None:
        self.stop()  # killed, it would leave containerd behind
        with suppress(subprocess.CalledProcessError):
            subprocess.run(["ip", "link", "delete", "docker0"], check=True, capture_output=True)
        super().remove()


def mirror() -> str:
    """Where this machine's Debian packages come from."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[0]


def _compose() -> Path:
    """Debian 13's compose, unpacked but not installed: Debian 12's is too old."""
    if not (found := list(KEPT.glob("compose/**/cli-plugins/docker-compose"))):
        apt = KEPT / "apt"
        for folder in ("state/lists/partial", "cache/archives/partial"):
            (apt / folder).mkdir(parents=True, exist_ok=True)
        (apt / "status").touch()
        keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
        (apt / "sources.list").write_text(f"deb [signed-by={keys}] {mirror()} trixie main\n", encoding="utf-8")
        places = {"State": "state", "State::status": "status", "Cache": "cache", "Etc::sourcelist": "sources.list"}
        options = ["Dir::Etc::sourceparts=-", *(f"Dir::{name}={apt / place}" for name, place in places.items())]
        command = ["apt-get", "-qq", *(f"--option={option}" for option in options)]
        for words in (["update"], ["download", "docker-compose"]):
            subprocess.run([*command, *words], check=True, cwd=apt)
        subprocess.run(["dpkg", "-x", *apt.glob("docker-compose_*.deb"), KEPT / "compose"], check=True)
        found = list(KEPT.glob("compose/**/cli-plugins/docker-compose"))
    return found[0]
