"""Page views are cached, never stale, and counted in one round trip. Without Redis everything still works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy.orm import Session

from cms import current, page_cache
from cms.accounts.models import User
from cms.extensions import db
from cms.page_cache import PageCache, page_tag
from cms.page_cache import bodies as known_bodies
from cms.page_cache.responses import CachedResponse, Placeholders
from cms.page_views import PageViews, Reading, Shown
from cms.pages.models import ContentItem, Page
from cms.view_counts.buffer import Count
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


@pytest.fixture
def cache(app: Flask) -> PageCache:
    with app.app_context():
        return current.page_cache()


@pytest.fixture
def page_views(app: Flask) -> PageViews:
    with app.app_context():
        return current.page_views()


@pytest.fixture
def respond(page_views: PageViews, page: Page) -> Callable[..., str]:
    """Request the page's title. ``meanwhile`` runs after the database was read, and before the body is cached."""

    def ask(meanwhile: Callable[[], object] = lambda: None) -> str:
        def make(session: Session, placeholders: Placeholders) -> CachedResponse:
            title = session.get_one(Page, page.id).title
            session.rollback()
            meanwhile()
            return placeholders.html(title)

        shown = Shown("key", lambda _session: [page_tag(page.id)], make)
        counted = page_views.view(shown, Reading("key", b"http://h", Count.VIEW))
        assert counted is not None
        return counted.split.filled(counted.counters).decode()

    return ask


def kept(redis: Redis) -> list[bytes]:
    return sorted(redis.keys("cache:response:*"))


@pytest.mark.parametrize("address", ["/api/page/content/{id}/", "/api/page/content/", "/it/", "/"])
def test_the_second_read_asks_the_database_nothing(
    client: FlaskClient, page: Page, item: ContentItem, queries: list[str], address: str
) -> None:
    address = address.format(id=page.id)
    first = client.get(address)
    assert first.status_code == 200, first.text
    assert queries
    queries.clear()
    assert client.get(address).status_code == 200
    assert queries == []


def test_a_hit_is_counted_without_the_fast_path_too(
    client: FlaskClient, page: Page, item: ContentItem, redis: Redis
) -> None:
    """In each process the first request of its kind goes through Flask. Here every request is the first one."""
    seen = []
    for number in range(4):
        answer = client.get(f"/api/page/content/{page.id}/", headers={"Accept-Language": f"en;q=0.{number + 1}"})
        seen.append(answer.json["contents"][0]["counter"])
        assert len(kept(redis)) == 1
    assert seen == [0, 1, 2, 3]


def test_generations_are_found_at_once_however_many(respond: Callable[..., str], redis: Redis) -> None:
    respond()
    assert redis.object("ENCODING", page_cache.GENERATIONS) == b"hashtable"


@pytest.mark.parametrize("address", ["/api/page/content/{id}/", "/api/page/content/", "/it/"])
def test_a_hit_is_one_round_trip(
    client: FlaskClient, redis: Redis, page: Page, item: ContentItem, address: str
) -> None:
    address = address.format(id=page.id)
    client.get(address)
    redis.config_resetstat()
    client.get(address)
    sent = {name: stat["calls"] for name, stat in redis.info("commandstats").items()}
    # This also lists the commands that scripts call inside Redis.
    asked = {name: calls for name, calls in sent.items() if name.startswith("cmdstat_eval")}
    inside = {"cmdstat_hmget", "cmdstat_hget", "cmdstat_set", "cmdstat_hset"}
    assert sum(asked.values()) == 1
    assert set(sent) - set(asked) - inside - {"cmdstat_config", "cmdstat_config|resetstat", "cmdstat_info"} == set()


def test_lists_of_unusual_sizes_are_not_kept_and_counted_all_the_same(
    client: FlaskClient, page: Page, item: ContentItem, redis: Redis, edit: Callable[..., None]
) -> None:
    for number, (size, keeps) in enumerate([(7, 0), (20, 1), (7, 1), (99, 1), (50, 2), (7, 2)]):
        answer = client.get(f"/api/page/content/?page_size={size}")
        assert answer.json["results"][0]["contents"][0]["counter"] == number
        assert len(kept(redis)) == keeps
    edit(page, title="New")
    assert client.get("/api/page/content/?page_size=7").json["results"][0]["title"] == "New"


def test_a_slow_reader_cannot_bring_the_old_page_back(
    respond: Callable[..., str], edit: Callable[..., None], page: Page, redis: Redis
) -> None:
    assert respond(lambda: edit(page, title="New")) == "Old", "it began before the edit"
    assert kept(redis) == []
    assert respond() == "New"
    assert respond() == "New"


