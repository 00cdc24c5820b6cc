"""Lists over many pages compared with lists over few: the API's, with and without the cache, and the admin's."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from functools import partial
from statistics import median

import requests

from bench import data, load
from bench.servers import Databases, Site
from bench.table import Result, alternate, at_most
from cms.pages.models import kinds
from tests.flows.client import Editor

FEW, MANY = 1_000, 100_000
LIST, FAR = "/api/page/content/?page=1", "/api/page/content/?page=2000"
SECONDS = 3.0
#: How often a list of the admin is requested in a round.
READINGS = 5


def scale(names: Collection[str], databases: Databases) -> Iterator[Result]:
    """Measure all lists. The tables are filled once for each database."""
    for database in databases.names:
        with ExitStack() as stack:
            few, many = (stack.enter_context(Site(databases.new(database))) for _ in range(2))
            for site, pages in ((few, FEW), (many, MANY)):
                data.fill(site.engine, pages)
                site.start("redis", "web")
            if "lists" in names:
                yield from _api_lists("cached", database, few, many)
                others = [stack.enter_context(_without_cache(site)) for site in (few, many)]
                for site in others:
                    site.start("redis", "web")
                yield from _api_lists("cache off", database, *others)
            if "admin" in names:
                yield from _admin_lists(database, few, many)
            few.check_logs(), many.check_logs()


def _without_cache(site: Site) -> Site:
    """A site on the same database that builds each document anew."""
    return Site(site.settings.database_url.render_as_string(hide_password=False), PAGE_CACHE_SECONDS="0")


def _api_lists(how: str, database: str, few: Site, many: Site) -> Iterator[Result]:
    sides = {"few": few.site + LIST, "page 1": many.site + LIST, "page 2,000": many.site + FAR}
    for address in sides.values():
        found = requests.get(address, timeout=60).json()
        assert [len(page["contents"]) for page in found["results"]] == [data.ITEMS_PER_PAGE] * 20
        load.measure(address, load.WARM_UP)
    figures = alternate({name: partial(_milliseconds, address) for name, address in sides.items()})
    for name in ("page 1", "page 2,000"):
        what = f"API list, {how}, {name} of 100,000 pages, {database}"
        yield Result(what, "ms", figures[name], figures["few"], at_most(1.5))


def _admin_lists(database: str, few: Site, many: Site) -> Iterator[Result]:
    editors = [Editor(few), Editor(many)]
    for address in ("page", *(kind.__tablename__ for kind in kinds()), "upload", "media"):
        sides = {str(number): partial(_reading, editor, f"/admin/{address}/") for number, editor in enumerate(editors)}
        for reading in sides.values():
            reading()
        figures = alternate(sides)
        yield Result(f"/admin/{address}/, 100,000 pages, {database}", "ms", figures["1"], figures["0"], at_most(2.0))


def _milliseconds(address: str) -> float:
    """Milliseconds of all processors for one answer under load."""
    return 1000 / load.measure(address, SECONDS).rate


def _reading(editor: Editor, path: str) -> float:
    times = []
    for _ in range(READINGS):
        started = time.perf_counter()
        answer = editor.get(path, allow_redirects=False)
        times.append(time.perf_counter() - started)
        assert answer.status_code == 200, answer.status_code
        assert answer.text.count("<tr") > 20, "the list is not full"
    return median(times) * 1000
