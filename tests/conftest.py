"""What all tests share: real servers, and one migrated app for each database, emptied between tests."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from argon2 import PasswordHasher
from flask import Flask, request, request_started
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

import config
from cms import create_app, current
from cms.accounts import users
from cms.database import Base
from cms.extensions import db
from cms.http.fastpath import FastPath
from cms.media.storage import Storage
from cms.pages.models import ContentItem, Page
from tests import mediabytes, warden
from tests.factories import Factory
from tests.published import lay_out
from tests.servers import PostgresServer, RedisServer, missing, running

HERE = Path(__file__).parent
#: Markers, and the databases that they stand for.
DATABASES = {"both_databases": ["sqlite", "postgresql"], "sqlite": ["sqlite"], "postgresql": ["postgresql"]}


#: Folders whose tests run the product in processes of its own, and the markers of those tests.
TIERS = {"flows": "e2e", "faults": "faults", "fuzz": "fuzz"}


def pytest_configure(config: pytest.Config) -> None:
    warden.begin()
    config.addinivalue_line("markers", "e2e: a flow end to end, through real processes")
    config.addinivalue_line("markers", "browser: in a real browser")
    config.addinivalue_line("markers", "faults: processes, servers and disks fail, for real and many times")
    config.addinivalue_line("markers", "fuzz: inputs that nobody thought of")
    config.addinivalue_line("markers", "heavy: starts processes, makes databases of its own, or waits for threads")
    config.addinivalue_line("markers", "both_databases: run on SQLite and on PostgreSQL, not on SQLite alone")
    config.addinivalue_line("markers", "sqlite: run on SQLite alone; each run on it has this, too")
    config.addinivalue_line("markers", "postgresql: run on PostgreSQL alone; each run on it has this, too")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Tests that share a running product go to one worker, and first, so that no worker waits for them at the end."""
    for item in items:
        if "browser" in item.fixturenames:
            item.add_marker("browser")
        if "new_app" in item.fixturenames:
            item.add_marker("heavy")
        if tier := TIERS.get(_folder(item)):
            item.add_marker(tier)
        if item.get_closest_marker("xdist_group"):
            continue
        if "fleet" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group(f"fleet-{item.callspec.params['fleet']}"))
        elif "stack" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group(f"stack-{_folder(item)}"))
    items.sort(key=lambda item: _folder(item) not in TIERS)


def _folder(item: pytest.Item) -> str:
    """The folder of a test, below this one."""
    return item.path.relative_to(HERE).parts[0]


def pytest_collection_finish() -> None:
    """Freeze the existing objects, so that the garbage collector need not scan them; run it less often later."""
    gc.freeze()
    gc.set_threshold(50_000)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The closest marker decides on which databases a test runs."""
    if "database" not in metafunc.fixturenames:
        return
    said = [mark.name for mark in metafunc.definition.iter_markers() if mark.name in DATABASES]
    names = DATABASES[said[0]] if said else ["sqlite"]
    runs = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in names]
    metafunc.parametrize("database", runs, indirect=True)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    _need("redis")
    with running(RedisServer()) as server:
        yield server


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis for one test, which may kill it."""
    _need("redis")
    with running(RedisServer()) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    _need("postgresql")
    with running(PostgresServer()) as server:
        yield server


@pytest.fixture(scope="session")
def apps(
    redis_server: RedisServer, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Flask]]:
    """The app on a database, made and migrated on first use."""
    made: dict[str, Flask] = {}

    def app_on(database: str) -> Flask:
        if database not in made:
            environ = {
                "CMS_HOME": str(lay_out(tmp_path_factory.mktemp(database))),
                "REDIS_URL": redis_server.url,
                "SECRET_KEY": "a key for tests only",
            }
            if database == "postgresql":
                environ["DATABASE_URL"] = request.getfixturevalue("postgres_server").new_database("tests")
            made[database] = create_app(config.load(environ))
            made[database].testing = False  # errors are answered, as in production
            with made[database].app_context():
                flask_migrate.upgrade()
        return made[database]

    yield app_on
    for app in made.values():
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def new_app(
    tmp_path: Path, redis_server: RedisServer, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Flask]]:
    """Makes an app on a database without even tables; once in a test."""
    made: list[Flask] = []

    def make(database: str) -> Flask:
        environ = {"CMS_HOME": str(lay_out(tmp_path / "home")), "REDIS_URL": redis_server.url}
        if database == "postgresql":
            server = request.getfixturevalue("postgres_server")
            environ["DATABASE_URL"] = server.new_database(tmp_path.name[-40:])
        made.append(create_app(config.load(environ)))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """``sqlite`` or ``postgresql``: see :func:`pytest_generate_tests`."""
    return str(request.param)


