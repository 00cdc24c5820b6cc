"""The security headers of every response."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g

_POLICY = (
    "default-src 'self'; script-src 'self'{nonce}; style-src 'self'; img-src 'self' data:; "
    "media-src 'self' https: http:; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": _POLICY.format(nonce=""),
}


def init_headers(app: Flask) -> None:
    """Add them, unless a view has set its own, and give templates ``csp_nonce()``."""
    app.after_request(_set_headers)
    app.jinja_env.globals["csp_nonce"] = csp_nonce


def csp_nonce() -> str:
    """The nonce of this response's inline scripts. Asked for only by the pages that have one."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _set_headers(response: Response) -> Response:
    headers = response.headers
    there = {name.lower() for name, _ in headers}
    for name, value in _HEADERS.items():
        if name.lower() not in there:
            headers.add(name, value)
    if "csp_nonce" in g and "content-security-policy" not in there:
        headers["Content-Security-Policy"] = _POLICY.format(nonce=f" 'nonce-{g.csp_nonce}'")
    return response
