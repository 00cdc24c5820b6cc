"""What editors and visitors do on the site, over TLS and by its name. It runs in the machine's network.

``python -m tests.deploy_guide.visit sign-in PASSWORD``, ``read PAGE``, ``load``.
"""

from __future__ import annotations

import io
import os
import signal
import socket
import sys
import threading
import wave
from types import SimpleNamespace
from typing import Any

import requests

from tests.flows.client import Editor, Visitor
from tests.flows.stack import EMAIL
from tests.waiting import eventually

NAME = "media.example.com"
SITE: Any = SimpleNamespace(site=f"https://{NAME}")

_getaddrinfo = socket.getaddrinfo
socket.getaddrinfo = lambda host, *more, **named: _getaddrinfo("127.0.0.1" if host == NAME else host, *more, **named)


def sound() -> bytes:
    """A second of silence."""
    with io.BytesIO() as file:
        with wave.open(file, "wb") as out:
            out.setparams((1, 2, 8000, 0, "NONE", ""))
            out.writeframes(bytes(16000))
        return file.getvalue()


def is_ready() -> bool:
    return requests.get(f"{SITE.site}/readyz", timeout=30).ok


def sign_in(password: str) -> None:
    """Sign in, upload a file, and print the page and the file's path when it is completed."""
    assert eventually(is_ready, pause=0.5)
    editor = Editor(SITE, EMAIL, password)
    page = editor.new_page("Followed")
    item = editor.add("audio", page, "A sound", {"audio": ("sound.wav", sound())})
    assert [state["status"] for state in editor.wait(*item.uploads)] == ["completed"]
    read(str(page))
    print(page)


def read(page: str) -> None:
    """Check the page and its file. nginx must serve the file from disk."""
    assert eventually(is_ready, pause=0.5)
    visitor = Visitor(SITE)
    answer = visitor.get(visitor.items(int(page))[0]["audio_path"])
    assert answer.status_code == 200
    assert "X-Request-ID" not in answer.headers, "the app was asked"
    assert answer.content == sound()
    assert requests.get(f"http://{NAME}/", allow_redirects=False, timeout=30).headers["Location"] == f"{SITE.site}/"


def load() -> None:
    """Send requests until told to stop. Print which release answered. The exit status is 1 if a request failed."""
    over, told, faults = threading.Event(), set(), []
    signal.signal(signal.SIGTERM, lambda *_: over.set())

    def ask(keep: bool) -> None:
        visitor = Visitor(SITE)
        while not over.wait(0.1) and not faults:
            try:
                answer = visitor.get("/healthz")
                assert answer.status_code == 200, answer.text
                told.add(answer.json().get("release", "v1"))
                if not keep:
                    visitor = Visitor(SITE)
            except Exception as fault:
                faults.append(fault)

    threads = [threading.Thread(target=ask, args=(keep,)) for keep in (True, False) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(*sorted(told), *faults)
    sys.stdout.flush()
    os._exit(bool(faults))


if __name__ == "__main__":
    {"sign-in": sign_in, "read": read, "load": load}[sys.argv[1]](*sys.argv[2:])
