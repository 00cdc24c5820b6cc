"""Every screen of the product, collected in one process: with all sorts of content, and without any."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FunctionLoader
from playwright.sync_api import Route
from sqlalchemy import Text, select
from werkzeug.exceptions import HTTPException, default_exceptions

from cms.database import now
from cms.extensions import db
from cms.media.models import MediaFault, MediaFile, UploadStatus
from cms.pages.models import ContentItem, Page, kinds
from cms.pages.redirects import Redirect
from cms.pages.revision_models import Revision
from tests.conftest import csrf_token
from tests.factories import Factory
from tests.flows.client import Form

ERRORS = (400, 403, 404, 405, 409, 413, 429, 500, 503, 507)
#: Every element of Markdown, and content too wide for any screen.
TEXT = """# A first heading

Words with `code`, **weight**, ~~strokes~~ and a [link](https://example.com/).

### A heading two levels below

> A quotation

1. One
2. Two

---

| left | right |
|---|--:|
| 1 | WIDE |

```
WIDE
```

![A picture](/static/img/logo.svg) ![A picture elsewhere](https://example.com/picture.png)
""".replace("WIDE", "wide" * 80)


#: The first few options of a select box, and the rest. Boxes have hundreds, all alike, and each is looked at.
_SOME_OPTIONS = re.compile(r"((?:<option[^>]*>[^<]*</option>\s*){3})(?:<option[^>]*>[^<]*</option>\s*)+")


@dataclass
class Screen:
    """One HTML answer with its address."""

    name: str
    path: str
    html: str

    def answer(self, route: Route) -> None:
        """Serve it to a browser that requests its address."""
        route.fulfill(body=self.html, content_type="text/html; charset=utf-8")


class Screens:
    """Collects the screens in a language."""

    def __init__(self, app: Flask, client: FlaskClient, language: str) -> None:
        self.app, self.client, self.language = app, client, language
        self._headers = {"Accept-Language": language}

    def get(self, *paths: str) -> Iterator[Screen]:
        """The screens at these addresses."""
        for path in paths:
            yield self._screen(path, path, self.client.get(path, headers=self._headers), 200)

    def post(self, path: str, status: int, what: str, **sent: Any) -> Iterator[Screen]:
        """The answer to a form."""
        form = {"csrf_token": csrf_token(self.client), **sent}
        answer = self.client.post(path, data=form, headers=self._headers)
        yield self._screen(f"{path} {what}", path, answer, status)

    def made_by(self, name: str, path: str, make: Callable[[], Any]) -> Iterator[Screen]:
        """A screen that no request leads to in normal operation."""
        with self.app.test_request_context(path, headers=self._headers):
            yield self._screen(name, path, self.app.make_response(make()), None)

    def _screen(self, name: str, path: str, answer: Any, status: int | None) -> Screen:
        assert status in (None, answer.status_code), (name, answer.status_code, answer.get_data(as_text=True))
        assert answer.mimetype == "text/html", name
        return Screen(f"{self.language} {name}", path, _SOME_OPTIONS.sub(r"\1", answer.get_data(as_text=True)))


class Parts(HTMLParser):
    """The elements of some HTML, each by name, classes and names of attributes, except those for scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[tuple[str, ...]] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(
            (tag, dict(attrs).get("class") or "", *sorted(name for name, _ in attrs if not name.startswith("data-")))
        )


def unlike(screens: list[Screen], wanted: Container[str]) -> Iterator[Screen]:
    """One screen for each wanted address, and then always the one with the most elements that no earlier one had."""
    parts = {id(screen): Parts(screen.html).found for screen in screens}
    missing = set().union(*parts.values())
    left = list(screens)
    while left:
        screen = max(left, key=lambda screen: (screen.path in wanted, len(parts[id(screen)] & missing)))
        if screen.path not in wanted and not parts[id(screen)] & missing:
            return
        left.remove(screen)
        missing -= parts[id(screen)]
        yield screen


def of_visitors(screens: Screens, page: Page) -> Iterator[Screen]:
    """The screens for visitors who are not signed in."""
    yield from screens.get("/", "/?page=2", f"/{page.slug}/", "/nothing-on-it/", "/swagger/", "/redoc/", "/login")
    yield from screens.get("/login/forgotten")
    yield from screens.post("/login", 401, "refused", email="", password="x")
    yield from screens.post("/login?next=/admin/page/new/", 401, "that keeps a form", email="a", title="Kept")
    for status in ERRORS:
        yield from screens.made_by(f"error {status}", f"/error-{status}/", partial(_error, screens.app, status))


def of_editors(screens: Screens, page: Page, items: list[ContentItem], media_file: MediaFile) -> Iterator[Screen]:
    """The screens for signed-in editors."""
    lists = ["page", "upload", "media", "redirect", "trash", *(kind.__tablename__ for kind in kinds())]
    yield from screens.get("/admin/", *(f"/admin/{name}/" for name in lists), f"/admin/page/preview/?id={page.id}")
    yield from screens.get("/admin/page/?search=none&page_size=50", "/admin/page/?page=1&sort=0&desc=1")
    yield from screens.get("/admin/page/?flt0_title_starts_with=p&flt1_published_equals=1")
    yield from screens.get("/admin/upload/?flt0_status_is=failed", "/admin/page/new/")
    yield from _without_templates(screens, f"/admin/page/preview/?id={page.id}")
    yield from screens.get(f"/admin/media/details/?id={media_file.id}", f"/admin/text/new/?page={page.id}")
    addresses = [f"/admin/page/edit/?id={page.id}", *(f"/admin/{kind.__tablename__}/new/" for kind in kinds())]
    addresses += [f"/admin/{item.content_type}/edit/?id={item.id}" for item in items]
    yield from screens.get(*addresses)
    for address in addresses:
        yield from screens.post(address, 200, "refused", title="", order="x", slug="No slug", page="")
    yield from _conflict(screens, addresses[0], page)
    yield from screens.post("/login?next=/admin/page/new/", 200, "that leads back to a form", title="Kept")
    deleted = {"csrf_token": csrf_token(screens.client), "id": items[-1].id}
    screens.client.post(f"/admin/{items[-1].content_type}/delete/", data=deleted)
    yield from (replace(screen, name=f"{screen.name} after a deletion") for screen in screens.get("/admin/trash/"))
    screens.client.post("/admin/trash/restore/", data={**deleted, "row": f"{items[-1].content_type}-{items[-1].id}"})
    screens.client.post(addresses[0], data={**_fields(screens, addresses[0]), "_continue_editing": "1"})
    yield from (replace(screen, name=f"{screen.name} saved") for screen in screens.get(addresses[0]))
    screens.client.get("/admin/media/as/?view=posters")
    yield from (replace(screen, name=f"{screen.name} as posters") for screen in screens.get("/admin/media/"))
    screens.client.get("/admin/media/as/?view=rows")
    yield from screens.get(f"/admin/media/replace/?id={media_file.id}")
    yield from screens.post("/admin/media/replace/", 200, "refused", id=media_file.id)
    yield from screens.post("/admin/media/describe/", 200, "refused", id=media_file.id, title="x" * 300, tags="y" * 99)
    yield from screens.post("/admin/media/action/", 200, "that asks for tags", action="tag", rowid=media_file.id)
    yield from screens.post("/admin/media/action/", 200, "that asks what stays", action="merge", rowid=media_file.id)
    yield from screens.get("/admin/redirect/new/", "/admin/user/", "/admin/user/invite/", "/admin/account/")
    yield from screens.get("/admin/audit/", "/admin/account/second-step/", "/admin/account/passkeys/")
    yield from screens.get(f"/admin/item/{items[0].id}/views/", "/admin/search/?q=a", "/admin/search/?q=nothing+at+all")
    named = {"csrf_token": csrf_token(screens.client), "list": "page", "name": "Drafts", "shared": "1"}
    screens.client.post("/admin/filters/save/", data={**named, "query": "flt0_state_is=draft"})
    yield from screens.get("/admin/page/?flt0_state_is=draft", "/admin/page/?flt0_state_is=published")
    yield from screens.post("/admin/user/invite/", 200, "with a link", email="new@example.com", role="viewer")
    yield from screens.post("/admin/redirect/new/", 200, "refused", slug="everything", target="/x/")
    yield from screens.get(f"/admin/history/?id={page.id}", *_comparisons(screens, page))


def of_nothing(screens: Screens) -> Iterator[Screen]:
    """The screens of an empty site."""
    yield from screens.get("/", "/admin/", "/admin/page/", "/admin/media/", "/admin/trash/")


def make_content(factory: Factory) -> tuple[Page, list[ContentItem], MediaFile]:
    """Make a page with items of all kinds in all states, and more pages than a list shows at once."""
    for number in range(25):
        factory.page(f"Page {number}")
    factory.page("Empty", slug="nothing-on-it")
    factory.page("In the trash", published=False, deleted_at=now(), deleted_by="editor@example.com")
    page = factory.page("A page with everything", slug="everything", text=TEXT)
    factory.kept(Redirect(slug="something", page_id=page.id))
    factory.page("A page to come", published=False, publish_at=now() + timedelta(days=1))
    items = [factory.with_media(page, kind.__tablename__, text=TEXT) for kind in kinds() if _has_markdown(kind)]
    items += [factory.with_media(page, kind.__tablename__) for kind in kinds() if not _has_markdown(kind)]
    items.append(film := factory.with_media(page, "video", title="A film " + "with a long title " * 9))
    link = "https://example.com/" + "long/" * 40
    factory.item(page, "video", title="A link", video_url=link, subtitles_url=link)
    factory.item(page, "audio", title="A sound elsewhere", audio_url="https://example.com/sound.mp3")
    factory.item(page, "embed", title="A film", embed_url="https://youtu.be/aqz-KE-bpKQ")
    factory.item(page, "embed", title="An address", embed_url=link)
    factory.item(page, "video", title="Nothing yet")
    for status in UploadStatus:
        upload = factory.upload(film, "video", f"a-{status}-file.mp4", b"none")
        why = {"reason": "There is no room left on the disk.", "can_retry": True} if status == "failed" else {}
        factory.change(factory.upload_row(upload), status=status, is_duplicate=status == "completed", **why)
    chapters = [{"start": 0.0, "end": 30.0, "title": "A chapter"}, {"start": 30.0, "end": 60.0, "title": ""}]
    pictures = [
        {"path": "/static/img/logo.svg", "width": 320, "height": 180, "mime_type": f"image/{end}"}
        for end in ("webp", "jpeg")
    ]
    derived = {"poster": pictures, "waveform": [{"path": "/nothing.json"}]}
    for family in ("video", "audio"):
        understood = factory.media_file(family=family)
        facts = {"playable": True, "duration": 60.0, "width": 320, "height": 180, "facts": {"chapters": chapters}}
        factory.change(understood, derived=derived, **facts)
        factory.attached(factory.item(page, family, title=f"Understood {family}"), family, understood)
    cut = {"playable": False, "unplayable": ["encrypted"], "warnings": ["truncated"], "container": "mp4"}
    media_file = factory.media_file(family="video")
    factory.change(media_file, fault=MediaFault.DAMAGED, **cut)
    factory.attached(factory.item(page, "video", title="Damaged"), "video", media_file)
    return page, items, media_file


def _has_markdown(kind: type[ContentItem]) -> bool:
    column = kind.__table__.columns.get("text")
    return column is not None and isinstance(column.type, Text)


def _fields(screens: Screens, path: str) -> dict[str, str]:
    return Form(screens.client.get(path).text).fields


def _conflict(screens: Screens, address: str, page: Page) -> Iterator[Screen]:
    """The form that shows what another editor has saved meanwhile."""
    mine = _fields(screens, address)
    screens.client.post(address, data={**_fields(screens, address), "text": "Theirs", "is_published": ""})
    yield from screens.post(address, 200, "with conflicts", **{**mine, "text": "Mine", "title": "My title"})
    screens.client.post(address, data={**_fields(screens, address), "text": TEXT, "is_published": "y"})


def _comparisons(screens: Screens, page: Page) -> list[str]:
    """The addresses of what the last revision has changed, and of what has changed since the first."""
    with screens.app.app_context():
        ids = db.session.scalars(select(Revision.id).where(Revision.page_id == page.id).order_by(Revision.id)).all()
    return [f"/admin/history/compare/?id={ids[-1]}", f"/admin/history/compare/?id={ids[0]}&now=1"]


def _error(app: Flask, status: int) -> Any:
    error: HTTPException | RuntimeError = RuntimeError() if status == 500 else _exception(status)
    return app.handle_user_exception(error)


def _exception(status: int) -> HTTPException:
    error = default_exceptions.get(status, HTTPException)("Words.")
    error.code = status
    return error


def _without_templates(screens: Screens, address: str) -> Iterator[Screen]:
    """A page as it would be if the kinds of its items had no templates of their own."""
    environment = screens.app.jinja_env
    found = environment.loader
    assert found
    own = {f"content/{kind.__tablename__}.html" for kind in kinds()}
    environment.loader = FunctionLoader(lambda name: None if name in own else found.get_source(environment, name))
    try:
        yield from (replace(screen, name=f"{screen.name} by generic.html") for screen in screens.get(address))
    finally:
        environment.loader = found
