"""The admin's overview: totals, views and plays by day, and the latest uploads."""

from __future__ import annotations

from flask import jsonify, request
from flask_admin import AdminIndexView, expose
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from cms.admin import charts
from cms.admin.base import SignedInView
from cms.extensions import db
from cms.media.derivatives import ffmpeg
from cms.media.models import Upload
from cms.pages.models import SavedForm, kinds
from cms.pages.saving import is_token
from cms.pages.usage import LatestUsage

LATEST_UPLOADS = 8
#: How many forms one request may ask about.
MAX_ASKED = 200


class HomeView(SignedInView, AdminIndexView):  # type: ignore[misc]
    """The overview."""

    def __init__(self) -> None:
        super().__init__(name=lazy_gettext("Overview"), menu_icon_type="fa", menu_icon_value="fa-home")
        self._usage = LatestUsage()

    @expose("/")
    def index(self) -> str:
        latest = db.session.scalars(select(Upload).order_by(Upload.id.desc()).limit(LATEST_UPLOADS)).all()
        missing = ffmpeg.missing()
        rendered: str = self.render(
            "admin/home.html",
            usage=self._usage(db.session()),
            latest=latest,
            kinds=kinds(),
            missing=missing and gettext(missing.sentence) % missing.values,
        )
        return rendered

    def chart(self) -> charts.Chart:
        """The views and plays of the whole site by day."""
        return charts.latest()

    @expose("/saved/")
    def saved(self) -> Response:
        """Those of the tokens in ``token`` whose forms have been saved: their drafts are no longer needed."""
        asked = request.args.getlist("token")[:MAX_ASKED]
        known = [token for token in asked if is_token(token)]
        response = jsonify(db.session.scalars(select(SavedForm.token).where(SavedForm.token.in_(known))).all())
        response.headers["Cache-Control"] = "no-store"
        return response
