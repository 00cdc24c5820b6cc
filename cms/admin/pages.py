"""Pages: list, form with the page's items in order, preview, reordering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, jsonify, redirect, request
from flask_admin import expose
from flask_admin.actions import action
from flask_admin.contrib.sqla.filters import BooleanEqualFilter
from flask_admin.form import BaseForm
from flask_babel import LazyString, gettext, lazy_gettext
from flask_login import current_user
from sqlalchemy import ColumnElement, inspect, select
from sqlalchemy.orm import Query, Session, selectinload
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, ValidationError
from wtforms.validators import Optional

from cms import current
from cms.admin import (
    charts,
    fields,
    formatters,
    language_fields,
    overview,
    page_rows,
    page_settings,
    page_states,
    page_tags,
    permissions,
    undoable,
)
from cms.admin.filters import ConditionFilter
from cms.admin.forms import EditForm
from cms.admin.history import not_restored
from cms.admin.kept import after_change, before_change
from cms.admin.linking import Linkable
from cms.admin.moments import MomentField
from cms.admin.page_screen import PageScreen
from cms.admin.page_tags import PageTags
from cms.admin.page_templates import TemplatePages, not_of_templates, template_filter
from cms.database import now
from cms.extensions import db
from cms.http import headers
from cms.messages import N_, InvalidInput
from cms.pages import arrivals, drafts, pages, revisions, templates, trash
from cms.pages.models import ContentItem, Page, kinds
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
    tags = page_settings.tags_field()
    language = language_fields.language_field(language_fields.as_the_site)
    sharing_picture = page_settings.sharing_picture_field()
    is_published = BooleanField(lazy_gettext("Published"), [not_of_templates])
    publish_at = MomentField(lazy_gettext("Publish at"), [Optional(), not_of_templates], description=_in_the_sites_zone)
    unpublish_at = MomentField(lazy_gettext("Unpublish at"), [Optional()], description=_in_the_sites_zone)

    def validate_publish_at(self, field: Field) -> None:
        """Check that the time makes sense."""
        _check_time(self, field)
        is_seen = self.is_published.data and not (self._obj and self._obj.live_revision_id)
        if field.data and is_seen:
            raise ValidationError(gettext("The page is published already. Empty this field, or untick “Published”."))

    def validate_unpublish_at(self, field: Field) -> None:
        """Check that the time makes sense."""
        _check_time(self, field)
        if field.data and self.publish_at.data and field.data <= self.publish_at.data:
            raise ValidationError(gettext("At this time the page is not published yet."))


def _check_time(form: PageForm, field: Field) -> None:
    if field.data and field.data <= now() and field.data != getattr(form._obj, field.name, None):
        raise ValidationError(gettext("This time has passed."))


class PageView(Linkable, PageScreen, TemplatePages, PageTags):
    """List and form of pages."""

    form = PageForm
    list_template = "admin/pages.html"
    edit_template = "admin/page_form.html"
    create_template = "admin/page_form.html"
    search_hint = N_("Words from titles")
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
        ConditionFilter(Page.id, lazy_gettext("State"), page_states.is_in, page_states.choices),
        ConditionFilter(Page.tags, lazy_gettext("Tag"), page_tags.has_tag, words=N_("is")),
        ConditionFilter(Page.created_by, lazy_gettext("Made by"), overview.is_made_by, overview.maker_choices),
        template_filter(),
    ]
    column_formatters = {
        "title": lambda _view, _context, page, _name: page_tags.titled(page),
        "is_published": lambda _view, _context, page, _name: page_states.column(page),
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
        elif inspect(model).attrs.is_published.history.has_changes():
            form.seen_before = model.live_revision_id or 0
        if not model.is_published:
            model.live_revision_id = None

    def get_save_return_url(self, model: Page, is_created: bool = False) -> str:
        """Where saving leads. After creating a page it is the page's form, with the buttons that add items."""
        url: str = self.get_url(".edit_view", id=model.id) if is_created else super().get_save_return_url(model)
        return url

    def render(self, template: str, **values: Any) -> str:
        """Render a template. The form also shows the page's items and all kinds."""
        if template == self.edit_template:
            headers.show_frames()
            page = values.get("model")
            values |= {"kinds": kinds(), "rows": page_rows.rows_of(page) if page else None, "badge": page_states.badge}
            values["link_column"] = arrivals.link_column
            values["templates"] = () if page else templates.offered(db.session())
        rendered: str = super().render(template, **values)
        return rendered

    def chart(self, page: Page) -> charts.Chart:
        """The views and plays of the page's items by day."""
        return charts.latest(page=page.id)

    @expose("/copy/", methods=("POST",))
    def copy(self) -> Response:
        """Make a copy of the page ``id``, and lead to it."""
        page = self.get_one(request.form.get("id", ""))
        if page is None:
            flash(gettext("This no longer exists."), "error")
            return redirect(self.get_url(".index_view"))
        told = gettext("This is the copy. It is a draft, and its items have counts of their own.")
        return self.lead_to_copy(page, told)

    @expose("/publish/", methods=("POST",))
    def publish(self) -> Response:
        """Publish the page ``id`` as it is now."""
        page = self.asked()
        if page.is_template:
            flash(gettext(templates.NEVER_PUBLISHED), "error")
            return redirect(self.screen_of(page))
        is_new = drafts.publish(db.session(), page, current_user.email)
        db.session.commit()
        words = gettext("Published.") if is_new else gettext("Visitors see the page like this already.")
        flash(page_states.saved(words, page), "success")
        return redirect(self.screen_of(page))

    @expose("/unpublish/", methods=("POST",))
    def unpublish(self) -> Response:
        """Take the page ``id`` off the site."""
        page = self.asked()
        drafts.unpublish(db.session(), page, current_user.email)
        db.session.commit()
        flash(gettext("The page is a draft now: visitors do not see it."), "success")
        return redirect(self.screen_of(page))

    @expose("/discard/", methods=("POST",))
    def discard(self) -> Response:
        """Discard those changes of the page ``id`` that were not published."""
        page = self.asked()
        try:
            report = drafts.discard(db.session(), page, current_user.email)
            db.session.commit()
        except InvalidInput as error:
            db.session.rollback()
            flash(gettext(error.sentence, **error.values), "error")
        else:
            flash(gettext("The changes are discarded. The page's history has them."), "success")
            for told in not_restored(report):
                flash(told, "warning")
        return redirect(self.screen_of(page))

    @action("publish", lazy_gettext("Publish"))
    def action_publish(self, ids: list[int]) -> None:
        """Publish the selected pages."""
        undoable.offer(gettext("Published: %(count)s.", count=self._each(drafts.publish, ids)))

    @action("unpublish", lazy_gettext("Unpublish"))
    def action_unpublish(self, ids: list[int]) -> None:
        """Make drafts of the selected pages."""
        undoable.offer(gettext("Unpublished: %(count)s.", count=self._each(drafts.unpublish, ids)))

    def _each(self, change: Callable[[Session, Page, str], bool], ids: list[int]) -> int:
        """Change pages, each in a transaction of its own. Returns how many were changed."""
        changed = 0
        for some in self.portions(ids):
            for id_ in [page.id for page in self.selected(some)]:
                page = db.session.get(Page, id_)
                changed += page is not None and not page.deleted_at and change(db.session(), page, current_user.email)
                db.session.commit()
        return changed

    def changeable(self) -> ColumnElement[bool] | None:
        """All, or an author's own pages."""
        owner = permissions.owner()
        return None if owner is None else Page.created_by == owner

    @expose("/reorder/", methods=("POST",))
    def reorder(self) -> Response:
        """Put the items of the page ``id`` in a new order; ``item`` is sent once for each item.

        ``was``, also sent once for each item, is the order that the editor saw. An outdated order is refused.
        """
        page = self.get_one(request.form.get("id", ""))
        wanted, was = request.form.getlist("item"), request.form.getlist("was")
        if page:
            trash.lock_items(db.session(), select(ContentItem.id).where(ContentItem.page_id == page.id))
        found = before_change({page} if page else set())
        items = {str(item.id): item for item in page_rows.items_of(page)} if page else {}
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
        after_change(found)
        db.session.commit()
        return jsonify(order=wanted)
