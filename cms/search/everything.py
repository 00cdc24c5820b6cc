"""One search for everything that editors look for: pages, items, media files and accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from cms.accounts.models import User
from cms.database import search_key
from cms.media.models import MediaFile, Original
from cms.pages import file_trash, trash
from cms.pages.models import Attachment, ContentItem, Page
from cms.search import finding, titles


@dataclass(frozen=True)
class Found:
    """What a text finds, the newest of each first."""

    pages: Sequence[Page] = ()
    items: Sequence[ContentItem] = ()
    files: Sequence[MediaFile] = ()
    accounts: Sequence[User] = ()

    def __bool__(self) -> bool:
        return bool(self.pages or self.items or self.files or self.accounts)


def search(session: Session, text: str, limit: int, *, with_accounts: bool) -> Found:
    """What has all words of a text in its title or name: at most ``limit`` of each. Nothing is found by no words."""
    if not text.strip():
        return Found()

    def newest(model: Any, *found: ColumnElement[bool], options: Sequence[Any] = ()) -> Sequence[Any]:
        rows: Select[Any] = select(model).where(*found).options(*options).order_by(model.id.desc()).limit(limit)
        return session.scalars(rows).all()

    files = (selectinload(ContentItem.attachments).joinedload(Attachment.media_file), joinedload(ContentItem.page))
    originals = select(Original.media_file_id)
    return Found(
        pages=newest(Page, titles.has_words(session, Page, text), trash.is_kept(Page)),
        items=newest(
            ContentItem,
            titles.has_words(session, ContentItem, text),
            trash.is_kept(ContentItem),
            options=files,
        ),
        files=newest(MediaFile, finding.found_by(session, text), MediaFile.id.not_in(originals), file_trash.is_kept()),
        accounts=newest(User, finding.contains(User.email, search_key(text.strip()))) if with_accounts else (),
    )
