"""Dump and load the tables as JSON Lines, one file each. SQLite and PostgreSQL can load each other's dumps.

The columns are those of the database, not of the models: a dump of an earlier release is loaded into the tables of its
own migration, and migrated afterwards.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    RowMapping,
    Table,
    delete,
    func,
    insert,
    select,
    text,
)

# Rows per INSERT statement.
BATCH = 500
#: Tables that belong to one database or its servers (migration, folder marks, in-doubt counts), or that triggers and
#: SQLite maintain; derivatives, whose files are not in a backup: they are made again; and sessions and links, of which
#: some may have been ended since.
LEFT_OUT = {"alembic_version", "folder_mark", "unanswered_count", "published_block", "sqlite_sequence", "derivative"}
LEFT_OUT |= {"user_session", "account_link", "audit_retention", "spent_challenge"}
#: What the names of the tables have in which SQLite keeps the search's trigrams. Triggers maintain them.
_TRIGRAMS = "_trigrams"
#: Columns of media files that say which derivatives there are.
LEFT_OUT_COLUMNS = {"derived", "recipes_seen"}


def tables(connection: Connection) -> list[Table]:
    """The tables of a dump, each after those that it refers to."""
    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _: _TRIGRAMS not in name)
    for table in metadata.tables.values():
        for column in table.c:
            if isinstance(column.type, JSON):
                column.type.none_as_null = True  # load SQL's NULL as NULL, not as JSON's null
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


def count_rows(connection: Connection) -> int:
    """How many rows a dump would have."""
    return sum(connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables(connection))


def count_dumped(folder: Path) -> int:
    """How many rows a dump has."""
    total = 0
    for path in folder.glob("*.jsonl"):
        with path.open("rb") as file:
            total += sum(1 for _ in file)
    return total


def dump(connection: Connection, folder: Path, after: Callable[[int], None]) -> dict[str, int]:
    """Write every table.

    Args:
        connection: its transaction sees one snapshot.
        folder: an empty one.
        after: called with the number of rows just written.

    Returns:
        the last id that each table has generated, so that a restored database generates no id twice.

    Raises:
        OSError: there is no space, or no permission.
    """
    last_ids = {}
    for table in tables(connection):
        rows = connection.execution_options(yield_per=BATCH).execute(select(table).order_by(*table.primary_key))
        with (folder / f"{table.name}.jsonl").open("wb") as file:
            for part in rows.mappings().partitions():
                file.writelines(orjson.dumps(_to_json(row)) + b"\n" for row in part)
                after(len(part))
        if (last := _last_id(connection, table)) is not None:
            last_ids[str(table.name)] = last
    return last_ids


def load(connection: Connection, folder: Path, last_ids: dict[str, int], after: Callable[[int], None]) -> None:
    """Replace all rows by those of a dump. The caller commits.

    Raises:
        OSError, ValueError: the dump cannot be read.
        SQLAlchemyError: its rows do not fit the tables.
    """
    found = tables(connection)
    for table in reversed(found):
        _empty(connection, table)
    for table in found:
        found_rows = rows(folder, table.name)
        while batch := list(islice(found_rows, BATCH)):
            connection.execute(insert(table), [_from_json(table, row) for row in batch])
            after(len(batch))
        if table.name in last_ids:
            _continue_ids(connection, table, last_ids[table.name])


def _empty(connection: Connection, table: Table) -> None:
    """Remove all rows. The database keeps those of the audit log, unless it is told not to."""
    if table.name != "audit_entry":
        connection.execute(delete(table))
        return
    retention = Table("audit_retention", MetaData(), autoload_with=connection)
    connection.execute(insert(retention).values(keep_after=datetime.max.replace(tzinfo=UTC)))
    connection.execute(delete(table))
    connection.execute(delete(retention))


def rows(folder: Path, table: str) -> Iterator[dict[str, Any]]:
    """The rows of one table in a dump; none if the table is newer than the dump.

    Raises:
        OSError, ValueError: the dump cannot be read.
    """
    path = folder / f"{table}.jsonl"
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                yield orjson.loads(line)


def _to_json(row: RowMapping) -> dict[str, Any]:
    return {str(name): _plain(value) for name, value in row.items() if name not in LEFT_OUT_COLUMNS}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)  # SQLite's times are UTC and do not say so
    return b64encode(value).decode() if isinstance(value, bytes) else value


def _from_json(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    # (An earlier release on the tables of this one has dumped what it did not know to leave out.)
    return {name: _typed(table.c[name], value) for name, value in row.items() if name not in LEFT_OUT_COLUMNS}


def _typed(column: Column[Any], value: Any) -> Any:
    if value is not None and isinstance(column.type, DateTime):
        moment = datetime.fromisoformat(value).astimezone(UTC)
        return moment if column.type.timezone else moment.replace(tzinfo=None)
    if value is not None and isinstance(column.type, Date):
        return date.fromisoformat(value)
    if value is not None and isinstance(column.type, LargeBinary):
        return b64decode(value)
    return value


def _last_id(connection: Connection, table: Table) -> int | None:
    """The last id that the database generated for a table; ``None`` if it has generated none."""
    if connection.dialect.name == "sqlite":
        statement = text("SELECT seq FROM sqlite_sequence WHERE name = :table").bindparams(table=table.name)
    elif sequence := _sequence(connection, table):
        statement = text("SELECT pg_sequence_last_value(CAST(:name AS regclass))").bindparams(name=sequence)
    else:
        return None
    found: int | None = connection.scalar(statement)
    return found


def _continue_ids(connection: Connection, table: Table, last: int) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :table").bindparams(table=table.name))
        statement = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)")
        connection.execute(statement.bindparams(table=table.name, last=last))
    elif sequence := _sequence(connection, table):
        connection.execute(text("SELECT setval(:sequence, :last)").bindparams(sequence=sequence, last=last))


def _sequence(connection: Connection, table: Table) -> str | None:
    """PostgreSQL's name of the sequence behind a table's ``id``."""
    if "id" not in table.c:
        return None
    statement = text("SELECT pg_get_serial_sequence(:table, 'id')")
    found: str | None = connection.scalar(statement.bindparams(table=f'"{table.name}"'))
    return found
