"""Behind nginx with the shipped configuration: media from disk, the rest from the app. Slow forms delay nobody."""

from __future__ import annotations

import gzip
import os
import re
import select
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.flows.client import Editor, Visitor
from tests.flows.stack import ROOT, Stack
from tests.mediabytes import pdf
from tests.servers import Server, free_port
from tests.waiting import DEADLINE, eventually

pytestmark = pytest.mark.xdist_group("nginx")

#: More than the site has threads.
SLOW = 12
#: What a file has from nginx and from the app alike.
HEADERS = ("Cache-Control", "X-Content-Type-Options", "Content-Security-Policy", "Access-Control-Allow-Origin")

# One process, so that none is left when it is stopped.
_AROUND = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{}}
http {{
    access_log {home}/access.log;
    gzip on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {site}
}}
"""


class Nginx(Server):
    """nginx in front of a copy. The shipped files get this machine's addresses and folders."""

    def __init__(self, stack: Stack) -> None:
        super().__init__()
        self.port = free_port()
        (self.folder / "mediafold").symlink_to(ROOT / "deploy" / "nginx")
        site = (ROOT / "deploy" / "nginx" / "containers.conf").read_text(encoding="utf-8")
        for shipped, here in (
            ("listen 80;", f"listen 127.0.0.1:{self.port};"),
            ("unix:/run/mediafold/web.sock", f"127.0.0.1:{stack.port}"),
            ("/data/media", f"{stack.home}/media"),
            ("/data/derived", f"{stack.home}/derived"),
        ):
            assert shipped in site
            site = site.replace(shipped, here)
        self.config = self.folder / "nginx.conf"
        self.config.write_text(_AROUND.format(folder=self.folder, home=stack.home, site=site), encoding="utf-8")

    def start(self) -> None:
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program
        self.launch([program, "-c", str(self.config), "-e", f"{self.folder}/error.log"], self._answers)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture(scope="module")
def site() -> Iterator[Stack]:
    """A copy that trusts one proxy, and is used through it."""
    if not shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
        pytest.skip("nginx is not installed")
    with ExitStack() as ending:
        stack = Stack(MAX_UPLOAD_MB="8", TRUSTED_PROXIES="1")
        ending.callback(stack.remove)
        stack.start()
        nginx = Nginx(stack)
        ending.callback(nginx.remove)
        nginx.start()
        stack.site = f"http://127.0.0.1:{nginx.port}"
        yield stack


@pytest.fixture(scope="module")
def behind(site: Stack) -> Editor:
    return Editor(site)


def test_a_page_has_the_addresses_that_its_visitor_knows(site: Stack, behind: Editor) -> None:
    page = behind.new_page("Behind a proxy", slug="behind")
    behind.add("text", page, "Words", text="Words")
    assert Visitor(site).page(page)["url"] == f"{site.site}/behind/"
    answer = requests.get(
        f"{site.site}/api/page/content/{page}/",
        headers={"Host": "site.example", "X-Forwarded-Proto": "https"},
        timeout=30,
    )
    assert answer.json()["url"] == "https://site.example/behind/"
    assert Visitor(site).items(page)[0]["counter"] == 2, "each was counted, once"


def test_files_come_from_the_disk_as_the_app_would_send_them(
    site: Stack, behind: Editor, media_files: dict[str, Path]
) -> None:
    data = media_files["video.mp4"].read_bytes()
    page = behind.new_page("With a film")
    item = behind.add("video", page, "A video", {"video": ("Фильм.mp4", data)})
    assert {state["status"] for state in behind.wait(*item.uploads)} == {"completed"}
    path = Visitor(site).items(page)[0]["video_path"]
    by_nginx = requests.get(site.site + path, timeout=30)
    by_app = requests.get(f"http://127.0.0.1:{site.port}{path}", timeout=30)
    assert (by_nginx.content, by_app.content) == (data, data)
    assert "X-Request-ID" not in by_nginx.headers, "the app was not asked"
    assert "Content-Disposition" not in by_nginx.headers
    for name in ("Content-Type", *HEADERS):
        assert by_nginx.headers[name] == by_app.headers[name], name
    assert re.fullmatch('"[^"]+"', by_nginx.headers["ETag"])
    below = requests.get(f"{site.site}/the/path/of/SITE_URL{path}", timeout=30)
    assert (below.content, "X-Request-ID" in below.headers) == (data, False)
    part = requests.get(site.site + path, headers={"Range": "bytes=10-19"}, timeout=30)
    assert (part.status_code, part.content) == (206, data[10:20])
    missing = requests.get(f"{site.site}{path}x", timeout=30)
    assert (missing.status_code, "X-Request-ID" in missing.headers) == (404, True)
    assert "There is nothing at this address." in missing.text


