"""What the rows of a page's screen tell of its items."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectin_polymorphic, selectinload

from cms import current
from cms.extensions import db
from cms.pages.models import Attachment, ContentItem, Page, kinds
from cms.pages.usage import pages_showing
from cms.view_counts.days import views_of_week


@dataclass(frozen=True)
class Rows:
    """A page's items in order, by their ids their views of this week, and on how many pages each of their files is."""

    items: list[ContentItem]
    views: dict[int, int]
    pages: dict[int, int]

    def uses(self, item: ContentItem) -> str:
        """On how many pages the item's files are, if on more than this one."""
        files = {attachment.media_file_id for attachment in item.attachments.values()}
        most = max((self.pages.get(id_ or 0, 0) for id_ in files), default=0)
        return str(ngettext("on %(num)d page", "on %(num)d pages", most)) if most > 1 else ""


def items_of(page: Page) -> list[ContentItem]:
    """A page's items in order, with everything that is shown of them."""
    found = select(ContentItem).where(ContentItem.page_id == page.id, ContentItem.deleted_at.is_(None))
    found = found.order_by(ContentItem.order, ContentItem.id)
    lies_in = (joinedload(Attachment.upload), joinedload(Attachment.media_file))
    attachments = selectinload(ContentItem.attachments).options(*lies_in)
    return list(db.session.scalars(found.options(selectin_polymorphic(ContentItem, kinds()), attachments)))


def rows_of(page: Page) -> Rows:
    """The rows of a page's screen."""
    session, items = db.session(), items_of(page)
    attachments = [attachment for item in items for attachment in item.attachments.values()]
    files = {attachment.media_file_id for attachment in attachments if attachment.media_file_id}
    views = views_of_week(session, current.view_counter().today(), page.id)
    return Rows(items, views, pages_showing(session, files))
