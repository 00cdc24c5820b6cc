"""Sessions in signed cookies, unsigned only where there is one: most visitors and clients have none."""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class VisitorsSessions(SecureCookieSessionInterface):
    """Flask's own sessions, without making a signer for requests that bring nothing to verify."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of the request; an empty one if it has none."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)
