"""CORS: scripts of other origins may read, without credentials (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from __future__ import annotations

from flask import Flask, Response, request

from cms import current

#: What other origins may read. The admin is not among it.
_READABLE = ("/api/page/content", "/media/", "/derived/", "/swagger.json", "/swagger.yaml")
#: Headers that their scripts may see, besides those that are always allowed.
_EXPOSED = "Accept-Ranges, Content-Length, Content-Range, ETag, Retry-After, Vary, X-Request-ID"
#: How long browsers may cache the answer to a preflight request, in seconds.
_DAY = "86400"


def init_cors(app: Flask) -> None:
    """Register the hook, unless ``CORS_ORIGINS`` turns it off."""
    if app.config["SETTINGS"].cors_origins - {"none"}:
        app.after_request(_allow)


def _allow(response: Response) -> Response:
    if not request.path.lower().startswith(_READABLE):
        return response
    origins = current.settings().cors_origins
    origin = "*" if "*" in origins else request.headers.get("Origin", "")
    if origin != "*":
        response.vary.add("Origin")
        if origin.lower() not in origins:
            return response
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
        response.headers["Access-Control-Allow-Headers"] = "*"
        response.headers["Access-Control-Max-Age"] = _DAY
    return response
