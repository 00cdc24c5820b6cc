"""A mail server that keeps what it gets (RFC 5321, as little of it as smtplib needs)."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string, policy
from email.message import EmailMessage


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("220 here")
        text: list[str] | None = None
        for line in self.rfile:
            told = line.decode().rstrip("\r\n")
            if text is not None and told != ".":
                text.append(told)
            elif text is not None:
                self.server.received.append("\n".join(text))  # type: ignore[attr-defined]
                text = None
                self._say("250 kept")
            elif told.upper() == "DATA":
                text = []
                self._say("354 go on")
            else:
                self._say("221 bye" if told.upper() == "QUIT" else "250 fine")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Mailbox:
    """What has come, and where to send it."""

    def __init__(self, server: socketserver.ThreadingTCPServer) -> None:
        self._server = server
        server.received = []  # type: ignore[attr-defined]
        self.url = f"smtp://127.0.0.1:{server.server_address[1]}"

    @property
    def messages(self) -> list[EmailMessage]:
        received: list[str] = self._server.received  # type: ignore[attr-defined]
        return [message_from_string(text, policy=policy.default) for text in received]


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield Mailbox(server)
        server.shutdown()
