"""Counted requests for a page or list over HTTP, compared with bare Flask that asks Redis or the database once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

import requests
from sqlalchemy.orm import Session

from bench import data, load
from bench.reference import BODY, BODY_KEY, VIEWS_KEY, Base, Kept
from bench.servers import Databases, Site
from bench.table import Result, Target, alternate, at_least, at_most

PAGES = 100
PROCESSES = ("redis", "web", "worker", "beat")

DETAIL = "/api/page/content/100/"
LIST = "/api/page/content/?page_size=20"
GZIP = "Accept-Encoding: gzip"
# name: what, address, header, target. Each shows the newest page, whose counters are checked.
_CACHED: dict[str, tuple[str, str, str, Target]] = {
    "detail": ("API detail, 5 items, cached", DETAIL, "", at_least(1.0)),
    "list": ("API list, 20 pages of 5 items, cached", LIST, "", at_least(0.5)),
    "html": ("HTML page, cached", "/page-100/", "", at_least(0.9)),
    "detail-gzip": ("API detail, 5 items, cached, compressed", DETAIL, GZIP, at_least(0.95)),
    "list-gzip": ("API list, 20 pages of 5 items, cached, compressed", LIST, GZIP, at_least(0.5)),
}


class Served(NamedTuple):
    """Answers per second, and processor time per answer, including Redis, in microseconds."""

    rate: float
    microseconds: float


def cached(names: Collection[str], databases: Databases) -> Iterator[Result]:
    """API detail, API list and HTML page from the cache, in the same rounds as the reference."""
    with Site() as product, Site() as reference:
        data.fill(product.engine, PAGES)
        product.start(*PROCESSES)
        reference.start("redis", "reference")
        reference.redis.set(BODY_KEY, BODY)
        chosen = {name: _CACHED[name] for name in _CACHED if name in names}
        sides = {
            name: (lambda address=address, header=header: _product(product, address, header))
            for name, (_, address, header, _) in chosen.items()
        }
        for _, address, header, _ in chosen.values():
            load.measure(product.site + address, load.WARM_UP, header=header)
        load.measure(reference.site + "/pipeline/", load.WARM_UP)
        figures = alternate({"reference": lambda: _pipeline(reference), **sides})
        product.check_logs()
        for name, (what, _, _, target) in chosen.items():
            rates, times = zip(*figures[name], strict=True)
            their_rates, their_times = zip(*figures["reference"], strict=True)
            yield Result(what, "/s", rates, their_rates, target)
            yield Result(f"{what}: processor time", "µs", times, their_times, at_most(round(1 / target.ratio, 2)))


def built(_names: Collection[str], databases: Databases) -> Iterator[Result]:
    """API detail without the cache: the document is built each time, on each database."""
    for database in databases.names:
        url = databases.new(database)
        with (
            Site(url, PAGE_CACHE_SECONDS="0") as product,
            Site(url or f"sqlite:///{product.home}/mediafold.db") as bare,
        ):
            data.fill(product.engine, PAGES)
            Base.metadata.create_all(product.engine)
            with Session(product.engine) as session:
                session.add_all(Kept(id=number, body=BODY.decode()) for number in range(1, PAGES + 1))
                session.commit()
            product.start(*PROCESSES)
            bare.start("reference")
            load.measure(product.site + DETAIL, load.WARM_UP)
            load.measure(bare.site + "/select/100/", load.WARM_UP)
            figures = alternate({"product": lambda: _product(product, DETAIL).rate, "bare": lambda: _select(bare)})
            product.check_logs()
            yield Result(
                f"API detail, cache off, {database}", "/s", figures["product"], figures["bare"], at_least(0.30)
            )


def counter(site: Site) -> int:
    """The counter of the newest page's items. Reading it is itself a view."""
    found = requests.get(site.site + DETAIL, timeout=10).json()["contents"]
    assert len(found) == data.ITEMS_PER_PAGE, found
    assert len({item["counter"] for item in found}) == 1, found
    return int(found[0]["counter"])


def _counted(site: Site, address: str, look: Callable[[], int], header: str = "") -> Served:
    """Measure answers. Each must have been counted; ``look`` returns how many have been."""
    site.rest()
    before, used_before = look(), site.processor_seconds()
    seen = load.measure(site.site + address, header=header)
    site.rest()
    used = site.processor_seconds() - used_before
    views = look() - before
    # Answers that were under way when the load ended are counted, but nobody received them.
    assert 0 <= views - seen.answers <= load.CONNECTIONS, f"{seen.answers} answers, {views} views"
    return Served(seen.rate, used / seen.answers * 1e6)


def _product(site: Site, address: str, header: str = "") -> Served:
    asked = itertools.count()  # each look is a view
    return _counted(site, address, lambda: counter(site) - next(asked), header)


def _pipeline(site: Site) -> Served:
    assert requests.get(site.site + "/pipeline/", timeout=10).content == BODY
    with site.redis as redis:
        return _counted(site, "/pipeline/", lambda: int(redis.hget(VIEWS_KEY, "1")))


def _select(site: Site) -> float:
    assert requests.get(site.site + "/select/100/", timeout=10).content == BODY
    return load.measure(site.site + "/select/100/").rate
