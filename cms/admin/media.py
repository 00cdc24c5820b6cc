"""Media files: what is stored, where it is used, and how much deduplication saves."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Query
from werkzeug.wrappers import Response

from cms import current
from cms.accounts.policy import Permission
from cms.admin import derivatives, formatters, library, media_facts, posters, probed, reasons, thumbnails, transcripts
from cms.admin.base import ModelAdmin, asked_page
from cms.admin.filters import ConditionFilter
from cms.extensions import db
from cms.http.delivery import Representation, ServedFile
from cms.media.derivatives import chosen, deriving
from cms.media.derivatives.models import Derivative
from cms.media.models import MediaFile, Original
from cms.messages import N_, InvalidInput
from cms.pages import documents
from cms.pages.pages import parse_id
from cms.pages.usage import LatestUsage, Usage, Use, found_by, uploaded_as, used_in, uses_of
from cms.tasks import send_derivatives

#: How many uses of a file are shown at once.
USES_SHOWN = 100


def _type(media_file: MediaFile) -> Markup:
    told = (media_file.mime_type, probed.remark(media_file))
    return Markup("<br>").join(part for part in told if part)


def _used_in(media_file: MediaFile, use: Use) -> Markup | str:
    if not use.count:
        return formatters.shown_nowhere(media_file, current.settings().media_grace_seconds)
    names = [formatters.use_link(item) for item in use.items]
    if more := use.count - len(names):
        all_uses = Markup('<a href="{}#uses">{}</a>')
        address = url_for("media_file.details_view", id=media_file.id)
        names.append(all_uses.format(address, gettext("and %(count)s more", count=more)))
    return Markup("<br>").join(names)


def _is_no_original() -> ColumnElement[bool]:
    return MediaFile.id.not_in(select(Original.media_file_id))


class MediaView(ModelAdmin):
    """The list of media files."""

    writing = Permission.CURATE
    can_create = can_edit = can_delete = False
    can_view_details = True
    list_template = "admin/media.html"
    details_template = "admin/media_file.html"
    search_hint = N_("File name, page or digest starts with…")
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
        *library.day_filters(),
        ConditionFilter(
            MediaFile.fault, lazy_gettext("Fault"), lambda f: MediaFile.fault == f, formatters.fault_choices
        ),
        ConditionFilter(
            MediaFile.derived, lazy_gettext("Made from it"), derivatives.has_status, derivatives.status_choices
        ),
        ConditionFilter(MediaFile.playable, lazy_gettext("Playback"), probed.is_in, probed.choices),
    ]
    column_default_sort = [("created_at", True), ("id", True)]
    column_formatters = {
        "path": lambda _view, _context, file, _name: thumbnails.titled(
            formatters.file_link(file), file, with_size=False
        ),
        "mime_type": lambda _view, _context, file, _name: _type(file),
        "size": lambda _view, _context, file, _name: formatters.size(file.size),
        "digest": lambda _view, _context, file, _name: Markup('<code title="{}">{}</code>').format(
            file.digest, file.digest[:12]
        ),
        "used_in": lambda _view, context, file, _name: _used_in(file, context["uses"][file.id]),
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
            values["uses"] = used_in(db.session(), [file.id for file in values["data"]])
        rendered: str = super().render(template, **values)
        return rendered

    def get_query(self) -> Query[Any]:
        """All files but originals, which are on the pages of those that are shown in their place."""
        query: Query[Any] = super().get_query()
        return query.filter(_is_no_original())

    def get_count_query(self) -> Any:
        """The query for the pager."""
        return super().get_count_query().filter(_is_no_original())

    def search(self, query: Query[Any], text: str) -> Query[Any]:
        """Files found by the name of an upload, the title of a page, or the digest."""
        return query.filter(found_by(text))

    @expose("/details/", methods=("GET", "POST"))
    def details_view(self) -> Any:
        """A file with all its uses. The form on it chooses the poster."""
        file = self.get_one(request.args.get("id", ""))
        if file is None:
            flash(gettext("There is no such file."), "error")
            return redirect(self.get_url(".index_view"))
        refused = ""
        if request.method == "POST":
            try:
                posters.choose(file)
            except InvalidInput as error:
                refused = reasons.sentence(error.sentence, error.values)
                if chosen.recipe_for(file) is None:  # then there is no form to show it beside
                    flash(refused, "error")
            else:
                return redirect(self.get_url(".details_view", id=file.id) + "#poster")
        use = used_in(db.session(), [file.id])[file.id]
        last = max(0, (use.count - 1) // USES_SHOWN)
        page = min(asked_page(), last)
        return self.render(
            self.details_template,
            model=file,
            type=_type(file),
            facts=media_facts.facts(file),
            shown=(shown := documents.file_of(db.session(), file.id)),
            transcript=transcripts.unread(shown),
            derivatives=(rows := derivatives.of(file.id)),
            poster=posters.form(file, rows, refused),
            where=_used_in(file, use),
            names=uploaded_as(db.session(), file.id),
            originals=db.session.scalars(select(Original).where(Original.shown_id == file.id)).all(),
            use=use,
            uses=uses_of(db.session(), file.id, page * USES_SHOWN, USES_SHOWN),
            page=page,
            num_pages=last + 1,
            pager_url=lambda number: self.get_url(".details_view", id=file.id, page=number),
        )

    @expose("/original/")
    def original(self) -> Response:
        """Send the bytes of a private file, which has no other address."""
        file = self.get_one(request.args.get("id", ""))
        if file is None or not file.is_private:
            abort(404)
        store = current.storage().media
        found = store.stat(file.path)
        if found is None:
            abort(404)
        headers = [("Cache-Control", "private, no-store"), ("Content-Disposition", "attachment")]
        stored = Representation(partial(store.open, file.path), found.size, file.digest)
        served = ServedFile([stored], file.mime_type, found.modified, headers)
        status, headers, body = served.answer(request.environ)
        return FlaskResponse(body, status, headers, direct_passthrough=True)

    @expose("/transcript/", methods=("POST",))
    def transcript(self) -> Response:
        """Keep that an editor has read the transcript."""
        media_file_id = parse_id(request.form.get("id", "")) or 0
        transcripts.mark_read(media_file_id)
        return redirect(self.get_url(".details_view", id=media_file_id))

    @expose("/derivative/", methods=("POST",))
    def derivative(self) -> Response:
        """Make a derivative once more, or do not make it."""
        row = db.session.get(Derivative, parse_id(request.form.get("id", "")) or 0)
        if row is None:
            flash(gettext("There is no such derivative."), "error")
            return redirect(self.get_url(".index_view"))
        back = redirect(self.get_url(".details_view", id=row.media_file_id) + "#derivatives")
        is_retried, row_id = request.form.get("action") == "retry", row.id
        try:
            (deriving.retry if is_retried else deriving.cancel)(db.session(), row)
            db.session.commit()
        except InvalidInput as error:
            flash(gettext(error.sentence), "error")
            return back
        if is_retried:
            send_derivatives([row_id])
        return back

    def usage(self) -> Usage:
        """The totals above the list."""
        return self._usage(db.session())
