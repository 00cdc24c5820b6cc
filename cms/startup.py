"""What a process looks at before it begins: a Redis that could never do is refused in words, not found out later.

One that is away is no reason to stop: pages come from the database until it is there.
"""

from __future__ import annotations

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
