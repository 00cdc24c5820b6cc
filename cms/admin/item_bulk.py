"""What is done with many items of a kind at a time: they are shown, hidden, or moved to another page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import redirect, request
from flask_admin import expose
from flask_admin.actions import action
from flask_admin.helpers import get_redirect_target
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import ColumnElement, func, or_, select

from cms.admin import fields, formatters, permissions, undoable
from cms.admin.kept import KeptView, after_change, before_change, subject_of
from cms.admin.selecting import MOST, PORTION
from cms.extensions import db
from cms.messages import N_, InvalidInput
from cms.pages import moving, revisions, room, trash
from cms.pages.models import ContentItem, Page
from cms.pages.revision_models import Revision
from cms.pages.revisions import Action


class MoveForm(fields.Form):
    """Asks for the page that items are moved to."""

    page = fields.page_field()


class ItemBulk(KeptView):
    """The actions of a list of items, beside deleting them. What is done with a portion is one change of each page."""

    move_template = "admin/item_move.html"

    @action("show", lazy_gettext("Show"))
    def action_show(self, ids: list[int]) -> None:
        """Show items to visitors."""
        _tell(gettext("Shown: %(count)s.", count=self._switch(ids, is_active=True)))

    @action("hide", lazy_gettext("Hide"))
    def action_hide(self, ids: list[int]) -> None:
        """Hide items from visitors."""
        _tell(gettext("Hidden: %(count)s.", count=self._switch(ids, is_active=False)))

    @action("move", lazy_gettext("Move to another page…"))
    def action_move(self, ids: list[int]) -> str:
        """Ask for the page."""
        if not ids:
            raise InvalidInput(N_("Please select at least one row."))
        return self._asked_where(ids, MoveForm(None))

    @expose("/move/", methods=("POST",))
    def move(self) -> Any:
        """Move items to the end of the page ``page``, in the order that they have."""
        permissions.require(self.writing)
        return self.with_numbers(self._move_all) or redirect(self._return_url())

    def _switch(self, ids: list[int], *, is_active: bool) -> int:
        def change(items: list[ContentItem]) -> None:
            for item in items:
                item.is_active = is_active
                item.version += 1

        changed = 0
        for some in self.portions(ids):
            items = [item for item in self._all_locked(some) if item.is_active != is_active]
            self._change(items, change, Action.EDITED)
            changed += len(items)
        return changed

    def _move_all(self, ids: list[int]) -> str | None:
        """Move items, or show the form again that asks for the page."""
        form, moved = MoveForm(request.form), 0
        if not form.validate():
            return self._asked_where(ids, form)
        target = form.page.data
        try:
            _require_room(ids, target)  # before the first of them is moved
            for some in self.portions(ids):
                moved += self._move(some, target)
        except InvalidInput as error:
            db.session.rollback()
            form.page.errors = [gettext(error.sentence, **error.values)]
        if moved:
            _tell(formatters.moved(moved, target))
        return self._asked_where(ids, form) if form.page.errors else None

    def _move(self, ids: list[int], target: Page) -> int:
        found = self._all_locked(ids, ContentItem.page_id == target.id)
        items = [item for item in found if item.page_id != target.id]
        items.sort(key=lambda item: (item.page_id, item.order, item.id))
        self._change(items, lambda moved: moving.append(db.session(), moved, target), Action.MOVED, target)
        return len(items)

    def _all_locked(self, ids: list[int], *others: ColumnElement[bool]) -> list[ContentItem]:
        """The items with these ids. They are locked, and others as well, in the order in which everybody locks them."""
        trash.lock_items(db.session(), select(ContentItem.id).where(or_(ContentItem.id.in_(ids), *others)))
        return self.selected(ids)

    def _change(
        self, items: list[ContentItem], change: Callable[[list[ContentItem]], None], action: Action, *others: Page
    ) -> None:
        """Change items, and have the histories of their pages say so, and of others that the change is of."""
        if not items:
            db.session.commit()  # which lets go of the locks
            return
        of_page: dict[Page, list[ContentItem]] = {}
        for item in items:
            of_page.setdefault(item.page, []).append(item)
        of_page |= dict.fromkeys(others, items)
        found = before_change(set(of_page))
        change(items)
        for page in sorted(of_page, key=lambda page: page.id):
            revisions.keep(db.session(), page, current_user.email, action, subject_of(of_page[page]))
        after_change(found)
        db.session.commit()

    def _asked_where(self, ids: list[int], form: MoveForm) -> str:
        rendered: str = self.render(
            self.move_template,
            form=form,
            rows=self.selected(ids[:PORTION]),
            number=min(len(ids), MOST),
            asked_again=self.asked_again(),
            return_url=get_redirect_target() or self.get_url(".index_view"),
        )
        return rendered


def _require_room(ids: list[int], target: Page) -> None:
    """Refuse to move items to a page that has no room for them, or has all of them already."""
    elsewhere = select(func.count(ContentItem.id)).where(ContentItem.id.in_(ids), ContentItem.page_id != target.id)
    number = db.session.scalar(elsewhere) or 0
    if not number:
        raise InvalidInput(N_("The items are on this page already."))
    room.check(db.session(), target.id, number)


def _tell(words: str) -> None:
    """The message after items were changed, with a button that undoes it."""
    changed = select(Revision.page_id).where(Revision.id.in_(undoable.made()))
    pages = db.session.scalars(select(Page).where(Page.id.in_(changed), Page.live_revision_id.is_not(None)).limit(1))
    undoable.offer(Markup(" ").join(filter(None, (words, formatters.waiting(*pages)))))
