"""Pages that a text can link to, as JSON: the editor of texts offers them."""

from __future__ import annotations

from flask import Response, jsonify, request, url_for
from flask_admin import expose
from flask_babel import gettext
from sqlalchemy import select

from cms.cleaning import clean_line
from cms.database import search_key
from cms.extensions import db
from cms.pages import trash
from cms.pages.models import Page

#: How many pages are offered at once.
OFFERED = 12


class Linkable:
    """A mixin for the view of pages."""

    @expose("/links/")
    def links(self) -> Response:
        """The newest pages that have the words ``q`` anywhere in their titles, with their addresses on the site."""
        wanted = search_key(clean_line(request.args.get("q", "")))
        found = select(Page).where(
            trash.is_kept(Page), ~Page.is_template, Page.title_key.contains(wanted, autoescape=True)
        )
        return jsonify(
            pages=[_told(page) for page in db.session.scalars(found.order_by(Page.id.desc()).limit(OFFERED))]
        )


def _told(page: Page) -> dict[str, str]:
    note = "" if page.is_published else gettext("Draft")
    return {"title": page.title, "address": url_for("site.page", slug=page.slug), "note": note}
