"""The search box above every screen: what it offers while one types, and its page of results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import jsonify, request
from flask_admin import BaseView, expose
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from cms.accounts.policy import Permission
from cms.admin import formatters, page_states, permissions, probed, thumbnails
from cms.admin.base import SignedInView
from cms.cleaning import clean_line
from cms.extensions import db
from cms.pages.models import ContentItem, Page
from cms.search import everything

#: How many of each sort are offered while one types, and on the page of results. A longer text is cut.
OFFERED, SHOWN, LONGEST = 5, 50, 200


class Result(NamedTuple):
    """One line of the results."""

    title: str
    about: str
    address: str
    icon: str
    picture: dict[str, Any] | None = None


class Group(NamedTuple):
    """Results of one sort, and the address of a list with all of them, if there is one."""

    name: str
    results: list[Result]
    all: str = ""


class SearchView(SignedInView, BaseView):  # type: ignore[misc]
    """The results, as a page and as JSON."""

    def __init__(self) -> None:
        super().__init__(name=lazy_gettext("Search"), endpoint="search", url="search")

    def is_visible(self) -> bool:
        """Whether it is in the menu."""
        return False

    @expose("/")
    def index(self) -> str:
        groups = list(self._groups(SHOWN))
        rendered: str = self.render("admin/search.html", groups=groups, text=_text(), most=SHOWN)
        return rendered

    @expose("/offer/")
    def offer(self) -> Response:
        """What is offered while one types."""
        groups = [
            {"name": group.name, "results": [result._asdict() for result in group.results]}
            for group in self._groups(OFFERED)
        ]
        response: Response = jsonify(groups=groups)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _groups(self, limit: int) -> Iterator[Group]:
        text = _text()
        with_accounts = permissions.may(Permission.ADMINISTER)
        found = everything.search(db.session(), text, limit, with_accounts=with_accounts)
        if found.pages:
            pages = [self._page(page) for page in found.pages]
            yield Group(gettext("Pages"), pages, self.get_url("page.index_view", search=text))
        if found.items:
            yield Group(gettext("Items"), [self._item(item) for item in found.items])
        if found.files:
            files = [
                Result(
                    str(file),
                    probed.summary(file),
                    self.get_url("media_file.details_view", id=file.id),
                    "fa-archive",
                    thumbnails.picture(file),
                )
                for file in found.files
            ]
            yield Group(gettext("Media files"), files, self.get_url("media_file.index_view", search=text))
        if found.accounts:
            accounts = [
                Result(user.email, "", self.get_url("user.details_view", id=user.id), "fa-user")
                for user in found.accounts
            ]
            yield Group(gettext("Accounts"), accounts)

    def _page(self, page: Page) -> Result:
        address = self.get_url("page.edit_view", id=page.id)
        return Result(page.title, page_states.badge(page).striptags(), address, "fa-newspaper-o")

    def _item(self, item: ContentItem) -> Result:
        shown = (attachment.media_file for attachment in item.attachments.values())
        pictures = (thumbnails.picture(file) for file in shown if file)
        return Result(
            item.title,
            item.page.title,
            formatters.item_address(item),
            item.icon,
            next(filter(None, pictures), None),
        )


def _text() -> str:
    return clean_line(request.args.get("q", ""))[:LONGEST]
