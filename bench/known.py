"""A film that the site has already, chosen in a browser: the verdict comes as soon as the browser has hashed it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator

from playwright.sync_api import Page, expect, sync_playwright

from bench import data, pages
from bench.movies import movie
from bench.servers import Databases, Site
from bench.table import Result, alternate, at_most
from cms.media.digest import file_digest
from cms.media.models import MediaFile
from tests.factories import Factory
from tests.flows.browsing import ARGUMENTS, chromium, signed_in_as
from tests.flows.client import Editor
from tests.waiting import DEADLINE

#: Hashes what is chosen in a field of the page's own, as the page's own script does. Returns seconds.
_HASH = """async () => {
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  const { digestOf } = await import(loaded.find((name) => /uploads\\/hashing\\b/.test(name)));
  const started = performance.now();
  const [file] = document.querySelector("#bench").files;
  const digest = await digestOf(file, document.querySelector("#uploads").dataset.hasher);
  if (!digest) throw new Error("it was not hashed");
  return (performance.now() - started) / 1000;
}"""


def known(_names: Collection[str], _databases: Databases) -> Iterator[Result]:
    """Seconds from choosing a known film until the editor is told, compared with hashing it in the same page."""
    program = chromium()
    if program is None:
        print("There is no Chromium here: a known file is left out.")
        return
    with movie() as film, Site() as product, sync_playwright() as playwright:
        data.fill(product.engine, 1)
        digest = file_digest(film.path)
        row = MediaFile(
            digest=digest, size=film.path.stat().st_size, mime_type="video/mp4", path="2026/01/02/video/known.mp4"
        )
        row.video_codec = "h264"
        Factory(product.engine, product.app.extensions["storage"]).kept(row)
        product.start(*pages.PROCESSES)
        expect.set_options(timeout=DEADLINE * 1000)
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        page = signed_in_as(Editor(product), browser.new_context(base_url=product.site).new_page())
        page.goto("/admin/page/edit/?id=1")
        path = str(film.path)

        def told() -> float:
            started = time.perf_counter()
            page.set_input_files("#upload-files", path)
            page.locator(".tray [data-step=asks]").wait_for()
            seconds = time.perf_counter() - started
            page.locator(".tray [data-do=cancel]").click()
            expect(page.locator(".tray li")).to_have_count(0)
            return seconds

        figures = alternate({"told": told, "hashed": lambda: _hashed(page, path)})
        browser.close()
        product.check_logs()
    yield Result("a known 1 GB film until the editor is told", "s", figures["told"], figures["hashed"], at_most(1.2))


def _hashed(page: Page, path: str) -> float:
    page.evaluate("document.body.append(Object.assign(document.createElement('input'), { type: 'file', id: 'bench' }))")
    page.set_input_files("#bench", path)
    seconds = float(page.evaluate(_HASH))
    page.locator("#bench").evaluate("field => field.remove()")
    return seconds
