"""Commands that write and restore backups."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import flask_migrate
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext
from redis import RedisError
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import SQLAlchemyError

from cms import current
from cms.backups import backup as backups
from cms.backups import dumps
from cms.cli.progress import progress
from cms.extensions import db
from cms.tasks import flush_views

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("backup")
@click.argument("folder", type=_FOLDER)
@with_appcontext
def backup(folder: Path) -> None:
    """Write a backup of database and files into FOLDER; the site may be in use.

    If FOLDER holds an older backup, only new files are copied. An interrupted run continues when it is started again.
    If a newer release has migrated the database, that release restores the backup.
    Ends with status 1 if a media file is missing or damaged.
    """
    with _in_words():
        _check_has_tables()
        try:
            flush_views.run()
        except RedisError as error:
            unread = "The views that it still holds are not in the backup"
            click.echo(f"Redis does not answer. {unread} ({error}).", err=True)
        with _one_moment() as connection:
            migration = _migration(connection)
            with progress("Database", dumps.count_rows(connection)) as bar:
                backups.write_tables(connection, folder, migration, bar.update)
        files = backups.files_of(folder)
        with progress("Files   ", files.size) as bar:
            lost = list(backups.save_files(files, current.storage(), folder, bar.update))
        backups.finish(folder)
    _end(f"The backup is complete: {click.format_filename(folder)}", lost, "is missing or damaged, and not in it")


@click.command("restore")
@click.argument("folder", type=_FOLDER)
@with_appcontext
def restore(folder: Path) -> None:
    """Restore the backup in FOLDER into an empty database, of the same kind or the other one.

    Existing accounts, such as the first admin, are replaced by those of the backup. Files come first, then the database
    in one transaction. So an interrupted run has not changed the database, and continues when it is started again.
    """
    with _in_words():
        about = backups.read(folder)
        _check_is_empty()
        _check_is_known(about.migration)
        files = backups.files_of(folder)
        with progress("Files   ", files.size) as bar:
            lost = list(backups.restore_files(files, current.storage(), folder, bar.update))
        _migrate_to(about.migration)
        with progress("Database", dumps.count_dumped(folder / "database")) as bar, db.engine.begin() as connection:
            dumps.load(connection, folder / "database", about.last_ids, bar.update)
        flask_migrate.upgrade()
        current.page_views().start_over()
    _end(f"The backup of {about.made_at[:16].replace('T', ' ')} UTC is restored.", lost, "is not in the backup")


@click.command("restored")
@with_appcontext
def restored() -> None:
    """Clear what Redis holds of the previous database, after a restore by other means.

    This removes cached pages, the counters' bases, and views that are not in the database yet.
    """
    with _in_words():
        current.page_views().start_over()
    click.echo("Redis no longer holds anything of the previous database.")


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (backups.NotUsable, OSError, ValueError, SQLAlchemyError, RedisError) as error:
        raise click.ClickException(str(getattr(error, "orig", None) or error).strip()) from error


@contextmanager
def _one_moment() -> Iterator[Connection]:
    """A connection whose statements all see one snapshot of the database."""
    options = {"only_reads": True} if db.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with db.engine.connect() as connection:
        yield connection.execution_options(**options)


def _script() -> ScriptDirectory:
    return ScriptDirectory(current_app.extensions["migrate"].directory)


def _migration(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


def _check_has_tables() -> None:
    with db.engine.connect() as connection:
        migration = _migration(connection)
    if not migration or (_is_known(migration) and migration != _script().get_current_head()):
        raise backups.NotUsable("The database lacks the tables of this release; run: flask db upgrade")


def _check_is_empty() -> None:
    with current.transactions()() as session:
        if not inspect(session.connection()).has_table("page"):
            return
        if there := backups.what_is_there(session):
            raise backups.NotUsable(f"The database is not empty ({', '.join(there)}); restore into a new one.")


def _is_known(migration: str) -> bool:
    """Whether it is a migration of this release, or of an earlier one."""
    return migration in {step.revision for step in _script().walk_revisions()}


def _check_is_known(migration: str) -> None:
    if not _is_known(migration):
        raise backups.NotUsable("The backup is of a newer release; restore it with that one.")


def _migrate_to(migration: str) -> None:
    """Give the empty database the tables that the backup's release had."""
    flask_migrate.upgrade(revision=migration)
    with db.engine.connect() as connection:
        is_later = _migration(connection) != migration
    if is_later:
        flask_migrate.downgrade(revision=migration)


def _end(sentence: str, lost: list[str], what: str) -> None:
    click.echo(sentence)
    for path in lost:
        click.echo(f"{click.format_filename(path)} {what}", err=True)
    if lost:
        raise click.exceptions.Exit(1)
