"""What the running app holds, typed: its settings, where its files are, its page cache."""

from __future__ import annotations

from typing import cast

from flask import current_app

from cms.extensions import cache
from cms.media.storage import Storage
from cms.page_cache import PageCache
from config import Settings


def settings() -> Settings:
    """The settings that the app was made with."""
    return cast(Settings, current_app.config["SETTINGS"])


def storage() -> Storage:
    """Where its files are: the staging folder, and the media store."""
    return cast(Storage, current_app.extensions["storage"])


def page_cache() -> PageCache:
    """Its cached responses."""
    return cast(PageCache, cache.cache)
