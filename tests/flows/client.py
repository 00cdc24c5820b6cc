"""An editor over HTTP, who sends the same forms as a browser, and a visitor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import requests

from tests.flows.stack import EMAIL, PASSWORD
from tests.waiting import DEADLINE, eventually

FINAL = ("completed", "failed")
Files = dict[str, tuple[str, bytes]]

_NOT_SENT = ("file", "submit", "button", "checkbox", "radio")  # the last two only if unchecked


class Site(Protocol):
    """A running site and its address."""

    site: str


class Form(HTMLParser):
    """The fields of the form with a ``title`` field (or of the first form), as a browser would send them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._forms: list[dict[str, str]] = [{}]
        self._textarea = ""
        self._select = ""
        self.feed(html)

    @property
    def fields(self) -> dict[str, str]:
        filled = [form for form in self._forms if form]
        return next((form for form in filled if "title" in form), filled[0] if filled else {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, form = given.get("name", ""), self._forms[-1]
        if tag == "form":
            self._forms.append({})
        elif tag == "textarea":
            self._textarea = name
            form[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            form[self._select] = given.get("value", "")
        elif tag == "input" and name and (given.get("type") not in _NOT_SENT or "checked" in given):
            form[name] = given.get("value", "on")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            text = self._forms[-1][self._textarea].replace("\r\n", "\n")
            self._forms[-1][self._textarea] = text.removeprefix("\n")
            self._textarea = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._forms[-1][self._textarea] += data


@dataclass(frozen=True)
class Added:
    """A saved item and its uploads."""

    id: int
    uploads: tuple[int, ...]


class Editor:
    """A signed-in editor."""

    def __init__(
        self, stack: Site, email: str = EMAIL, password: str = PASSWORD, session: requests.Session | None = None
    ) -> None:
        self.site = stack.site
        self.session = session or requests.Session()
        answer = self.post("/login", data={"email": email, "password": password})
        assert answer.status_code == 302, answer.text[:500]
        self.token = Form(self.get("/admin/page/new/").text).fields["csrf_token"]

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.site + path, timeout=DEADLINE, **options)

    def post(self, path: str, data: dict[str, Any], files: Files | None = None) -> requests.Response:
        """Send a form with its token, without following redirects."""
        token = getattr(self, "token", None) or Form(self.get(path).text).fields["csrf_token"]
        body = {"csrf_token": token, **data}
        sent = {f"{slot}_file": file for slot, file in (files or {}).items()}
        # Even without a file: browsers send these forms as multipart.
        return self.session.post(
            self.site + path, data=body, files=sent or {"none": ("", b"")}, timeout=DEADLINE, allow_redirects=False
        )

    @property
    def cookies(self) -> requests.cookies.RequestsCookieJar:
        return self.session.cookies

    def new_page(self, title: str, **fields: Any) -> int:
        """Make a page and return its id. The page is published unless ``is_published`` is empty."""
        answer = self.post("/admin/page/new/", {"title": title, "is_published": "y", **fields})
        assert answer.status_code == 302, (answer.status_code, errors(answer))
        return _id_in(answer.headers["Location"])

    def edit(self, kind: str, number: int, files: Files | None = None, **changes: Any) -> None:
        """Open a row's form, change some fields and save it."""
        path = f"/admin/{kind}/edit/?id={number}"
        fields = Form(self.get(path).text).fields
        answer = self.post(path, {**fields, **changes}, files)
        assert answer.status_code == 302, (answer.status_code, errors(answer))

    def send_item(self, kind: str, page: int, title: str, files: Files | None = None, **fields: Any) -> Any:
        """Send an item's form. Return the answer, whatever it is."""
        data = {"page": page, "title": title, "is_active": "y", "_continue_editing": "1", **fields}
        return self.post(f"/admin/{kind}/new/", data, files)

    def add(self, kind: str, page: int, title: str, files: Files | None = None, **fields: Any) -> Added:
        """Add an item to a page."""
        answer = self.send_item(kind, page, title, files, **fields)
        assert answer.status_code == 302, (answer.status_code, errors(answer))
        number = _id_in(answer.headers["Location"])
        return Added(number, self.uploads_of(kind, number))

    def uploads_of(self, kind: str, number: int) -> tuple[int, ...]:
        """The newest uploads into an item's slots, as its form shows them."""
        form = self.get(f"/admin/{kind}/edit/?id={number}").text
        return tuple(map(int, re.findall(r'data-upload="(\d+)"', form)))

    def statuses(self, *uploads: int) -> list[dict[str, Any]]:
        """The statuses for the badges, in the requested order."""
        answer = self.get("/admin/status/", params=[("upload", upload) for upload in uploads])
        answer.raise_for_status()
        found = {state["id"]: state for state in answer.json()}
        return [found[upload] for upload in uploads]

    def wait(self, *uploads: int) -> list[dict[str, Any]]:
        """Wait until all statuses are final, and return them."""
        eventually(lambda: all(state["status"] in FINAL for state in self.statuses(*uploads)), pause=0.1)
        return self.statuses(*uploads)


class Visitor:
    """A visitor with one persistent connection."""

    def __init__(self, stack: Site) -> None:
        self.site = stack.site
        self.session = requests.Session()

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.site + path, timeout=DEADLINE, **options)

    def page(self, number: int) -> dict[str, Any]:
        """A page as JSON."""
        answer = self.get(f"/api/page/content/{number}/")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def items(self, number: int) -> list[dict[str, Any]]:
        """A page's items as JSON."""
        return self.page(number)["contents"]


def errors(answer: requests.Response) -> dict[str, str]:
    """The error messages of a form that was shown again, by field."""
    found = re.findall(r'id="(\w+)-error"[^>]*>(.*?)</', answer.text, re.DOTALL)
    return {field: " ".join(unescape(text).split()) for field, text in found}


def _id_in(address: str) -> int:
    return int(parse_qs(urlsplit(address).query)["id"][0])
