"""Uploads: the status of each file, and retries for those that failed through no fault of the file."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Query, joinedload
from werkzeug.wrappers import Response

from cms.accounts.policy import Permission
from cms.admin import formatters, library, overview, permissions, probed, thumbnails
from cms.admin.base import ModelAdmin
from cms.admin.filters import ConditionFilter
from cms.extensions import db
from cms.media import uploads
from cms.media.models import Upload
from cms.messages import N_, InvalidInput
from cms.pages.attachments import LIBRARY
from cms.pages.models import ContentItem
from cms.pages.slots import slot_of
from cms.tasks import send_upload


def _place(upload: Upload) -> Markup:
    """The item and the slot that a file is for; what is for the library has no item."""
    item: ContentItem | None = upload.item  # type: ignore[attr-defined]
    link = formatters.one_line(formatters.item_link(item), item.title) if item else ""
    slot = gettext("for the library") if upload.kind == LIBRARY else gettext(slot_of(upload.slot))
    return Markup('{}<small class="summary">{}</small>').format(link, slot)


class UploadView(ModelAdmin):
    """The list of uploads."""

    can_create = can_edit = can_delete = False
    list_template = "admin/uploads.html"
    search_hint = N_("File name starts with…")
    column_list = ("filename", "status", "item", "size", "attempts", "reason", "owner", "created_at")
    column_labels = {
        "filename": lazy_gettext("File name"),
        "status": lazy_gettext("Status"),
        "item": lazy_gettext("Item"),
        "size": lazy_gettext("Size"),
        "attempts": lazy_gettext("Attempts"),
        "reason": lazy_gettext("Reason"),
        "owner": lazy_gettext("Uploaded by"),
        "created_at": lazy_gettext("Uploaded"),
    }
    column_sortable_list = ("status", "size", "attempts", "created_at")
    column_default_sort = ("id", True)
    column_filters = [
        ConditionFilter(Upload.status, lazy_gettext("Status"), lambda s: Upload.status == s, formatters.status_choices),
        ConditionFilter(
            Upload.item_id, lazy_gettext("To be mended"), overview.needs_somebody, overview.mending_choices
        ),
        ConditionFilter(
            Upload.owner, lazy_gettext("Uploaded by"), library.is_upload_of, present=library.uploader_choices
        ),
    ]
    column_formatters = {
        "filename": lambda _view, _context, upload, _name: thumbnails.titled(
            formatters.one_line(upload.filename, upload.filename),
            upload.media_file,
            with_size=False,
            more=gettext("was here already") if upload.is_duplicate else "",
        ),
        "status": lambda _view, _context, upload, _name: formatters.badge(formatters.upload_state(upload)),
        "item": lambda _view, _context, upload, _name: _place(upload),
        "size": lambda _view, _context, upload, _name: formatters.size(upload.size),
        "reason": lambda _view, _context, upload, _name: formatters.reason(upload) or probed.remark(upload.media_file),
        "owner": lambda _view, _context, upload, _name: formatters.one_line(
            upload.owner or gettext("unknown"), upload.owner or ""
        ),
        "created_at": lambda _view, _context, upload, _name: formatters.moment(upload.created_at),
    }

    def __init__(self) -> None:
        super().__init__(
            Upload,
            name=lazy_gettext("Uploads"),
            endpoint="upload",
            url="upload",
            menu_icon_type="fa",
            menu_icon_value="fa-cloud-upload",
        )

    def get_query(self) -> Query[Any]:
        """The rows, with everything that the list shows."""
        item = joinedload(Upload.item).joinedload(ContentItem.page)  # type: ignore[attr-defined]
        query: Query[Any] = super().get_query().options(joinedload(Upload.media_file), item)
        return query

    def may_change(self, row: Upload | None = None) -> bool:
        """Whether the signed-in person may have an upload tried again."""
        return permissions.may(*self._needed(row)) if row else super().may_change()

    def _needed(self, upload: Upload) -> tuple[Permission, Any]:
        """What changing an upload takes. One whose item is gone is nobody's."""
        item = upload.item  # type: ignore[attr-defined]
        return (self.writing, item) if item else (Permission.CURATE, None)

    def found_by(self, text: str) -> ColumnElement[bool]:
        """Uploads whose file names start with ``text``."""
        return Upload.filename_starts_with(text)

    @expose("/retry/", methods=("POST",))
    def retry(self) -> Response:
        """Retry a failed upload."""
        upload = self.get_one(request.form.get("id", ""))
        try:
            if upload is None:
                raise InvalidInput(N_("There is no such upload."))
            permissions.require(*self._needed(upload))
            uploads.retry(db.session(), upload)
            db.session.commit()
        except InvalidInput as error:
            flash(gettext(error.sentence), "error")
        else:
            send_upload(upload.id)
            flash(gettext("%(name)s is being processed again.", name=upload.filename), "success")
        return redirect(self.get_url(".index_view"))
