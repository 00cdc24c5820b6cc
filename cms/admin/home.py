"""The admin's first page: what there is, what is under way, what went wrong."""

from __future__ import annotations

from flask_admin import AdminIndexView, expose
from flask_babel import lazy_gettext
from sqlalchemy import select

from cms.admin.base import SignedInView
from cms.extensions import db
from cms.models import Upload, kinds
from cms.services.usage import LatestUsage

LATEST_UPLOADS = 8


class HomeView(SignedInView, AdminIndexView):  # type: ignore[misc]
    """Sums and the latest uploads."""

    def __init__(self) -> None:
        super().__init__(name=lazy_gettext("Overview"), menu_icon_type="fa", menu_icon_value="fa-home")
        self._usage = LatestUsage()

    @expose("/")
    def index(self) -> str:
        """The page."""
        latest = db.session.scalars(select(Upload).order_by(Upload.id.desc()).limit(LATEST_UPLOADS)).all()
        rendered: str = self.render("admin/home.html", usage=self._usage(db.session()), latest=latest, kinds=kinds())
        return rendered
