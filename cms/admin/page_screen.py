"""What a page's screen asks for beside its form: the preview."""

from __future__ import annotations

from typing import Any, cast

from flask import abort, current_app, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import force_locale, get_locale, gettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from cms.admin import formatters, permissions
from cms.database import now
from cms.http import headers, reviewing
from cms.pages.models import Page


class PageScreen:
    """A part of the view of pages."""

    writing: Any
    get_one: Any

    def asked(self) -> Page:
        """The page ``id`` of a form that changes something. Who may not change it is refused."""
        page: Page | None = self.get_one(request.form.get("id", ""))
        if page is None:
            abort(404)
        permissions.require(self.writing, page)
        return page

    def screen_of(self, page: Page) -> str:
        """The address of a page's screen."""
        return url_for("page.edit_view", id=page.id)

    @expose("/preview/")
    def preview(self) -> str:
        """The page as visitors will see it, published or not, in one of the site's languages. It counts no views."""
        page = self.get_one(request.args.get("id", ""))
        if page is None:
            abort(404)
        headers.be_framed()
        asked = request.args.get("language", "")
        known = cast(dict[str, str], current_app.jinja_env.globals["languages"])
        with force_locale(asked if asked in known else str(get_locale())):
            return reviewing.as_html(page, is_editor=True)

    @expose("/review/", methods=("POST",))
    def review(self) -> Response:
        """Make a link to the page ``id`` for somebody who has no account."""
        page = self.asked()
        address = url_for("review.page", token=reviewing.token(page.id), _external=True)
        until = formatters.moment(now() + reviewing.VALID_FOR)
        words = gettext("Whoever has this link sees the page as it is from now on, until %(date)s:", date=until)
        flash(Markup('{} <a href="{address}">{address}</a>').format(words, address=address), "success")
        return redirect(self.screen_of(page))
