"""Files of the library as new items of a page, several at once."""

from __future__ import annotations

from flask import Response, abort, jsonify, request
from flask_admin import expose
from flask_babel import gettext

from cms.accounts.policy import Permission
from cms.admin import permissions
from cms.admin.file_rows import MAX_FILES
from cms.admin.kept import KeptView
from cms.admin.resumable import add, refuse
from cms.extensions import db
from cms.media import known
from cms.media.models import MediaFile, Upload
from cms.messages import N_, InvalidInput
from cms.pages import arrivals, usage
from cms.pages.arrivals import NoTarget
from cms.pages.models import ContentItem
from cms.pages.pages import order_after, parse_id

_GONE = N_("A file that was chosen from the library is gone.")


class LibraryItems(KeptView):
    """What takes files of the library onto a page."""

    @expose("/from-library/", methods=("POST",))
    def from_library(self) -> Response:
        """Make an item of each ``file`` on the page ``id``, after the item ``after`` or at the end. All or none."""
        session, ids = db.session(), [parse_id(text) or 0 for text in request.form.getlist("file")]
        before = session.get(ContentItem, parse_id(request.form.get("after", "")) or 0)
        made: list[int] = []
        try:
            if not 0 < len(ids) <= MAX_FILES:
                raise InvalidInput(N_("Choose at least one file, and at most %(most)s."), most=MAX_FILES)
            for id_ in ids:
                before = self._added(parse_id(request.form.get("id", "")) or 0, id_, before)
                made.append(before.id)
        except NoTarget:
            session.rollback()
            abort(404, gettext("The place for this file no longer exists."))
        except InvalidInput as error:
            session.rollback()
            refuse(error)
        session.commit()
        return jsonify(items=made)

    def _added(self, page_id: int, media_file_id: int, before: ContentItem | None) -> ContentItem:
        """A new item with a file of the library; after another item of the page, if there is one."""
        session = db.session()
        target = arrivals.on_page(session, page_id)
        permissions.require(Permission.WRITE, target.page)
        chosen = session.get(MediaFile, media_file_id)
        file = known.locked(session, chosen.digest) if chosen and not chosen.deleted_at else None
        if file is None:
            raise InvalidInput(_GONE)
        filename = next(iter(usage.uploaded_as(session, file.id)), str(file))

        def put(item: ContentItem, slot: str) -> Upload:
            if before is not None and before.page_id == page_id and not before.deleted_at:
                item.order = order_after(session, before)
            item.title = file.title or item.title
            return arrivals.show_known(session, item, slot, filename, file)

        upload = add(target, known.family_of(file), filename, put)
        return session.get_one(ContentItem, upload.item_id)
