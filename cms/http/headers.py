"""The security headers of every response except static files."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, current_app, g

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_POLICY = (
    "default-src 'self'; script-src 'self'{nonce}; style-src 'self'; img-src 'self' data:; "
    "media-src 'self' https: http:{media}; frame-src {frames}; font-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors {ancestors}"
)
_HEADERS = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"), ("X-Frame-Options", "DENY"))


class SecurityHeaders:
    """WSGI middleware: adds the headers that a view has not set itself."""

    def __init__(self, application: WSGIApplication, policy: str) -> None:
        self.application = application
        headers = (*_HEADERS, ("Content-Security-Policy", policy))
        # Each with its lower-case name for comparison.
        self._headers = [(header, header[0].lower()) for header in headers]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the headers."""

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            there = {name.lower() for name, _ in headers}
            headers += [header for header, name in self._headers if name not in there]
            return start_response(status, headers, *rest)

        return self.application(environ, start)


def init_headers(app: Flask) -> None:
    """Add the headers to every response of the app, and give templates ``csp_nonce()``.

    Responses without ``Cache-Control`` get ``no-store``: sign-in, admin, errors, and views yet to come.
    """
    app.wsgi_app = SecurityHeaders(app.wsgi_app, _policy(app))  # type: ignore[method-assign]
    app.after_request(_allow)
    app.after_request(_forbid_storing)
    app.jinja_env.globals["csp_nonce"] = csp_nonce


def _policy(app: Flask, nonce: str = "", own_frames: str = "", ancestors: str = "'none'") -> str:
    """The policy of a page. Frames are those of EMBED_HOSTS alone. With HLS, hls.js hands videos over as blobs."""
    settings = app.config["SETTINGS"]
    hosts = [own_frames] * bool(own_frames) + [f"https://{host}" for host in settings.embed_hosts]
    media = " blob:" * settings.hls
    return _POLICY.format(nonce=nonce, frames=" ".join(hosts) or "'none'", media=media, ancestors=ancestors)


def show_frames() -> None:
    """Let this response show pages of the site in frames."""
    _asked()["own_frames"] = "'self'"


def be_framed() -> None:
    """Let pages of the site show this response in a frame."""
    _asked()["ancestors"] = "'self'"


def csp_nonce() -> str:
    """The nonce of this response's inline scripts. Only pages with inline scripts ask for it."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
        _asked()["nonce"] = f" 'nonce-{g.csp_nonce}'"
    return str(g.csp_nonce)


def _asked() -> dict[str, str]:
    """What this response's view has asked of its policy: arguments of :func:`_policy`."""
    asked: dict[str, str] = g.setdefault("csp", {})
    return asked


def _allow(response: Response) -> Response:
    """Give a response its own policy if its view has asked for something."""
    if asked := g.get("csp"):
        response.headers.setdefault("Content-Security-Policy", _policy(current_app, **asked))
        if "ancestors" in asked:
            response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    return response


def _forbid_storing(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response
