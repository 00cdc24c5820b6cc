"""Docker, and the site in it, started once. Nothing here is skipped: these tests run only on request."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.containers import bases
from tests.containers.composed import Composed
from tests.containers.docker import Daemon, Docker
from tests.flows.client import Editor


@pytest.fixture(scope="session")
def docker() -> Iterator[Docker]:
    assert shutil.which("docker"), "there is no docker command"
    with ExitStack() as ending:
        docker = Docker()
        if not docker.works("info"):
            daemon = Daemon()
            ending.callback(daemon.remove)
            daemon.start()
            docker = daemon.client
        bases.provide(docker)
        yield docker


@pytest.fixture(scope="session")
def site(docker: Docker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """The site as ``docker compose up`` starts it with the two settings that README asks for."""
    site = Composed(docker, tmp_path_factory.mktemp("site"))
    try:
        site.up("--build")
        yield site
    finally:
        site.remove()


@pytest.fixture(scope="session")
def editor(site: Composed) -> Editor:
    return site.editor()
