"""Visitors' pages: the list, and a page."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, send_file, url_for
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from cms import current
from cms.cleaning import clean_line
from cms.database import search_key
from cms.extensions import db
from cms.http.responding import respond
from cms.media.tagging import TAG_LENGTH
from cms.page_cache import PAGES, page_tag
from cms.page_cache.responses import CachedResponse, Placeholders
from cms.page_views import Shown
from cms.pages import chapters, documents, pages, redirects, text_files
from cms.pages.listing import page_listing
from cms.view_counts.play_tokens import listed

site = Blueprint("site", __name__)

HTML = "text/html; charset=utf-8"
PAGES_IN_LIST = 12
#: How long browsers keep the icon, in seconds.
DAY = 86400
#: How long browsers remember where a page has moved, in seconds: editors can change that.
REDIRECT_KEPT = 3600


@site.get("/")
def index() -> Response:
    """The published pages, newest first.

    The list counts nothing, as no item is read here. It shows no counters either: each would have to be read for each
    request, and browsers could not keep the list.
    """
    number = request.args.get("page", "1")
    if not number.isascii() or not number.isdigit() or len(number) > 7 or int(number) < 1:
        abort(404, gettext("The list has no page %(number)s.", number=number))
    tag = clean_line(request.args.get("tag", ""))[:TAG_LENGTH]

    def make(session: Session, placeholders: Placeholders) -> CachedResponse | None:
        listing = page_listing(session, int(number), PAGES_IN_LIST, tag)
        if listing is None:
            return None
        for document in listing.documents:
            documents.placed(document, request.script_root, current.settings().site_language)
            document["contents"] = [item for item in document["contents"] if pages.is_shown(item)]
        return placeholders.html(render_template("site/index.html", listing=listing, base=placeholders.base))

    key = f"html:{get_locale()}:list:{int(number)}:{search_key(tag)}"
    shown = Shown(key, lambda _session: [PAGES], make)
    told = gettext("No page has the tag “%(tag)s”.", tag=tag) if tag and int(number) == 1 else None
    return respond(shown, HTML, counts=False) or abort(404, told)


@site.get("/favicon.ico")
def icon() -> Response:
    """The site's icon, for clients that ask for it without reading a page. Pages name its address themselves."""
    return send_file(Path(current_app.root_path).parent / "static/img/favicon.svg", max_age=DAY)


@site.get("/<slug>/")
def page(slug: str) -> AnyResponse:
    """One published page, or where it has moved. Counts a view of every item that it shows."""

    page_id: int | None = None

    def find_tags(session: Session) -> list[str] | None:
        nonlocal page_id
        page_id = pages.page_id(session, slug)
        return None if page_id is None else [page_tag(page_id)]

    def make(session: Session, placeholders: Placeholders) -> CachedResponse | None:
        document = pages.page_document_at(session, slug)
        if document is None or page_id not in (None, document["id"]):
            return None  # deleted at this moment, or its address was given to another page
        documents.placed(document, request.script_root, current.settings().site_language)
        items = [item for item in document["contents"] if pages.is_shown(item)]
        for item in items:
            item["counter"] = placeholders.counter(item["id"])
        played = listed(item["id"] for item in items if pages.is_played(item))
        play_token = placeholders.play_token(played) if played else ""
        base = placeholders.base
        return placeholders.html(
            render_template(
                "site/page.html",
                page=document,
                items=items,
                base=base,
                play_token=play_token,
                pictures=text_files.pictures(session, document, request.script_root),
            )
        )

    shown = Shown(f"html:{get_locale()}:page:{slug}", find_tags, make)
    return respond(shown, HTML) or _elsewhere(slug) or abort(404)


def _elsewhere(slug: str) -> AnyResponse | None:
    """Lead on from an address that a page had before."""
    found = redirects.find(db.session(), slug)
    if found is None:
        return None
    target = found.target or ""
    if found.page:
        target = url_for("site.page", slug=found.page.slug)
    elif target.startswith("/"):
        target = request.script_root + target
    answer = redirect(target, 301)
    answer.headers["Cache-Control"] = f"public, max-age={REDIRECT_KEPT}"
    return answer


@site.get("/<slug>/chapters/<id:item_id>.vtt")
def chapter_track(slug: str, item_id: int) -> AnyResponse:
    """The chapters of an item as a track for its player, where they are not a file. It counts nothing."""
    document = pages.page_document_at(db.session(), slug) or abort(404)
    documents.placed(document, "", current.settings().site_language)
    item = next((item for item in document["contents"] if item["id"] == item_id), None) or abort(404)
    found = chapters.of_player(item) if pages.is_played(item) else []
    response = Response(chapters.webvtt(found) if found else abort(404), content_type="text/vtt; charset=utf-8")
    response.cache_control.no_cache = True  # browsers ask whether it has changed
    response.add_etag()
    return response.make_conditional(request)
