"""Tags for many rows of a list at a time."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_admin.actions import action
from flask_admin.helpers import get_redirect_target
from flask_babel import lazy_gettext
from markupsafe import Markup

from cms.admin import reasons, undoable
from cms.admin.selecting import MOST, PORTION, ManyRows
from cms.extensions import db
from cms.media import tagging
from cms.messages import N_, InvalidInput


def tag_links(endpoint: str, names: list[str]) -> Markup:
    """Tags, each a link to the rows of a list that have it."""
    link = Markup('<a class="tag" href="{}">{}</a>')
    links = [link.format(url_for(f"{endpoint}.index_view", flt0_tag_is=name), name) for name in names]
    return Markup('<span class="tags">{}</span>').format(Markup(" ").join(links)) if links else Markup("")


class TagAction(ManyRows):
    """A mixin for lists of rows with tags: a bulk action that asks for them, and the form that answers."""

    #: The form, which shows the rows.
    tag_template: str

    def require_room(self, ids: list[int], names: list[str]) -> None:
        """Refuse tags if a row would have too many with them.

        Raises:
            InvalidInput: one would.
        """
        raise NotImplementedError

    def change_tags(self, ids: list[int], names: list[str], *, is_removed: bool) -> int:
        """Give tags to rows, or take them, and commit. Returns how many there are.

        Raises:
            InvalidInput: a row would have too many.
        """
        raise NotImplementedError

    def changed_words(self, number: int) -> str:
        """The message after that many rows were changed."""
        raise NotImplementedError

    def tagged_rows(self, ids: list[int]) -> list[Any]:
        """Rows, as the form shows them."""
        raise NotImplementedError

    def offered_tags(self) -> Any:
        """The names that the form offers."""
        raise NotImplementedError

    @action("tag", lazy_gettext("Tag…"))
    def action_tag(self, ids: list[int]) -> str:
        """Ask for the tags."""
        return self._asked_for_tags(ids, get_redirect_target() or self.get_url(".index_view"))

    @expose("/tag/", methods=("POST",))
    def tag(self) -> Any:
        """Give tags to rows, or take them."""
        back = get_redirect_target() or self.get_url(".index_view")
        try:
            ids, changed = self.asked_ids(), 0
        except InvalidInput as error:
            flash(reasons.sentence(error.sentence, error.values), "error")
            return redirect(back)
        try:
            names = tagging.parse(request.form.get("tags", ""))
            if not names:
                raise InvalidInput(N_("Write at least one tag."))
            if not (is_removed := request.form.get("what") == "remove"):
                self.require_room(ids, names)  # before the first of them has the tags
            for some in self.portions(ids):
                changed += self.change_tags(some, names, is_removed=is_removed)
        except InvalidInput as error:
            db.session.rollback()
            if changed:  # somebody else gave tags to one of the others meanwhile
                undoable.offer(self.changed_words(changed))
            return self._asked_for_tags(ids, back, reasons.sentence(error.sentence, error.values))
        undoable.offer(self.changed_words(changed))
        return redirect(back)

    def _asked_for_tags(self, ids: list[int], back: str, refused: str = "") -> str:
        rendered: str = self.render(
            self.tag_template,
            rows=self.tagged_rows(ids[:PORTION]),
            number=min(len(ids), MOST),
            asked_again=self.asked_again(),
            return_url=back,
            refused=refused,
            tags=request.form.get("tags", ""),
            what=request.form.get("what", "add"),
            offered=self.offered_tags(),
        )
        return rendered
