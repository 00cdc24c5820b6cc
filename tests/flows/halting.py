"""A site whose pages arrive in two parts, as over a slow connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import requests

from tests.waiting import DEADLINE


@dataclass
class Halted:
    """The same site at another ``address``: its pages halt ``after`` so many characters until ``rest`` is set."""

    address: str
    after: int = 0
    rest: Event = field(default_factory=Event)


@contextmanager
def halting(site: str) -> Iterator[Halted]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = requests.get(site + self.path, timeout=DEADLINE)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            if answer.headers["Content-Type"].startswith("text/html"):
                self.wfile.write(answer.text[: halted.after].encode())
                halted.rest.wait(DEADLINE)
                self.wfile.write(answer.text[halted.after :].encode())
            else:
                self.wfile.write(answer.content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        halted = Halted(f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield halted
        finally:
            halted.rest.set()
            server.shutdown()
