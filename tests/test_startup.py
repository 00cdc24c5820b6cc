"""An unusable Redis is refused at the start. Over TLS, web, worker and beat trust the same authority."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection
from kombu.exceptions import OperationalError
from limits.storage import storage_from_string
from redis import Redis, RedisError

import config
from cms.flask_config import flask_config
from cms.page_cache import PageCache
from cms.queue import celery_config
from cms.startup import check_production, check_redis
from config import ConfigError
from tests.servers import RedisServer, free_port, missing, redis_program, reserved, running


def bus_port() -> int:
    """A free port for a cluster, whose bus listens 10,000 ports higher."""
    while (port := free_port()) > 55_535 or not reserved(port + 10_000):
        pass
    return port


class PortRedis(RedisServer):
    """Redis on a port of 127.0.0.1, in some mode."""

    def __init__(self, *options: str, scheme: str = "redis", configuration: str = "") -> None:
        super().__init__()
        self.port = bus_port()
        self.url = f"{scheme}://localhost:{self.port}/0"
        self.options = [option.format(port=self.port, folder=self.folder) for option in options]
        self.tls = {"ssl_cert_reqs": "none"} if scheme == "rediss" else {}
        self.configuration = configuration

    def start(self) -> None:
        program = redis_program()
        assert program
        file = self.folder / "redis.conf"
        file.write_text(self.configuration)
        address = ["--bind", "127.0.0.1", "--dir", str(self.folder)]
        self.launch([program, str(file), *address, *self.options], self._ready)

    def client(self) -> Redis:
        return Redis.from_url(self.url, **self.tls)


@pytest.fixture(autouse=True)
def needed() -> None:
    if reason := missing("redis"):
        pytest.skip(reason)


def settings(home: Path, url: str, **more: str) -> config.Settings:
    return config.load({"CMS_HOME": str(home), "REDIS_URL": url, **more})


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--port", "{port}", "--cluster-enabled", "yes"), "leads to a Redis Cluster, which cannot be used"),
        (("--port", "{port}", "--sentinel"), "leads to a Redis Sentinel"),
    ],
    ids=["cluster", "sentinel"],
)
def test_what_is_not_one_redis_is_refused(tmp_path: Path, options: tuple[str, ...], sentence: str) -> None:
    with running(PortRedis(*options)) as server, pytest.raises(ConfigError, match=sentence):
        check_redis(settings(tmp_path, server.url))


def test_a_redis_that_is_away_is_waited_for(tmp_path: Path) -> None:
    check_redis(settings(tmp_path, f"redis://127.0.0.1:{free_port()}/0"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private authority, and a certificate for localhost that it signed."""
    folder = tmp_path_factory.mktemp("authority")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=Private")
    openssl("req", *key, "-keyout", "redis.key", "-out", "redis.csr", "-subj", "/CN=localhost")
    (folder / "names").write_text("subjectAltName = DNS:localhost")
    sign = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names")
    openssl("x509", "-req", "-in", "redis.csr", *sign, "-out", "redis.crt")
    return folder


@pytest.fixture(scope="module")
def encrypted(authority: Path) -> Iterator[PortRedis]:
    """A Redis that accepts only TLS, with that certificate."""
    files = {"cert": "redis.crt", "key": "redis.key", "ca-cert": "ca.crt"}
    options = [word for name, file in files.items() for word in (f"--tls-{name}-file", str(authority / file))]
    tls = ("--port", "0", "--tls-port", "{port}", "--tls-auth-clients", "no")
    with running(PortRedis(*tls, *options, scheme="rediss")) as server:
        yield server


def ask_as_each(settings: config.Settings) -> list[bool]:
    """Whether the cache, the rate limiter and Celery can each use Redis."""
    values = flask_config(settings)
    cache = PageCache.factory(None, {**values, "RELEASE": "1"}, [], {})
    limits = storage_from_string(values["RATELIMIT_STORAGE_URI"], **values["RATELIMIT_STORAGE_OPTIONS"])
    celery = celery_config(settings)
    answers = []
    for ask in (cache.redis.ping, limits.check):
        try:
            answers.append(bool(ask()))
        except RedisError:
            answers.append(False)
    with Connection(celery["broker_url"], ssl=celery["broker_use_ssl"]) as broker:
        try:
            broker.ensure_connection(max_retries=1, interval_start=0)
            broker.default_channel.client.ping()
            answers.append(True)
        except (OperationalError, RedisError):
            answers.append(False)
    return answers


def test_a_private_authority_is_trusted_by_all(tmp_path: Path, authority: Path, encrypted: PortRedis) -> None:
    found = settings(tmp_path, encrypted.url, REDIS_CA_FILE=str(authority / "ca.crt"))
    check_redis(found)
    assert ask_as_each(found) == [True, True, True]


def test_without_it_nobody_trusts_the_certificate(tmp_path: Path, encrypted: PortRedis) -> None:
    found = settings(tmp_path, encrypted.url)
    with pytest.raises(ConfigError, match="set REDIS_CA_FILE to the file with the authority"):
        check_redis(found)
    assert ask_as_each(found) == [False, False, False]


def test_a_certificate_of_another_name_is_not_trusted(tmp_path: Path, authority: Path, encrypted: PortRedis) -> None:
    url = encrypted.url.replace("localhost", "127.0.0.1")
    found = settings(tmp_path, url, REDIS_CA_FILE=str(authority / "ca.crt"))
    assert ask_as_each(found) == [False, False, False]


PRODUCTION = {"CMS_PRODUCTION": "true", "SECRET_KEY": "0123456789abcdef" * 2}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"SITE_URL": "http://site.example"}, "SITE_URL: http://site.example is not HTTPS"),
        ({"SITE_URL": "https://site.example"}, "TRUSTED_PROXIES is 0"),
        ({"MEDIA_ROOT": "{checkout}/media"}, "MEDIA_ROOT: .* lies in the checkout"),
        ({"CMS_HOME": "{checkout}/var"}, "MEDIA_ROOT: .* lies in the checkout"),
        ({"CMS_HOME": "{checkout}/var", "MEDIA_ROOT": "{elsewhere}/media"}, "CMS_HOME: .* lies in the checkout"),
    ],
)
def test_unsafe_combinations_are_refused_in_production(tmp_path: Path, more: dict[str, str], sentence: str) -> None:
    checkout, elsewhere = tmp_path / "checkout", tmp_path / "elsewhere"
    named = {name: value.format(checkout=checkout, elsewhere=elsewhere) for name, value in more.items()}
    given = {"CMS_HOME": str(elsewhere), **named}
    check_production(config.load(given), checkout)
    with pytest.raises(ConfigError, match=sentence):
        check_production(config.load({**PRODUCTION, **given}), checkout)


def test_production_behind_a_proxy_starts(tmp_path: Path) -> None:
    given = {"CMS_HOME": str(tmp_path / "home"), "SITE_URL": "https://site.example", "TRUSTED_PROXIES": "1"}
    check_production(config.load({**PRODUCTION, **given}), tmp_path / "checkout")


def test_an_empty_home_may_lie_in_the_checkout(tmp_path: Path) -> None:
    """Database, Redis and media are elsewhere, so the next release misses nothing."""
    elsewhere = {
        "DATABASE_URL": "postgresql://a@b/c",
        "REDIS_URL": "redis://h:1/0",
        "MEDIA_ROOT": str(tmp_path / "media"),
    }
    check_production(
        config.load({**PRODUCTION, **elsewhere, "CMS_HOME": str(tmp_path / "checkout/var")}), tmp_path / "checkout"
    )
