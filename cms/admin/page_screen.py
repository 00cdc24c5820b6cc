"""What a page's screen asks for beside its form: preview, moving, undoing, and who else is there."""

from __future__ import annotations

from typing import Any, cast

from flask import abort, current_app, flash, jsonify, redirect, request, url_for
from flask_admin import expose
from flask_admin.helpers import get_redirect_target
from flask_babel import force_locale, get_locale, gettext
from flask_login import current_user
from markupsafe import Markup
from redis.exceptions import RedisError
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from cms import current
from cms.accounts import presence
from cms.admin import formatters, permissions, undoable
from cms.admin.fields import PageLoader
from cms.admin.kept import after_change, before_change, subject_of
from cms.database import now
from cms.extensions import db
from cms.http import headers, reviewing
from cms.messages import InvalidInput
from cms.pages import drafts, moving, revisions
from cms.pages.models import Page
from cms.pages.pages import parse_id
from cms.pages.revision_models import Revision
from cms.pages.revisions import Action
from cms.pages.undoing import Undoing


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
        if page.is_template:
            abort(404)
        address = url_for("review.page", token=reviewing.token(page.id), _external=True)
        until = formatters.moment(now() + reviewing.VALID_FOR)
        words = gettext("Whoever has this link sees the page as it is from now on, until %(date)s:", date=until)
        flash(Markup('{} <a href="{address}">{address}</a>').format(words, address=address), "success")
        return redirect(self.screen_of(page))

    @expose("/titles/")
    def titles(self) -> Response:
        """Pages to move items to: those that have the words ``query`` in their titles."""
        found = PageLoader().get_list(request.args.get("query"), limit=20)
        return jsonify([{"id": page.id, "title": page.title} for page in found])

    @expose("/move/", methods=("POST",))
    def move(self) -> Response:
        """Move the items in ``item`` from the page ``id`` to the end of the page ``to``."""
        page, target = self.asked(), PageLoader().get_one(request.form.get("to", ""))
        ids = {number for number in map(parse_id, request.form.getlist("item")) if number}
        if target is None:
            flash(gettext("Please choose a page."), "error")
            return redirect(self.screen_of(page))
        try:
            moving.lock(db.session(), page, target)
            found = before_change({page, target})
            items = moving.move(db.session(), ids, page, target)
            for each in sorted((page, target), key=lambda changed: changed.id):
                revisions.keep(db.session(), each, current_user.email, Action.MOVED, subject_of(items))
            after_change(found)
            db.session.commit()
        except InvalidInput as error:
            db.session.rollback()
            flash(gettext(error.sentence, **error.values), "error")
        else:
            undoable.offer(formatters.moved(len(items), target))
        return redirect(self.screen_of(page))

    @expose("/undo/", methods=("POST",))
    def undo(self) -> Response:
        """Undo the change that has made the revisions in ``revision``; with ``again`` it was itself an undoing."""
        page = self.asked()
        ids = {number for number in map(parse_id, request.form.getlist("revision")) if number}
        try:
            asked = Undoing(db.session(), ids)
            found = before_change(asked.pages)
            asked.carry_out(current_user.email, is_again="again" in request.form)
            after_change(found)
            for changed in asked.pages:
                drafts.settle(db.session(), changed)
            db.session.commit()
        except InvalidInput as error:
            db.session.rollback()
            flash(gettext(error.sentence, **error.values), "error")
        else:
            if not undoable.asked_by_script():  # whose screen shows it
                flash(gettext("Undone."), "success")
        return redirect(get_redirect_target() or self.screen_of(page))

    @expose("/here/", methods=("POST",))
    def here(self) -> Response:
        """Who else has the page ``id`` open, and its newest revision. With ``gone`` one leaves it."""
        page, redis = self.asked(), current.page_cache().redis
        people: list[str] = []
        try:
            if "gone" in request.form:
                presence.gone(redis, page.id, current_user.email)
            else:
                people = presence.here(redis, page.id, current_user.email)
        except RedisError:
            pass  # nobody knows for a moment
        newest = db.session.scalar(select(func.max(Revision.id)).where(Revision.page_id == page.id))
        return jsonify(people=people, revision=newest)
