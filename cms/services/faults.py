"""Faults that pass, told apart by what the system and the databases say of them."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError

# PostgreSQL's word for a full disk: https://www.postgresql.org/docs/current/errcodes-appendix.html
_DISK_FULL = "53100"


def is_no_room(fault: BaseException) -> bool:
    """Whether a disk is full, or a quota used up: the files' or the database's."""
    if isinstance(fault, DBAPIError):
        said = fault.orig
        full = getattr(said, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        return full or getattr(said, "sqlstate", None) == _DISK_FULL
    return isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT)
