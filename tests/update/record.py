"""Makes ``release/``: a site as the last release leaves it, stopped in the middle of its work.

It is run by that release, with its tests' helpers; README.md beside it tells how.
"""

# ruff: noqa: I001  (some of the modules are the last release's)

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask
from redis import Redis
from sqlalchemy import update
from sqlalchemy.orm import Session

import config
from cms import create_app, tasks
from cms.extensions import db
from cms.models import ContentItem, Page, UnansweredCount, Upload
from cms.services import flushing, uploads, views
from tests.factories import Made
from tests.mediabytes import make_all
from tests.servers import RedisServer, running

EMAIL, PASSWORD = "admin@example.com", "a password for tests"


class Site:
    """The site, and how many views each item has been asked to count."""

    def __init__(self, app: Flask, media: dict[str, Path]) -> None:
        self.app = app
        self.made = Made(db.engine, app.extensions["storage"])
        self.redis: Redis = tasks.document_cache().redis
        self.media = media
        self.views: Counter[int] = Counter()

    def upload(self, page: Page, slot: str, filename: str, source: str | bytes) -> int:
        """An item with a file on its way; both have the same name."""
        data = source if isinstance(source, bytes) else self.media[source].read_bytes()
        item = self.made.item(page, "audio" if slot == "audio" else "video", title=filename)
        return self.made.upload(item, slot, filename, data)

    def read(self, path: str, items: list[ContentItem], times: int = 1) -> None:
        """Be a visitor: each answer counts a view of each of these items."""
        for _ in range(times):
            answer = self.app.test_client().get(path)
            assert answer.status_code == 200, answer.text
            self.views.update(item.id for item in items)

    def start_batch(self, *, apply: bool = False) -> None:
        """Half a flush, whose worker dies before the batch is added, or right after that."""
        before = set(views.waiting_batches(self.redis))
        flushing.start_batch(self.redis)
        [batch] = set(views.waiting_batches(self.redis)) - before
        if apply:
            assert flushing.apply_batch(db.session(), self.redis, batch)
            db.session.commit()


def fill(site: Site) -> None:
    """Everything that may be there when the processes are stopped."""
    made = site.made
    page = made.page("Before the update", slug="before", text="Kept *as it was*.")
    texts = [made.item(page, "text", title=f"Text {n}", order=n, text=f"Text number {n}.") for n in (1, 2)]
    site.read("/before/", texts, 3)
    site.read(f"/api/page/content/{page.id}/", texts, 2)
    tasks.flush_views()  # these are in the database
    site.read("/before/", texts, 4)
    site.start_batch(apply=True)
    site.read("/before/", texts, 5)
    site.start_batch()
    made.page("A draft", slug="draft", published=False)
    fill_uploads(site)
    site.read("/before/", texts, 6)  # these stay in the buffer
    in_doubt(site, texts)
    # A process has died between a hold and its release.
    tasks.document_cache().hold([f"page:{page.id}"], "a request that died")


def fill_uploads(site: Site) -> None:
    """Uploads in every state; each file's name says what was the last that happened to it."""
    page = site.made.page("Uploads", slug="uploads")
    session = db.session()

    for filename, slot, source in (
        ("stored.mp4", "video", "silent.mp4"),
        ("duplicate.mp4", "video", "silent.mp4"),
        ("stored.srt", "subtitles", "subtitles.srt"),
        ("refused.mp4", "video", b"This is no film, whatever its name says."),
    ):
        tasks.process_upload(site.upload(page, slot, filename, source))
    given_up = site.upload(page, "audio", "given-up.mp3", "sound.mp3")
    for _ in range(uploads.MAX_ATTEMPTS):
        claim = uploads.claim(session, given_up, 60)
        assert claim
        uploads.put_back(session, claim, OSError(5, "Input/output error"))
        session.execute(update(Upload).where(Upload.id == given_up).values(lease_until=None))
    session.commit()
    resting = site.upload(page, "audio", "resting.m4a", "sound.m4a")
    claim = uploads.claim(session, resting, 60)
    assert claim
    uploads.put_back(session, claim, OSError(5, "Input/output error"))
    session.commit()
    site.upload(page, "audio", "unsent.ogg", "sound.ogg")
    deleted = site.upload(page, "audio", "item-deleted.ogg", "sound.ogg")
    session.delete(session.get_one(ContentItem, session.get_one(Upload, deleted).item_id))
    session.commit()
    for number in (deleted, site.upload(page, "video", "same-bytes.mp4", "silent.mp4")):
        tasks.send_upload(number)
    taken = site.upload(page, "video", "taken.webm", "silent.webm")
    tasks.send_upload(taken)
    take_all(site.app.extensions["celery"], 3)
    tasks.send_upload(site.upload(page, "audio", "sent.flac", "sound.flac"))
    assert uploads.claim(session, taken, 60)
    session.commit()


def take_all(celery: Any, number: int) -> None:
    """Be workers that take messages and die before they acknowledge them: two of the three were not begun."""
    channel = celery.connection_for_read().channel()
    assert all(channel.basic_get("mediafold") for _ in range(number))


def in_doubt(site: Site, items: list[ContentItem]) -> None:
    """Two answers of Redis are lost: it has counted for one of them."""
    caller = tasks.document_cache()._caller()
    ids = [item.id for item in items]
    with Session(db.engine) as session:
        session.add(UnansweredCount(caller=caller._name, call=caller._call, items=ids))
        session.add(UnansweredCount(caller="0" * 32, call=7, items=ids))
        session.commit()
    site.views.update(ids)


def dump_database(home: Path, target: Path) -> None:
    """The database as the statements that make it."""
    with closing(sqlite3.connect(home / "mediafold.db")) as connection:
        target.write_text("\n".join(connection.iterdump()) + "\n", encoding="utf-8")


def dump_redis(redis: Redis) -> list[dict[str, Any]]:
    """Its keys with their types, milliseconds left, and values; bytes as the characters of the same numbers."""
    read = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"set": redis.smembers,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"zset": lambda key: dict(redis.zrange(key, 0, -1, withscores=True)),
    }
    found = []
    for key in sorted(redis.keys()):
        kind = redis.type(key)
        entry = {"key": key, "type": kind, "pttl": redis.pttl(key), "value": read[kind](key)}
        found.append(_readable(entry))
    return found


def _readable(value: Any) -> Any:
    match value:
        case bytes():
            return value.decode("latin-1")
        case dict():
            return {_readable(name): _readable(inner) for name, inner in value.items()}
        case list() | set():
            return [_readable(inner) for inner in value]
    return value


def main(target: Path) -> None:
    """Make everything anew."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder, running(RedisServer()) as server:
        home = Path(folder) / "home"
        settings = {"CMS_ADMIN_EMAIL": EMAIL, "CMS_ADMIN_PASSWORD": PASSWORD, "SECRET_KEY": "a key for tests only"}
        app = create_app(config.load({"CMS_HOME": str(home), "REDIS_URL": server.url, **settings}))
        with app.app_context():
            flask_migrate.upgrade()
            app.test_cli_runner().invoke(args=["cms", "first-admin"])
            (Path(folder) / "media").mkdir()
            site = Site(app, make_all(Path(folder) / "media"))
            fill(site)
            db.session.remove()
            db.engine.dispose()
            stopped = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
            written = {"stopped": stopped, "views": dict(site.views), "redis": dump_redis(site.redis)}
        dump_database(home, target / "database.sql")
        (target / "site.json").write_text(json.dumps(written, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
        for name in ("media", "staging"):
            shutil.copytree(home / name, target / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
