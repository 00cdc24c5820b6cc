"""nginx's two configurations, for containers and for TLS, serve media files alike."""

from __future__ import annotations

import re
from pathlib import Path

DEPLOY = Path(__file__).parent.parent.parent / "deploy"


def media_location(name: str) -> list[str]:
    """What the file says about media: its pattern, its types, its headers; but not where they lie."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    found = re.search(r"^    location ~ [^\n]*/media/.*?^    }$", text, re.MULTILINE | re.DOTALL)
    assert found
    lines = [line.partition("#")[0].strip() for line in found[0].splitlines()]
    return [line for line in lines if line and not line.startswith("alias") and "Strict-Transport" not in line]


def test_media_are_served_alike() -> None:
    assert media_location("nginx.conf") == media_location("nginx-tls.conf")
    assert "audio/mpeg       mp3 mp2 mp1;" in media_location("nginx.conf")
