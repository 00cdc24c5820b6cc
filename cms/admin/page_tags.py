"""Tags in the list of pages: shown, filtered by, and given to many pages at a time."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import ngettext
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import ColumnElement, select

from cms.admin import formatters
from cms.admin.tag_action import TagAction, tag_links
from cms.database import search_key
from cms.extensions import db
from cms.media.tagging import Tag
from cms.pages import tagging, trash
from cms.pages.models import Page
from cms.pages.tagging import PageTag


def has_tag(name: str) -> ColumnElement[bool]:
    """Pages with that tag, in whatever case it is written."""
    tagged = select(PageTag.page_id).join(Tag, Tag.id == PageTag.tag_id).where(Tag.key == search_key(name))
    return Page.id.in_(tagged)


def titled(page: Page) -> Markup:
    """A page's title, which leads to its screen, and its tags, which lead to the others that have them."""
    return Markup("{}{}").format(formatters.page_link(page), tag_links("page", page.tags))


class PageTags(TagAction):
    """A bulk action of the list of pages."""

    tag_template = "admin/page_tag.html"

    def require_room(self, ids: list[int], names: list[str]) -> None:
        tagging.require_room(db.session(), ids, names)

    def change_tags(self, ids: list[int], names: list[str], *, is_removed: bool) -> int:
        change = tagging.remove_from if is_removed else tagging.add_to
        changed = 0
        for id_ in [page.id for page in self.selected(ids)]:
            page = db.session.get(Page, id_)
            changed += page is not None and change(db.session(), page, names, current_user.email)
            db.session.commit()
        return changed

    def changed_words(self, number: int) -> str:
        return str(ngettext("%(num)d page changed.", "%(num)d pages changed.", number))

    def tagged_rows(self, ids: list[int]) -> list[Page]:
        found = select(Page).where(Page.id.in_(ids), trash.is_kept(Page))
        return list(db.session.scalars(found.order_by(Page.id.desc())))

    def offered_tags(self) -> Sequence[str]:
        return tagging.offered(db.session())
