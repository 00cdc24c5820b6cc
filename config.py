"""Every setting of the product, read from the environment in this one place.

A missing or wrong value raises :class:`ConfigError` with a sentence that says what to do.
The table in README.md lists the settings; a test compares the two.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from zoneinfo import ZoneInfo

from dotenv import load_dotenv
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

# A unix socket's path holds at most 107 bytes; "redis.sock" must fit as well.
MAX_SOCKET_PATH = 107

# A scheme and a host, optionally with a port.
_ORIGIN = r"https?://([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
# A language, optionally with a script and a region, in the letter case that BCP 47 recommends.
_LANGUAGE = "[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?"
_MAKE_ONE = "make one with: python -c 'import secrets; print(secrets.token_hex(32))'"


class ConfigError(Exception):
    """A setting is missing or wrong; the message is meant for whoever runs the product."""


@dataclass(frozen=True)
class Settings:
    """The settings, checked. Names are those of the environment, in lower case."""

    home: Path
    host: str
    port: int
    database_url: URL  # not a string: some paths would not survive parsing
    database_prepared_statements: bool
    redis_url: str
    redis_ca_file: Path | None
    embedded_redis: bool
    media_root: Path
    staging_root: Path
    secret_key: str
    production: bool
    admin_email: str
    admin_password: str | None
    site_name: str
    site_language: str
    api_contact: str
    content_license: str
    site_url: str
    cors_origins: frozenset[str]
    time_zone: str
    view_flush_seconds: float
    count_list_views: bool
    max_upload_bytes: int
    upload_lease_seconds: float
    sweep_seconds: float
    staging_grace_seconds: float
    media_grace_seconds: float
    verify_bytes_per_second: float
    page_cache_seconds: int
    trusted_proxies: int
    web_concurrency: int
    web_threads: int
    worker_concurrency: int

    @property
    def url_prefix(self) -> str:
        """The path of ``site_url``, under which the whole site lies; empty if it lies at its host's root."""
        return urlsplit(self.site_url).path

    @property
    def redis_socket(self) -> Path:
        """Where the embedded Redis listens."""
        return Path(unquote(self.redis_url.removeprefix("unix://")))

    @property
    def redis_tls(self) -> dict[str, Any]:
        """The options of redis-py with which every client verifies the server; empty without TLS."""
        if not self.redis_url.startswith("rediss://"):
            return {}
        found = {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
        return found | ({"ssl_ca_certs": str(self.redis_ca_file)} if self.redis_ca_file else {})


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings. Create ``CMS_HOME`` and the secret key if they are missing.

    Raises:
        ConfigError: a value is missing or wrong.
    """
    if environ is None:
        load_dotenv(".env")  # the environment takes precedence over the file
    # An empty value counts as unset: compose.yaml passes on variables that .env may leave out.
    env = {name: value for name, value in (os.environ if environ is None else environ).items() if value}
    home = _folder(env, "CMS_HOME", Path("var"))
    production = _boolean(env, "CMS_PRODUCTION", False)
    redis_url = env.get("REDIS_URL", "")
    if redis_url and not redis_url.startswith(("redis://", "rediss://", "unix://")):
        raise ConfigError("REDIS_URL must start with redis://, rediss:// or unix://, like redis://127.0.0.1:6379/0")
    media_root, staging_root = _media_folders(env, home)
    return Settings(
        home=home,
        host=env.get("HOST", "127.0.0.1"),
        port=int(_number(env, "PORT", 8000, at_least=1, at_most=65535)),
        database_url=_database_url(env, home),
        database_prepared_statements=_boolean(env, "DATABASE_PREPARED_STATEMENTS", True),
        redis_url=redis_url or f"unix://{quote(str(_socket_path(home)))}",
        redis_ca_file=_file(env, "REDIS_CA_FILE"),
        embedded_redis=not redis_url,
        media_root=media_root,
        staging_root=staging_root,
        secret_key=_secret_key(env, home, production),
        production=production,
        admin_email=env.get("CMS_ADMIN_EMAIL", "admin@example.com"),
        admin_password=env.get("CMS_ADMIN_PASSWORD"),
        site_name=env.get("SITE_NAME", "Mediafold"),
        site_language=_language(env),
        api_contact=_contact(env),
        content_license=env.get("CONTENT_LICENSE", "All rights reserved"),
        site_url=_site_url(env),
        cors_origins=_cors_origins(env),
        time_zone=_time_zone(env),
        view_flush_seconds=_number(env, "VIEW_FLUSH_SECONDS", 2, at_least=0.1),
        count_list_views=_boolean(env, "COUNT_LIST_VIEWS", True),
        max_upload_bytes=int(_number(env, "MAX_UPLOAD_MB", 4096, at_least=0.001) * 2**20),
        upload_lease_seconds=_number(env, "UPLOAD_LEASE_SECONDS", 60, at_least=1),
        sweep_seconds=_number(env, "SWEEP_SECONDS", 10, at_least=0.5),
        staging_grace_seconds=_number(env, "STAGING_GRACE_SECONDS", 86400, at_least=0),
        media_grace_seconds=_number(env, "MEDIA_GRACE_SECONDS", 604800, at_least=0, at_most=10**9),
        verify_bytes_per_second=_number(env, "VERIFY_MB_PER_SECOND", 50, at_least=0) * 2**20,
        page_cache_seconds=int(_number(env, "PAGE_CACHE_SECONDS", 86400, at_least=0)),
        trusted_proxies=int(_number(env, "TRUSTED_PROXIES", 0, at_least=0)),
        web_concurrency=int(_number(env, "WEB_CONCURRENCY", 2, at_least=1)),
        web_threads=int(_number(env, "WEB_THREADS", 4, at_least=1)),
        worker_concurrency=int(_number(env, "WORKER_CONCURRENCY", 2, at_least=1)),
    )


def _folder(env: Mapping[str, str], name: str, default: Path) -> Path:
    path = Path(env.get(name, default)).resolve()
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise ConfigError(f"{name}: the name of the folder {os.fsencode(path)!r} is not UTF-8") from error
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{name}: cannot make the folder {path}: {error.strerror}") from error
    if not os.access(path, os.W_OK):
        raise ConfigError(f"{name}: cannot write to the folder {path}")
    return path


def _file(env: Mapping[str, str], name: str) -> Path | None:
    if name not in env:
        return None
    path = Path(env[name]).resolve()
    if not os.access(path, os.R_OK) or not path.is_file():
        raise ConfigError(f"{name}: cannot read the file {path}")
    return path


def _media_folders(env: Mapping[str, str], home: Path) -> tuple[Path, Path]:
    """The folders of finished files and of uploads. Files in the first that no row names are removed in time."""
    media = Path(env.get("MEDIA_ROOT", home / "media")).resolve()
    # Files get from staging into place by a hard link, so both folders must be on one file system.
    near = media / ".staging" if "MEDIA_ROOT" in env else home / "staging"
    staging = Path(env.get("STAGING_ROOT", near)).resolve()
    if home.is_relative_to(media):
        raise ConfigError(f"MEDIA_ROOT: {media} holds CMS_HOME, too; finished files need a folder of their own")
    if home.is_relative_to(staging) or (media.is_relative_to(staging) and media != staging):
        raise ConfigError(
            f"STAGING_ROOT: {staging} holds CMS_HOME or MEDIA_ROOT, too; uploads need a folder of their own"
        )
    if staging.is_relative_to(media) and not any(part.startswith(".") for part in staging.relative_to(media).parts):
        raise ConfigError(f"STAGING_ROOT: {staging} lies in MEDIA_ROOT; there it must be a folder like .staging")
    return _folder(env, "MEDIA_ROOT", media), _folder(env, "STAGING_ROOT", staging)


def _database_url(env: Mapping[str, str], home: Path) -> URL:
    if "DATABASE_URL" not in env:
        return URL.create("sqlite", database=str(home / "mediafold.db"))
    try:
        parsed = make_url(env["DATABASE_URL"])
    except (ArgumentError, ValueError) as error:
        raise ConfigError(
            "DATABASE_URL is not a database address; write postgresql+psycopg://user:password@host/name, "
            "or leave it out for SQLite"
        ) from error
    if parsed.drivername not in ("sqlite", "postgresql+psycopg", "postgresql"):
        raise ConfigError(f"DATABASE_URL: {parsed.drivername} is not supported; use postgresql+psycopg:// or sqlite://")
    if parsed.drivername == "sqlite" and "?" in env["DATABASE_URL"]:
        raise ConfigError("DATABASE_URL: neither options for SQLite nor a file with ? in its name can be given")
    if parsed.drivername == "sqlite" and parsed.database and not parsed.database.startswith((":", "/")):
        parsed = parsed.set(database=str(home / parsed.database))
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def _socket_path(home: Path) -> Path:
    path = home / "redis" / "redis.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH:
        return path
    # CMS_HOME is too deep: use a short path elsewhere, the same at every start.
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"mediafold-{os.getuid()}-{name}" / "redis.sock"


def _secret_key(env: Mapping[str, str], home: Path, production: bool) -> str:
    if key := env.get("SECRET_KEY"):
        if len(key) < 16:
            raise ConfigError(f"SECRET_KEY is too short; {_MAKE_ONE}")
        return key
    if production:
        raise ConfigError(f"SECRET_KEY is required in production; {_MAKE_ONE}")
    path = home / "secret_key"
    if not path.exists():
        # Written aside, then linked: if two processes start at once, one makes the key, and both read it whole.
        with tempfile.NamedTemporaryFile("w", dir=home, encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text(encoding="ascii").strip()


def _language(env: Mapping[str, str]) -> str:
    tag = env.get("SITE_LANGUAGE", "en")
    if not re.fullmatch(_LANGUAGE, tag):
        raise ConfigError(f"SITE_LANGUAGE: {tag!r} is not the tag of a language; write one like en, pt-BR or zh-Hant")
    return tag


def _site_url(env: Mapping[str, str]) -> str:
    url = env.get("SITE_URL", "")
    if url and not re.fullmatch(rf"{_ORIGIN}(/(?!\.{{1,2}}(/|$))[A-Za-z0-9._~-]+)*/?", url):
        raise ConfigError(f"SITE_URL: {url!r} is not a site's address; write one like https://www.example.com/media")
    return url.removesuffix("/")


def _cors_origins(env: Mapping[str, str]) -> frozenset[str]:
    origins = env.get("CORS_ORIGINS", "*").lower().replace(",", " ").split()
    for origin in set(origins) - {"*", "none"}:
        if not re.fullmatch(_ORIGIN, origin):
            raise ConfigError(f"CORS_ORIGINS: {origin!r} is not *, none, or an origin like https://app.example.com")
    return frozenset(origins)


def _time_zone(env: Mapping[str, str]) -> str:
    name = env.get("APP_TIME_ZONE", "UTC")
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ConfigError(f"APP_TIME_ZONE: {name!r} is not a time zone; write one like Asia/Krasnoyarsk") from error
    return name


def _contact(env: Mapping[str, str]) -> str:
    where = env.get("API_CONTACT", "")
    if where and not re.fullmatch(r"https?://\S+|[^\s@:/]+@[^\s@]+", where):
        raise ConfigError(f"API_CONTACT must be an e-mail address or a link with https://, not {where!r}")
    return where


def _number(
    env: Mapping[str, str], name: str, default: float, *, at_least: float, at_most: float = float("inf")
) -> float:
    text = env.get(name, str(default))
    try:
        value = float(text)
    except ValueError as error:
        raise ConfigError(f"{name} must be a number, not {text!r}") from error
    if not (math.isfinite(value) and at_least <= value <= at_most):
        limits = f"at least {at_least:g}" if at_most == float("inf") else f"between {at_least:g} and {at_most:g}"
        raise ConfigError(f"{name} must be {limits}, not {text}")
    return value


def _boolean(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = env.get(name, str(default)).strip().lower()
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    raise ConfigError(f"{name} must be true or false, not {text!r}")
