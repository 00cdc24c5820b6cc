"""Pages as visitors will see them: for editors, and for whoever was given a link that expires."""

from __future__ import annotations

from datetime import timedelta

from flask import abort, current_app, render_template, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from cms import current
from cms.extensions import db
from cms.pages import documents, pages, text_files
from cms.pages.models import Page

#: For how long a link for reviewers works.
VALID_FOR = timedelta(days=7)


def token(page_id: int) -> str:
    """The secret part of a link to a page as it is from now on, published or not."""
    return str(_signer().dumps(page_id))


def page_for(sent: str) -> Page | None:
    """The page that a token stands for; ``None`` if it is forged or old, or the page in the trash or a template."""
    try:
        page_id = _signer().loads(sent, max_age=int(VALID_FOR.total_seconds()))
    except BadSignature:
        return None
    page = db.session.get(Page, page_id)
    return page if page is not None and not (page.deleted_at or page.is_template) else None


def as_html(page: Page, *, is_editor: bool) -> str:
    """The page with the changes that wait. It counts no views."""
    document = pages.draft_document(db.session(), page.id)
    if document is None:
        abort(404)
    documents.placed(document, request.script_root, current.settings().site_language)
    return render_template(
        "site/page.html",
        page=document,
        items=[item for item in document["contents"] if pages.is_shown(item)],
        pictures=text_files.pictures(db.session(), document, request.script_root),
        preview_of=page,
        is_editor=is_editor,
        here=request.script_root + request.full_path,
        base=request.host_url[:-1],
    )


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="review")
