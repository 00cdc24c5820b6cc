"""The lock that transactions about the same bytes take in turn."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

#: As many letters of a digest as the shortest stored name carries.
DIGEST_START = 12
# Tells this lock from others in the one number that PostgreSQL has for them: "mf" above the digest's 48 bits.
_OURS = 0x6D66 << 48


def lock_digest(session: Session, digest: str) -> None:
    """Keep others, until the transaction ends, from storing, removing or judging a file with this digest.

    Digests that begin alike share a lock, because their files may be after the same path. On SQLite the one
    writing transaction is the lock; on PostgreSQL it is an advisory one.

    Args:
        digest: the digest, or as much of it as a stored name carries.
    """
    connection = session.connection()  # on SQLite: begins, and waits for other writers
    if connection.dialect.name == "postgresql":
        key = _OURS + int(digest[:DIGEST_START], 16)
        session.execute(select(func.pg_advisory_xact_lock(key)))
