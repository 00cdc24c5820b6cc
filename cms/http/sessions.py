"""Sessions in signed cookies. Requests without a session, which are most, pay nothing for them."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer


class SteadySigner(TimestampSigner):
    """Signs nobody out if the clock is set back: a signature from the future counts as new."""

    def unsign(self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        """The value, if the signature is valid.

        Raises:
            itsdangerous.BadSignature: the signature is invalid, or older than ``max_age`` seconds.
        """
        try:
            return super().unsign(signed_value, max_age, return_timestamp)  # type: ignore[call-overload]
        except SignatureExpired as error:
            if error.date_signed and error.date_signed.timestamp() > self.get_timestamp():
                return super().unsign(signed_value, None, return_timestamp)  # type: ignore[call-overload]
            raise


class LazySessionInterface(SecureCookieSessionInterface):
    """Flask's own sessions, without the work of verifying and saving where there is no session."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of the request; an empty one if the request has none."""
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the session back if it has changed. An untouched session is left alone."""
        if session or session.modified or session.accessed:
            super().save_session(app, session, response)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Flask's own serializer with our signer."""
        serializer = super().get_signing_serializer(app)
        if serializer:
            serializer.signer = SteadySigner
        return serializer
