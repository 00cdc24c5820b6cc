"""Classify errors by what the system and the databases report: which are transient, and which mean a full disk."""

from __future__ import annotations

import errno
import sqlite3

from redis import RedisError
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError

from cms.messages import N_, InvalidInput

# PostgreSQL's code for a full disk: https://www.postgresql.org/docs/current/errcodes-appendix.html
_DISK_FULL = "53100"


def is_disk_full(error: BaseException) -> bool:
    """Whether the disk of the files or of the database is full, or its quota used up."""
    if isinstance(error, DBAPIError):
        said = error.orig
        full = getattr(said, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        return full or getattr(said, "sqlstate", None) == _DISK_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def is_transient(error: BaseException) -> bool:
    """Whether a retry may succeed: the disk, a database or the memory failed, not the program."""
    if isinstance(error, DataError):  # a value that the database will never take
        return False
    # Python has no error of its own for a machine that has no thread left.
    is_no_thread = isinstance(error, RuntimeError) and "start new thread" in str(error)
    return is_no_thread or isinstance(error, OSError | SQLAlchemyError | RedisError | MemoryError)


def explain(error: BaseException) -> InvalidInput:
    """The sentence for an error that the file did not cause."""
    if is_disk_full(error):
        return InvalidInput(N_("The disk is full."))
    if is_transient(error):
        return InvalidInput(N_("Something went wrong while the file was being stored."))
    return InvalidInput(N_("The program failed on this file. The site's log says why."))
