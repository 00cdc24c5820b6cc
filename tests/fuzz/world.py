"""A small site for editors, workers and visitors, and a model of what must be true of it."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

from blake3 import blake3
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session
from werkzeug.urls import iri_to_uri

from cms.extensions import db
from cms.media.models import MediaFile, Upload, UploadStatus
from cms.media.storage import Storage
from cms.pages.models import Attachment, ContentItem, Slot, kind_named
from cms.view_counts.models import DayViews
from tests.conftest import csrf_token
from tests.disk import on_disk
from tests.fixtures.apps import empty_tables
from tests.fuzz.contents import Content

FINAL = (UploadStatus.COMPLETED, UploadStatus.FAILED)
#: Readers, and the headers that identify them. Editors read with their session.
READERS = {
    "visitor": {},
    "bot": {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
    "prefetch": {"Sec-Purpose": "prefetch"},
    "editor": {},
}
QUEUE = "mediafold"


def one_file_slots(kind: str) -> list[Slot]:
    """The slots of a kind that the machine fills: those that take one file."""
    return [slot for slot in kind_named(kind).slots if not slot.many]


@dataclass
class PageIs:
    """A page as it was last saved."""

    title: str
    text: str
    is_published: bool
    slug: str


@dataclass
class ItemIs:
    """An item as it was last saved, with its number of views."""

    kind: str
    page: int
    title: str
    order: int
    is_active: bool
    views: int = 0
    bot_views: int = 0
    #: By slot: the digest of what is shown, and the newest upload.
    shows: dict[str, str] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)
    #: By field: the external link.
    links: dict[str, str] = field(default_factory=dict)


class World:
    """The site. Each method is one action, which is also recorded in :attr:`pages` and :attr:`items`."""

    def __init__(self, app: Flask, client: FlaskClient, redis: Redis) -> None:
        self.app, self.client, self.redis = app, client, redis
        self.visitor = app.test_client(use_cookies=False)
        with app.app_context():
            self.engine: Engine = db.engine
        self.storage: Storage = app.extensions["storage"]
        self.token = csrf_token(client)
        self.titles = 0
        self.empty()

    def empty(self) -> None:
        """A new site with the same account."""
        with self.engine.begin() as connection:
            empty_tables(connection, but=("user", "user_session"))
        for root in (on_disk(self.storage), self.storage.staging.root):
            for path in sorted(root.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
        self.redis.flushall()
        self.pages: dict[int, PageIs] = {}
        self.items: dict[int, ItemIs] = {}
        self.uploads: dict[int, Content] = {}
        #: Paths of harmed stored files, and of files that dead workers left.
        self.harmed: set[str] = set()
        self.left: set[str] = set()

    # Editors.

    def save_page(self, number: int | None, **values: Any) -> int:
        """Add a page, or change one."""
        before = self.pages.get(number or 0)
        now = PageIs(**{**(vars(before) if before else {}), "title": self._title(), "slug": "", **values})
        now.slug = now.slug or now.title.lower()
        form = {"title": now.title, "slug": now.slug, "text": now.text, **_ticked("is_published", now.is_published)}
        number = self._save("page", number, form)
        self.pages[number] = now
        return number

    def save_item(self, number: int | None, files: dict[str, tuple[str, Content]], **values: Any) -> int:
        """Add an item, or change one; with files into some of its slots."""
        before = self.items.get(number or 0)
        now = ItemIs(**{**(vars(before) if before else {}), "title": self._title(), **values})
        form = self._filled(now)
        if before and now.page != before.page and now.order == before.order:
            # An item that moves to another page, without a new order, comes last there.
            now.order = max((item.order for item in self.items.values() if item.page == now.page), default=0) + 1
        form |= {f"{slot}_file": (BytesIO(content.data), name) for slot, (name, content) in files.items()}
        number = self._save(now.kind, number, form)
        self.items[number] = now
        for slot, (_, content) in files.items():
            upload = self._newest(number, slot)
            assert upload not in self.uploads
            self.uploads[upload] = content
            now.newest[slot] = upload
        return number

    def take_out(self, number: int, slot: str) -> None:
        """Tick the checkbox that removes a file from its slot."""
        item = self.items[number]
        self._save(item.kind, number, {**self._filled(item), f"{slot}_clear": "y"})
        del item.shows[slot]
        item.newest.pop(slot)

    def delete(self, kind: str, number: int) -> None:
        """Delete a page with all its items, or an item."""
        self._post(f"/admin/{kind}/delete/", {"id": number})
        if kind == "page":
            del self.pages[number]
            self.items = {key: item for key, item in self.items.items() if item.page != number}
        else:
            del self.items[number]

    def retry(self, upload: int) -> None:
        self._post("/admin/upload/retry/", {"id": upload})

    # Visitors.

    def read_json(self, number: int, who: str = "visitor") -> None:
        """A page in the API is as it was last saved, with exact counters."""
        answer = self._read(f"/api/page/content/{number}/", who)
        page = self.pages.get(number)
        if page is None or not page.is_published:
            assert answer.status_code == 404
        else:
            assert answer.status_code == 200
            self._compare(number, answer.json, who)

    def read_list(self, who: str = "visitor") -> None:
        """The list of pages is as it was last saved."""
        answer = self._read("/api/page/content/?page_size=100", who).json
        shown = [document["id"] for document in answer["results"]]
        assert sorted(shown) == sorted(number for number, page in self.pages.items() if page.is_published)
        for document in answer["results"]:
            self._compare(document["id"], document, who)

    def read_html(self, number: int, who: str = "visitor") -> None:
        """The page that visitors see is as it was last saved."""
        page = self.pages[number]
        answer = self._read(f"/{page.slug}/", who)
        assert answer.status_code == (200 if page.is_published else 404)
        if not page.is_published:
            return
        shown = [key for key, item in self._items_of(number) if self._is_shown(item)]
        sections = re.findall(r'<h2 id="item-(\d+)">([^<]*)</h2>.*?<b>(\d+)</b>', answer.text, re.DOTALL)
        seen = [(int(key), title, int(views)) for key, title, views in sections]
        assert seen == [(key, self.items[key].title, self.items[key].views) for key in shown]
        assert f"<h1>{page.title}</h1>" in answer.text
        for key in shown:
            self._count(key, who)

    # Workers.

    def run(self, task: Any, *arguments: Any) -> None:
        """Run a task as a worker does."""
        with self.app.app_context():
            task.run(*arguments)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A worker's transaction, which invalidates the cache. It is committed unless the worker dies."""
        with self.app.app_context():
            yield db.session()
            db.session.commit()

    def sent(self) -> list[int]:
        """Take the waiting tasks out of the broker, and return their uploads."""
        messages = [json.loads(message) for message in self.redis.lrange(QUEUE, 0, -1)]
        self.redis.delete(QUEUE)
        bodies = [json.loads(b64decode(message["body"])) for message in messages]
        return [body[0][0] for body in bodies]

    def time_passes(self, hours: float) -> None:
        """Move all times, such as deadlines and starts of periods, into the past."""
        moments = (
            Upload.lease_until,
            Upload.due_at,
            Upload.next_send_at,
            Upload.updated_at,
            MediaFile.unreferenced_since,
        )
        with self.transaction() as session:
            for table in (Upload, MediaFile):
                for row in session.scalars(select(table)):
                    for moment in (moment for moment in moments if moment.class_ is table):
                        value = getattr(row, moment.key)
                        values = {moment.key: value and value - timedelta(hours=hours)}
                        kept = {} if moment.key == "updated_at" else {"updated_at": row.updated_at}
                        session.execute(update(table).where(table.id == row.id).values({**kept, **values}))

    # The state of the site.

    def upload(self, number: int) -> Upload:
        with Session(self.engine) as session:
            return session.get_one(Upload, number)

    def all_uploads(self) -> list[Upload]:
        with Session(self.engine) as session:
            return list(session.scalars(select(Upload).order_by(Upload.id)))

    def media(self) -> list[MediaFile]:
        with Session(self.engine) as session:
            return list(session.scalars(select(MediaFile).order_by(MediaFile.id)))

    def is_whole(self, file: MediaFile) -> bool:
        """Whether the stored bytes are those of the digest."""
        path = on_disk(self.storage, file.path)
        return path.is_file() and blake3(path.read_bytes()).hexdigest() == file.digest

    def files(self) -> set[str]:
        """The paths of the files in the media folder."""
        root = on_disk(self.storage)
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}

    def counters(self) -> dict[int, tuple[int, int]]:
        """Views of each item, and those of bots."""
        with Session(self.engine) as session:
            rows = session.execute(select(ContentItem.id, ContentItem.counter, ContentItem.bot_views))
            return {item: tuple(views) for item, *views in rows}

    def days(self) -> dict[int, tuple[int, int]]:
        """The sums of the items' days."""
        sums = select(DayViews.item_id, func.sum(DayViews.count), func.sum(DayViews.bot_views))
        with Session(self.engine) as session:
            return {item: tuple(views) for item, *views in session.execute(sums.group_by(DayViews.item_id))}

    def _read(self, path: str, who: str) -> Any:
        client = self.client if who == "editor" else self.visitor
        return client.get(path, headers=READERS[who])

    def _count(self, item: int, who: str) -> None:
        self.items[item].views += who == "visitor"
        self.items[item].bot_views += who == "bot"

    def _items_of(self, page: int) -> list[tuple[int, ItemIs]]:
        items = [(key, item) for key, item in self.items.items() if item.page == page and item.is_active]
        return sorted(items, key=lambda pair: (pair[1].order, pair[0]))

    def _is_shown(self, item: ItemIs) -> bool:
        slots = [slot for slot in kind_named(item.kind).slots if not slot.optional]
        return all(slot.name in item.shows or item.links.get(slot.url_field) for slot in slots)

    def _compare(self, number: int, document: dict[str, Any], who: str) -> None:
        page, paths = self.pages[number], {file.digest: file.url_path for file in self.media()}
        assert (document["title"], document["text"]) == (page.title, page.text)
        expected = []
        for key, item in self._items_of(number):
            slots = one_file_slots(item.kind)
            files = {slot.path_field: paths.get(item.shows.get(slot.name, "")) for slot in slots}
            links = {slot.url_field: iri_to_uri(item.links.get(slot.url_field, "")) or None for slot in slots}
            shown = {"id": key, "title": item.title, "order": item.order, "counter": item.views}
            expected.append({**shown, **files, **links})
            self._count(key, who)
        seen = [{key: each[key] for key in wanted} for each, wanted in zip(document["contents"], expected, strict=True)]
        assert seen == expected

    def _newest(self, item: int, slot: str) -> int:
        with Session(self.engine) as session:
            found = session.get_one(Attachment, (item, slot)).upload_id
            assert found is not None
            return found

    @staticmethod
    def _filled(item: ItemIs) -> dict[str, Any]:
        """The fields of an item's form as a browser would send them."""
        form = {"page": item.page, "title": item.title, "order": item.order, **item.links}
        return form | _ticked("is_active", item.is_active)

    def _title(self) -> str:
        self.titles += 1
        return f"T{self.titles}"

    def _save(self, kind: str, number: int | None, form: dict[str, Any]) -> int:
        path = f"/admin/{kind}/edit/?id={number}" if number else f"/admin/{kind}/new/"
        location = self._post(path, {**form, "_continue_editing": "1"})
        found = parse_qs(urlsplit(location).query).get("id")
        assert found, location
        return int(found[0])

    def _post(self, path: str, form: dict[str, Any]) -> str:
        answer = self.client.post(path, data={"csrf_token": self.token, **form})
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


def _ticked(name: str, value: bool) -> dict[str, str]:
    return {name: "y"} if value else {}
