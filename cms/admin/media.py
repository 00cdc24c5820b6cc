"""Media files: what is stored, where it is used, and how much deduplication saves."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import redirect, request, session, url_for
from flask_admin import expose
from flask_admin.helpers import get_redirect_target
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Query
from werkzeug.wrappers import Response

from cms.accounts.policy import Permission
from cms.admin import derivatives, formatters, library, overview, probed, thumbnails
from cms.admin.filters import ConditionFilter
from cms.admin.media_page import used_in_words
from cms.admin.picking import Picking
from cms.admin.tag_action import tag_links
from cms.extensions import db
from cms.media import tagging
from cms.media.models import MediaFile, Original
from cms.messages import N_
from cms.pages.file_trash import is_kept
from cms.pages.usage import LatestUsage, Usage, used_in
from cms.search import finding

#: The session's key of how the list is shown.
VIEW = "library_view"
_ORDERS = (
    (N_("Newest first"), "created_at", True),
    (N_("Oldest first"), "created_at", False),
    (N_("Largest first"), "size", True),
    (N_("Smallest first"), "size", False),
    (N_("By type"), "mime_type", False),
)


def _is_listed() -> ColumnElement[bool]:
    return MediaFile.id.not_in(select(Original.media_file_id)) & is_kept()


class MediaView(Picking):
    """The list of media files, as posters or as rows."""

    writing = Permission.CURATE
    can_view_details = True
    list_template = "admin/media.html"
    search_hint = N_("Words from names, titles, pages and tags")
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
        ConditionFilter(MediaFile.mime_type, lazy_gettext("Kind"), library.is_kind, library.kind_choices),
        ConditionFilter(MediaFile.path, lazy_gettext("Type"), library.is_type, library.type_choices),
        *library.day_filters(),
        *library.size_filters(),
        ConditionFilter(MediaFile.title, lazy_gettext("Tag"), library.has_tag, words=N_("is")),
        ConditionFilter(MediaFile.id, lazy_gettext("Use"), library.is_used, library.use_choices),
        ConditionFilter(MediaFile.width, lazy_gettext("Similar"), library.is_alike, library.likeness_choices),
        ConditionFilter(
            MediaFile.created_at, lazy_gettext("Uploaded by"), library.is_of, present=library.uploader_choices
        ),
        ConditionFilter(
            MediaFile.fault, lazy_gettext("Fault"), lambda f: MediaFile.fault == f, formatters.fault_choices
        ),
        ConditionFilter(
            MediaFile.derived, lazy_gettext("Made from it"), derivatives.has_status, derivatives.status_choices
        ),
        ConditionFilter(MediaFile.playable, lazy_gettext("Playback"), probed.is_in, probed.choices),
        ConditionFilter(
            MediaFile.facts, lazy_gettext("Transcript"), overview.has_transcript, overview.transcript_choices
        ),
    ]
    column_default_sort = [("created_at", True), ("id", True)]
    column_formatters = {
        "path": lambda _view, context, file, _name: thumbnails.titled(
            formatters.one_line(formatters.file_link(file), str(file)),
            file,
            with_size=False,
            tags=tag_links("media_file", context["tags"][file.id]),
        ),
        "mime_type": lambda _view, _context, file, _name: Markup("{}{}").format(
            file.mime_type, formatters.one_line(probed.remark(file), " ".join(probed.remarks(file)))
        ),
        "size": lambda _view, _context, file, _name: formatters.size(file.size),
        "digest": lambda _view, _context, file, _name: Markup('<code title="{}">{}</code>').format(
            file.digest, file.digest[:12]
        ),
        "used_in": lambda _view, context, file, _name: used_in_words(
            file, context["uses"][file.id], url_for("media_file.details_view", id=file.id)
        ),
        "saved": lambda _view, context, file, _name: formatters.size(
            file.size * max(0, context["uses"][file.id].count - 1)
        ),
        "created_at": lambda _view, _context, file, _name: formatters.moment(file.created_at),
        "verified_at": lambda _view, _context, file, _name: formatters.verified(file),
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
        """Render a template. The list also shows which items use its files."""
        if template == self.list_template:
            ids = [file.id for file in values["data"]]
            values["uses"], values["tags"] = used_in(db.session(), ids), tagging.of(db.session(), ids)
            values["view"], values["orders"] = session.get(VIEW, "rows"), self.orders()
            values["tag_links"] = partial(tag_links, "media_file")
        rendered: str = super().render(template, **values)
        return rendered

    def get_query(self) -> Query[Any]:
        """All files but those in the trash, and originals, which are on the pages of those that are shown for them."""
        query: Query[Any] = super().get_query()
        return query.filter(_is_listed())

    def get_count_query(self) -> Any:
        """The query for the pager."""
        return super().get_count_query().filter(_is_listed())

    def found_by(self, text: str) -> ColumnElement[bool]:
        """Files with all of these words in their names, titles and tags, or in the titles of what shows them."""
        return finding.found_by(db.session(), text)

    @expose("/as/")
    def show_as(self) -> Response:
        """Show the list as posters or as rows from now on, in this session."""
        session[VIEW] = "posters" if request.args.get("view") == "posters" else "rows"
        return redirect(get_redirect_target() or self.get_url(".index_view"))

    def orders(self) -> list[tuple[str, int, bool]]:
        """What the list can be sorted by: the words, the number of the column, and whether the largest comes first."""
        number = {name: place for place, (name, _) in enumerate(self._list_columns)}
        return [(gettext(words), number[name], desc) for words, name, desc in _ORDERS]

    def usage(self) -> Usage:
        """The totals above the list."""
        return self._usage(db.session())
