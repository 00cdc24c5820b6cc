"""Addresses and headers: nothing is trusted that gunicorn would trust by default."""

from __future__ import annotations

import socket
from contextlib import closing
from itertools import count

import pytest

from tests.flows.client import Editor, Visitor
from tests.flows.stack import Stack
from tests.waiting import DEADLINE

EVIL = "evil.example"
_numbers = count()


@pytest.fixture
def slug(editor: Editor) -> str:
    """The slug of a page that nobody has read yet."""
    slug = f"unread-{next(_numbers)}"
    editor.add("text", editor.new_page(slug, slug=slug), "An item", text="Words")
    return slug


def send(stack: Stack, *lines: str) -> str:
    """The site's answer to a request with those lines."""
    with closing(socket.create_connection(("127.0.0.1", stack.port), DEADLINE)) as connection:
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        with connection.makefile("rb") as answer:
            return answer.read().decode()


@pytest.mark.parametrize(
    "headers",
    [
        [f"SCRIPT_NAME: //{EVIL}"],
        [f"PATH_INFO: //{EVIL}", f"REMOTE_USER: {EVIL}", "HTTP_HOST: " + EVIL],
        ["X-Forwarded-Proto: https", "X-Forwarded-Protocol: ssl", "X-Forwarded-Ssl: on", f"X-Forwarded-Host: {EVIL}"],
        [f"X-Forwarded-Prefix: //{EVIL}", f"Script-Name: //{EVIL}", f"Forwarded: host={EVIL};proto=https"],
    ],
    ids=lambda headers: headers[0].split(":")[0],
)
@pytest.mark.parametrize(
    "form", ["//{evil}/{slug}/", "/{slug}/", "http://{host}/{slug}/", "http://{host}//{evil}/{slug}/"]
)
def test_who_asks_first_decides_nothing_for_others(
    stack: Stack, visitor: Visitor, slug: str, headers: list[str], form: str
) -> None:
    host = f"127.0.0.1:{stack.port}"
    target = form.format(evil=EVIL, slug=slug, host=host)
    first = send(stack, f"GET {target} HTTP/1.1", f"Host: {host}", *headers)
    assert first.split()[1] == ("404" if EVIL in target else "200")
    for _ in range(2):
        seen = visitor.get(f"/{slug}/").text
        assert slug in seen
        assert EVIL not in seen
    listed = send(stack, "GET /api/page/content/?page_size=1 HTTP/1.1", f"Host: {host}", *headers)
    assert f'"url":"http://{host}/{slug}/"' in listed
    assert EVIL not in listed


def test_a_request_has_to_name_its_host(stack: Stack) -> None:
    assert send(stack, "GET / HTTP/1.0").split()[1] == "200"
    assert send(stack, "GET / HTTP/1.1").split()[1] == "400"
    assert send(stack, "GET / HTTP/1.1", "Host: a", "Host: b").split()[1] == "400"


@pytest.mark.parametrize("line", ["OPTIONS *", "GET /robots.txt", "GET /nothing%2F", "GET //evil.example/"])
def test_what_is_nowhere_is_404_at_once(stack: Stack, line: str) -> None:
    answer = send(stack, f"{line} HTTP/1.1", "Host: a")
    assert answer.split()[1] == "404"
    assert "\r\nlocation:" not in answer.lower()


@pytest.mark.parametrize("form", ["/{}", "//{}/", "/{}%2F", "/{}%2f", "///{}"])
def test_another_spelling_leads_to_the_one_address(stack: Stack, slug: str, form: str) -> None:
    for method in ("GET", "HEAD"):
        answer = send(stack, f"{method} {form.format(slug)}?a=//b HTTP/1.1", "Host: a")
        assert answer.split()[1] == "308"
        assert f"\r\nLocation: /{slug}/?a=//b\r\n" in answer
