"""Two editors change one page at once: nothing that either has saved is lost, or changed without being told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, undefer

from cms.pages.models import ContentItem, Page, kind_named
from cms.pages.revision_models import Revision
from tests.admin.tabs import Tab
from tests.conftest import csrf_token, sign_in
from tests.factories import Factory
from tests.fuzz import TIMES

EXAMPLES = TIMES
STEPS = 30 if TIMES == 1 else 80

EDITORS = st.sampled_from([0, 1])
#: Fields of the page and of its items.
FIELDS = ("title", "text")
#: The row of the page; items have their ids.
PAGE = 0

#: A field of a row, by its row and name, with its values before and after a change.
Values = dict[tuple[int, str], str]
Done = dict[tuple[int, str], tuple[str, str]]


@dataclass
class Opened:
    """A form that an editor has open: what is shown, and what was written since."""

    tab: Tab
    seen: dict[str, str]
    written: dict[str, str] = field(default_factory=dict)


@dataclass
class EditorScreen:
    """What an editor has on the screen, and can undo."""

    client: FlaskClient
    token: str
    forms: dict[int, Opened] = field(default_factory=dict)
    made: list[tuple[list[str], Done]] = field(default_factory=list)


class TwoEditors(RuleBasedStateMachine):
    """One page with three texts. ``now`` is what every field of it has to have, by what was saved."""

    def __init__(self, engine: Engine, factory: Factory, clients: list[FlaskClient], numbers: Iterable[int]) -> None:
        super().__init__()
        self.engine, self.factory, self.numbers = engine, factory, iter(numbers)
        self.editors = [EditorScreen(client, csrf_token(client)) for client in clients]
        self.saved: set[str] = set()
        self.now: Values = {}

    @initialize(is_published=st.booleans())
    def begin(self, is_published: bool) -> None:
        number = next(self.numbers)
        page = self.factory.page(f"Page of two {number}", slug=f"two-{number}", published=is_published, text="None")
        items = [self.factory.item(page, "text", title=f"Item {order}", order=order, text="None") for order in range(3)]
        self.page, self.items = page.id, [item.id for item in items]
        self.now = {(row, name): value for row in (PAGE, *self.items) for name, value in self._kept(row).items()}

    # What they do.

    @rule(who=EDITORS, place=st.integers(0, 3))
    def open(self, who: int, place: int) -> None:
        self._open(self.editors[who], (PAGE, *self.items)[place])

    @precondition(lambda self: any(editor.forms for editor in self.editors))
    @rule(data=st.data(), name=st.sampled_from(FIELDS))
    def write(self, data: st.DataObject, name: str) -> None:
        who, row = data.draw(st.sampled_from(self._open_forms()))
        self.editors[who].forms[row].written[name] = f"{name} {next(self.numbers)} of {who}"

    @precondition(lambda self: any(editor.forms for editor in self.editors))
    @rule(data=st.data(), is_mine=st.booleans())
    def save(self, data: st.DataObject, is_mine: bool) -> None:
        """A form is saved as the screen does it; in a conflict one of both values is chosen."""
        who, row = data.draw(st.sampled_from(self._open_forms()))
        editor, form = self.editors[who], self.editors[who].forms[row]
        conflicts = self._conflicts(row, form)
        before = dict(self.now)
        is_saved = self._send(editor, form, theirs=[])
        assert is_saved == (not conflicts), "what somebody else has saved is not overwritten without a word"
        if not is_saved:
            assert set(form.tab.offered) == conflicts
            for name in conflicts:
                assert form.tab.theirs[name] == self.now[row, name]
                assert form.tab.fields[name] == form.written[name], "what was written is still there"
            self.everything_is_as_it_was_saved()
            chosen = set() if is_mine else conflicts
            form.written = {name: value for name, value in form.written.items() if name not in chosen}
            assert self._send(editor, form, theirs=sorted(chosen))
        for name, value in form.written.items():
            self.now[row, name] = value
            self.saved.add(value)
        self._note(editor, before)
        self._open(editor, row)

    @rule(who=EDITORS)
    def reorder(self, who: int) -> None:
        order = self._order()
        self._post(self.editors[who], "/admin/page/reorder/", id=self.page, item=[*order[1:], order[0]], was=order)
        assert self._order() == [*order[1:], order[0]]

    @precondition(lambda self: any(editor.made for editor in self.editors))
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        """The latest change of an editor is undone, unless the other has changed the same since."""
        editor = data.draw(st.sampled_from([editor for editor in self.editors if editor.made]))
        revisions, done = editor.made.pop()
        is_as_left = all(self.now[key] == after for key, (_, after) in done.items())
        before = dict(self.now)
        self._post(editor, "/admin/page/undo/", id=self.page, revision=revisions)
        if is_as_left:
            self.now |= {key: value for key, (value, _) in done.items()}
            assert self.now != before

    # What holds.

    @invariant()
    def everything_is_as_it_was_saved(self) -> None:
        rows = (PAGE, *self.items) if self.now else ()
        assert {(row, name): value for row in rows for name, value in self._kept(row).items()} == self.now

    def teardown(self) -> None:
        """Whatever was saved is in the page, or in its history."""
        if not self.now:
            return
        with Session(self.engine) as session:
            mine = select(Revision).where(Revision.page_id == self.page).options(undefer(Revision.content))
            told = " ".join(str(revision.snapshot) for revision in session.scalars(mine))
        assert all(value in told for value in self.saved)

    # Helpers.

    def _open_forms(self) -> list[tuple[int, int]]:
        return [(who, row) for who, editor in enumerate(self.editors) for row in sorted(editor.forms)]

    def _open(self, editor: EditorScreen, row: int) -> None:
        address = f"/admin/text/edit/?id={row}" if row else f"/admin/page/edit/?id={self.page}"
        tab = Tab(editor.client, address)
        editor.forms[row] = Opened(tab, {name: tab.fields[name] for name in FIELDS})

    def _conflicts(self, row: int, form: Opened) -> set[str]:
        """The fields that both have changed."""
        changed = {name for name, value in form.written.items() if value != self.now[row, name]}
        return {name for name in changed if self.now[row, name] != form.seen[name]}

    def _send(self, editor: EditorScreen, form: Opened, theirs: list[str]) -> bool:
        answer = editor.client.post(
            form.tab.address,
            data={**form.tab.fields, **form.written, "theirs": theirs, "_merge": "1", "_draft": "1"},
            headers={"X-Screen": "1"},
        )
        self.made = answer.headers.get("X-Made", "")
        if answer.status_code != 302:
            form.tab._take(answer.text)
        return bool(answer.status_code == 302)

    def _post(self, editor: EditorScreen, address: str, **fields: Any) -> None:
        data = {"csrf_token": editor.token, "_draft": "1", **fields}
        assert editor.client.post(address, data=data, headers={"X-Screen": "1"}).status_code in (200, 302)

    def _note(self, editor: EditorScreen, before: Values) -> None:
        done = {key: (before[key], value) for key, value in self.now.items() if before[key] != value}
        assert bool(done) == bool(self.made), "a revision is made when something has changed, and only then"
        if done:
            editor.made.append((self.made.split("."), done))

    def _kept(self, row: int) -> dict[str, str]:
        with Session(self.engine) as session:
            found: Any = session.get_one(kind_named("text"), row) if row else session.get_one(Page, self.page)
            return {name: getattr(found, name) for name in FIELDS}

    def _order(self) -> list[int]:
        mine = select(ContentItem.id).where(ContentItem.page_id == self.page)
        with Session(self.engine) as session:
            return list(session.scalars(mine.order_by(ContentItem.order, ContentItem.id)))


@pytest.mark.both_databases
def test_what_two_editors_save_is_neither_lost_nor_changed_silently(
    app: Flask, quiet: None, signed_in: FlaskClient, engine: Engine, factory: Factory
) -> None:
    factory.user("anna@example.com", "battery staple")
    other = app.test_client()
    sign_in(other, "anna@example.com", "battery staple")
    numbers = count()
    machine: Callable[[], TwoEditors] = lambda: TwoEditors(engine, factory, [signed_in, other], numbers)  # noqa: E731
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
