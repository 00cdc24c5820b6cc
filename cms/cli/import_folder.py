"""The command that imports the files of a folder. Standard error shows its progress."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import click
from flask.cli import with_appcontext

from cms import current
from cms.cli.media import log_to_stderr
from cms.cli.progress import progress
from cms.errors import explain
from cms.extensions import db
from cms.media.models import Upload, UploadStatus
from cms.media.storage.staging import StagedFile
from cms.messages import InvalidInput
from cms.pages import attachments, importing, revisions, trash
from cms.pages.importing import Found
from cms.pages.models import ContentItem, Page
from cms.pages.revisions import Action
from cms.tasks import process_upload


@dataclass
class Report:
    """What became of the files: how many had each outcome, and why some were refused."""

    outcomes: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)


@click.command("import-folder")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--page", "title", help="Make items on the page with this title. If there is none, it becomes a draft.")
@click.option("--pages", is_flag=True, help="Make items on pages, each titled like the folder of its files.")
@click.option("--library", is_flag=True, help="Only put the files into the library; this is what is done anyway.")
@with_appcontext
def import_folder(folder: Path, title: str | None, pages: bool, library: bool) -> None:
    """Import the files in FOLDER and in the folders below it.

    Files go the way of all uploads, one after the other in this process. What is there already, by its contents, is
    passed over: to resume an interrupted run, run it again. Ends with status 1 if a file was refused.
    """
    if sum((bool(title), pages, library)) > 1:
        raise click.UsageError("--page, --pages and --library exclude each other.")
    log_to_stderr()
    report = Report()
    with progress("Importing", sum(file.size for file in importing.files(folder))) as bar:
        for file in importing.files(folder):
            try:
                report.outcomes[_import(file, title or (file.folder if pages else None), report)] += 1
            except (InvalidInput, OSError) as error:
                db.session.rollback()
                why = error if isinstance(error, InvalidInput) else explain(error)
                report.outcomes["refused"] += 1
                report.refused.append(f"{file.path}: {why}")
            bar.update(file.size)
    counts = (f"{report.outcomes[name]} {name}" for name in ("added", "there already", "waiting", "refused"))
    click.echo(f"{report.outcomes.total()} files: {', '.join(counts)}.")
    for draft in report.drafts:
        click.echo(f"New page, a draft: {draft}")
    for line in report.refused:
        click.echo(f"Refused: {line}")
    if report.refused:
        raise SystemExit(1)


def _import(file: Found, title: str | None, report: Report) -> str:
    """Import one file, in transactions of its own. Return what became of it."""
    session = db.session()
    family = importing.family(file)
    if title is not None:
        importing.kind_for(family)  # refused before a page is made for it
    stored = importing.known(session, file)
    session.rollback()  # no transaction stays open while bytes are copied
    if title is None and stored is not None:
        return "there already"
    staged = None if stored else importing.staged(current.storage().staging, file, current.settings().max_upload_bytes)
    try:
        page, is_new = importing.page_titled(session, title) if title is not None else (None, False)
        if importing.is_on_its_way(session, file, page) or (
            page is not None and stored is not None and importing.is_shown_on(session, page, stored)
        ):
            session.rollback()
            return "there already"
        if page is not None and not is_new:
            revisions.keep_before(session, page)
        item = importing.item_for(session, page, family, file) if page is not None else None
        upload: Upload | None = None
        if item is not None and stored is not None:
            importing.show(session, item, session.merge(stored))
        elif staged is not None:
            upload = _upload(item, family, file, staged)
        if page is not None and upload is None:
            _keep(page, file)
        session.commit()
        made = page.title if page is not None and is_new else None
        if staged is not None:
            staged.keep()
    finally:
        if staged is not None:
            staged.discard()
    outcome = _carried_out(upload.id, item, file, is_page_new=is_new) if upload else "added"
    if made:
        report.drafts.append(made)
    return outcome


def _upload(item: ContentItem | None, family: str, file: Found, staged: StagedFile) -> Upload:
    session, name = db.session(), staged.path.name
    if item is None:
        return attachments.stage_for_library(session, family, file.name, staged.size, name)
    return attachments.stage(session, item, item.slots[0].name, file.name, staged.size, name)


def _carried_out(upload_id: int, item: ContentItem | None, file: Found, *, is_page_new: bool) -> str:
    """Process an upload here and now. If its file is refused, so is its item, and the page that was made for it."""
    process_upload.run(upload_id)
    session = db.session()
    upload = session.get_one(Upload, upload_id, populate_existing=True)
    if upload.status == UploadStatus.FAILED:
        why = InvalidInput(upload.reason or "", **(upload.reason_values or {}))
        if item is not None:
            found = session.get_one(ContentItem, item.id)
            trash.delete(session, found.page if is_page_new else found)
        session.commit()
        raise why
    if item is not None:
        _keep(session.get_one(Page, item.page_id), file)
    session.commit()
    return "added" if upload.status == UploadStatus.COMPLETED else "waiting"


def _keep(page: Page, file: Found) -> None:
    revisions.keep(db.session(), page, None, Action.ADDED, file.name)
