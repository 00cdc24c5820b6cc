"""The page of one media file: what it is, what editors write of it, where it is shown, what was made from it."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.wrappers import Response

from cms import current
from cms.admin import derivatives, describing, formatters, media_facts, posters, probed, reasons, transcripts
from cms.admin.base import asked_page
from cms.admin.merging import MergingPages
from cms.extensions import db
from cms.http.delivery import Representation, ServedFile
from cms.media import likeness, tagging, uploaders
from cms.media.derivatives import chosen, deriving
from cms.media.derivatives.models import Derivative
from cms.media.models import MediaFile, Original
from cms.messages import InvalidInput
from cms.pages import documents, replacing, text_files
from cms.pages.pages import parse_id
from cms.pages.usage import Use, pages_showing, uploaded_as, used_in, uses_of
from cms.tasks import send_derivatives

#: How many files are named that look like one.
ALIKE = 5
#: How many uses of a file are shown at once.
USES_SHOWN = 100


def kind_of(media_file: MediaFile) -> Markup:
    """Its type, and what an editor should know of it."""
    told = (media_file.mime_type, probed.remark(media_file))
    return Markup("<br>").join(part for part in told if part)


def used_in_words(media_file: MediaFile, use: Use, address: str) -> Markup | str:
    """Where a file is shown, in two lines: two items, or the first one and a link to all."""
    if not use.count:
        return formatters.shown_nowhere(media_file, current.settings().media_grace_seconds)
    named = use.items if use.count == len(use.items) else use.items[:1]
    names = [formatters.one_line(formatters.use_link(item), f"{item.page.title} › {item.title}") for item in named]
    if more := use.count - len(names):
        all_uses = Markup('<a href="{}#uses">{}</a>')
        names.append(all_uses.format(address, gettext("and %(count)s more", count=more)))
    return Markup("").join(names)


class FilePages(MergingPages):
    """What is shown and done on the page of one file."""

    details_template = "admin/media_file.html"

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
        return self._shown(file, refused=refused)

    @expose("/describe/", methods=("POST",))
    def describe(self) -> Any:
        """Keep the title, the texts and the tags of a file. If they are refused, the form is shown with them again."""
        file = self.get_one(request.form.get("id", ""))
        if file is None:
            flash(gettext("There is no such file."), "error")
            return redirect(self.get_url(".index_view"))
        form = describing.sent()
        if not describing.save(db.session(), file.id, form):
            db.session.rollback()
            return self._shown(self.get_one(str(form.id)), described=form)
        db.session.commit()
        flash(gettext("Saved."), "success")
        return redirect(self.get_url(".details_view", id=file.id))

    def _shown(self, file: MediaFile, refused: str = "", described: describing.Described | None = None) -> str:
        use = used_in(db.session(), [file.id])[file.id]
        last = max(0, (use.count - 1) // USES_SHOWN)
        alike = likeness.like(db.session(), file.id, ALIKE)
        shown_on = pages_showing(db.session(), [other.id for other in alike])
        page = min(asked_page(), last)
        rendered: str = self.render(
            self.details_template,
            model=file,
            type=kind_of(file),
            described=described or describing.of(db.session(), file),
            offered=tagging.offered(db.session()),
            facts=media_facts.facts(file),
            shown=(shown := documents.file_of(db.session(), file.id)),
            transcript=transcripts.unread(shown),
            derivatives=(rows := derivatives.of(file.id)),
            poster=posters.form(file, rows, refused),
            where=used_in_words(file, use, ""),
            names=uploaded_as(db.session(), file.id),
            uploaders=[name or gettext("unknown") for name in uploaders.of(db.session(), file.id)],
            originals=db.session.scalars(select(Original).where(Original.shown_id == file.id)).all(),
            use=use,
            named=text_files.naming(db.session(), file.id, USES_SHOWN),
            alike=[(other, shown_on[other.id]) for other in alike],
            replacements=replacing.of(db.session(), file.id),
            tags=tagging.of(db.session(), [file.id])[file.id],
            uses=uses_of(db.session(), file.id, page * USES_SHOWN, USES_SHOWN),
            page=page,
            num_pages=last + 1,
            pager_url=lambda number: self.get_url(".details_view", id=file.id, page=number),
        )
        return rendered

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
