"""The settings under the names that Flask and its extensions read."""

from __future__ import annotations

from typing import Any

from config import Settings


def flask_config(settings: Settings) -> dict[str, Any]:
    """The values for ``app.config``."""
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        "SESSION_COOKIE_PATH": settings.url_prefix or "/",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.production,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SECURE": settings.production,
        "WTF_CSRF_TIME_LIMIT": None,  # a token lives as long as its session: a long edit is not lost
        "WTF_CSRF_SSL_STRICT": False,  # behind a proxy that strips the referrer
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings),
        "CACHE_TYPE": "cms.page_cache.PageCache",
        "CACHE_REDIS_URL": settings.redis_url,
        "CACHE_DEFAULT_TIMEOUT": settings.page_cache_seconds,
        "CACHE_KEY_PREFIX": "cache:",
        "CACHE_OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1, **settings.redis_tls},
        "RATELIMIT_STORAGE_URI": (
            "redis+" + settings.redis_url if settings.redis_url.startswith("unix://") else settings.redis_url
        ),
        "RATELIMIT_STORAGE_OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1, **settings.redis_tls},
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_HEADERS_ENABLED": False,
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_DEFAULT_TIMEZONE": settings.time_zone,
    }


def _engine_options(settings: Settings) -> dict[str, Any]:
    if settings.database_url.drivername == "sqlite":
        # Seconds that a writer waits for another one before "database is locked".
        return {"connect_args": {"timeout": 30}}
    connect_args: dict[str, Any] = {"connect_timeout": 5}
    if not settings.database_prepared_statements:
        connect_args["prepare_threshold"] = None
    # Connections are tested before use, so that a restart of the server fails no request.
    return {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 8, "connect_args": connect_args}
