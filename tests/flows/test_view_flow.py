"""Flow B over HTTP: what visitors read is counted exactly and is never stale."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from html import unescape

from tests.flows.client import Editor, Visitor
from tests.flows.stack import Stack
from tests.rounds import ROUNDS
from tests.waiting import eventually

READS, CONNECTIONS = 2000, 16
EDITS = 5 * ROUNDS


def views_in(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'<p class="views">.*?<b>(\d+)</b>', html, re.DOTALL)]


def in_database(stack: Stack, item: int, column: str = "counter") -> int:
    return int(stack.one(f"SELECT {column} FROM content_item WHERE id = ?", item))


def test_the_nth_read_shows_n_minus_1_wherever_it_is_read(editor: Editor, visitor: Visitor, stack: Stack) -> None:
    page = editor.new_page("Counted", slug="counted")
    item = editor.add("text", page, "An item", text="Words").id

    def detail() -> int:
        (shown,) = visitor.items(page)
        return int(shown["counter"])

    def listed() -> int:
        results = visitor.get("/api/page/content/?page_size=100").json()["results"]
        return next(int(found["contents"][0]["counter"]) for found in results if found["id"] == page)

    def html() -> int:
        (shown,) = views_in(visitor.get("/counted/").text)
        return shown

    reads = [detail, html, listed, listed, html, detail, html, detail, listed]
    shown = []
    for number, read in enumerate(reads):
        shown.append(read())
        for path in (f"/api/page/content/{page}/", "/counted/", "/api/page/content/?page_size=100"):
            assert visitor.session.head(stack.site + path).status_code == 200
        if number == 4:
            assert eventually(lambda: in_database(stack, item) == 5), "the views are flushed in the midst of it"
    assert shown == list(range(len(reads)))
    assert eventually(lambda: in_database(stack, item) == len(reads))
    assert visitor.get("/").status_code == 200  # the list of pages counts no items
    assert detail() == len(reads)


def test_only_people_and_clients_move_the_counter(editor: Editor, visitor: Visitor, stack: Stack) -> None:
    page = editor.new_page("Read by all sorts", slug="all-sorts")
    item = editor.add("text", page, "An item", text="Words").id
    readers: list[tuple[Editor | Visitor, dict[str, str]]] = [
        (visitor, {}),
        (visitor, {"User-Agent": "curl/8.4.0"}),
        (visitor, {"User-Agent": "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"}),
        (visitor, {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"}),
        (editor, {}),
    ]
    shown = []
    for _ in range(3):
        for reader, headers in readers:
            shown += views_in(reader.get("/all-sorts/", headers=headers).text)
            shown.append(reader.get(f"/api/page/content/{page}/", headers=headers).json()["contents"][0]["counter"])
    assert shown == [first + more for first in (0, 4, 8) for more in (0, 1, 2, 3, 4, 4, 4, 4, 4, 4)]
    assert eventually(lambda: in_database(stack, item) == 12)
    assert eventually(lambda: in_database(stack, item, "bot_views") == 6)


def test_an_item_that_is_not_shown_is_not_counted_on_the_html_page(editor: Editor, visitor: Visitor) -> None:
    page = editor.new_page("Half", slug="half")
    editor.add("text", page, "Shown", text="Words")
    editor.add("video", page, "No file yet")
    editor.add("text", page, "Switched off", text="Words", is_active="")
    for _ in range(3):
        visitor.get("/half/")
    assert [(item["title"], item["counter"]) for item in visitor.items(page)] == [("Shown", 3), ("No file yet", 0)]


def test_2000_reads_from_16_connections_are_2000_in_the_database(editor: Editor, stack: Stack) -> None:
    page = editor.new_page("Two thousand")
    item = editor.add("text", page, "Read by many", text="Words").id
    turns = iter(range(READS))
    turn = threading.Lock()

    def read(_: int) -> list[int]:
        reader, shown = Visitor(stack), []
        with reader.session:
            while True:
                with turn:
                    if next(turns, None) is None:
                        return shown
                shown.append(int(reader.items(page)[0]["counter"]))

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        shown = [number for numbers in pool.map(read, range(CONNECTIONS)) for number in numbers]
    assert sorted(shown) == list(range(READS)), "every reader saw another number"
    assert eventually(lambda: in_database(stack, item) >= READS)
    assert [found["counter"] for found in Visitor(stack).items(page)] == [READS]
    assert eventually(lambda: in_database(stack, item) > READS)
    assert in_database(stack, item) == READS + 1, "no batch was added twice before the next one"


def test_a_page_that_is_edited_and_read_at_once_is_never_old(editor: Editor, stack: Stack) -> None:
    page = editor.new_page("Edited 0", slug="edited", text="First")
    item = editor.add("text", page, "Item 0", text="Words").id
    written = 0
    done = threading.Event()

    def hammer(path: str) -> list[tuple[int, int]]:
        """For each read that showed an older round: the last finished round when it started, and the round shown."""
        reader, old = Visitor(stack), []
        with reader.session:
            while not done.is_set():
                before = written
                shown = re.search(r"Edited (\d+)", reader.get(path).text)
                if not shown or int(shown[1]) < before:
                    old.append((before, int(shown[1]) if shown else -1))
        return old

    reader = Visitor(stack)
    paths = [f"/api/page/content/{page}/", "/edited/", "/api/page/content/?page_size=100", "/"]
    with ThreadPoolExecutor(len(paths)) as pool:
        hammering = [pool.submit(hammer, path) for path in paths]
        try:
            for number in range(1, EDITS + 1):
                fields = {"title": f"Edited {number}", "slug": "edited", "text": "Next", "is_published": "y"}
                assert editor.post(f"/admin/page/edit/?id={page}", fields).status_code == 302
                written = number
                assert f"<h1>Edited {number}</h1>" in unescape(reader.get("/edited/").text)
                assert reader.page(page)["title"] == f"Edited {number}"
                fields = {"page": page, "title": f"Item {number}", "order": 0, "is_active": "y", "text": "Next"}
                assert editor.post(f"/admin/text/edit/?id={item}", fields).status_code == 302
                assert reader.items(page)[0]["title"] == f"Item {number}"
                assert f"Item {number}<" in reader.get("/edited/").text
        finally:
            done.set()
        assert [old for reading in hammering for old in reading.result()] == []


def test_a_page_that_is_taken_off_the_site_is_gone_at_once_and_back_at_once(editor: Editor, visitor: Visitor) -> None:
    page = editor.new_page("On and off", slug="on-and-off")
    editor.add("text", page, "Words", text="Words")
    for _ in range(5):
        assert visitor.page(page)["title"] == "On and off"
        assert "On and off" in visitor.get("/").text
        editor.edit("page", page, is_published="")
        assert visitor.get(f"/api/page/content/{page}/").status_code == 404
        assert visitor.get("/on-and-off/").status_code == 404
        assert "On and off" not in visitor.get("/").text
        editor.edit("page", page, is_published="y")
        assert visitor.get("/on-and-off/").status_code == 200


def test_a_deleted_page_and_a_deleted_item_are_gone_at_once(editor: Editor, visitor: Visitor) -> None:
    page = editor.new_page("To be deleted", slug="to-be-deleted")
    item = editor.add("text", page, "Words", text="Words").id
    assert len(visitor.items(page)) == 1
    assert editor.post("/admin/text/delete/", {"id": item}).status_code == 302
    assert visitor.items(page) == []
    assert editor.post("/admin/page/delete/", {"id": page}).status_code == 302
    assert visitor.get(f"/api/page/content/{page}/").status_code == 404
    assert visitor.get("/to-be-deleted/").status_code == 404
