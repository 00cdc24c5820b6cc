"""Visitors who read and play all the time, and how many of their reads and plays were answered."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Any

import requests

from tests.faults.processes import Fleet
from tests.flows.client import Editor
from tests.waiting import DEADLINE, eventually

BOT = {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
# Internals, which no answer may contain.
INSIDE = ("Traceback", "sqlalchemy", "psycopg", "sqlite3", ".py")


class Load:
    """Readers of some addresses during a ``with`` block, each with its own connection. Every other one is a bot."""

    def __init__(self, fleet: Fleet, *paths: str, readers: int = 4, pause: float = 0.01) -> None:
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.by_bots: Counter[str] = Counter()  # answers with a page, by path
        self.unanswered: Counter[str] = Counter()
        self.leaks: list[str] = []
        self.times: list[float] = []  # of answers with a page, by the monotonic clock
        self._site = fleet.site
        self._pause = pause
        self._done = threading.Event()
        self._noting = threading.Lock()
        self._readers = [
            threading.Thread(target=self._read, args=(paths[number % len(paths)],)) for number in range(readers)
        ]

    def __enter__(self) -> Load:
        for reader in self._readers:
            reader.start()
        return self

    def __exit__(self, _type: type | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._done.set()
        for reader in self._readers:
            reader.join()

    def answered(self, path: str) -> int:
        """How many reads of a page were answered with the page."""
        return self.statuses[path, 200]

    def views(self, path: str) -> tuple[int, int]:
        """How many of these were by clients, and how many by bots."""
        return self.answered(path) - self.by_bots[path], self.by_bots[path]

    def refused(self) -> int:
        """How many reads were answered with 503."""
        with self._noting:
            return sum(count for (_, status), count in self.statuses.items() if status == 503)

    def others(self) -> set[int]:
        """The statuses of the other answers."""
        return {status for _, status in self.statuses} - {200}

    def _read(self, path: str) -> None:
        session, is_bot = requests.Session(), False
        while not self._done.wait(self._pause):
            is_bot = not is_bot
            try:
                answer = session.get(self._site + path, headers=BOT if is_bot else {}, timeout=DEADLINE)
            except requests.RequestException:
                with self._noting:
                    self.unanswered[path] += 1
                session.close()
                self._done.wait(0.02)
                continue
            with self._noting:
                self.statuses[path, answer.status_code] += 1
                if answer.status_code == 200:
                    self.times.append(time.monotonic())
                    self.by_bots[path] += is_bot
                if answer.status_code != 200 and any(word in answer.text for word in INSIDE):
                    self.leaks.append(answer.text)


class Plays:
    """A visitor who plays a sound during a ``with`` block, again and again. Each play is sent until it is counted."""

    def __init__(self, fleet: Fleet, editor: Editor, slug: str) -> None:
        self.counted = self.repeated = 0
        self._fleet = fleet
        page = editor.new_page(f"Plays: {slug}", slug=slug)
        self._item = editor.add("audio", page, "A sound", audio_url="https://example.com/a.mp3").id
        self._slug = slug
        self._done = threading.Event()
        self._player = threading.Thread(target=self._play)

    def __enter__(self) -> Plays:
        self._player.start()
        return self

    def __exit__(self, _type: type | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._done.set()
        self._player.join()

    def total(self) -> int:
        """The plays in the database, once every one has arrived there."""
        totals_of(self._fleet, self._item)
        return int(self._fleet.one("SELECT plays FROM content_item WHERE id = :item", item=self._item))

    def _play(self) -> None:
        while not self._done.wait(0.02):
            page = self._request("GET", f"/{self._slug}/")
            if page is None or page.status_code != 200:
                continue
            token = re.findall(r'data-token="([^"]+)"', page.text)[0]
            # (The same request again may be answered 409: it had been counted, and the answer was lost.)
            while (answer := self._send(token)) is None or answer.status_code not in (204, 409):
                self.repeated += 1
                time.sleep(0.02)
            self.counted += 1

    def _send(self, token: str) -> requests.Response | None:
        return self._request("POST", "/plays/", data={"token": token, "item": self._item})

    def _request(self, method: str, path: str, **options: Any) -> requests.Response | None:
        try:
            return requests.request(method, self._fleet.site + path, timeout=DEADLINE, **options)
        except requests.RequestException:
            return None


def counter_of(fleet: Fleet, item: int) -> int:
    """An item's counter in the database, once every view has arrived there."""
    return totals_of(fleet, item)[0]


def totals_of(fleet: Fleet, item: int) -> tuple[int, int]:
    """An item's counter and the views by bots."""
    assert eventually(lambda: _all_flushed(fleet)), fleet.logs()
    counter, bot_views = (
        int(fleet.one(f"SELECT {column} FROM content_item WHERE id = :item", item=item))
        for column in ("counter", "bot_views")
    )
    return counter, bot_views


def _all_flushed(fleet: Fleet) -> bool:
    if fleet.one("SELECT count(*) FROM unanswered_count"):
        return False
    with fleet.redis_client() as redis:
        return not redis.exists("views:buffer") and not redis.exists("views:batches")
