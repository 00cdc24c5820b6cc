"""Who may do what in the admin. Everything there asks :func:`may`, and nothing else knows of roles."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from cms.messages import N_


class Role(StrEnum):
    """What an account is for."""

    ADMIN = "admin"
    EDITOR = "editor"
    AUTHOR = "author"
    VIEWER = "viewer"


class Permission(StrEnum):
    """What somebody may be allowed to do."""

    #: See the admin.
    READ = "read"
    #: Make pages, and change pages and their items.
    WRITE = "write"
    #: Change what pages share: media files and redirects.
    CURATE = "curate"
    #: Change accounts, and read who has changed what.
    ADMINISTER = "administer"


ROLE_NAMES = {
    Role.ADMIN: N_("Administrator"),
    Role.EDITOR: N_("Editor"),
    Role.AUTHOR: N_("Author"),
    Role.VIEWER: N_("Viewer"),
}

_ALLOWED = {
    Role.ADMIN: frozenset(Permission),
    Role.EDITOR: frozenset({Permission.READ, Permission.WRITE, Permission.CURATE}),
    Role.AUTHOR: frozenset({Permission.READ, Permission.WRITE}),
    Role.VIEWER: frozenset({Permission.READ}),
}


class Person(Protocol):
    """Somebody who is signed in."""

    @property
    def id(self) -> int:
        """The id of the account."""

    @property
    def role(self) -> str:
        """One of :class:`Role`."""


class Owned(Protocol):
    """A page, or an item of one."""

    @property
    def owner_id(self) -> int | None:
        """The id of the account that has made the page; ``None`` for a page older than that is kept."""


def may(person: Person, what: Permission, row: Owned | None = None) -> bool:
    """Whether somebody may do that, to ``row`` if there is one; without a row, whether there is anything to do it to.

    Authors write their own pages, and read all of them. A role that this release does not know may do nothing.
    """
    if person.role not in _ALLOWED or what not in _ALLOWED[Role(person.role)]:
        return False
    if what is Permission.WRITE and person.role == Role.AUTHOR and row is not None:
        return row.owner_id == person.id
    return True
