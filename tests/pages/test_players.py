"""Addresses of other sites, and the players that may be shown for them."""

from __future__ import annotations

import pytest

import config
from cms.pages.players import player

HOSTS = config.EMBED_HOSTS.split()
TUBE = "https://www.youtube-nocookie.com/embed"

PLAYED = {
    "https://www.youtube.com/watch?v=aqz-KE-bpKQ": f"{TUBE}/aqz-KE-bpKQ?autoplay=1",
    "https://m.youtube.com/watch?app=desktop&v=aqz-KE-bpKQ&t=1m30s": f"{TUBE}/aqz-KE-bpKQ?autoplay=1&start=90",
    "http://youtube.com/watch?v=aqz-KE-bpKQ&t=90": f"{TUBE}/aqz-KE-bpKQ?autoplay=1&start=90",
    "https://youtu.be/aqz-KE-bpKQ?si=tracker": f"{TUBE}/aqz-KE-bpKQ?autoplay=1",
    "https://www.youtube.com/shorts/aqz-KE-bpKQ": f"{TUBE}/aqz-KE-bpKQ?autoplay=1",
    "https://www.youtube.com/playlist?list=PL1234567890": f"{TUBE}/videoseries?list=PL1234567890&autoplay=1",
    "https://vimeo.com/76979871": "https://player.vimeo.com/video/76979871?dnt=1&autoplay=1",
    "https://vimeo.com/76979871/0123456789": "https://player.vimeo.com/video/76979871?h=0123456789&dnt=1&autoplay=1",
    "https://vimeo.com/channels/staffpicks/76979871": "https://player.vimeo.com/video/76979871?dnt=1&autoplay=1",
    "https://player.vimeo.com/video/76979871?h=ab0123": "https://player.vimeo.com/video/76979871?h=ab0123&dnt=1&autoplay=1",
    "https://soundcloud.com/someone/a-song": (
        "https://w.soundcloud.com/player/?url=https%3A%2F%2Fsoundcloud.com%2Fsomeone%2Fa-song&auto_play=true"
    ),
    "https://framatube.org/w/kkGMgK9ZtnKfYAgnEtQxbv": (
        "https://framatube.org/videos/embed/kkGMgK9ZtnKfYAgnEtQxbv?autoplay=1&p2p=0"
    ),
    "https://video.blender.org/videos/watch/3d95fb3d-c866-42c8-9db1-fe82f48ccb95": (
        "https://video.blender.org/videos/embed/3d95fb3d-c866-42c8-9db1-fe82f48ccb95?autoplay=1&p2p=0"
    ),
    "https://mastodon.social/@Mastodon/112345678901234567": (
        "https://mastodon.social/@Mastodon/112345678901234567/embed"
    ),
}
LINKS = [
    "https://example.com/watch?v=aqz-KE-bpKQ",
    "https://youtube.com.example.com/watch?v=aqz-KE-bpKQ",
    "https://www.youtube.com/@someone",
    "https://www.youtube.com/watch?v=%22%3E%3Cscript%3E",
    "https://www.youtube.com/watch",
    "https://vimeo.com/about",
    "https://soundcloud.com/someone",
    "https://tube.example/w/kkGMgK9ZtnKfYAgnEtQxbv",
    "https://framatube.org/about",
    "https://mastodon.social/@Mastodon",
    "https://www.youtube.com:8443/watch?v=aqz-KE-bpKQ",
    "https://www.youtube.com:no/watch?v=aqz-KE-bpKQ",
    "https://[::1/w/kkGMgK9ZtnKfYAgnEtQxbv",
    "javascript:alert(1)",
    "",
]


@pytest.mark.parametrize("address", PLAYED)
def test_what_can_be_played_has_the_address_of_its_player(address: str) -> None:
    found = player(address, HOSTS)
    assert found
    assert found.address == PLAYED[address]
    assert found.address.startswith(f"https://{found.host}/")
    assert player(address, ()) is None, "a host that is not allowed"


@pytest.mark.parametrize("address", LINKS)
def test_anything_else_is_a_link(address: str) -> None:
    assert player(address, HOSTS) is None


def test_an_instance_is_played_once_it_is_allowed() -> None:
    assert player("https://tube.example/w/kkGMgK9ZtnKfYAgnEtQxbv", ["tube.example"])
