"""Steps of editors and visitors for a state machine."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from cms.media.models import Upload, UploadStatus
from tests.fuzz.contents import NAMES, Content
from tests.fuzz.world import READERS, World, one_file_slots

KINDS = st.sampled_from(["video", "video", "audio", "text"])
#: Whether the workers process the files as soon as an item is saved.
AT_ONCE = st.booleans()
LINKS = st.sampled_from(["", "https://example.com/film.mp4", "http://example.org/Фильм?a=b&c"])


class Editing(RuleBasedStateMachine):
    """Editors use the admin's forms, and visitors read through the cache."""

    def __init__(self, world: World, contents: dict[str, Content]) -> None:
        super().__init__()
        self.world, self.contents = world, contents
        world.empty()

    @initialize(published=st.booleans())
    def begin(self, published: bool) -> None:
        """Start with some content: a draft or a page with two videos, one of them twice."""
        page = self.world.save_page(None, text="", is_published=published)
        for name in ("film", "film", "other film"):
            files = {"video": ("film.mp4", self.contents[name])}
            self._save(None, files, True, kind="video", page=page, order=0, is_active=True)

    # Editors.

    @precondition(lambda self: len(self.world.pages) < 3)
    @rule()
    def add_page(self) -> None:
        self.world.save_page(None, text="A new page", is_published=True)

    @precondition(lambda self: self.world.pages)
    @rule(data=st.data(), is_published=st.booleans(), slug=st.sampled_from(["", "one", "two"]))
    def edit_page(self, data: st.DataObject, is_published: bool, slug: str) -> None:
        number = data.draw(st.sampled_from(sorted(self.world.pages)))
        taken = {page.slug for other, page in self.world.pages.items() if other != number}
        slug = slug if slug not in taken else ""
        self.world.save_page(number, text="Edited", is_published=is_published, slug=slug)

    @precondition(lambda self: self.world.pages and len(self.world.items) < 6)
    @rule(data=st.data(), kind=KINDS, order=st.integers(0, 2), at_once=AT_ONCE)
    def add_item(self, data: st.DataObject, kind: str, order: int, at_once: bool) -> None:
        page = data.draw(st.sampled_from(sorted(self.world.pages)))
        files = self._some_files(data, kind)
        self._save(None, files, at_once, kind=kind, page=page, order=order, is_active=True)

    @precondition(lambda self: self.world.items)
    @rule(data=st.data(), order=st.integers(0, 2), is_active=st.sampled_from([True, True, False]), at_once=AT_ONCE)
    def edit_item(self, data: st.DataObject, order: int, is_active: bool, at_once: bool) -> None:
        """Upload other files into its slots, change its position, move it to another page."""
        number = data.draw(st.sampled_from(sorted(self.world.items)))
        files = self._some_files(data, self.world.items[number].kind)
        page = data.draw(st.sampled_from(sorted(self.world.pages)))
        self._save(number, files, at_once, page=page, order=order, is_active=is_active)

    @precondition(lambda self: self._linked())
    @rule(data=st.data(), link=LINKS)
    def link(self, data: st.DataObject, link: str) -> None:
        """Set an external link, besides a file or instead of one, or remove it."""
        number, field = data.draw(st.sampled_from(self._linked()))
        self.world.save_item(number, {}, links={**self.world.items[number].links, field: link})

    @precondition(lambda self: any(item.shows for item in self.world.items.values()))
    @rule(data=st.data())
    def take_a_file_out(self, data: st.DataObject) -> None:
        filled = [(number, slot) for number, item in self.world.items.items() for slot in item.shows]
        self.world.take_out(*data.draw(st.sampled_from(sorted(filled))))

    @precondition(lambda self: len(self.world.items) > 1)
    @rule(data=st.data())
    def delete_item(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.world.items)))
        self.world.delete(self.world.items[number].kind, number)

    @precondition(lambda self: len(self.world.pages) > 1)
    @rule(data=st.data())
    def delete_page(self, data: st.DataObject) -> None:
        self.world.delete("page", data.draw(st.sampled_from(sorted(self.world.pages))))

    @precondition(lambda self: self.world.uploads)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        can_retry = [upload.id for upload in self.world.all_uploads() if upload.can_retry]
        before = self.world.upload(data.draw(st.sampled_from(can_retry)) if can_retry else self._an_upload(data))
        self.world.retry(before.id)
        after = self.world.upload(before.id)
        if before.can_retry:
            assert (after.status, after.attempts) == (UploadStatus.PENDING, 0)
        else:
            assert state_of(after) == state_of(before)

    # Visitors.

    @rule(who=st.sampled_from(sorted(READERS)))
    def read(self, who: str) -> None:
        """Read the list in the API, and the pages in the API and on the site."""
        self.world.read_list(who)
        for page in self.world.pages:
            self.world.read_html(page, who)
            self.world.read_json(page, who)

    # Helpers.

    def _save(self, number: int | None, files: dict[str, tuple[str, Content]], at_once: bool, **values: Any) -> int:
        """Save an item. The workers process its files at once, or whenever the machine delivers the tasks."""
        number = self.world.save_item(number, files, **values)
        if at_once:
            for slot in files:
                self._deliver(self.world.items[number].newest[slot])
        return number

    def _deliver(self, upload: int, *, may_be_put_back: bool = False) -> None:
        """Let a worker process a delivered task."""
        raise NotImplementedError

    def _some_files(self, data: st.DataObject, kind: str) -> dict[str, tuple[str, Content]]:
        """Files for some of a kind's slots. Most of them fit."""
        files = {}
        for slot in one_file_slots(kind):
            fitting = [name for name, content in self.contents.items() if content.family == slot.accepts]
            name = data.draw(st.sampled_from([*fitting * 3, "", "nothing", "a picture", "film"]), label=slot.name)
            if name:
                files[slot.name] = (data.draw(NAMES), self.contents[name])
        return files

    def _linked(self) -> list[tuple[int, str]]:
        """The items with link fields, each with the names of these fields."""
        kinds = {number: item.kind for number, item in sorted(self.world.items.items())}
        return [(n, slot.url_field) for n, kind in kinds.items() for slot in one_file_slots(kind)]

    def _an_upload(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.world.uploads, reverse=True)))


def state_of(upload: Upload) -> tuple[object, ...]:
    """The state that must not change while nothing happens to an upload."""
    return upload.status, upload.attempts, upload.lease_token, upload.can_retry, upload.updated_at
