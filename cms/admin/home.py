"""The admin's overview: what needs somebody, totals, what is made and watched, and the latest uploads."""

from __future__ import annotations

from flask import jsonify, request
from flask_admin import AdminIndexView, expose
from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from cms.accounts.policy import Permission
from cms.admin import charts, derivatives, formatters, overview, page_states, permissions, reasons, thumbnails
from cms.admin.base import SignedInView
from cms.extensions import db
from cms.media.derivatives import ffmpeg
from cms.media.derivatives.models import Derivative
from cms.media.models import Upload
from cms.pages.models import ContentItem, kinds
from cms.pages.pages import parse_id
from cms.pages.saving import SavedForm, is_token
from cms.pages.usage import LatestUsage

LATEST_UPLOADS = 8
#: How many forms, or pieces of work of each sort, one request may ask about.
MAX_ASKED = 200


class HomeView(SignedInView, AdminIndexView):  # type: ignore[misc]
    """The overview."""

    def __init__(self) -> None:
        super().__init__(name=lazy_gettext("Overview"), menu_icon_type="fa", menu_icon_value="fa-home")
        self._usage = LatestUsage()
        self._watched = overview.KeptWatched()

    @expose("/")
    def index(self) -> str:
        item = joinedload(Upload.item).joinedload(ContentItem.page)  # type: ignore[attr-defined]
        newest = select(Upload).options(joinedload(Upload.media_file), item)
        missing = ffmpeg.missing()
        rendered: str = self.render(
            "admin/home.html",
            usage=self._usage(db.session()),
            needs=overview.needs(),
            scheduled=overview.scheduled(),
            badge=page_states.badge,
            making=[(row, derivatives.state(row)) for row in overview.being_made()],
            watched=self._watched(permissions.owner()),
            disk=overview.disk() if permissions.may(Permission.CURATE) else "",
            latest=db.session.scalars(newest.order_by(Upload.id.desc()).limit(LATEST_UPLOADS)).all(),
            kinds=kinds(),
            missing=missing and reasons.sentence(missing.sentence, missing.values),
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

    @expose("/status/")
    def status(self) -> Response:
        """The states of the uploads in ``upload``, the derivatives in ``derivative`` and the files in ``picture``.

        Badges and thumbnails poll them.
        """
        uploads = db.session.scalars(select(Upload).where(Upload.id.in_(_asked("upload"))))
        rows = db.session.scalars(select(Derivative).where(Derivative.id.in_(_asked("derivative"))))
        pictures = thumbnails.states(_asked("picture"))
        response = jsonify([*map(formatters.upload_state, uploads), *map(derivatives.state, rows), *pictures])
        response.headers["Cache-Control"] = "no-store"  # the script itself keeps the ETag
        response.add_etag()
        return response.make_conditional(request)


def _asked(name: str) -> list[int]:
    """The ids that a request asks about."""
    return [number for number in map(parse_id, request.args.getlist(name)[:MAX_ASKED]) if number]
