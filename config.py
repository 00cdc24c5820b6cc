"""Every setting of the product, read from the environment in this one place.

A missing or wrong value raises :class:`ConfigError` with a sentence that says what to do.
The table in README.md lists the settings; a test compares the two.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from dotenv import load_dotenv
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from deploy.environment import ConfigError as ConfigError
from deploy.environment import (
    boolean,
    command,
    contact,
    cors_origins,
    file,
    folder,
    hosts,
    language,
    number,
    site_url,
    smtp_url,
    time_zone,
)

# A unix socket's path holds at most 107 bytes; "redis.sock" must fit as well.
MAX_SOCKET_PATH = 107

#: Whose players are shown unless EMBED_HOSTS says otherwise: YouTube's, Vimeo's and SoundCloud's, and those of large
#: PeerTube and Mastodon sites.
EMBED_HOSTS = (
    "www.youtube-nocookie.com player.vimeo.com w.soundcloud.com framatube.org video.blender.org mastodon.social"
)

_MAKE_ONE = "make one with: python -c 'import secrets; print(secrets.token_hex(32))'"


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
    derived_root: Path
    derived_max_bytes: int | None
    ffmpeg: str  # a path or a name, "none", or empty
    hls: bool
    transcribe_command: tuple[str, ...]
    secret_key: str
    production: bool
    admin_email: str
    admin_password: str | None
    site_name: str
    site_language: str
    api_contact: str
    content_license: str
    site_url: str
    smtp_url: str
    mail_from: str
    cors_origins: frozenset[str]
    embed_hosts: tuple[str, ...]
    time_zone: str
    view_flush_seconds: float
    count_list_views: bool
    max_upload_bytes: int
    upload_lease_seconds: float
    sweep_seconds: float
    staging_grace_seconds: float
    media_grace_seconds: float
    trash_days: float
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
    home = folder(env, "CMS_HOME", Path("var"))
    production = boolean(env, "CMS_PRODUCTION", False)
    redis_url = env.get("REDIS_URL", "")
    if redis_url and not redis_url.startswith(("redis://", "rediss://", "unix://")):
        raise ConfigError("REDIS_URL must start with redis://, rediss:// or unix://, like redis://127.0.0.1:6379/0")
    media_root, staging_root = _media_folders(env, home)
    return Settings(
        home=home,
        host=env.get("HOST", "127.0.0.1"),
        port=int(number(env, "PORT", 8000, at_least=1, at_most=65535)),
        database_url=_database_url(env, home),
        database_prepared_statements=boolean(env, "DATABASE_PREPARED_STATEMENTS", True),
        redis_url=redis_url or f"unix://{quote(str(_socket_path(home)))}",
        redis_ca_file=file(env, "REDIS_CA_FILE"),
        embedded_redis=not redis_url,
        media_root=media_root,
        staging_root=staging_root,
        derived_root=_derived_folder(env, home, media_root, staging_root),
        derived_max_bytes=int(number(env, "DERIVED_MAX_GB", 0, at_least=0) * 2**30) or None,
        ffmpeg=env.get("FFMPEG", ""),
        hls=boolean(env, "HLS", False),
        transcribe_command=command(env, "TRANSCRIBE_COMMAND"),
        secret_key=_secret_key(env, home, production),
        production=production,
        admin_email=env.get("CMS_ADMIN_EMAIL", "admin@example.com"),
        admin_password=env.get("CMS_ADMIN_PASSWORD"),
        site_name=env.get("SITE_NAME", "Mediafold"),
        site_language=language(env, "SITE_LANGUAGE"),
        api_contact=contact(env, "API_CONTACT"),
        content_license=env.get("CONTENT_LICENSE", "All rights reserved"),
        site_url=site_url(env, "SITE_URL"),
        smtp_url=_smtp_url(env),
        mail_from=env.get("MAIL_FROM", ""),
        cors_origins=cors_origins(env, "CORS_ORIGINS"),
        embed_hosts=hosts(env, "EMBED_HOSTS", EMBED_HOSTS),
        time_zone=time_zone(env, "APP_TIME_ZONE"),
        view_flush_seconds=number(env, "VIEW_FLUSH_SECONDS", 2, at_least=0.1),
        count_list_views=boolean(env, "COUNT_LIST_VIEWS", True),
        max_upload_bytes=int(number(env, "MAX_UPLOAD_MB", 4096, at_least=0.001) * 2**20),
        upload_lease_seconds=number(env, "UPLOAD_LEASE_SECONDS", 60, at_least=1),
        sweep_seconds=number(env, "SWEEP_SECONDS", 10, at_least=0.5),
        staging_grace_seconds=number(env, "STAGING_GRACE_SECONDS", 86400, at_least=0),
        media_grace_seconds=number(env, "MEDIA_GRACE_SECONDS", 604800, at_least=0, at_most=10**9),
        trash_days=number(env, "TRASH_DAYS", 30, at_least=0, at_most=10**4),
        verify_bytes_per_second=number(env, "VERIFY_MB_PER_SECOND", 50, at_least=0) * 2**20,
        page_cache_seconds=int(number(env, "PAGE_CACHE_SECONDS", 86400, at_least=0)),
        trusted_proxies=int(number(env, "TRUSTED_PROXIES", 0, at_least=0)),
        web_concurrency=int(number(env, "WEB_CONCURRENCY", 2, at_least=1)),
        web_threads=int(number(env, "WEB_THREADS", 4, at_least=1)),
        worker_concurrency=int(number(env, "WORKER_CONCURRENCY", 2, at_least=1)),
    )


def _smtp_url(env: Mapping[str, str]) -> str:
    """Where mail is sent; empty if none is. Links in it need the site's own address: that of a client may be forged."""
    url = smtp_url(env, "SMTP_URL")
    if url and ("@" not in env.get("MAIL_FROM", "") or not env["MAIL_FROM"].isprintable()):
        raise ConfigError("MAIL_FROM is needed beside SMTP_URL: the address that mail comes from")
    if url and "SITE_URL" not in env:
        raise ConfigError("SITE_URL is needed beside SMTP_URL: links in mail begin with it")
    return url


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
    return folder(env, "MEDIA_ROOT", media), folder(env, "STAGING_ROOT", staging)


def _derived_folder(env: Mapping[str, str], home: Path, media: Path, staging: Path) -> Path:
    """The folder of derivatives. Files in it that no row names are removed, as they are in MEDIA_ROOT."""
    derived = Path(env.get("DERIVED_ROOT", home / "derived")).resolve()
    for name, other in (("CMS_HOME", home), ("MEDIA_ROOT", media), ("STAGING_ROOT", staging)):
        if other.is_relative_to(derived):
            raise ConfigError(f"DERIVED_ROOT: {derived} holds {name}, too; derivatives need a folder of their own")
    for name, other in (("MEDIA_ROOT", media), ("STAGING_ROOT", staging)):
        if derived.is_relative_to(other):
            raise ConfigError(f"DERIVED_ROOT: {derived} lies in {name}; derivatives need a folder of their own")
    return folder(env, "DERIVED_ROOT", derived)


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
