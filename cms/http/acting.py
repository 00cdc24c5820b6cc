"""Who asks for a change, for the audit log: somebody who is signed in, a visitor's form, or a command."""

from __future__ import annotations

from contextvars import ContextVar

from flask import has_request_context, request
from flask_login import current_user

from cms.accounts.audit import Actor

#: What stands in place of a person in the log.
COMMAND_LINE = "flask cms"

on_command_line: ContextVar[bool] = ContextVar("on_command_line", default=False)


def is_asked() -> bool:
    """Whether somebody asks for what is done. Workers do what was asked for before."""
    return has_request_context() or on_command_line.get()


def actor() -> Actor:
    """Who asks."""
    if not has_request_context():
        return Actor(COMMAND_LINE, "")
    return Actor(current_user.email if current_user.is_authenticated else "", request.remote_addr or "")
