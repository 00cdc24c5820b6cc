"""Media files: what is stored, who shows it, and what folding has saved."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy.orm import Query

from cms.admin import probed, shown
from cms.admin.base import ModelAdmin
from cms.admin.filters import ConditionFilter
from cms.extensions import db
from cms.models import MediaFile
from cms.services.messages import N_
from cms.services.usage import LatestUsage, Usage, Use, used_in


def _type(media_file: MediaFile) -> Markup:
    told = (media_file.mime_type, probed.facts(media_file), probed.remark(media_file))
    return Markup("<br>").join(part for part in told if part)


def _used_in(media_file: MediaFile, use: Use) -> Markup | str:
    if not use.count:
        return shown.shown_nowhere(media_file, current_app.config["SETTINGS"].media_grace_seconds)
    names = [shown.item_link(item) for item in use.items]
    if more := use.count - len(names):
        names.append(gettext("and %(count)s more", count=more))
    return Markup("<br>").join(names)


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
        ConditionFilter(MediaFile.fault, lazy_gettext("Fault"), lambda f: MediaFile.fault == f, shown.fault_choices),
        ConditionFilter(MediaFile.playable, lazy_gettext("Playback"), probed.is_in, probed.choices),
    ]
    column_default_sort = ("id", True)
    column_formatters = {
        "path": lambda _view, _context, file, _name: shown.file_link(file),
        "mime_type": lambda _view, _context, file, _name: _type(file),
        "size": lambda _view, _context, file, _name: shown.size(file.size),
        "digest": lambda _view, _context, file, _name: Markup('<code title="{}">{}</code>').format(
            file.digest, file.digest[:12]
        ),
        "used_in": lambda _view, context, file, _name: _used_in(file, context["uses"][file.id]),
        "saved": lambda _view, context, file, _name: shown.size(file.size * max(0, context["uses"][file.id].count - 1)),
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

    def render(self, template: str, **values: Any) -> str:
        """The list also says which items show its files."""
        if template == self.list_template:
            values["uses"] = used_in(db.session(), [file.id for file in values["data"]])
        rendered: str = super().render(template, **values)
        return rendered

    def search(self, query: Query[Any], text: str) -> Query[Any]:
        """Files whose digests begin with ``text``."""
        return query.filter(MediaFile.digest.startswith(text.lower(), autoescape=True))

    def usage(self) -> Usage:
        """The sums above the list."""
        return self._usage(db.session())
