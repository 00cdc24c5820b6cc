"""The demo pages: a harbour in films, pictures, sounds and papers, all of which are made here.

The files are uploads like any other: staged here, then inspected and deduplicated by the workers.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.demo import english, russian
from cms.demo.contents import Contents, File
from cms.media.models import Upload
from cms.media.storage.staging import StagedFile, Staging
from cms.pages import attachments, pages
from cms.pages.models import ContentItem, Page, kind_named


def missing(session: Session) -> list[Contents]:
    """The demo pages that are not there, in the order in which they are added: the newest is the first in the list."""
    there = set(session.scalars(select(Page.title)))
    return [contents for contents in reversed((*english.PAGES, *russian.PAGES)) if contents.title not in there]


def add(session: Session, staging: Staging, contents: Contents) -> list[Upload]:
    """Add a page, and return its uploads; the caller commits, then sends them.

    To make the files takes seconds, so it is done before the session is used: no transaction waits for them.
    """
    staged = [[_staged(staging, file) for file in each.files] for each in contents.items]
    slug = pages.slug_for(session, contents.title)
    page = Page(
        title=contents.title,
        slug=slug,
        text=contents.text,
        tags=list(contents.tags),
        is_published=True,
        language=contents.language,
    )
    session.add(page)
    session.flush()
    made = []
    for order, (each, files) in enumerate(zip(contents.items, staged, strict=True), start=1):
        item = kind_named(each.kind)(page=page, order=order, title=each.title, **each.fields)
        session.add(item)
        made += [_upload(session, item, *both) for both in zip(each.files, files, strict=True)]
    return made


def _staged(staging: Staging, file: File) -> StagedFile:
    data = file.make()
    staged = staging.receive(len(data))
    staged.write(data)
    staged.keep()
    return staged


def _upload(session: Session, item: ContentItem, file: File, staged: StagedFile) -> Upload:
    upload = attachments.stage(session, item, file.slot, file.name, staged.size, staged.path.name)
    if file.texts:
        attachment = next(each for each in item.attachments.values() if each.upload is upload)
        attachment.texts = dict(file.texts)
    return upload
