"""The account of an editor."""

from __future__ import annotations

from sqlalchemy import String, true
from sqlalchemy.orm import Mapped, mapped_column

from cms.database import Base, Timestamped


class User(Timestamped, Base):
    """An e-mail address, kept in lower case, and an argon2 hash of the password."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())

    __table_args__ = {"sqlite_autoincrement": True}

    def __str__(self) -> str:
        return self.email
