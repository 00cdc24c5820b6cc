"""Sessions in signed cookies, at no cost to those who have none: most visitors and clients."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer


class SteadySigner(TimestampSigner):
    """A clock that was set back, if by a second, signs nobody out: what seems to be signed in the future is new."""

    def unsign(self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        """The value, if the signature is right.

        Raises:
            itsdangerous.BadSignature: it is not, or is older than ``max_age`` seconds.
        """
        try:
            return super().unsign(signed_value, max_age, return_timestamp)  # type: ignore[call-overload]
        except SignatureExpired as error:
            if error.date_signed and error.date_signed.timestamp() > self.get_timestamp():
                return super().unsign(signed_value, None, return_timestamp)  # type: ignore[call-overload]
            raise


class LazySessionInterface(SecureCookieSessionInterface):
    """Flask's own sessions; nothing is made to verify, and nothing looked up to save, where there is no session."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of the request; an empty one if it has none."""
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the session back if it has changed; a session that nobody has looked at is left alone."""
        if session or session.modified or session.accessed:
            super().save_session(app, session, response)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Flask's own with our signer."""
        serializer = super().get_signing_serializer(app)
        if serializer:
            serializer.signer = SteadySigner
        return serializer
