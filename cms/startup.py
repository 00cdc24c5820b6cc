"""What a process looks at before it begins: what could never do is refused in words, not found out later.

A Redis that is away is no reason to stop: pages come from the database until it is there.
"""

from __future__ import annotations

from pathlib import Path

from redis import Redis, RedisError

from config import ConfigError, Settings


def check_redis(settings: Settings) -> None:
    """Look what runs at ``REDIS_URL``, if it answers.

    Raises:
        ConfigError: a cluster or a sentinel, or nobody whose certificate can be trusted.
    """
    with Redis.from_url(settings.redis_url, socket_connect_timeout=2, socket_timeout=2, **settings.redis_tls) as client:
        try:
            mode = client.info("server").get("redis_mode")
        except RedisError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise ConfigError(
                    "REDIS_URL: the certificate of Redis is not to be trusted; REDIS_CA_FILE names the file with the"
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
    """Look for settings that are each well, and unsafe together on a public site.

    Raises:
        ConfigError: nobody could sign in, everybody has one address, or the next release would lose the data.
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
            "TRUSTED_PROXIES is 0, but HTTPS is spoken by something in front of the site: all visitors would have its"
            " address, and ten wrong passwords of anybody would lock out everybody; write how many proxies there are"
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
