"""One view for every kind. Its form is built from the kind's slots and columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_admin.contrib.sqla.filters import BooleanEqualFilter
from flask_admin.form import BaseForm
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from sqlalchemy import ColumnElement, Table, inspect, select
from sqlalchemy.orm import Query, joinedload, selectinload
from werkzeug.wrappers import Response

from cms import current
from cms.admin import attached, charts, encodings, fields, formatters, item_form, library_fields, permissions
from cms.admin.filters import ConditionFilter
from cms.admin.item_bulk import ItemBulk
from cms.admin.kept import after_change, before_change
from cms.cleaning import title_of
from cms.database import PlayedUrl
from cms.extensions import db
from cms.media.models import Upload
from cms.media.storage.staging import StagedFile
from cms.messages import N_, InvalidInput
from cms.pages import attachments, copies, revisions, trash
from cms.pages.models import Attachment, ContentItem, Page
from cms.pages.pages import next_order, order_after, parse_id
from cms.pages.players import player
from cms.pages.revisions import Action
from cms.tasks import send_upload


def _has_status(status: str) -> ColumnElement[bool]:
    """Items whose newest upload into some slot has that status."""
    return ContentItem.attachments.any(Attachment.upload.has(Upload.status == status))


def _lies_on(prefix: str) -> ColumnElement[bool]:
    """Items on pages whose titles start with ``prefix``."""
    return ContentItem.page.has(Page.title_starts_with(prefix))


class KindView(ItemBulk):
    """List and form of one kind."""

    create_template = edit_template = "admin/item_form.html"
    search_hint = N_("Words from titles")
    created = Action.ADDED
    column_list = ("title", "page", "counter", "plays", "bot_views", "order", "is_active", "status")
    column_labels = {
        "title": lazy_gettext("Title"),
        "page": lazy_gettext("Page"),
        "counter": lazy_gettext("Views"),
        "plays": lazy_gettext("Plays"),
        "bot_views": lazy_gettext("Bots"),
        "order": lazy_gettext("Order"),
        "is_active": lazy_gettext("Active"),
        "status": lazy_gettext("Upload status"),
    }
    column_sortable_list = ("title", "counter", "plays", "bot_views", "order", "is_active")
    column_default_sort = ("id", True)
    column_formatters = {
        "title": lambda _view, _context, item, _name: formatters.item_title(item),
        "page": lambda _view, _context, item, _name: formatters.page_link(item.page),
        **dict.fromkeys(
            ("counter", "plays", "bot_views"),
            lambda _view, _context, item, name: formatters.count(item, getattr(item, name)),
        ),
        "is_active": lambda _view, _context, item, _name: formatters.item_active(item),
        "status": lambda _view, _context, item, _name: attached.statuses(item),
    }

    def __init__(self, kind: type[ContentItem]) -> None:
        self.kind = kind
        self.saved_words, self.deleted_words = kind.saved, kind.deleted
        self.column_filters = [
            ConditionFilter(ContentItem.title, lazy_gettext("Title"), ContentItem.title_starts_with),
            ConditionFilter(ContentItem.page_id, lazy_gettext("Page"), _lies_on),
            ConditionFilter(ContentItem.id, lazy_gettext("Upload status"), _has_status, formatters.status_choices),
            BooleanEqualFilter(ContentItem.is_active, lazy_gettext("Active")),
        ]
        self.form_ajax_refs = {"page": fields.PageLoader()}
        self.form = item_form.form_of(kind)
        super().__init__(
            kind,
            name=lazy_gettext(kind.label),
            endpoint=kind.__tablename__,
            url=kind.__tablename__,
            menu_icon_type="fa",
            menu_icon_value=kind.icon,
        )

    def get_query(self) -> Query[Any]:
        """The rows, with everything that the list shows."""
        lies_in = (joinedload(Attachment.upload), joinedload(Attachment.media_file))
        statuses = selectinload(self.kind.attachments).options(*lies_in)
        query: Query[Any] = super().get_query().options(joinedload(self.kind.page), statuses)
        return query.filter(trash.is_kept(self.kind))

    def create_form(self, obj: ContentItem | None = None) -> BaseForm:
        """An empty form. If it was opened from a page's form, that page is already chosen."""
        form = super().create_form(obj)
        if request.method == "GET" and (page := fields.PageLoader().get_one(_page_to_add_to())):
            form.page.data = page
            form.order.data = next_order(db.session(), page.id)
        for slot in self.kind.slots:
            if item_form.encoding_field(slot) in form:
                del form[item_form.encoding_field(slot)]
        return form

    def page_of(self, row: ContentItem) -> Page:
        """The item's page."""
        return row.page

    def pages_before(self, form: BaseForm, row: ContentItem | None) -> set[Page]:
        return {form.page.data} if row is None else {row.page, form.page.data}

    def edit_form(self, obj: ContentItem) -> BaseForm:
        """The item's form. It shows beside each file field what is in the slot."""
        return item_form.with_slots(super().edit_form(obj), obj)

    def form_as_shown(self, row: ContentItem) -> BaseForm:
        """The item's form with its present values, ignoring what was sent."""
        return item_form.with_slots(super().form_as_shown(row), row)

    def validate_form(self, form: BaseForm) -> bool:
        """Validate a form. An empty title is first filled from the name of the first file that was sent."""
        if "title" in form and not form.title.data:
            names = [file.filename for slot in self.kind.slots for file in form[slot.file_field].files]
            chosen = [form[name].title for slot in self.kind.slots if (name := library_fields.field_for(slot)) in form]
            form.title.data = next(filter(None, [*map(title_of, names), *chosen]), "")
        return super().validate_form(form)

    def changeable(self) -> ColumnElement[bool] | None:
        """All, or the items on an author's own pages."""
        owner = permissions.owner()
        return None if owner is None else self.kind.page.has(Page.created_by == owner)

    def chart(self, item: ContentItem) -> charts.Chart:
        """The item's views and plays by day."""
        return charts.latest(item=item.id)

    @expose("/hide/", methods=("POST",))
    def hide(self) -> Response:
        """Hide the item ``id`` from visitors, or show it again."""
        return self._changed(_toggle, Action.EDITED)

    @expose("/duplicate/", methods=("POST",))
    def duplicate(self) -> Response:
        """Make a copy of the item ``id``, which comes after it."""
        return self._changed(lambda item: copies.copy_item(db.session(), item), Action.ADDED)

    def _changed(self, change: Callable[[ContentItem], ContentItem], action: Action) -> Response:
        """Change an item as a button on its page's screen says."""
        number = request.form.get("id", "")
        page = select(ContentItem.page_id).where(ContentItem.id == (parse_id(number) or 0))
        trash.lock_items(db.session(), select(ContentItem.id).where(ContentItem.page_id == page.scalar_subquery()))
        item = self.get_one(number)
        if item is None:
            flash(gettext("This no longer exists."), "error")
        else:
            found = before_change({item.page})
            try:
                changed = change(item)
            except InvalidInput as error:
                db.session.rollback()
                flash(gettext(error.sentence, **error.values), "error")
                return redirect(self._return_url())
            revisions.keep(db.session(), item.page, current_user.email, action, changed.title)
            after_change(found)
            db.session.commit()
        return redirect(self._return_url())

    def on_model_change(self, form: BaseForm, model: ContentItem, is_created: bool) -> None:
        """Before the commit: add the received files as pending uploads, in the item's transaction."""
        with db.session.no_autoflush:
            before = _item_to_add_after(form.page.data) if is_created else None
            if before:
                model.order = order_after(db.session(), before)
            elif form.order.data is None or _is_moved(model):
                model.order = next_order(db.session(), form.page.data.id)
        form.staged = []
        for slot in self.kind.slots:
            if slot.many:
                form.staged += form[slot.file_field].save(model)
                for media_file in form[library_fields.field_for(slot)].files:
                    attachments.add(model, slot, media_file)
            elif file := form[slot.file_field].data:
                staged: StagedFile = file.stream
                upload = attachments.stage(db.session(), model, slot.name, file.filename, staged.size, staged.path.name)
                form.staged.append((upload, staged))
            elif (field := library_fields.field_for(slot)) in form and form[field].file:
                attachments.take(model, slot.name, form[field].file)
            elif item_form.clear_field(slot) in form and form[item_form.clear_field(slot)].data:
                model.attachments.pop(slot.name, None)
            elif item_form.encoding_field(slot) in form:
                form.staged += encodings.read_again(form[item_form.encoding_field(slot)], model, slot.name)

    def after_model_change(self, form: BaseForm, model: ContentItem, is_created: bool) -> None:
        """After the commit: keep the files and send the uploads to the workers; say what cannot be played here."""
        for upload, staged in form.staged:
            staged.keep()
            send_upload(upload.id)
        columns = cast(Table, self.kind.__table__).columns
        for address in (getattr(model, column.key) for column in columns if isinstance(column.type, PlayedUrl)):
            if player(address, current.settings().embed_hosts) is None:
                words = gettext("Visitors get a link: a player for %(address)s cannot be shown here.", address=address)
                flash(words, "warning")


def _toggle(item: ContentItem) -> ContentItem:
    item.is_active = not item.is_active
    item.version += 1
    return item


def _is_moved(item: ContentItem) -> bool:
    """Whether the form moves an item to another page without changing its order."""
    state = inspect(item)
    return state.persistent and state.attrs.page.history.has_changes() and not state.attrs.order.history.has_changes()


def _page_to_add_to() -> str:
    """The id of the page that the URL names: in ``page``, or in the page form to return to (``url``)."""
    back = urlsplit(request.args.get("url", ""))
    found = parse_qs(back.query).get("id", [""]) if back.path == url_for("page.edit_view") else [""]
    return request.args.get("page", found[0])


def _item_to_add_after(page: Page) -> ContentItem | None:
    """The item of that page that the URL names in ``after``."""
    item = db.session.get(ContentItem, parse_id(request.args.get("after", "")) or 0)
    return item if item and item.page_id == page.id and not item.deleted_at else None
