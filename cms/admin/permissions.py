"""What the signed-in person may do: the policy's answers for requests, and the refusal in words."""

from __future__ import annotations

from typing import NoReturn

from flask import abort, has_request_context
from flask_babel import gettext
from flask_login import current_user

from cms.accounts import policy
from cms.accounts.policy import Owned, Permission, Role


def may(what: Permission, row: Owned | None = None) -> bool:
    """Whether somebody is signed in who may do that. Outside requests nobody is."""
    return has_request_context() and current_user.is_authenticated and policy.may(current_user, what, row)


def require(what: Permission, row: Owned | None = None) -> None:
    """Refuse with 403 what the signed-in person may not do."""
    if not may(what, row):
        refuse(row if may(what) else None)


def refuse(row: Owned | None = None) -> NoReturn:
    """Refuse with 403, in words; with a row that is somebody else's."""
    if row is not None:
        abort(403, gettext("Somebody else has made this page. As an author you can change your own pages only."))
    abort(403, gettext("Your role does not allow this. Ask an administrator of the site."))


def owner() -> int | None:
    """The id of the only person whose pages may be changed; ``None`` if all pages may be."""
    return current_user.id if current_user.role == Role.AUTHOR else None
