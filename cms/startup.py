"""Checks before a process starts: settings that cannot work are refused with a sentence, not discovered later.

A Redis that is down is no reason to stop: pages come from the database until it is up.
"""

from __future__ import annotations

from pathlib import Path

from redis import Redis, RedisError

from config import ConfigError, Settings


def check_redis(settings: Settings) -> None:
    """Check what runs at ``REDIS_URL``, if it answers.

    Raises:
        ConfigError: it is a cluster or a sentinel, or its certificate cannot be trusted.
    """
    with Redis.from_url(settings.redis_url, socket_connect_timeout=2, socket_timeout=2, **settings.redis_tls) as client:
        try:
            mode = client.info("server").get("redis_mode")
        except RedisError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise ConfigError(
                    "REDIS_URL: the certificate of Redis cannot be trusted; set REDIS_CA_FILE to the file with the"
                    f" authority that signed it ({error})"
                ) from error
            return
    if mode == "cluster":
        raise ConfigError(
            "REDIS_URL leads to a Redis Cluster, which cannot be used: views are counted in steps over several keys;"
            " run one Redis, with a replica if you like"
        )
    if mode == "sentinel":
        raise ConfigError("REDIS_URL leads to a Redis Sentinel; write the address of the Redis that it watches")


def check_production(settings: Settings, checkout: Path) -> None:
    """Check for settings that are valid one by one, but unsafe together on a public site.

    Raises:
        ConfigError: nobody could sign in, all visitors would share an address, or the next release would lose the data.
    """
    if not settings.production:
        return
    if settings.site_url.startswith("http://"):
        raise ConfigError(
            f"SITE_URL: {settings.site_url} is not HTTPS, but in production cookies are sent over HTTPS only, so nobody"
            " could sign in; write https://, or set CMS_PRODUCTION=false"
        )
    if settings.site_url and not settings.trusted_proxies:
        raise ConfigError(
            "TRUSTED_PROXIES is 0, but a proxy in front of the site must provide HTTPS: all visitors would have its"
            " address, and anybody's ten wrong passwords would lock out everybody; write how many proxies there are"
        )
    data = {"MEDIA_ROOT": settings.media_root}
    if settings.embedded_redis or settings.database_url.drivername == "sqlite":
        data["CMS_HOME"] = settings.home
    for name, folder in data.items():
        if folder.is_relative_to(checkout):
            raise ConfigError(
                f"{name}: {folder} lies in the checkout, and the next release would begin without it; name a folder"
                " elsewhere (CMS_HOME, or MEDIA_ROOT for the media alone)"
            )