def test_a_reader_that_comes_between_look_up_and_making_sees_the_edit(
    app: Flask,
    cache: PageCache,
    client: FlaskClient,
    edit: Callable[..., None],
    page: Page,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The edit is committed after the slug was looked up, and before the generations are read."""
    real = cache._generations
    edits = [lambda: edit(page, title="New")]

    def late(*args: Any, **kwargs: Any) -> Any:
        if edits:
            edits.pop()()
        return real(*args, **kwargs)

    monkeypatch.setattr(cache, "_generations", late)
    client.get("/it/")
    assert edits == []
    assert "New" in client.get("/it/").text


def test_nothing_is_kept_while_an_editor_commits(
    cache: PageCache, respond: Callable[..., str], page: Page, redis: Redis
) -> None:
    cache.hold([page_tag(page.id)], "editor")
    assert respond() == "Old"
    assert kept(redis) == []
    cache.release([page_tag(page.id)], "editor")
    respond()
    assert len(kept(redis)) == 1


def test_the_hold_of_one_editor_outlives_that_of_another(
    cache: PageCache, respond: Callable[..., str], page: Page, redis: Redis
) -> None:
    cache.hold([page_tag(page.id)], "one")
    cache.hold([page_tag(page.id)], "other")
    cache.release([page_tag(page.id)], "one")
    respond()
    assert kept(redis) == []


def test_a_commit_leaves_no_hold_behind(redis: Redis, edit: Callable[..., None], page: Page) -> None:
    edit(page, title="New")
    assert redis.keys("cache:hold:*") == []


def test_a_rollback_after_the_hold_lets_it_run_out(
    app: Flask, respond: Callable[..., str], page: Page, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the connection broke during a commit, its outcome is unknown, and it may become visible later."""
    respond()
    with app.app_context():
        db.session.get_one(Page, page.id).title = "New"
        monkeypatch.setattr(db.engine.dialect, "do_commit", _broken)
        with pytest.raises(ConnectionError):
            db.session.commit()
        monkeypatch.undo()
        db.session.rollback()
    before = kept(redis)
    assert respond() == "Old"
    assert redis.exists(f"cache:hold:{page_tag(page.id)}")
    assert kept(redis) == before, "what is read now is not kept"


def _broken(_connection: object) -> None:
    raise ConnectionError


def test_another_release_finds_no_bodies_of_this_one(
    client: FlaskClient,
    factory: Factory,
    page: Page,
    item: ContentItem,
    cache: PageCache,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client.get("/it/")
    factory.change(page, title="Behind its back")
    assert "Behind its back" not in client.get("/it/").text
    monkeypatch.setattr(cache, "_release", "another")
    assert "Behind its back" in client.get("/it/").text


def test_bodies_are_as_large_as_they_are(client: FlaskClient, cache: PageCache, page: Page) -> None:
    for number in range(20):
        host = f"{'h' * 60}.{'h' * 60}.{'h' * 60}.host-{number}"
        for _ in range(2):
            assert client.get("/api/page/content/", base_url=f"http://{host}").status_code == 200
    assert len([base for _, base in cache.bodies._bodies if b"host-" in base]) == 20
    held = [len(key) + len(base) + sum(map(len, body.parts)) for (key, base), body in cache.bodies._bodies.items()]
    assert cache.bodies._size >= sum(held)


def test_the_hold_of_a_dead_process_runs_out(cache: PageCache, page: Page, redis: Redis) -> None:
    cache.hold([page_tag(page.id)], "dead")
    left = redis.ttl(f"cache:hold:{page_tag(page.id)}")
    assert 0 < left <= page_cache.HOLD_SECONDS


def test_what_is_kept_runs_out(app: Flask, respond: Callable[..., str], redis: Redis) -> None:
    respond()
    [key] = kept(redis)
    assert app.config["CACHE_DEFAULT_TIMEOUT"] - 600 < redis.ttl(key) <= app.config["CACHE_DEFAULT_TIMEOUT"]


def test_clearing_makes_everything_old(
    app: Flask, client: FlaskClient, factory: Factory, page: Page, item: ContentItem
) -> None:
    client.get("/it/")
    factory.change(page, title="Behind its back")
    assert "Behind its back" not in client.get("/it/").text
    assert app.test_cli_runner().invoke(args=["cms", "cache", "clear"]).exit_code == 0
    assert "Behind its back" in client.get("/it/").text


def test_a_commit_that_shows_nothing_forgets_nothing(app: Flask, redis: Redis, factory: Factory) -> None:
    factory.user("a@example.com", "correct horse")
    before = redis.hgetall(page_cache.GENERATIONS)
    with app.app_context():
        db.session.query(User).one().is_active = False
        db.session.commit()
    assert redis.hgetall(page_cache.GENERATIONS) == before


def test_unknown_addresses_leave_nothing_in_redis(client: FlaskClient, redis: Redis) -> None:
    client.get("/nothing/")  # registers this process with Redis
    before = redis.keys()
    for number in range(5):
        assert client.get(f"/api/page/content/{10**6 + number}/").status_code == 404
        assert client.get(f"/nothing-{number}/").status_code == 404
    assert sorted(redis.keys()) == sorted(before)


def test_a_process_that_keeps_no_more_bodies_asks_for_them(
    client: FlaskClient, page: Page, item: ContentItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/api/page/content/{page.id}/"
    bodies = [client.get(address).json for _ in range(3)]
    for limits in ({"MAX_BODY": 0}, {"MAX_BODY": 2**20, "MAX_BODIES": 0}):
        for name, value in limits.items():
            monkeypatch.setattr(known_bodies, name, value)
        bodies += [client.get(path).json for path in (address, address, "/api/page/content/")][:2]
    assert [body["contents"][0].pop("counter") for body in bodies] == [0, 1, 2, 3, 4, 6, 7]
    assert all(body == bodies[0] for body in bodies)