def test_a_document_is_saved(site: Stack, behind: Editor) -> None:
    page = behind.new_page("With a document")
    item = behind.add("document", page, "A document", {"document": ("a.pdf", pdf())})
    assert {state["status"] for state in behind.wait(*item.uploads)} == {"completed"}
    path = Visitor(site).items(page)[0]["document_path"]
    by_nginx = requests.get(site.site + path, timeout=30)
    by_app = requests.get(f"http://127.0.0.1:{site.port}{path}", timeout=30)
    assert by_nginx.content == by_app.content == pdf()
    assert "X-Request-ID" not in by_nginx.headers, "the app was not asked"
    assert by_nginx.headers["Content-Disposition"] == "attachment"
    for name in ("Content-Disposition", "Content-Type", *HEADERS):
        assert by_nginx.headers[name] == by_app.headers[name], name


def test_derived_files_come_from_the_disk_as_well(site: Stack, behind: Editor, media_files: dict[str, Path]) -> None:
    page = behind.new_page("With a poster")
    behind.add("video", page, "A video", {"video": ("film.webm", media_files["video.webm"].read_bytes())})
    files: list[dict[str, str]] = []

    def is_there() -> bool:
        file = Visitor(site).items(page)[0]["video_file"]
        files[:] = (file and file["poster"]) or []
        return bool(files)

    assert eventually(is_there), site.output
    for path in (file["path"] for file in files):
        by_nginx = requests.get(site.site + path, timeout=30)
        by_app = requests.get(f"http://127.0.0.1:{site.port}{path}", timeout=30)
        assert by_nginx.content == by_app.content
        assert ["X-Request-ID" in answer.headers for answer in (by_nginx, by_app)] == [False, True]
        for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options", "Content-Security-Policy"):
            assert by_nginx.headers[name] == by_app.headers[name], name


def test_what_is_compressed_is_the_apps_choice(site: Stack, behind: Editor) -> None:
    page = behind.new_page("Compressed", slug="compressed", text="Words that come again. " * 100)
    for path in ("/compressed/", f"/api/page/content/{page}/", "/swagger.json"):
        asked = {"Accept-Encoding": "gzip", "Host": site.site.removeprefix("http://")}
        answers = [
            requests.get(address + path, headers=asked, timeout=30, stream=True)
            for address in (site.site, f"http://127.0.0.1:{site.port}")
        ]
        by_nginx, by_app = ([answer.headers.get(name) for name in ("Content-Encoding", "ETag")] for answer in answers)
        assert by_nginx == by_app
        assert by_nginx[0] == "gzip"
        assert gzip.decompress(answers[0].raw.read()).lstrip()[:1] in b"{<", "once"
    known = {"If-None-Match": requests.get(f"{site.site}/compressed/", timeout=30).headers["ETag"]}
    assert requests.get(f"{site.site}/compressed/", headers=known, timeout=30).status_code == 304
    login = requests.get(f"{site.site}/login", headers={"Accept-Encoding": "gzip"}, timeout=30)
    assert "Content-Encoding" not in login.headers, "it has a token that could be guessed from its length"


def test_links_that_let_somebody_in_are_not_logged(site: Stack) -> None:
    for path in ("/login/password?token=secret", "/review/secret/", "/seen-last/"):
        requests.get(site.site + path, timeout=30)
    log = site.home / "access.log"
    assert eventually(lambda: "/seen-last/" in log.read_text(encoding="utf-8"))
    assert eventually(lambda: "/seen-last/" in site.output)
    assert "secret" not in log.read_text(encoding="utf-8") + site.output


def test_a_file_that_is_too_large_is_refused_in_the_apps_words(site: Stack, behind: Editor) -> None:
    page = behind.new_page("Too large")
    for size in (8 * 2**20 + 1, 40 * 2**20):
        answer = behind.send_item("video", page, "Too large", {"video": ("large.mp4", bytes(size))})
        assert answer.status_code == 413
        assert "at most 8 MB" in answer.text


def test_connections_to_the_app_are_kept(site: Stack) -> None:
    before = connections(site.port)
    for _ in range(200):
        assert requests.get(site.site, timeout=DEADLINE).status_code == 200
    assert len(connections(site.port) - before) <= 10


def test_forms_that_are_slow_in_coming_keep_nobody_from_the_site(site: Stack) -> None:
    """Signed out: forms for the public side wait in nginx; those for the admin are refused before they are read."""
    with ExitStack() as connections:
        waiting = []
        for number in range(SLOW):
            slow = connections.enter_context(socket.create_connection(("127.0.0.1", int(site.site.rsplit(":", 1)[1]))))
            path = "/admin/page/new/" if number % 2 else "/login"
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            slow.sendall(f"{head}Content-Length: 1000\r\n\r\nx=".encode())
            waiting += [slow] if path == "/login" else []
        for _ in range(40):
            assert requests.get(site.site, timeout=DEADLINE).status_code == 200
        assert select.select(waiting, [], [], 0)[0] == [], "all the while they were waited for"


def connections(port: int) -> set[frozenset[str]]:
    """Connections on a port of this machine that are or recently were open: the system remembers them for a minute."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    pairs = {frozenset(fields[1:3]) for fields in lines}
    return {pair for pair in pairs if any(address.endswith(f":{port:04X}") for address in pair)}
