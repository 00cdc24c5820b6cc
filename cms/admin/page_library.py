"""Files of the library as new items of a page, several at once."""

from __future__ import annotations

from flask import Response, abort, jsonify, request
from flask_admin import expose
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select

from cms.accounts.policy import Permission
from cms.admin import permissions
from cms.admin.file_rows import MAX_FILES
from cms.admin.kept import KeptView
from cms.admin.placing import refuse
from cms.extensions import db
from cms.media import known
from cms.media.models import MediaFile
from cms.messages import N_, InvalidInput
from cms.pages import arrivals, drafts, revisions, trash, usage
from cms.pages.arrivals import NoTarget, Target
from cms.pages.models import ContentItem
from cms.pages.pages import order_after, parse_id
from cms.pages.revisions import Action

_GONE = N_("A file that was chosen from the library is gone.")


class LibraryItems(KeptView):
    """What takes files of the library onto a page."""

    @expose("/from-library/", methods=("POST",))
    def from_library(self) -> Response:
        """Make an item of each ``file`` on the page ``id``, after the item ``after`` or at the end. All or none."""
        session, ids = db.session(), [parse_id(text) or 0 for text in request.form.getlist("file")]
        page_id = parse_id(request.form.get("id", "")) or 0
        try:
            if not 0 < len(ids) <= MAX_FILES:
                raise InvalidInput(N_("Choose at least one file, and at most %(most)s."), most=MAX_FILES)
            # All files first, then the items, then their page: so do workers and other editors lock them.
            files = known.locked_all(session, ids)
            trash.lock_items(session, select(ContentItem.id).where(ContentItem.page_id == page_id))
            target = arrivals.on_page(session, page_id)
            permissions.require(Permission.WRITE, target.page)
            before = session.get(ContentItem, parse_id(request.form.get("after", "")) or 0)
            made = self._added(target, [files.get(id_) for id_ in ids], before)
        except NoTarget:
            session.rollback()
            abort(404, gettext("The place for this file no longer exists."))
        except InvalidInput as error:
            session.rollback()
            refuse(error)
        session.commit()
        return jsonify(items=made)

    def _added(self, target: Target, files: list[MediaFile | None], before: ContentItem | None) -> list[int]:
        """The ids of new items with these files, which are one change of the page."""
        session, page = db.session(), target.page
        revisions.keep_before(session, page)
        seen, made = drafts.begin(session, page), []
        for file in files:
            if file is None:
                raise InvalidInput(_GONE)
            before = self._put(target, file, before)
            made.append(before)
        subject = made[0].title if len(made) == 1 else page.title
        revisions.keep(session, page, current_user.email, Action.ADDED, subject)
        drafts.hold(session, page, seen)
        return [item.id for item in made]

    def _put(self, target: Target, file: MediaFile, before: ContentItem | None) -> ContentItem:
        """A new item with a file; after another item of the page, if there is one."""
        session = db.session()
        filename = next(iter(usage.uploaded_as(session, file.id)), str(file))
        item, slot = arrivals.place(session, target, known.family_of(file), filename)
        if before is not None and before.page_id == target.page.id and not before.deleted_at:
            item.order = order_after(session, before)
        item.title = file.title or item.title
        arrivals.show_known(session, item, slot, filename, file)
        return item
