"""The demo pages: a harbour in films, pictures, sounds and papers, all of which are made here.

The files are uploads like any other: staged here, then inspected and deduplicated by the workers.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.demo import english, russian
from cms.demo.contents import Contents, File
from cms.media.models import Upload
from cms.media.storage.staging import Staging
from cms.pages import attachments, pages
from cms.pages.models import ContentItem, Page, kind_named


def make_pages(session: Session, staging: Staging) -> list[Upload]:
    """Add the demo pages that are not there yet, and return their uploads; the caller commits, then sends them."""
    made: list[Upload] = []
    # The newest page is the first in the list.
    for contents in reversed((*english.PAGES, *russian.PAGES)):
        if not session.scalar(select(Page.id).where(Page.title == contents.title)):
            made += _make(session, staging, contents)
    return made


def _make(session: Session, staging: Staging, contents: Contents) -> list[Upload]:
    title, made = contents.title, []
    slug = pages.slug_for(session, title)
    page = Page(title=title, slug=slug, text=contents.text, is_published=True, language=contents.language)
    session.add(page)
    session.flush()
    for order, each in enumerate(contents.items, start=1):
        item = kind_named(each.kind)(page=page, order=order, title=each.title, **each.fields)
        session.add(item)
        made += [_stage(session, staging, item, file) for file in each.files]
    return made


def _stage(session: Session, staging: Staging, item: ContentItem, file: File) -> Upload:
    data = file.make()
    staged = staging.receive(len(data))
    staged.write(data)
    staged.keep()
    upload = attachments.stage(session, item, file.slot, file.name, len(data), staged.path.name)
    if file.texts:
        attachment = next(each for each in item.attachments.values() if each.upload is upload)
        attachment.texts = dict(file.texts)
    return upload
