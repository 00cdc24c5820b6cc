"""Who reads: what a request counts as, by its headers."""

from __future__ import annotations

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from cms.http import readers
from cms.http.readers import count_of
from cms.view_counts.buffer import Count

_MOZILLA = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
BROWSER = f"{_MOZILLA} Chrome/131.0.0.0 Safari/537.36"

PEOPLE = [
    BROWSER,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0 Mobile Safari/537.36",
    f"{_MOZILLA} Version/4.0 Chrome/146.0 Mobile Safari/537.36 MetaIAB Facebook",
    f"{_MOZILLA} Version/4.0 Chrome/120.0 Mobile Safari/537.36 Viber/21.0",
    f"{_MOZILLA} Notion/3.0.0 Chrome/120.0 Electron/28.0 Safari/537.36",
    f"{_MOZILLA} HeadlessChrome/131.0.0.0 Safari/537.36",
    "Lynx/2.8.9rel.1 libwww-FM/2.14",
    "",
]
CLIENTS = [
    *(
        "curl/8.4.0",
        "Wget/1.21.3",
        "python-requests/2.31.0",
        "python-httpx/0.27.0",
        "Go-http-client/1.1",
        "okhttp/4.12.0",
    ),
    *("axios/1.6.2", "Python/3.11 aiohttp/3.9.1", "Apache-HttpClient/4.5.14", "PostmanRuntime/7.36.0", "HTTPie/3.2.2"),
    *("VLC/3.0.20 LibVLC/3.0.20", "Lavf/60.16.100", "mpv 0.37.0", "stagefright/1.2 (Linux;Android 9)"),
    "AppleCoreMedia/1.0.0.21A329 (iPhone; U; CPU OS 17_0 like Mac OS X; en_us)",
    *("Podcasts/1575.1.2 CFNetwork/1402", "AntennaPod/3.2.0", "Overcast/3.0 (+http://overcast.fm/; iOS podcast app)"),
    *("PocketCasts/1.0 (Pocket Casts Feed Parser; +http://pocketcasts.com/)", "PodcastAddict/v5", "iTunes/12.13"),
]
BOTS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    f"{BROWSER} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    f"{_MOZILLA}; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    f"{_MOZILLA}; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    *("CCBot/2.0 (https://commoncrawl.org/faq/)", "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"),
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    *("Twitterbot/1.0", "TelegramBot (like TwitterBot)", "WhatsApp/2.23.20.0", "Slackbot-LinkExpanding 1.0"),
    "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
]


@pytest.mark.parametrize("agent", [*PEOPLE, *CLIENTS])
def test_people_and_clients(agent: str) -> None:
    assert count_of({"HTTP_USER_AGENT": agent}) is Count.VIEW


def test_who_does_not_say_what_it_is_is_a_client() -> None:
    assert count_of({}) is Count.VIEW


@pytest.mark.parametrize("agent", BOTS)
def test_known_bots(agent: str) -> None:
    assert count_of({"HTTP_USER_AGENT": agent}) is Count.BOT_VIEW


def test_the_list_names_what_is_left_out_of_it() -> None:
    """If a newer list renames something, readers.py has to follow."""
    assert {tag for bot in CRAWLER_USER_AGENTS_DATA for tag in bot["tags"]} >= readers.CLIENT_TAGS
    assert {bot["pattern"] for bot in CRAWLER_USER_AGENTS_DATA} >= readers.APP_PATTERNS


@pytest.mark.parametrize(
    ("header", "value"),
    [
        *(("SEC_PURPOSE", value) for value in ("prefetch", "prefetch;prerender", "Prefetch; anonymous-client-ip")),
        *(("PURPOSE", "prefetch"), ("PURPOSE", "prerender")),
        *(("X_PURPOSE", "preview"), ("X_PURPOSE", "prefetch"), ("X_MOZ", "prefetch")),
    ],
)
def test_what_is_fetched_ahead_counts_nothing(header: str, value: str) -> None:
    for agent in (BROWSER, BOTS[0]):
        assert count_of({"HTTP_USER_AGENT": agent, f"HTTP_{header}": value}) is Count.NOTHING


@pytest.mark.parametrize("value", ["", "navigate", "prefetched", "no-prefetch"])
def test_any_other_purpose_is_a_view(value: str) -> None:
    assert count_of({"HTTP_SEC_PURPOSE": value}) is Count.VIEW


def test_what_is_remembered_of_user_agents_is_bounded() -> None:
    size = readers._count_of_agent.cache_info().maxsize
    assert size is not None
    for number in range(size + 10):
        count_of({"HTTP_USER_AGENT": f"{number}"})
    assert readers._count_of_agent.cache_info().currsize == size
    readers._count_of_agent.cache_clear()
    for end in ("1", "2"):
        count_of({"HTTP_USER_AGENT": "x" * 10_000 + end})
    assert readers._count_of_agent.cache_info().currsize == 1
