"""The work of editors on a page with 100 items: a form that saves itself, and the page's screen on a slow computer."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine, update

from bench import data
from bench.servers import Databases, Site
from bench.table import ROUNDS, Result, at_most
from cms.admin import undoable
from cms.kinds.text import Text
from cms.pages.models import ContentItem
from tests.flows.browsing import ARGUMENTS, chromium, signed_in_as
from tests.flows.client import Editor, Form

ITEMS = 100
SAVES = 20
#: Milliseconds: of the server's processor for one saving, and of a browser until a page's screen can be worked with.
SAVING_ALLOWED, SCREEN_ALLOWED = 50.0, 1500.0
#: How many times slower than this machine the editor's is.
SLOWER = 4

# Nothing happens any more: scripts have run by the end of DOMContentLoaded, except for what they put off.
_WATCH = """window.busy = 0;
new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) window.busy = startTime + duration;
}).observe({ type: "longtask", buffered: true });"""
_READY = "() => Math.max(performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd, window.busy)"


def editing(names: Collection[str], databases: Databases) -> Iterator[Result]:
    """Measure both on each database."""
    for database in databases.names:
        with Site(databases.new(database)) as product:
            data.fill(product.engine, ITEMS // data.ITEMS_PER_PAGE)
            item = _gather(product.engine)
            product.start("redis", "web")
            editor = Editor(product)
            if "autosave" in names:
                figures = [_saving(product, editor, item) for _ in range(ROUNDS + 1)][1:]
                what = f"form saves itself, page of 100 items, {database} (50 ms of the processor allowed)"
                yield Result(what, "ms", figures, [SAVING_ALLOWED] * ROUNDS, at_most(1.0))
            if "screen" in names:
                figures = list(_screen(editor))
                what = f"a page's screen with 100 items, {SLOWER} times slower, {database} (1.5 s allowed)"
                yield Result(what, "ms", figures, [SCREEN_ALLOWED] * ROUNDS, at_most(1.0))
            product.check_logs()


def _gather(engine: Engine) -> int:
    """Put all items on the first page. Returns one with words of its own."""
    with engine.execution_options(only_reads=False).begin() as connection:
        connection.execute(update(ContentItem).values(page_id=1, order=ContentItem.id))
        number = connection.scalar(Text.__table__.select().with_only_columns(Text.__table__.c.id).limit(1))
    data.settle(engine)
    assert number
    return int(number)


def _saving(product: Site, editor: Editor, item: int) -> float:
    """Milliseconds of the processor while a form is saved as a draft, and comes back with its next version."""
    path, used = f"/admin/text/edit/?id={item}", 0.0
    editor.session.headers[undoable.ASKS] = "1"
    fields = Form(editor.get(path).text).fields
    for number in range(SAVES):
        words = {
            **fields,
            "text": f"Words {number}",
            "_merge": "1",
            "_draft": "1",
            "_continue_editing": "1",
            "theirs": "order",
        }
        before = product.processor_seconds()
        saved = editor.post(path, words)
        fresh = editor.get(path)
        used += product.processor_seconds() - before
        assert saved.status_code == 302, saved.text
        fields = Form(fresh.text).fields
        assert fields["text"] == f"Words {number}"
    del editor.session.headers[undoable.ASKS]
    return used / SAVES * 1000


def _screen(editor: Editor) -> Iterator[float]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield from [_opening(browser, editor) for _ in range(ROUNDS + 1)][1:]
        browser.close()


def _opening(browser: Browser, editor: Editor) -> float:
    """Milliseconds from the request until the browser has nothing left to do, with scripts and styles in its cache."""
    context = browser.new_context(base_url=editor.site, viewport={"width": 1440, "height": 900})
    page = signed_in_as(editor, context.new_page())
    page.goto("/admin/page/edit/?id=1", wait_until="networkidle")
    page.add_init_script(_WATCH)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto("/admin/page/edit/?id=1", wait_until="load")
    page.wait_for_load_state("networkidle")
    assert page.locator("[data-item]").count() == ITEMS
    ready = float(page.evaluate(_READY))
    context.close()
    return ready
