"""Accounts of editors, the browsers in which they are signed in, and links that set a password."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, true
from sqlalchemy.orm import Mapped, mapped_column

from cms.accounts.audit import Audited
from cms.accounts.policy import Role
from cms.database import LANGUAGE_LENGTH, Base, Timestamped, UtcDateTime, now

DIGEST_LENGTH = 64


class User(Audited, Timestamped, Base):
    """An e-mail address, kept in lower case, an argon2 hash of the password, and a role (see the policy).

    The hash is empty until whoever is invited has chosen a password. Rows that a release without roles has written are
    administrators. Accounts are closed, and never deleted: rows elsewhere name them by their ids.
    """

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(20), default=Role.ADMIN, server_default="admin")
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    #: The language of the interface that the person has chosen, and of mail; null: as the browser says.
    language: Mapped[str | None] = mapped_column(String(LANGUAGE_LENGTH))
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The secret of an app's codes, and of which 30 seconds a code was last taken: null until the first one was.
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_step: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = {"sqlite_autoincrement": True}
    UNAUDITED = frozenset({"seen_at", "totp_step"})
    SECRETS = frozenset({"password_hash", "totp_secret"})

    def __str__(self) -> str:
        return self.email


class UserSession(Base):
    """A browser in which somebody is signed in. Its cookie has a random token, and this row the token's digest."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    address: Mapped[str] = mapped_column(String(45))
    browser: Mapped[str] = mapped_column(String(255))

    __table_args__ = {"sqlite_autoincrement": True}


class AccountLink(Base):
    """A link with which somebody chooses a password, once: the digest of the random token in it."""

    __tablename__ = "account_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """A code that takes the place of one of the app, once: its digest."""

    __tablename__ = "recovery_code"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH), primary_key=True)


class Passkey(Audited, Base):
    """A public key of somebody's authenticator, which has signed with it so often."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = {"sqlite_autoincrement": True}
    UNAUDITED = frozenset({"sign_count", "used_at", "public_key"})

    def __str__(self) -> str:
        return self.name


class SpentChallenge(Base):
    """A challenge that was signed: it is taken once. The row is there until nobody would take it any more."""

    __tablename__ = "spent_challenge"

    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
