"""Uploading 1 GB by the admin's form: its speed, its memory, and its effect on readers."""

from __future__ import annotations

import os
import secrets
import time
from base64 import b64encode
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bench import data, load, pages
from bench.movies import TAIL, Movie, movie, send
from bench.servers import Databases, Site
from bench.table import Result, alternate, at_least, at_most
from cms.media.models import UploadStatus
from tests.flows.client import Editor

READERS = 4
SECONDS_WITHOUT = 6
MEGABYTE = 10**6
#: How much of a resumable upload is in one request, as in static/js/admin/uploads/sending.js.
CHUNK = 64 * 2**20
BYTES = "application/offset+octet-stream"
#: How much a web process may grow while it receives 1 GB.
MEMORY_ALLOWED = 50


def upload(_names: Collection[str], _databases: Databases) -> Iterator[Result]:
    """Time until `pending` is committed, compared with bare Flask that saves the file; and the peak of memory."""
    with movie() as film, Site() as product, Site() as reference:
        data.fill(product.engine, 1)
        product.start(*pages.PROCESSES)
        reference.start("reference")
        editor = Uploader(product, film)
        growths: list[float] = []

        def ours() -> float:
            os.sync()  # start with nothing left to write
            peaks = Peaks(product.web_workers())
            number, seconds = editor.send()
            growths.append(peaks.growth() / MEGABYTE)
            editor.wait(number)
            return film.size / MEGABYTE / seconds

        def theirs() -> float:
            os.sync()
            started = time.perf_counter()
            answer, text = send(f"{reference.site}/upload/", {}, "file", film)
            seconds = time.perf_counter() - started
            assert (answer.status, text) == (200, str(film.size)), text
            (reference.home / "received").unlink()
            return film.size / MEGABYTE / seconds

        ours(), theirs()
        growths.clear()
        figures = alternate({"product": ours, "reference": theirs})
        product.check_logs()
    yield Result("1 GB upload until pending", "MB/s", figures["product"], figures["reference"], at_least(0.80))
    allowed = [float(MEMORY_ALLOWED)] * len(growths)
    yield Result("  growth of a web process (50 MB allowed)", "MB", growths, allowed, at_most(1.0))


def resumable(_names: Collection[str], _databases: Databases) -> Iterator[Result]:
    """Time until a film is stored: sent in chunks that can be resumed, compared with one form; and the peak of memory.

    Chunks are durable when they are answered, and a form's file when the worker stores it: so both are waited for.
    """
    with movie() as film, Site() as product:
        data.fill(product.engine, 1)
        product.start(*pages.PROCESSES)
        editor = Uploader(product, film)
        growths: list[float] = []

        def in_chunks() -> float:
            os.sync()
            peaks, started = Peaks(product.web_workers()), time.perf_counter()
            number = editor.send_in_chunks()
            growths.append(peaks.growth() / MEGABYTE)
            editor.wait(number)
            return film.size / MEGABYTE / (time.perf_counter() - started)

        def by_form() -> float:
            os.sync()
            started = time.perf_counter()
            editor.wait(editor.send()[0])
            return film.size / MEGABYTE / (time.perf_counter() - started)

        in_chunks(), by_form()
        growths.clear()
        figures = alternate({"chunks": in_chunks, "form": by_form})
        product.check_logs()
    yield Result("1 GB in resumable chunks until stored", "MB/s", figures["chunks"], figures["form"], at_least(0.80))
    allowed = [float(MEMORY_ALLOWED)] * len(growths)
    yield Result("  growth of a web process (50 MB allowed)", "MB", growths, allowed, at_most(1.0))


def p99(_names: Collection[str], _databases: Databases) -> Iterator[Result]:
    """The 99th percentile of reading while two films are received and hashed, compared with quiet times."""
    with movie() as film, Site() as product, ThreadPoolExecutor(2) as senders:
        data.fill(product.engine, pages.PAGES)
        product.start(*pages.PROCESSES)
        editors = [Uploader(product, film), Uploader(product, film)]
        address = product.site + pages.DETAIL

        def upload_both() -> None:
            sent = [senders.submit(lambda editor=editor: editor.wait(editor.send()[0])) for editor in editors]
            for future in sent:
                future.result()

        def busy() -> float:
            os.sync()
            return load.measure_during(address, upload_both, READERS).p99 * 1000

        def quiet() -> float:
            os.sync()
            return load.measure(address, SECONDS_WITHOUT, READERS).p99 * 1000

        load.measure(address, load.WARM_UP)
        figures = alternate({"quiet": quiet, "busy": busy})
        product.check_logs()
    yield Result("p99 of API detail beside two 1 GB uploads", "ms", figures["busy"], figures["quiet"], at_most(3.0))


class Uploader:
    """An editor who adds films to page 1."""

    def __init__(self, site: Site, film: Movie) -> None:
        self._site, self._film = site, film

    @cached_property
    def _editor(self) -> Editor:
        return Editor(self._site)

    def send(self) -> tuple[int, float]:
        """Upload the film. Return the id of the committed upload, and the seconds until the answer."""
        editor = self._editor
        fields = {"csrf_token": editor.token, "page": "1", "title": "Film", "is_active": "y", "_continue_editing": "1"}
        cookie = "; ".join(f"{name}={value}" for name, value in editor.session.cookies.items())
        started = time.perf_counter()
        answer, text = send(f"{self._site.site}/admin/video/new/", fields, "video_file", self._film, cookie)
        seconds = time.perf_counter() - started
        assert answer.status == 302, text[:2000]
        item = int(parse_qs(urlsplit(answer.headers["Location"]).query)["id"][0])
        (number,) = editor.uploads_of("video", item)
        assert editor.statuses(number)[0]["status"] != UploadStatus.FAILED
        return number, seconds

    def send_in_chunks(self) -> int:
        """Upload the film as the browser does: created with its first bytes, then in chunks. Return the upload's id."""
        session, site = self._editor.session, self._site.site
        tus = {"Tus-Resumable": "1.0.0", "X-CSRFToken": self._editor.token, "Content-Type": BYTES}
        with self._film.path.open("rb") as file:
            headers = {
                **tus,
                "Upload-Length": str(self._film.size),
                "Upload-Metadata": f"page {b64encode(b'1').decode()}",
            }
            made = session.post(f"{site}/uploads/", headers=headers, data=file.read(2**18))
            assert made.status_code == 201, made.text
            offset = file.tell()
            while offset < self._film.size:
                chunk = file.read(CHUNK)
                if len(chunk) < CHUNK:
                    chunk += secrets.token_bytes(TAIL)
                headers = {**tus, "Upload-Offset": str(offset)}
                sent = session.patch(site + made.headers["Location"], headers=headers, data=chunk)
                assert sent.status_code == 204, sent.text
                offset = int(sent.headers["Upload-Offset"])
        return int(made.json()["upload"]["id"])

    def wait(self, number: int) -> None:
        """Wait until the worker has completed the upload."""
        state = self._editor.wait(number)[0]
        assert state["status"] == UploadStatus.COMPLETED, state


class Peaks:
    """The peak memory of processes from now on, beyond what they use now."""

    def __init__(self, pids: list[int]) -> None:
        self._before = {pid: _bytes(pid, "VmRSS") for pid in pids}
        for pid in pids:
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # resets the peak: proc(5)

    def growth(self) -> int:
        """The growth of the process that has grown most, in bytes."""
        return max(_bytes(pid, "VmHWM") - before for pid, before in self._before.items())


def _bytes(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise ValueError(field)
