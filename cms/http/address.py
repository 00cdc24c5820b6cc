"""Where the site is: the host and the path that ``SITE_URL`` says, or the host that the client names.

What is inside of :class:`SiteAddress` finds the site's own scheme and host in each request if ``SITE_URL`` is set, and
under ``SCRIPT_NAME`` nothing but its path: neither comes from a client.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Where in the WSGI environment it says why a request is refused, and what it says.
REFUSED = "cms.refused"
NO_HOST, OTHER_HOST, OUTSIDE = "no host", "other host", "outside"

#: Answered under any host, with the prefix and without: load balancers ask for them by the machine's own address.
_HEALTH = ("/healthz", "/readyz")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class SiteAddress:
    """WSGI middleware: takes requests for this site, and has ``refuse`` answer all others."""

    def __init__(self, application: WSGIApplication, refuse: WSGIApplication, site_url: str) -> None:
        self.application, self.refuse = application, refuse
        site = urlsplit(site_url)
        port = _DEFAULT_PORTS.get(site.scheme, "")
        self.scheme, self.prefix = site.scheme, site.path
        self._root = f"{site.path}/"
        self.host = site.netloc.lower().removesuffix(port)
        self._hosts = {self.host, self.host + port}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or have the request refused."""
        target = environ.get("RAW_URI", "/")
        if environ["SCRIPT_NAME"] or "%2" in target or target[:1] != "/":
            _read_target(environ, target)
        host, path = environ.get("HTTP_HOST"), environ["PATH_INFO"]
        is_inside = path.startswith(self._root) or path == self.prefix
        if is_inside and self.prefix:
            path = environ["PATH_INFO"] = path[len(self.prefix) :]
        reason = None
        if not host and environ["SERVER_PROTOCOL"] != "HTTP/1.0":
            reason = NO_HOST  # RFC 9112, section 3.2
        elif path not in _HEALTH:
            if self.host and host and host not in self._hosts and host.lower() not in self._hosts:
                reason = OTHER_HOST
            elif not is_inside:
                reason = OUTSIDE
        if self.host:
            environ["SCRIPT_NAME"] = self.prefix
            environ["wsgi.url_scheme"], environ["HTTP_HOST"] = self.scheme, self.host
        if reason:
            environ[REFUSED] = reason
            return self.refuse(environ, start_response)
        return self.application(environ, start_response)


def _read_target(environ: WSGIEnvironment, target: str) -> None:
    """Read what is unusual about a request's target as RFC 9112, section 3.2, and RFC 3986, section 2.2, have it.

    A target in absolute form names the host itself. An encoded slash stays encoded: it separates nothing.
    """
    environ["PATH_INFO"] = environ["SCRIPT_NAME"] + environ["PATH_INFO"]
    environ["SCRIPT_NAME"] = ""
    path = target.partition("?")[0]
    if "://" in path and not path.startswith("/"):
        absolute = urlsplit(path)
        environ["HTTP_HOST"], path = absolute.netloc, absolute.path
        environ["PATH_INFO"] = environ["PATH_INFO"] or "/"
    if "%2f" in path.lower():
        environ["PATH_INFO"] = unquote(re.sub("%2f", "%252F", path, flags=re.IGNORECASE), "latin-1")


def init_address(app: Flask, refuse: WSGIApplication) -> None:
    """Put the middleware in front of the app. ``refuse`` is what of the app says why a request is refused."""
    site_url = app.config["SETTINGS"].site_url
    app.wsgi_app = SiteAddress(app.wsgi_app, refuse, site_url)  # type: ignore[method-assign]
