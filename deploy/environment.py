"""Settings from the environment: each is text, which is parsed and checked by its type.

Each function reads the setting ``name`` from ``env``. A wrong value raises :class:`ConfigError`, with a sentence that
names the setting and says what to write.
"""

from __future__ import annotations

import math
import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

# A scheme and a host, optionally with a port.
_ORIGIN = r"https?://([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
_HOST = r"[a-z0-9-]+(\.[a-z0-9-]+)*"
# A language, optionally with a script and a region, in the letter case that BCP 47 recommends.
_LANGUAGE = "[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?"


class ConfigError(Exception):
    """A setting is missing or wrong; the message is meant for whoever runs the product."""


def folder(env: Mapping[str, str], name: str, default: Path) -> Path:
    """A writable folder, created if missing."""
    path = Path(env.get(name, default)).resolve()
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise ConfigError(f"{name}: the name of the folder {os.fsencode(path)!r} is not UTF-8") from error
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{name}: cannot make the folder {path}: {error.strerror}") from error
    if not os.access(path, os.W_OK):
        raise ConfigError(f"{name}: cannot write to the folder {path}")
    return path


def file(env: Mapping[str, str], name: str) -> Path | None:
    """A readable file, if one is set."""
    if name not in env:
        return None
    path = Path(env[name]).resolve()
    if not os.access(path, os.R_OK) or not path.is_file():
        raise ConfigError(f"{name}: cannot read the file {path}")
    return path


def number(
    env: Mapping[str, str], name: str, default: float, *, at_least: float, at_most: float = float("inf")
) -> float:
    """A finite number within limits."""
    text = env.get(name, str(default))
    try:
        value = float(text)
    except ValueError as error:
        raise ConfigError(f"{name} must be a number, not {text!r}") from error
    if not (math.isfinite(value) and at_least <= value <= at_most):
        limits = f"at least {at_least:g}" if at_most == float("inf") else f"between {at_least:g} and {at_most:g}"
        raise ConfigError(f"{name} must be {limits}, not {text}")
    return value


def boolean(env: Mapping[str, str], name: str, default: bool) -> bool:
    """True or false, in the usual words."""
    text = env.get(name, str(default)).strip().lower()
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    raise ConfigError(f"{name} must be true or false, not {text!r}")


def command(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """A command with its arguments, quoted as in a shell; nothing if none is set. Whether it works is not checked."""
    try:
        return tuple(shlex.split(env.get(name, "")))
    except ValueError as error:
        raise ConfigError(f"{name}: a quotation mark is not closed, or a backslash stands at the end") from error


def language(env: Mapping[str, str], name: str) -> str:
    """A language tag (BCP 47); English unless another one is set."""
    tag = env.get(name, "en")
    if not re.fullmatch(_LANGUAGE, tag):
        raise ConfigError(f"{name}: {tag!r} is not the tag of a language; write one like en, pt-BR or zh-Hant")
    return tag


def site_url(env: Mapping[str, str], name: str) -> str:
    """A site's address without a trailing slash; empty if none is set."""
    url = env.get(name, "")
    if url and not re.fullmatch(rf"{_ORIGIN}(/(?!\.{{1,2}}(/|$))[A-Za-z0-9._~-]+)*/?", url):
        raise ConfigError(f"{name}: {url!r} is not a site's address; write one like https://www.example.com/media")
    return url.removesuffix("/")


def smtp_url(env: Mapping[str, str], name: str) -> str:
    """A mail server's address; empty if none is set."""
    url = env.get(name, "")
    try:
        parts = urlsplit(url)
        is_right = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.path in ("", "/")
        is_right = is_right and (parts.port is None or parts.port > 0)
    except ValueError:
        is_right = False
    if url and not is_right:
        raise ConfigError(f"{name} is no mail server; write one like smtps://user:password@mail.example.com")
    return url


def cors_origins(env: Mapping[str, str], name: str) -> frozenset[str]:
    """Origins, ``*`` or ``none``."""
    origins = env.get(name, "*").lower().replace(",", " ").split()
    for origin in set(origins) - {"*", "none"}:
        if not re.fullmatch(_ORIGIN, origin):
            raise ConfigError(f"{name}: {origin!r} is not *, none, or an origin like https://app.example.com")
    return frozenset(origins)


def hosts(env: Mapping[str, str], name: str, default: str) -> tuple[str, ...]:
    """Hosts, or ``none``."""
    found = env.get(name, default).lower().replace(",", " ").split()
    for host in found:
        if not re.fullmatch(_HOST, host):
            raise ConfigError(f"{name}: {host!r} is not none, or a host like player.vimeo.com")
    return tuple(dict.fromkeys(host for host in found if host != "none"))


def time_zone(env: Mapping[str, str], name: str) -> str:
    """The name of a time zone."""
    zone = env.get(name, "UTC")
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise ConfigError(f"{name}: {zone!r} is not a time zone; write one like Asia/Krasnoyarsk") from error
    return zone


def contact(env: Mapping[str, str], name: str) -> str:
    """An e-mail address or a link; empty if none is set."""
    where = env.get(name, "")
    if where and not re.fullmatch(r"https?://\S+|[^\s@:/]+@[^\s@]+", where):
        raise ConfigError(f"{name} must be an e-mail address or a link with https://, not {where!r}")
    return where
