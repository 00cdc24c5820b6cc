"""Players of other sites: what a page may show in a frame, by the address that an editor has given.

A site allows certain hosts of frames, and tells the browser which. YouTube, Vimeo and SoundCloud each have one host
for their frames. PeerTube and Mastodon run on many hosts, and are recognized by the form of their addresses.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlencode, urlsplit

_YOUTUBE, _VIMEO, _SOUNDCLOUD = "www.youtube-nocookie.com", "player.vimeo.com", "w.soundcloud.com"

_YOUTUBE_VIDEO = re.compile(r"/(?:shorts|live|embed|v)/([\w-]{6,20})/?")
_YOUTUBE_ID = re.compile(r"[\w-]{6,20}")
_YOUTUBE_LIST = re.compile(r"[\w-]{10,60}")
_SECONDS = re.compile(r"(?:(\d{1,2})h)?(?:(\d{1,4})m)?(?:(\d{1,6})s?)?")
_VIMEO_VIDEO = re.compile(r"/(?:[a-z][\w-]*/)*(\d{5,12})(?:/([0-9a-f]{6,20}))?/?")
_SOUNDCLOUD_TRACK = re.compile(r"/[\w-]+/[\w-]+(?:/[\w-]+){0,2}/?")
_PEERTUBE_VIDEO = re.compile(r"/(?:w|videos/watch|videos/embed)/([\w-]{10,40})/?")
_MASTODON_POST = re.compile(r"(/@[\w.-]+/\d{6,25})(?:/embed)?/?")


@dataclass(frozen=True)
class Player:
    """A frame of another host.

    Args:
        host: of the frame. The browser contacts it only once the frame is shown.
        address: of the frame. It starts to play at once, because the visitor has just asked for it.
        shape: ``film``, ``sound`` or ``post``.
    """

    host: str
    address: str
    shape: str


def player(address: str, allowed: Collection[str]) -> Player | None:
    """The player for an address, if there is one on an allowed host. If ``None``, the address is only a link."""
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").removeprefix("www.").removeprefix("m."), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or port not in (None, 80, 443):
        return None
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if host in ("youtube.com", "youtu.be", "youtube-nocookie.com", "music.youtube.com"):
        found = _youtube(host, parts.path, query)
    elif host in ("vimeo.com", "player.vimeo.com"):
        found = _vimeo(parts.path, query)
    elif host == "soundcloud.com":
        found = _soundcloud(parts.path)
    else:
        found = _instance((parts.hostname or ""), parts.path)
    return found if found and found.host in allowed else None


def _youtube(host: str, path: str, query: dict[str, str]) -> Player | None:
    found = _YOUTUBE_VIDEO.fullmatch(path)
    video = path.strip("/") if host == "youtu.be" else found[1] if found else query.get("v", "")
    more = {"autoplay": "1"} | ({"start": str(start)} if (start := _seconds(query)) else {})
    listed = query.get("list", "")
    if _YOUTUBE_ID.fullmatch(video):
        return Player(_YOUTUBE, f"https://{_YOUTUBE}/embed/{video}?{urlencode(more)}", "film")
    if path == "/playlist" and _YOUTUBE_LIST.fullmatch(listed):
        return Player(_YOUTUBE, f"https://{_YOUTUBE}/embed/videoseries?{urlencode({'list': listed, **more})}", "film")
    return None


def _seconds(query: dict[str, str]) -> int:
    """The start time in seconds: ``t=90``, ``t=1m30s`` or ``start=90``."""
    found = _SECONDS.fullmatch(query.get("t") or query.get("start") or "")
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return hours * 3600 + minutes * 60 + seconds


def _vimeo(path: str, query: dict[str, str]) -> Player | None:
    found = _VIMEO_VIDEO.fullmatch(path)
    if not found:
        return None
    secret = found[2] or query.get("h", "")
    more = {"h": secret, "dnt": "1", "autoplay": "1"} if secret else {"dnt": "1", "autoplay": "1"}
    return Player(_VIMEO, f"https://{_VIMEO}/video/{found[1]}?{urlencode(more)}", "film")


def _soundcloud(path: str) -> Player | None:
    if not _SOUNDCLOUD_TRACK.fullmatch(path):
        return None
    track = quote(f"https://soundcloud.com{path}", safe="")
    return Player(_SOUNDCLOUD, f"https://{_SOUNDCLOUD}/player/?url={track}&auto_play=true", "sound")


def _instance(host: str, path: str) -> Player | None:
    """PeerTube or Mastodon, on any host. ``p2p=0``: the visitor's browser sends no PeerTube video on to others."""
    if found := _PEERTUBE_VIDEO.fullmatch(path):
        return Player(host, f"https://{host}/videos/embed/{found[1]}?autoplay=1&p2p=0", "film")
    if found := _MASTODON_POST.fullmatch(path):
        return Player(host, f"https://{host}{found[1]}/embed", "post")
    return None
