"""The site's address: host and path from ``SITE_URL``, or else the host that the client names.

If ``SITE_URL`` is set, applications inside :class:`SiteAddress` see its scheme and host in every request, and its path
as ``SCRIPT_NAME``. None of these comes from a client.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: The key in the WSGI environment for the reason why a request is refused, and the reasons.
REFUSED = "cms.refused"
NO_HOST, OTHER_HOST, OUTSIDE = "no host", "other host", "outside"

#: Answered under any host, with or without the prefix: load balancers use the machine's own address.
_HEALTH = ("/healthz", "/readyz")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class SiteAddress:
    """WSGI middleware: passes on requests for this site, and lets ``refuse`` answer all others."""

    def __init__(self, application: WSGIApplication, refuse: WSGIApplication, site_url: str) -> None:
        self.application, self.refuse = application, refuse
        site = urlsplit(site_url)
        port = _DEFAULT_PORTS.get(site.scheme, "")
        self.scheme, self.prefix = site.scheme, site.path
        self._root = f"{site.path}/"
        self.host = site.netloc.lower().removesuffix(port)
        self._hosts = {self.host, self.host + port}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on to the app, or to ``refuse``."""
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
    """Read an unusual request target by RFC 9112, section 3.2, and RFC 3986, section 2.2.

    A target in absolute form contains the host. An encoded slash stays encoded, because it is not a separator.
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
    """Put the middleware in front of the app. ``refuse`` is the part of the app that explains refusals."""
    site_url = app.config["SETTINGS"].site_url
    app.wsgi_app = SiteAddress(app.wsgi_app, refuse, site_url)  # type: ignore[method-assign]
