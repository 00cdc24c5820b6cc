"""A replacement for wrk, with its options and output, for machines without it: keep-alive clients in processes.

It needs more processor time per answer than wrk, on both sides of a comparison, so ratios come out nearer to 1.
"""

from __future__ import annotations

import argparse
import multiprocessing
import signal
import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit


def main() -> None:
    """Request one address again and again until the time is up or a SIGINT arrives, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, help="processes, here")
    parser.add_argument("--connections", type=int)
    parser.add_argument("--duration", type=lambda text: float(text.rstrip("s")))
    parser.add_argument("--header", default="")
    parser.add_argument("address")
    options = parser.parse_args()
    header = f"{options.header}\r\n" if options.header else ""
    context = multiprocessing.get_context("fork")
    stop, found = context.Event(), context.SimpleQueue()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    share = max(1, options.connections // options.threads)
    children = [
        context.Process(target=_read_all, args=(options.address, header, share, stop, found))
        for _ in range(options.threads)
    ]
    started = time.monotonic()
    for child in children:
        child.start()
    stop.wait(options.duration)
    seconds = time.monotonic() - started
    stop.set()
    seen = [found.get() for _ in children]
    for child in children:
        child.join()
    waits = sorted(wait for part, _ in seen for wait in part)
    if wrong := sum(wrong for _, wrong in seen):
        print(f"  Non-2xx or 3xx responses: {wrong}")
    if waits:
        print(f"     99%  {waits[int(len(waits) * 0.99)] * 1000:.3f}ms")
    print(f"  {len(waits)} requests in {seconds:.2f}s")


def _read_all(address: str, header: str, connections: int, stop: Any, found: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    waits: list[float] = []
    wrong: list[str] = []
    threads = [threading.Thread(target=_read, args=(address, header, stop, waits, wrong)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.put((waits, len(wrong)))


def _read(address: str, header: str, stop: Any, waits: list[float], wrong: list[str]) -> None:
    parts = urlsplit(address)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    request = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n{header}\r\n".encode()
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=30) as connection:
        while not stop.is_set():
            started = time.perf_counter()
            connection.sendall(request)
            answer = connection.recv(65536)
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(65536)
            head, body = answer.split(b"\r\n\r\n", 1)
            length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            missing = length - len(body)
            while missing:
                missing -= len(connection.recv(min(missing, 65536)))
            if stop.is_set():
                return
            if head.startswith(b"HTTP/1.1 200 "):
                waits.append(time.perf_counter() - started)
            else:
                wrong.append(address)


if __name__ == "__main__":
    main()
