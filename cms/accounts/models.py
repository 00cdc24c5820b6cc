"""The account of an editor."""

from __future__ import annotations

from sqlalchemy import String, true
from sqlalchemy.orm import Mapped, mapped_column

from cms.accounts.policy import Role
from cms.database import Base, Timestamped


class User(Timestamped, Base):
    """An e-mail address, kept in lower case, an argon2 hash of the password, and a role (see the policy).

    Rows that a release without roles has written are administrators. Accounts are closed, and never deleted: rows
    elsewhere name them by their ids.
    """

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(20), default=Role.ADMIN, server_default="admin")
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())

    __table_args__ = {"sqlite_autoincrement": True}

    def __str__(self) -> str:
        return self.email
