"""Media files: what is stored, who shows it, and what folding has saved."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import lazy_gettext
from markupsafe import Markup
from sqlalchemy.orm import Query, selectinload

from cms.admin import shown
from cms.admin.base import ModelAdmin
from cms.admin.filters import ConditionFilter
from cms.extensions import db
from cms.models import Attachment, MediaFile
from cms.services.messages import N_
from cms.services.usage import LatestUsage, Usage


def _used_in(media_file: MediaFile) -> Markup | str:
    if not media_file.attachments:
        return shown.shown_nowhere(media_file, current_app.config["SETTINGS"].media_grace_seconds)
    return Markup("<br>").join(shown.item_link(attachment.item) for attachment in media_file.attachments)


class MediaView(ModelAdmin):
    """The list of media files."""

    can_create = can_edit = can_delete = False
    list_template = "admin/media.html"
    search_hint = N_("Digest starts with…")
    column_list = ("path", "mime_type", "size", "digest", "used_in", "saved", "created_at", "verified_at")
    column_labels = {
        "path": lazy_gettext("File"),
        "mime_type": lazy_gettext("Type"),
        "size": lazy_gettext("Size"),
        "digest": lazy_gettext("Digest"),
        "used_in": lazy_gettext("Used in"),
        "saved": lazy_gettext("Saved"),
        "created_at": lazy_gettext("Stored"),
        "verified_at": lazy_gettext("Last verified"),
    }
    column_sortable_list = ("mime_type", "size", "created_at", "verified_at")
    column_filters = [
        ConditionFilter(MediaFile.fault, lazy_gettext("Fault"), lambda f: MediaFile.fault == f, shown.fault_choices)
    ]
    column_default_sort = ("id", True)
    column_formatters = {
        "path": lambda _view, _context, file, _name: shown.file_link(file),
        "size": lambda _view, _context, file, _name: shown.size(file.size),
        "digest": lambda _view, _context, file, _name: Markup('<code title="{}">{}</code>').format(
            file.digest, file.digest[:12]
        ),
        "used_in": lambda _view, _context, file, _name: _used_in(file),
        "saved": lambda _view, _context, file, _name: shown.size(file.size * max(0, len(file.attachments) - 1)),
        "created_at": lambda _view, _context, file, _name: shown.moment(file.created_at),
        "verified_at": lambda _view, _context, file, _name: shown.verified(file),
    }

    def __init__(self) -> None:
        super().__init__(
            MediaFile,
            name=lazy_gettext("Media files"),
            endpoint="media_file",
            url="media",
            menu_icon_type="fa",
            menu_icon_value="fa-archive",
        )
        self._usage = LatestUsage()

    def get_query(self) -> Query[Any]:
        """The list's rows with the items that show them."""
        shown_by = selectinload(MediaFile.attachments).joinedload(Attachment.item)
        query: Query[Any] = super().get_query().options(shown_by)
        return query

    def search(self, query: Query[Any], text: str) -> Query[Any]:
        """Files whose digests begin with ``text``."""
        return query.filter(MediaFile.digest.startswith(text.strip().lower(), autoescape=True))

    def usage(self) -> Usage:
        """The sums above the list."""
        return self._usage(db.session())
