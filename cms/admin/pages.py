"""Pages: list, form with the page's items in order, preview, reordering."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request
from flask_admin import expose
from flask_admin.actions import action
from flask_admin.contrib.sqla.filters import BooleanEqualFilter
from flask_admin.form import BaseForm
from flask_babel import LazyString, gettext, lazy_gettext
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Query, joinedload, selectin_polymorphic, selectinload
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, ValidationError
from wtforms.validators import Optional

from cms import current
from cms.admin import charts, fields, formatters, permissions
from cms.admin.filters import ConditionFilter
from cms.admin.forms import EditForm
from cms.admin.kept import KeptView
from cms.admin.moments import MomentField
from cms.database import now
from cms.extensions import db
from cms.messages import N_
from cms.pages import copies, documents, pages, revisions, trash
from cms.pages.models import Attachment, ContentItem, Page, kinds
from cms.pages.revisions import Action


def _zone() -> str:
    return str(gettext("Time zone: %(zone)s", zone=current.view_counter().zone.key))


_in_the_sites_zone = LazyString(_zone)


class PageForm(EditForm):
    """The form of a page."""

    title = fields.title_field(fields.unique(Page.title))
    slug = fields.slug_field(
        lazy_gettext("Slug"),
        Optional(),
        fields.unique(Page.slug),
        description=lazy_gettext("The page's address on the site. If you leave this empty, it is made from the title."),
    )
    text = fields.markdown_field(lazy_gettext("Text"))
    language = fields.language_field(fields.as_the_site)
    is_published = BooleanField(lazy_gettext("Published"))
    publish_at = MomentField(lazy_gettext("Publish at"), [Optional()], description=_in_the_sites_zone)
    unpublish_at = MomentField(lazy_gettext("Unpublish at"), [Optional()], description=_in_the_sites_zone)

    def validate_publish_at(self, field: Field) -> None:
        """Check that the time makes sense."""
        _check_time(self, field)
        if field.data and self.is_published.data:
            raise ValidationError(gettext("The page is published already. Empty this field, or untick “Published”."))

    def validate_unpublish_at(self, field: Field) -> None:
        """Check that the time makes sense."""
        _check_time(self, field)
        if field.data and self.publish_at.data and field.data <= self.publish_at.data:
            raise ValidationError(gettext("At this time the page is not published yet."))


def _check_time(form: PageForm, field: Field) -> None:
    if field.data and field.data <= now() and field.data != getattr(form._obj, field.name, None):
        raise ValidationError(gettext("This time has passed."))


class PageView(KeptView):
    """List and form of pages."""

    form = PageForm
    edit_template = "admin/page_form.html"
    create_template = "admin/page_form.html"
    search_hint = N_("Title starts with…")
    created = Action.CREATED
    saved_words, deleted_words = N_("Page saved."), N_("Page deleted.")
    column_list = ("title", "slug", "is_published", "items", "updated_at")
    column_labels = {
        "title": lazy_gettext("Title"),
        "slug": lazy_gettext("Slug"),
        "is_published": lazy_gettext("Published"),
        "items": lazy_gettext("Items"),
        "updated_at": lazy_gettext("Last changed"),
    }
    column_sortable_list = ("title", "slug", "is_published", "updated_at")
    column_default_sort = ("id", True)
    column_filters = [
        ConditionFilter(Page.title, lazy_gettext("Title"), Page.title_starts_with),
        BooleanEqualFilter(Page.is_published, lazy_gettext("Published")),
    ]
    column_formatters = {
        "title": lambda _view, _context, page, _name: formatters.page_link(page),
        "is_published": lambda _view, _context, page, _name: formatters.page_state(page),
        "items": lambda _view, _context, page, _name: len(page.items),
        "updated_at": lambda _view, _context, page, _name: formatters.moment(page.updated_at),
        "slug": lambda _view, _context, page, _name: formatters.public_link(page),
    }

    def __init__(self) -> None:
        super().__init__(
            Page,
            name=lazy_gettext("Pages"),
            endpoint="page",
            url="page",
            menu_icon_type="fa",
            menu_icon_value="fa-newspaper-o",
        )

    def get_query(self) -> Query[Any]:
        """The rows. Of the items it loads only what counting them takes."""
        query: Query[Any] = (
            super().get_query().options(selectinload(Page.items).load_only(ContentItem.id, ContentItem.page_id))
        )
        return query.filter(trash.is_kept(Page))

    def page_of(self, row: Page) -> Page:
        return row

    def pages_before(self, form: BaseForm, row: Page | None) -> set[Page]:
        return {row} if row else set()

    def on_model_change(self, form: BaseForm, model: Page, is_created: bool) -> None:
        """Give the page a slug if it has none."""
        if not model.slug:
            with db.session.no_autoflush:
                model.slug = pages.slug_for(db.session(), model.title)
        model.text = model.text or ""
        if is_created:
            model.created_by = current_user.id

    def get_save_return_url(self, model: Page, is_created: bool = False) -> str:
        """Where saving leads. After creating a page it is the page's form, with the buttons that add items."""
        url: str = self.get_url(".edit_view", id=model.id) if is_created else super().get_save_return_url(model)
        return url

    def render(self, template: str, **values: Any) -> str:
        """Render a template. The form also shows the page's items and all kinds."""
        if template == self.edit_template:
            page = values.get("model")
            values |= {"kinds": kinds(), "items": _items(page) if page else []}
        rendered: str = super().render(template, **values)
        return rendered

    def chart(self, page: Page) -> charts.Chart:
        """The views and plays of the page's items by day."""
        return charts.latest(page=page.id)

    @expose("/preview/")
    def preview(self) -> str:
        """The page as visitors will see it, published or not. It counts no views."""
        page = self.get_one(request.args.get("id", ""))
        document = page and pages.draft_document(db.session(), page.id)
        if document is None:
            abort(404)
        documents.placed(document, request.script_root, current.settings().site_language)
        items = [item for item in document["contents"] if pages.is_shown(item)]
        here = request.script_root + request.full_path
        return render_template(
            "site/page.html", page=document, items=items, preview_of=page, here=here, base=request.host_url[:-1]
        )

    @expose("/copy/", methods=("POST",))
    def copy(self) -> Response:
        """Make a copy of the page ``id``, and lead to it."""
        page = self.get_one(request.form.get("id", ""))
        if page is None:
            flash(gettext("This no longer exists."), "error")
            return redirect(self.get_url(".index_view"))
        made = copies.copy(db.session(), page)
        made.created_by = current_user.id
        revisions.keep(db.session(), made, current_user.email, Action.CREATED, made.title)
        db.session.commit()
        flash(gettext("This is the copy. It is a draft, and its items have counts of their own."), "success")
        return redirect(self.get_url(".edit_view", id=made.id))

    @action("publish", lazy_gettext("Publish"))
    def action_publish(self, ids: list[int]) -> None:
        """Publish the selected pages."""
        flash(gettext("Published: %(count)s.", count=_publish(self.selected(ids), is_published=True)), "success")

    @action("unpublish", lazy_gettext("Unpublish"))
    def action_unpublish(self, ids: list[int]) -> None:
        """Make drafts of the selected pages."""
        flash(gettext("Unpublished: %(count)s.", count=_publish(self.selected(ids), is_published=False)), "success")

    @expose("/reorder/", methods=("POST",))
    def reorder(self) -> Response:
        """Put the items of the page ``id`` in a new order; ``item`` is sent once for each item.

        ``was``, also sent once for each item, is the order that the editor saw. An outdated order is refused.
        """
        page = self.get_one(request.form.get("id", ""))
        if page:
            permissions.require(self.writing, page)
        wanted, was = request.form.getlist("item"), request.form.getlist("was")
        if page:
            trash.lock_items(db.session(), select(ContentItem.id).where(ContentItem.page_id == page.id))
            revisions.keep_before(db.session(), page)
        items = {str(item.id): item for item in _items(page)} if page else {}
        if was and was != list(items):
            abort(409, gettext("Somebody else has changed the items of this page in the meantime."))
        if sorted(wanted) != sorted(items):
            abort(400, gettext("The page has changed in the meantime. Please reload it."))
        for order, number in enumerate(wanted, start=1):
            if items[number].order != order:
                items[number].order = order
                items[number].version += 1  # the order is a field of the item's form
        if page:
            revisions.keep(db.session(), page, current_user.email, Action.REORDERED, page.title)
        db.session.commit()
        return jsonify(order=wanted)


def _publish(selected: list[Page], *, is_published: bool) -> int:
    """Publish or unpublish pages, each in a transaction of its own. Returns how many it has changed."""
    changed = 0
    for id_ in [page.id for page in selected]:
        page = db.session.get(Page, id_, populate_existing=True, with_for_update={"key_share": True})
        if page is None or page.deleted_at or page.is_published == is_published:
            db.session.rollback()
            continue
        revisions.keep_before(db.session(), page)
        page.is_published = is_published
        page.publish_at = None
        page.version += 1
        revisions.keep(db.session(), page, current_user.email, Action.EDITED, page.title)
        db.session.commit()
        changed += 1
    return changed


def _items(page: Page) -> list[ContentItem]:
    """A page's items in order, with everything that the form shows of them."""
    found = select(ContentItem).where(ContentItem.page_id == page.id, ContentItem.deleted_at.is_(None))
    found = found.order_by(ContentItem.order, ContentItem.id)
    lies_in = (joinedload(Attachment.upload), joinedload(Attachment.media_file))
    attachments = selectinload(ContentItem.attachments).options(*lies_in)
    return list(db.session.scalars(found.options(selectin_polymorphic(ContentItem, kinds()), attachments)))
