"""Addresses that pages had before, or that editors have given: they lead to where the page is now.

A redirect to a page follows it, wherever it moves. Every session makes one at its flush when
the slug of a published page changes, and removes those from slugs that pages take.
"""

from __future__ import annotations

from datetime import datetime
from posixpath import normpath
from typing import cast
from urllib.parse import unquote

from sqlalchemy import CheckConstraint, ForeignKey, String, delete, event, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from cms.accounts.audit import Audited
from cms.database import TITLE_LENGTH, URL_LENGTH, Base, UtcDateTime, Versioned, now
from cms.messages import N_, InvalidInput
from cms.pages.models import Page
from cms.pages.pages import RESERVED_SLUGS


class Redirect(Audited, Versioned, Base):
    """A slug that no page has, and where it leads: to a page, or to a path of the site or another site (``target``)."""

    __tablename__ = "redirect"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(TITLE_LENGTH), unique=True)
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), index=True)
    target: Mapped[str | None] = mapped_column(String(URL_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    page: Mapped[Page | None] = relationship()

    __table_args__ = (
        CheckConstraint("(page_id IS NULL) <> (target IS NULL)", name="leads_somewhere"),
        {"sqlite_autoincrement": True},
    )

    def __str__(self) -> str:
        return f"/{self.slug}/"


def find(session: Session, slug: str) -> Redirect | None:
    """The redirect from a slug, if it leads anywhere now: not to a page that is not published."""
    found = session.scalar(select(Redirect).where(Redirect.slug == slug))
    return None if found is None or (found.page and not found.page.is_published) else found


def check(session: Session, redirect: Redirect) -> None:
    """Check a redirect before it is saved.

    Raises:
        InvalidInput: its slug is a page's or the site's own, or it would lead back to itself.
    """
    if redirect.slug in RESERVED_SLUGS:
        raise InvalidInput(N_("This address is used by the site itself."))
    if session.scalar(select(Page.id).where(Page.slug == redirect.slug, Page.deleted_at.is_(None))):
        raise InvalidInput(N_("A page has this address."))
    seen, path = {redirect.slug}, redirect.target
    while path is not None and (slug := _slug_in(path)):
        if slug in seen:
            raise InvalidInput(N_("This address would lead back to itself."))
        seen.add(slug)
        following = session.scalar(select(Redirect).where(Redirect.slug == slug, Redirect.id != redirect.id))
        path = following.target if following else None


def _slug_in(path: str) -> str | None:
    """The slug of a path of the site, or ``None``. However it is spelled, it is read as browsers and servers do."""
    if not path.startswith("/"):
        return None
    slug = normpath(unquote(path.partition("?")[0].partition("#")[0])).strip("/")
    return slug if slug and "/" not in slug else None


@event.listens_for(Session, "after_flush")
def _follow(session: Session, _context: object) -> None:
    """Let the old slugs of published pages lead to them, and free the slugs that pages have now."""
    for page in [row for row in (*session.new, *session.dirty) if isinstance(row, Page)]:
        history = inspect(page).attrs.slug.history
        if not history.added or page.deleted_at:
            continue
        session.execute(delete(Redirect).where(Redirect.slug == page.slug))
        old = cast("str | None", next(iter(history.deleted or ()), None))
        if old and page.is_published and session.scalar(select(Redirect.id).where(Redirect.slug == old)) is None:
            session.add(Redirect(slug=old, page_id=page.id))
