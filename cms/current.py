"""Typed access to what the running app holds: settings, storage, page cache and counters."""

from __future__ import annotations

from typing import cast

from flask import current_app
from sqlalchemy.orm import Session, sessionmaker

from cms.database import Transactions
from cms.extensions import db
from cms.media.storage import Storage
from cms.page_cache import PageCache
from cms.page_views import PageViews
from cms.view_counts.counter import ViewCounter
from config import Settings


class SessionApart(Session):
    """A session of work that needs many transactions. The audit log has what is asked of it, too."""


def settings() -> Settings:
    """The app's settings."""
    return cast(Settings, current_app.config["SETTINGS"])


def storage() -> Storage:
    """Where its files are: the staging folder, and the media store."""
    return cast(Storage, current_app.extensions["storage"])


def page_cache() -> PageCache:
    """The app's cached responses."""
    return page_views().cache


def page_views() -> PageViews:
    """The app's cached responses together with its counters."""
    return cast(PageViews, current_app.extensions["page_views"])


def view_counter() -> ViewCounter:
    """The app's view counters."""
    return page_views().counter


def transactions() -> Transactions:
    """What opens transactions for work that needs many, apart from the request's or task's session."""
    return sessionmaker(db.engine, class_=SessionApart, expire_on_commit=False).begin
