"""The audit log: how long it is kept."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import AppGroup

from cms import current
from cms.accounts import audit as log
from cms.extensions import db

audit = AppGroup("audit", help="Who has changed what.")


@audit.command("forget")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
def forget(day: datetime) -> None:
    """Remove the entries from before DAY (YYYY-MM-DD). The database refuses to remove any otherwise."""
    before = day.replace(tzinfo=current.view_counter().zone)
    removed = log.forget(db.session(), before)
    db.session.commit()
    click.echo(f"Entries removed: {removed}")
