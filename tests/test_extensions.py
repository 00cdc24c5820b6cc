"""Which requests use a transaction, and which do not."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cms.pages.models import Page
from tests.factories import Factory


@pytest.mark.both_databases
@pytest.mark.parametrize(("method", "options"), [("GET", {"only_reads": False}), ("POST", {}), (None, {})])
def test_what_may_write_is_kept_whole_or_not_at_all(
    app: Flask, engine: Engine, factory: Factory, method: str | None, options: dict[str, bool]
) -> None:
    page = factory.page()
    context = app.test_request_context(method=method) if method else app.app_context()
    with context, Session(engine.execution_options(**options)) as session:
        session.get_one(Page, page.id).title = "Half done"
        session.flush()
        session.add(Page(slug=page.slug, title="The same address"))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
    with Session(engine) as session:
        assert session.scalars(select(Page.title)).all() == [page.title]


@pytest.mark.postgresql
def test_a_request_that_reads_keeps_the_servers_plans(app: Flask, engine: Engine) -> None:
    """The server makes a plan at the sixth execution, and loses it when the driver rolls back."""
    statement = text("SELECT count(*) FROM page WHERE id > :id")

    def read(times: int) -> int:
        with app.test_request_context():
            for _ in range(times):
                with engine.connect() as connection:
                    connection.execute(statement, {"id": 0})
        with app.test_request_context(), engine.connect() as connection:
            kept = text(
                "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT count(*) FROM page %'"
            )
            return int(connection.execute(kept).scalar_one())

    engine.dispose()  # the pool takes its connections in turn, and there must be only one
    assert read(10) == 1


@pytest.mark.postgresql
def test_a_connection_that_was_asked_to_have_no_transactions_has_none(engine: Engine, app: Flask) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM page"))


@pytest.mark.postgresql
def test_statements_are_not_compiled(engine: Engine, app: Flask) -> None:
    engine.dispose()
    with engine.connect() as connection:
        assert connection.execute(text("SHOW jit")).scalar_one() == "off"
