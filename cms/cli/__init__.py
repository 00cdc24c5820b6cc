"""The commands of ``flask cms``."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from cms import current
from cms import demo as demo_pages
from cms.cli.accounts import create_admin, first_admin, set_password
from cms.cli.backup import backup, restore, restored
from cms.cli.derive import derive
from cms.cli.import_folder import import_folder
from cms.cli.media import media
from cms.cli.search import search
from cms.extensions import db
from cms.tasks import flush_views, send_upload, sweep
from cms.view_counts import days

cms = AppGroup("cms", help="Run and maintain the site.")
_views = AppGroup("views", help="Counted views.")
_cache = AppGroup("cache", help="Cached pages.")
_uploads = AppGroup("uploads", help="Uploads in progress.")


def init_cli(app: Flask) -> None:
    """Register the commands."""
    accounts, groups = (create_admin, set_password, first_admin), (_views, _cache, _uploads, media, search)
    for command in (*accounts, *groups, backup, restore, restored, import_folder):
        cms.add_command(command)
    media.add_command(derive)
    app.cli.add_command(cms)


@cms.command("demo")
def demo() -> None:
    """Add the demo pages that are not there yet."""
    missing = demo_pages.missing(db.session())
    db.session.commit()
    for contents in missing:
        uploads = demo_pages.add(db.session(), current.storage().staging, contents)
        db.session.commit()
        for upload in uploads:
            send_upload(upload.id)
        click.echo(f"Page added: {contents.title}")
    click.echo("The demo pages are there. Their files appear in a moment." if missing else "The demo pages are there.")


@_views.command("flush")
def flush() -> None:
    """Add the buffered views and plays to the counters now."""
    flush_views.run()


@_views.command("reconcile")
def reconcile() -> None:
    """Compare each item's views, bot views and plays with the sums of its days; exit status 1 if any differ."""
    differences = days.differences(db.session())
    for difference in differences:
        click.echo(f"Item {difference.item}: {difference.name} {difference.total}, days {difference.days}")
    if items := {difference.item for difference in differences}:
        raise click.ClickException(f"The days of {len(items)} items do not add up to their totals.")
    click.echo("The days of every item add up to its views, bot views and plays.")


@_cache.command("clear")
def clear() -> None:
    """Invalidate every cached page."""
    current.page_cache().forget_everything()


@_uploads.command("sweep")
def sweep_uploads() -> None:
    """Free uploads of dead workers, send pending ones again, clear the staging folder."""
    sweep.run()
