"""Faults told apart by what the system and the databases say of them: which may pass, and which mean a full disk."""

from __future__ import annotations

import errno
import sqlite3

from redis import RedisError
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError

from cms.messages import N_, InvalidInput

# PostgreSQL's word for a full disk: https://www.postgresql.org/docs/current/errcodes-appendix.html
_DISK_FULL = "53100"


def is_disk_full(fault: BaseException) -> bool:
    """Whether a disk is full, or a quota used up: the files' or the database's."""
    if isinstance(fault, DBAPIError):
        said = fault.orig
        full = getattr(said, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        return full or getattr(said, "sqlstate", None) == _DISK_FULL
    return isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT)


def may_pass(fault: BaseException) -> bool:
    """Whether the same work may succeed later: the disk, the databases or the memory failed, not the program."""
    if isinstance(fault, DataError):  # a value that the database will never take
        return False
    # Python has no error of its own for a machine that has no thread left.
    is_no_thread = isinstance(fault, RuntimeError) and "start new thread" in str(fault)
    return is_no_thread or isinstance(fault, OSError | SQLAlchemyError | RedisError | MemoryError)


def explain(fault: BaseException) -> InvalidInput:
    """The sentence for a fault that is not the file's."""
    if is_disk_full(fault):
        return InvalidInput(N_("The disk is full."))
    if may_pass(fault):
        return InvalidInput(N_("Something went wrong while the file was being stored."))
    return InvalidInput(N_("The program failed on this file. The site's log says why."))
