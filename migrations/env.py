"""How migrations run: against the app's own database, on SQLite and PostgreSQL alike."""

from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext
from flask import current_app
from sqlalchemy import Connection, TypeDecorator

_migrate = current_app.extensions["migrate"]


def _render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our own column types as the plain ones they are stored in: a migration does not change with our code."""
    if kind == "type" and isinstance(item, TypeDecorator) and type(item).__module__.startswith("cms."):
        return f"sa.{item.impl_instance!r}"
    return False


def _drop_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Write no migration when nothing has changed."""
    written = getattr(context.config.cmd_opts, "autogenerate", False)
    if written and directives[0].upgrade_ops.is_empty():
        directives[:] = []
        print("The models have not changed.")


def _is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether a table has a model. SQLite keeps the trigrams of the search in tables of its own."""
    return kind != "table" or "_trigrams" not in (name or "")


def _is_known_index(_object: Any, name: str | None, kind: str, _is_reflected: bool, _model: Any) -> bool:
    """All but the indexes of trigrams, which only those sites have that can."""
    return not (name or "").endswith("_trigrams")


def _is_newer(connection: Connection) -> bool:
    """Whether a newer release has migrated the database. This one can use it: migrations only add."""
    found = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    known = {step.revision for step in context.script.walk_revisions()}
    return found is not None and found not in known


def run() -> None:
    """Bring the database to the asked-for revision, each migration in a transaction of its own."""
    engine = _migrate.db.engine
    with engine.connect() as connection:
        if _is_newer(connection):
            print("A newer release has migrated the database; this release changes nothing in it.")
            return
        if engine.dialect.name == "sqlite":
            # A batch migration rebuilds tables; with keys enforced, dropping the old one would delete its dependants.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
        context.configure(
            connection=connection,
            target_metadata=_migrate.db.metadatas[None],
            render_item=_render_item,
            include_name=_is_ours,
            include_object=_is_known_index,
            process_revision_directives=_drop_empty,
            transaction_per_migration=True,
            transactional_ddl=True,
            **_migrate.configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        if engine.dialect.name == "sqlite":
            connection.rollback()  # within a transaction SQLite would not listen
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = ON")


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database; set DATABASE_URL.")
run()
