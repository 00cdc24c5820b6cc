"""Tokens of forms: each form is saved once, and conflicts can name the editor. Functions flush and never commit."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from cms.database import Base, UtcDateTime, now

#: For how long a form that arrives again is recognised.
KNOWN_FOR = timedelta(days=7)


class SavedForm(Base):
    """A form's random token, kept in the transaction that saves the form.

    ``content`` is a digest of what was sent. ``view`` and ``row_id`` identify the saved row, ``version`` is the version
    that saving gave it, ``editor`` is the editor's address.
    """

    __tablename__ = "saved_form"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[str] = mapped_column(String(64))
    view: Mapped[str] = mapped_column(String(50))
    row_id: Mapped[int | None]
    version: Mapped[int | None]
    editor: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


def new_token() -> str:
    """A token for a form."""
    return secrets.token_urlsafe(16)


def is_token(text: str) -> bool:
    """Whether ``text`` can be a form's token."""
    return 16 <= len(text) <= 64 and text.isascii() and text.isprintable()


def claim(session: Session, form: SavedForm) -> SavedForm | None:
    """Add ``form`` if it is the first with its token, or else return the first one.

    The database admits one. Another form with that token waits for the end of the first one's transaction.
    """
    try:
        with session.begin_nested():
            session.add(form)
    except IntegrityError:
        return session.get(SavedForm, form.token)
    return None


def saved_as(session: Session, view: str, row_id: int, version: int) -> SavedForm | None:
    """The form that made this version of a row, if it had a token and is not too old."""
    made_it = (SavedForm.view == view, SavedForm.row_id == row_id, SavedForm.version == version)
    return session.scalar(select(SavedForm).where(*made_it).limit(1))


def forget_old_forms(session: Session) -> None:
    """Delete forms older than :data:`KNOWN_FOR`."""
    session.execute(delete(SavedForm).where(SavedForm.created_at < now() - KNOWN_FOR))
