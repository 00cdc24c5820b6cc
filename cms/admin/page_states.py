"""The state of a page in words: a draft, published, or published with changes that wait."""

from __future__ import annotations

from flask import url_for
from flask_babel import LazyString, gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy import ColumnElement, and_, or_

from cms.admin import formatters
from cms.messages import N_
from cms.pages.models import Page

_TIMES = {"publish_at": N_("from %(time)s"), "unpublish_at": N_("until %(time)s")}


_is_scheduled = or_(Page.publish_at.is_not(None), Page.unpublish_at.is_not(None))
_STATES: dict[str, tuple[str, ColumnElement[bool]]] = {
    "draft": (N_("Draft"), and_(Page.is_published.is_(False), Page.is_template.is_(False))),
    "published": (N_("Published"), and_(Page.is_published, Page.live_revision_id.is_(None))),
    "waiting": (N_("Published, with changes"), Page.live_revision_id.is_not(None)),
    "scheduled": (N_("Scheduled"), _is_scheduled),
}


def choices() -> list[tuple[str, LazyString]]:
    """The states that the list can be filtered by, with translated names."""
    return [(state, lazy_gettext(name)) for state, (name, _) in _STATES.items()]


def is_in(state: str) -> ColumnElement[bool]:
    """Pages in that state; none if there is no such state."""
    return _STATES[state][1] if state in _STATES else Page.id.is_(None)


def _times(page: Page) -> list[str]:
    """What its times will change."""
    times = {sentence: getattr(page, name) for name, sentence in _TIMES.items()}
    return [gettext(sentence, time=formatters.moment(time, zone=True)) for sentence, time in times.items() if time]


def badge(page: Page) -> Markup:
    """The state of a page."""
    if page.is_template:
        state, words = "pending", gettext("Template")
    elif page.live_revision_id:
        state, words = "processing", gettext("Published, with changes")
    elif page.is_published:
        state, words = "completed", gettext("Published")
    else:
        state, words = "pending", gettext("Draft")
    return Markup('<span class="status status-{}">{}</span>').format(state, ", ".join([words, *_times(page)]))


def column(page: Page) -> Markup:
    """The state of a page in a list: whether it is published, and what will change that."""
    told = [Markup("<small>{}</small>").format(gettext("Template"))] if page.is_template else []
    told = told or [formatters.yes_no(page.is_published)]
    if page.live_revision_id:
        words = gettext("Published, with changes")
        told.append(Markup('<span class="fa fa-pencil" role="img" aria-label="{0}" title="{0}"></span>').format(words))
    told += [Markup("<small>{}</small>").format(words) for words in _times(page)]
    return Markup(" ").join(told)


def saved(words: str, page: Page) -> Markup:
    """The message after saving, with a link to the page that shows what was saved."""
    if page.is_published and not page.live_revision_id:
        address, label = url_for("site.page", slug=page.slug), gettext("View the page")
    else:
        address, label = url_for("page.preview", id=page.id), gettext("Preview")
    link = Markup('<a href="{}" target="_blank" rel="noopener">{}</a>').format(address, label)
    return Markup(" ").join(filter(None, (words, formatters.waiting(page), link)))
