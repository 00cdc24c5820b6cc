"""The delivery API: published pages with their items as JSON. Each response counts a view of every item in it."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.urls import iri_to_uri

from cms import current
from cms.cleaning import clean_line
from cms.database import search_key
from cms.http.parameters import Number, Words, read_query
from cms.http.responding import respond
from cms.media.tagging import TAG_LENGTH
from cms.page_cache import PAGES, page_tag
from cms.page_cache.responses import CachedResponse, Placeholders
from cms.page_views import Shown
from cms.pages import documents, pages
from cms.pages.documents import PageDocument
from cms.pages.listing import page_listing
from cms.pages.schemas import uri_fields

api = Blueprint("api", __name__, url_prefix="/api/page/content")

JSON = "application/json"
MAX_PAGE = 10**6
MAX_PAGE_SIZE = 100
DEFAULT_PAGE_SIZE = 20
#: Only lists of these sizes are cached: with all hundred sizes the cache would hold the site a hundred times.
KEPT_PAGE_SIZES = (10, 20, 50, 100)


@api.get("/")
def page_list() -> Response:
    """Published pages, newest first, with their active items in order.
    ---
    get:
      operationId: listPages
      summary: List published pages
      description: Newest first, each with its active items in order. Counts a view of every returned item.
      tags: [Pages]
      parameters:
        - name: page
          in: query
          description: The number of the list page. Follow `next` and `previous` rather than computing it.
          schema: {type: integer, minimum: 1, maximum: 1000000, default: 1, examples: [1]}
        - name: page_size
          in: query
          description: How many pages a list page has.
          schema: {type: integer, minimum: 1, maximum: 100, default: 20, examples: [50]}
        - name: tag
          in: query
          description: Only pages with this tag, in whatever case it is written. A tag that no page has is 404.
          schema: {type: string, minLength: 1, maxLength: 60, examples: [coast]}
      responses:
        200:
          description: One page of the list.
          content: {application/json: {schema: PageListSchema}}
        400: BadParameters
        404: NotFound
        405: MethodNotAllowed
        429: TooManyRequests
        500: ServerError
        503: Unavailable
    """
    sizes = Number(DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
    asked = read_query(page=Number(1, MAX_PAGE), page_size=sizes, tag=Words(TAG_LENGTH))
    number, size, tag = asked["page"], asked["page_size"], clean_line(asked["tag"])
    if asked["tag"] and not tag:
        abort(404, _not_listed(1, asked["tag"]))  # it has nothing that a tag can have
    address = url_for(".page_list")

    def make(session: Session, placeholders: Placeholders) -> CachedResponse | None:
        listing = page_listing(session, number, size, tag)
        if listing is None:
            return None

        query = {"tag": listing.tag} if listing.tag else {}  # as it is written, not as somebody asks for it

        def link(to: int) -> str:
            return f"{placeholders.base}{address}?{urlencode(query | {'page': to, 'page_size': size})}"

        for document in listing.documents:
            _complete(document, placeholders)
        return placeholders.json(
            {
                "count": listing.count,
                "next": link(number + 1) if number < listing.last else None,
                "previous": link(number - 1) if number > 1 else None,
                "results": listing.documents,
            }
        )

    key = f"api:list:{number}:{size}:{search_key(tag)}"
    shown = Shown(key, lambda _session: [PAGES], make, keep=size in KEPT_PAGE_SIZES)
    response = respond(shown, JSON, counts=current.settings().count_list_views)
    return response or abort(404, _not_listed(number, tag))


def _not_listed(number: int, tag: str) -> str:
    if tag and number == 1:
        return str(gettext("No page has the tag “%(tag)s”.", tag=tag))
    return str(gettext("The list has no page %(number)d.", number=number))


@api.get("/<id:page_id>/")
def page_detail(page_id: int) -> Response:
    """One published page with its active items in order.
    ---
    get:
      operationId: getPage
      summary: Get one published page
      description: With its active items in order. Counts a view of every returned item.
      tags: [Pages]
      parameters:
        - name: page_id
          in: path
          required: true
          description: The page's id.
          schema: {type: integer, minimum: 0, examples: [7]}
      responses:
        200:
          description: The page.
          content: {application/json: {schema: PageSchema}}
        400: BadParameters
        404: NotFound
        405: MethodNotAllowed
        429: TooManyRequests
        500: ServerError
        503: Unavailable
    """
    read_query()

    def make(session: Session, placeholders: Placeholders) -> CachedResponse | None:
        document = pages.page_document(session, page_id)
        return placeholders.json(_complete(document, placeholders)) if document else None

    def find_tags(session: Session) -> list[str] | None:
        return [page_tag(page_id)] if pages.is_published(session, page_id) else None

    response = respond(Shown(f"api:page:{page_id}", find_tags, make), JSON)
    return response or abort(404, gettext("There is no published page with the id %(id)s.", id=page_id))


def _complete(document: PageDocument, placeholders: Placeholders) -> PageDocument:
    """Make addresses absolute and put placeholders for the counters."""
    documents.placed(document, request.script_root, current.settings().site_language)
    document["url"] = placeholders.base + document["url"]
    document["api_url"] = placeholders.base + document["api_url"]
    for item in document["contents"]:
        item["counter"] = placeholders.counter(item["id"])
        for name in uri_fields(item["content_type"]):
            item[name] = item[name] and _uri(item[name])
    return document


def _uri(link: str) -> str:
    """An editor's link, which may contain spaces and letters of any alphabet, as a URI (RFC 3986)."""
    whole = re.sub("%(?![0-9A-Fa-f]{2})", "%25", link)
    try:
        return iri_to_uri(whole)
    except ValueError:
        return quote(link)  # its host is impossible
