"""The command that makes derivatives of stored files at once. It shows its progress on standard error."""

from __future__ import annotations

import json
import sys
from collections import Counter

import click
from flask.cli import with_appcontext
from sqlalchemy import func, select

from cms.cli.progress import progress
from cms.extensions import db
from cms.media.derivatives import deriving
from cms.media.derivatives.models import Derivative, DerivativeStatus
from cms.media.derivatives.recipes import all_recipes
from cms.media.models import MediaFile
from cms.tasks import derive as make


@click.command("derive")
@click.option("--recipe", "name", type=click.Choice(list(all_recipes())), help="Only what this recipe makes.")
@click.option("--missing", is_flag=True, help="What is not there, and what has failed; this is what is done anyway.")
@click.option("--again", is_flag=True, help="Also what is there or was skipped. The old files serve meanwhile.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def derive(name: str | None, missing: bool, again: bool, as_json: bool) -> None:
    """Make derivatives in this process, file by file; the workers may go on meanwhile.

    Ends with status 1 if one has failed.
    """
    if missing and again:
        raise click.UsageError("--missing and --again exclude each other.")
    ended: Counter[str] = Counter()
    total = db.session.scalar(select(func.count(MediaFile.id))) or 0
    db.session.rollback()
    with progress("Making", total) as bar:
        last = 0
        while last_id := db.session.scalar(select(func.min(MediaFile.id)).where(MediaFile.id > last)):
            last = last_id
            asked = deriving.ask(db.session(), last, name, again=again)
            db.session.commit()
            for derivative_id in asked:
                make.run(derivative_id)
                row = db.session.get(Derivative, derivative_id, populate_existing=True)
                ended[row.status if row else "gone"] += 1
                db.session.rollback()
            bar.update(1)
    db.session.rollback()
    counts = {status: ended[status] for status in ("ready", "skipped", "failed")}
    counts["waiting"] = ended[DerivativeStatus.PENDING] + ended[DerivativeStatus.PROCESSING]
    if as_json:
        click.echo(json.dumps(counts))
    else:
        click.echo(", ".join(f"{count} {status}" for status, count in counts.items()) + ".")
    sys.exit(1 if counts["failed"] else 0)