@pytest.fixture
def app(apps: Callable[[str], Flask], database: str, redis: Redis) -> Flask:
    """The app with empty tables, empty folders and an empty Redis."""
    app = apps(database)
    with app.app_context(), db.engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
        # Redis may have been down in the previous test: leave no dead connection, and nothing pending.
        current.view_counter().reconnect()
        current.page_cache().pending.flush()
        redis.flushall()
    storage: Storage = app.extensions["storage"]
    for root in (storage.media_root, storage.staging_root):
        for path in sorted(root.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    return app


@pytest.fixture
def settings(app: Flask) -> config.Settings:
    found: config.Settings = app.config["SETTINGS"]
    return found


@pytest.fixture
def with_settings(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change some settings of the app for one test."""

    def change(**values: Any) -> None:
        monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], **values))

    return change


@pytest.fixture(scope="session")
def redis_client(redis_server: RedisServer) -> Iterator[Redis]:
    with redis_server.client() as client:
        yield client


@pytest.fixture
def redis(redis_server: RedisServer, redis_client: Redis) -> Redis:
    """A client. Redis is empty at the start of a test."""
    if redis_server.process is None:
        redis_server.start()
    redis_client.flushall()
    return redis_client


@pytest.fixture
def engine(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session separate from the app's: it does not invalidate the cache."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def storage(app: Flask) -> Storage:
    found: Storage = app.extensions["storage"]
    return found


@pytest.fixture
def factory(engine: Engine, storage: Storage) -> Factory:
    """Makes pages, items, media files and accounts; each call is committed when it returns."""
    return Factory(engine, storage)


@pytest.fixture
def edit(app: Flask) -> Callable[..., None]:
    """Change a row as an editor's request does."""

    def change(row: Any, **values: Any) -> None:
        with app.app_context():
            found = db.session.get_one(type(row), row.id)
            for name, value in values.items():
                setattr(found, name, value)
            db.session.commit()

    return change


@pytest.fixture
def page(factory: Factory) -> Page:
    """A published page at ``/it/``."""
    return factory.page("Old", slug="it")


@pytest.fixture
def item(factory: Factory, page: Page) -> ContentItem:
    """A text on that page."""
    return factory.item(page, title="Item")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor to a process that has just started."""
    middleware: Any = app.wsgi_app
    while not isinstance(middleware, FastPath):
        middleware = middleware.application
    middleware._remembered.clear()
    return app.test_client()


@pytest.fixture
def entered(app: Flask) -> Iterator[list[str]]:
    """The addresses of the requests that reached Flask."""
    seen: list[str] = []

    def note(sender: Flask, **_: Any) -> None:
        seen.append(request.path)

    with request_started.connected_to(note, app):
        yield seen


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cheap hashes: many tests sign in. The real parameters have tests of their own."""
    monkeypatch.setattr(users, "_hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))


@pytest.fixture
def signed_in(client: FlaskClient, factory: Factory) -> FlaskClient:
    """A client that has gone through the sign-in form."""
    factory.user("editor@example.com", "correct horse")
    answer = sign_in(client, "editor@example.com", "correct horse")
    assert answer.status_code == 302, answer.text
    return client


def csrf_token(client: FlaskClient, address: str = "/login") -> str:
    """The token in the form at that address."""
    text = client.get(address).text
    return text.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]


def sign_in(client: FlaskClient, email: str, password: str, address: str = "/login") -> Any:
    token = csrf_token(client)
    return client.post(address, data={"csrf_token": token, "email": email, "password": password})


@pytest.fixture
def queries(engine: Engine) -> Iterator[list[str]]:
    """The statements that are sent to the database during the test."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(scope="session")
def media_files() -> Iterator[dict[str, Path]]:
    """Small real media files by name, such as ``video.mp4``, made once."""
    with tempfile.TemporaryDirectory(prefix="mf-") as folder:
        yield mediabytes.make_all(Path(folder))


@pytest.fixture
def video_bytes(media_files: dict[str, Path]) -> bytes:
    return media_files["video.mp4"].read_bytes()


@pytest.fixture
def other_video_bytes(media_files: dict[str, Path]) -> bytes:
    return media_files["video.webm"].read_bytes()


@pytest.fixture
def upload_id(factory: Factory, video_bytes: bytes) -> int:
    """The upload of a film to an item, waiting for a worker."""
    return factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", video_bytes)


def _need(server: str) -> None:
    if reason := missing(server):
        pytest.skip(reason)
