"""The command that makes the words anew that media files are found by. Standard error shows its progress."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import func, select

from cms import current
from cms.cli.progress import progress
from cms.media.models import MediaFile
from cms.search import indexing, trigrams

search = AppGroup("search", help="What the library is searched by.")


@search.command("rebuild")
def rebuild() -> None:
    """Make the words anew that media files are found by, and the index of their parts.

    The site goes on meanwhile. Needed only after rows were changed by other programs, or after pg_trgm was installed.
    """
    transactions = current.transactions()
    with transactions() as session:
        total = session.scalar(select(func.count(MediaFile.id))) or 0
    done = 0
    with progress("Indexing", total) as bar:
        for count in indexing.rebuild(transactions):
            done += count
            bar.update(count)
    with transactions() as session:
        has_index = trigrams.rebuild(session)
    click.echo(f"The words of {done} files are up to date.")
    if not has_index:
        click.echo(
            "PostgreSQL's extension pg_trgm is not there, and this role may not install it. All words are found, but on"
            " a large site not quickly. An administrator of the database can run: CREATE EXTENSION pg_trgm;"
            " then run this command again."
        )
