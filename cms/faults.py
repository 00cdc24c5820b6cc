"""Classify faults by what the system and the databases report: which may pass, and which mean a full disk."""

from __future__ import annotations

import errno
import sqlite3

from redis import RedisError
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError

from cms.messages import N_, InvalidInput

# PostgreSQL's code for a full disk: https://www.postgresql.org/docs/current/errcodes-appendix.html
_DISK_FULL = "53100"


def is_disk_full(fault: BaseException) -> bool:
    """Whether the disk of the files or of the database is full, or its quota used up."""
    if isinstance(fault, DBAPIError):
        said = fault.orig
        full = getattr(said, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        return full or getattr(said, "sqlstate", None) == _DISK_FULL
    return isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT)


def may_pass(fault: BaseException) -> bool:
    """Whether a retry may succeed: the disk, a database or the memory failed, not the program."""
    if isinstance(fault, DataError):  # a value that the database will never accept
        return False
    # Python has no exception type for a machine without free threads.
    is_no_thread = isinstance(fault, RuntimeError) and "start new thread" in str(fault)
    return is_no_thread or isinstance(fault, OSError | SQLAlchemyError | RedisError | MemoryError)


def explain(fault: BaseException) -> InvalidInput:
    """The sentence for a fault that the file did not cause."""
    if is_disk_full(fault):
        return InvalidInput(N_("The disk is full."))
    if may_pass(fault):
        return InvalidInput(N_("Something went wrong while the file was being stored."))
    return InvalidInput(N_("The program failed on this file. The site's log says why."))
