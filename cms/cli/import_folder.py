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
from cms.media import folders, known, mediatypes
from cms.media.families import family_of
from cms.media.folders import Found
from cms.media.models import Upload, UploadStatus
from cms.media.storage.staging import StagedFile
from cms.messages import N_, InvalidInput
from cms.pages import arrivals, attachments, drafts, importing, revisions, trash
from cms.pages.importing import Beside
from cms.pages.models import ContentItem, Page
from cms.pages.revisions import Action
from cms.tasks import process_upload

THERE = "there already"


@dataclass
class Report:
    """What became of the files: how many had each outcome, why some were refused, and which pages were made."""

    outcomes: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    made: list[int] = field(default_factory=list)
    beside: Beside = field(default_factory=Beside)

    def refuse_folder(self, error: OSError) -> None:
        """Note a folder that cannot be read."""
        self.refused.append(f"{error.filename}: {explain(error)}")


@dataclass
class _Place:
    """Where a file goes: a slot of an item. The item, and its page, may have been made for it."""

    item: ContentItem
    slot: str
    is_item_new: bool
    is_page_new: bool


@click.command("import-folder")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--page", "title", help="Make items on the page with this title. If there is none, it becomes a draft.")
@click.option("--pages", is_flag=True, help="Make items on pages, each titled like the folder of its files.")
@click.option("--library", is_flag=True, help="Only put the files into the library; this is what is done anyway.")
@click.option("--publish", is_flag=True, help="Publish the pages that are made.")
@with_appcontext
def import_folder(folder: Path, title: str | None, pages: bool, library: bool, publish: bool) -> None:
    """Import the files in FOLDER and in the folders below it.

    Files go the way of all uploads, one after the other in this process. What is there already, by its contents, is
    passed over: to resume an interrupted run, run it again. Ends with status 1 if a file was refused.
    """
    if sum((bool(title), pages, library)) > 1:
        raise click.UsageError("--page, --pages and --library exclude each other.")
    if publish and not (title or pages):
        raise click.UsageError("--publish is for --page and --pages.")
    log_to_stderr()
    report = Report()
    with progress("Importing", sum(file.size for file in folders.files(folder, lambda _error: None))) as bar:
        for file in folders.files(folder, report.refuse_folder):
            try:
                report.outcomes[
                    _import(file, title or (importing.title_of_folder(file.folder) if pages else None), report)
                ] += 1
            except (InvalidInput, OSError) as error:
                db.session.rollback()
                why = error if isinstance(error, InvalidInput) else explain(error)
                report.outcomes["refused"] += 1
                report.refused.append(f"{file.path}: {why}")
            bar.update(file.size)
    counts = (f"{report.outcomes[name]} {name}" for name in ("added", THERE, "waiting", "refused"))
    click.echo(f"{report.outcomes.total()} files: {', '.join(counts)}.")
    for page_id in report.made:
        _tell(page_id, publish=publish)
    for line in report.refused:
        click.echo(f"Refused: {line}")
    if report.refused:
        raise SystemExit(1)


def _tell(page_id: int, *, publish: bool) -> None:
    session = db.session()
    page = session.get_one(Page, page_id)
    if publish:
        drafts.publish(session, page, None)
    click.echo(f"New page, {'published' if publish else 'a draft'}: {page.title}")
    session.commit()


def _import(file: Found, title: str | None, report: Report) -> str:
    """Import one file, in transactions of its own. Return what became of it."""
    session, storage = db.session(), current.storage()
    digest = file.digest()
    stored = known.find(session, digest)
    family = family_of(stored) if stored else None
    is_in_trash = stored is not None and stored.deleted_at is not None
    session.rollback()  # no transaction stays open while bytes are copied
    if title is None and stored is not None and not is_in_trash:
        return THERE
    staged = None if stored and not is_in_trash else file.staged(storage.staging, current.settings().max_upload_bytes)
    try:
        family = family or (mediatypes.family_at(staged.path, file.name) if staged else None)
        if family is None:
            raise InvalidInput(N_("The file's contents are not of a supported type, whatever its name says."))
        if _is_there(file, title, digest, staged, report):
            return THERE
        place = _place(file, title, family, report) if title is not None else None
        upload = _added(file, digest, family, place, staged)
        session.commit()
        if staged is not None:
            staged.keep()
    finally:
        if staged is not None:
            staged.discard()
    if place is not None:
        report.beside.note(file.path, place.item.id)
    return _carried_out(upload.id, place, file, report)


def _is_there(file: Found, title: str | None, digest: str, staged: StagedFile | None, report: Report) -> bool:
    """Whether the page, or the library, has the file already, or an earlier run has left an upload of it."""
    session = db.session()
    page = importing.page_titled(session, title)
    item_id = None
    if title is None or page is not None:
        waiting = importing.on_its_way(session, current.storage().staging, file, page, staged)
        item_id = waiting.item_id if waiting else None
        stored = known.find(session, digest) if page is not None and not waiting else None
        item = importing.showing(session, page, stored) if page is not None and stored is not None else None
        item_id = item.id if item else item_id
        if item_id is not None:
            report.beside.note(file.path, item_id)
        is_there = waiting is not None or item is not None
    else:
        is_there = False
    session.rollback()
    return is_there


def _place(file: Found, title: str, family: str, report: Report) -> _Place:
    """The place of a file on a page, which is made if there is none."""
    session = db.session()
    page = importing.page_titled(session, title)
    item_id, is_alone = report.beside.item_of(file.path) if family == "subtitles" else (None, False)
    if page is not None:
        revisions.keep_before(session, page)
    if item_id is not None:
        item = importing.locked_item(session, item_id)
        return _Place(item, importing.slot_for(item, is_alone=is_alone), is_item_new=False, is_page_new=False)
    kind = importing.kind_for(family)  # refused before a page is made for it
    made = page or importing.new_page(session, title)
    item = importing.new_item(session, made, kind, file)
    return _Place(item, kind.slots[0].name, is_item_new=True, is_page_new=page is None)


def _added(file: Found, digest: str, family: str, place: _Place | None, staged: StagedFile | None) -> Upload:
    """The upload of a file; it is completed already if the bytes are stored."""
    session = db.session()
    if staged is None:
        found = known.locked(session, digest)
        if found is None or place is None:
            raise InvalidInput(N_("The file was deleted meanwhile. Please try again."))
        return arrivals.show_known(session, place.item, place.slot, file.name, found)
    if place is None:
        return attachments.stage_for_library(session, family, file.name, staged.size, staged.path.name)
    return attachments.stage(session, place.item, place.slot, file.name, staged.size, staged.path.name)


def _carried_out(upload_id: int, place: _Place | None, file: Found, report: Report) -> str:
    """Process an upload here and now. If its file is refused, what was made for it goes."""
    process_upload.run(upload_id)
    session = db.session()
    upload = session.get_one(Upload, upload_id, populate_existing=True)
    if upload.status == UploadStatus.FAILED:
        why = InvalidInput(upload.reason or "", **(upload.reason_values or {}))
        if place is not None:
            item = session.get_one(ContentItem, place.item.id)
            if place.is_item_new:
                trash.delete(session, item.page if place.is_page_new else item)
            else:
                arrivals.withdraw(session, upload)
        session.commit()
        raise why
    if place is not None:
        page = session.get_one(ContentItem, place.item.id).page
        revisions.keep(session, page, None, Action.ADDED, file.name)
        if place.is_page_new:
            report.made.append(page.id)
    outcome = "added" if upload.status == UploadStatus.COMPLETED else "waiting"
    session.commit()
    return outcome
