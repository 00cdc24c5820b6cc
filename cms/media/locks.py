"""The lock that serializes transactions about the same bytes."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

#: How many digits of a digest the shortest stored name carries.
DIGEST_START = 12
# Sets this lock apart from others, as PostgreSQL has one number for all: "mf" above the digest's 48 bits.
_OURS = 0x6D66 << 48


def lock_digest(session: Session, digest: str) -> None:
    """Until the transaction ends, keep others from storing, removing or judging a file with this digest.

    Digests that begin alike share a lock, because their files may compete for a path. On SQLite the lock is the
    one writing transaction; on PostgreSQL it is an advisory lock.

    Args:
        digest: the digest, or as much of it as a stored name carries.
    """
    connection = session.connection()  # on SQLite this begins, and waits for other writers
    if connection.dialect.name == "postgresql":
        key = _OURS + int(digest[:DIGEST_START], 16)
        session.execute(select(func.pg_advisory_xact_lock(key)))
