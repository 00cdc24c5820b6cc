"""Commands that verify stored files and remove unreferenced ones. Standard error shows their progress."""

from __future__ import annotations

import json
import logging
import sys
from datetime import timedelta
from typing import Any

import click
import structlog
from flask.cli import AppGroup

from cms import current
from cms.cli.progress import progress
from cms.media import folder_marks, garbage, integrity
from cms.media.integrity import RateLimiter
from cms.media.models import MediaFault
from cms.pages import replacing, revisions

log = structlog.get_logger(__name__)


def log_to_stderr() -> None:
    """Keep standard output for the result."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.__stdout__:
            handler.setStream(sys.__stderr__)


media = AppGroup("media", help="Stored files.", callback=log_to_stderr)


@media.command("verify")
@click.option("--dry-run", is_flag=True, help="Change nothing in the database.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(dry_run: bool, as_json: bool) -> None:
    """Hash every stored file again and list those that are missing, damaged, or orphaned (no row names them).

    A file that cannot be read for now is listed as unread. Files that were verified longest ago come first, so an
    interrupted run that is started again continues with the others. Reads at most VERIFY_MB_PER_SECOND. Ends with
    status 1 if a file is missing, damaged or unread.
    """
    with current.transactions()() as session:
        total = integrity.stored_bytes(session)
    found: dict[str, list[str]] = {fault.value: [] for fault in MediaFault}
    unread: list[str] = []
    files = 0
    with progress("Verifying", total) as bar:
        limiter = RateLimiter(current.settings().verify_bytes_per_second, bar.update)
        for file in integrity.verify(current.transactions(), current.storage().media, limiter, dry_run=dry_run):
            if file.is_unread:
                unread.append(file.path)
                continue
            files += 1
            if file.fault:
                found[file.fault].append(file.path)
    sound = not any(found.values()) and not unread
    orphans: list[str] = []
    try:
        orphans.extend(file.path for file in integrity.orphans(current.transactions(), current.storage().media))
    except OSError as error:
        log.warning("media_not_listed", error=str(error))
        sound = False

    if as_json:
        _print_json(verified=files, bytes=limiter.bytes, **found, unread=unread, orphaned=orphans, dry_run=dry_run)
    else:
        for name, paths in {**found, "unread": unread, "orphaned": orphans}.items():
            for path in paths:
                click.echo(f"{name:<9} {click.format_filename(path)}")
        counts = ", ".join(f"{len(paths)} {name}" for name, paths in found.items())
        ending = f" {len(unread)} unread." if unread else ""
        click.echo(f"{files} verified: {counts if not sound else 'all well'}. {len(orphans)} orphaned.{ending}")
    sys.exit(0 if sound else 1)


@media.command("gc")
@click.option("--grace", type=click.IntRange(0, 10**9), help="Seconds, instead of MEDIA_GRACE_SECONDS.")
@click.option("--dry-run", is_flag=True, help="Only list what would be removed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def gc(grace: int | None, dry_run: bool, as_json: bool) -> None:
    """Remove files that nothing has referred to for longer than the grace period.

    With --grace 0, all files that are unreferenced now are removed. Uploads can continue meanwhile.
    """
    seconds = current.settings().media_grace_seconds if grace is None else grace
    with current.transactions()() as session:
        if not dry_run:
            kept_for = timedelta(days=current.settings().trash_days)
            revisions.release_files(session, kept_for)
            replacing.forget_old(session, kept_for)
        total = garbage.count_due(session, seconds)
    removed: dict[bool, list[str]] = {False: [], True: []}
    size = 0
    with progress("Removing", total) as bar:
        for gone in garbage.collect(current.transactions(), current.storage().media, seconds, dry_run=dry_run):
            removed[gone.is_orphan].append(gone.path)
            size += gone.size
            bar.update(1)
    with current.transactions()() as session:
        waiting = garbage.count_unreferenced(session) - (len(removed[False]) if dry_run else 0)

    if as_json:
        _print_json(
            removed=removed[False],
            orphaned=removed[True],
            bytes=size,
            waiting=waiting,
            grace_seconds=seconds,
            dry_run=dry_run,
        )
        return
    for is_orphan, paths in removed.items():
        for path in paths:
            click.echo(f"{'orphaned' if is_orphan else 'removed':<9} {click.format_filename(path)}")
    verb = "would go" if dry_run else "removed"
    click.echo(
        f"{sum(map(len, removed.values()))} {verb}, {size} bytes. {waiting} unreferenced within the grace period."
    )


@media.command("mark")
def mark() -> None:
    """Mark MEDIA_ROOT, STAGING_ROOT and DERIVED_ROOT as the folders of this site, after they were moved or restored.

    /readyz compares the marks to detect machines that do not share the folders.
    """
    with current.transactions()() as session:
        folder_marks.rewrite(session, current.storage())
    click.echo("The folders have been marked.")


def _print_json(**values: Any) -> None:
    click.echo(json.dumps(values))
