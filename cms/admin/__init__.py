"""The editors' side: Flask-Admin behind a sign-in. It never imports the public side."""

from __future__ import annotations

from flask import Flask
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme

from cms.admin import attached, formatters, permissions, probed, thumbnails, undoable
from cms.admin import known as _known  # noqa: F401  adds its addresses to those of uploads
from cms.admin.account import AccountView
from cms.admin.audit import AuditView
from cms.admin.history import HistoryView
from cms.admin.home import HomeView
from cms.admin.items import KindView
from cms.admin.media import MediaView
from cms.admin.pages import PageView
from cms.admin.people import UserView
from cms.admin.redirects import RedirectView
from cms.admin.resumable import resumable
from cms.admin.saved_filters import SavedFiltersView, over_list
from cms.admin.saving import FormView
from cms.admin.search import SearchView
from cms.admin.trash import TrashView
from cms.admin.uploads import UploadView
from cms.admin.views import ViewsView
from cms.pages.models import kinds


def init_admin(app: Flask) -> None:
    """Create the admin with its views: pages, each kind, uploads, media files."""
    admin = Admin(
        app,
        name=app.config["SETTINGS"].site_name,
        index_view=HomeView(),
        theme=Bootstrap4Theme(base_template="admin/frame.html", fluid=True),
    )
    admin.add_view(PageView())
    for kind in kinds():
        admin.add_view(KindView(kind))
    admin.add_view(UploadView())
    admin.add_view(MediaView())
    admin.add_view(RedirectView())
    admin.add_view(TrashView())
    admin.add_view(HistoryView())
    admin.add_view(ViewsView())
    admin.add_view(SearchView())
    admin.add_view(SavedFiltersView())
    app.register_blueprint(resumable)
    app.after_request(undoable.tell)
    admin.add_view(UserView())
    admin.add_view(AuditView())
    admin.add_view(AccountView())
    app.jinja_env.globals |= {
        "may": permissions.may,
        "over_list": over_list,
        "attached": attached,
        "formatters": formatters,
        "probed": probed,
        "thumbnails": thumbnails,
        "asked_by_script": undoable.asked_by_script,
        "to_come_back": undoable.to_come_back,
    }
    for view in admin._views:
        if isinstance(view, FormView):
            for name in ("create_view", "edit_view"):
                app.extensions["shown_again"][f"{view.endpoint}.{name}"] = view.show_again
