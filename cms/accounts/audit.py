"""The audit log: who has changed what and when, from where. Entries are only ever added, which the database sees to.

Sessions write it by themselves: each flush collects what has changed of rows that are :class:`Audited`, and the
commit adds all of it in one INSERT, in the transaction of the change itself. What nobody has asked for, like the work
of workers, is not in it; nor are statements that bypass the rows, like those that count views.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, String, delete, event, insert, inspect
from sqlalchemy.orm import Mapped, Session, mapped_column

from cms.cleaning import without_controls
from cms.database import SEARCH_KEY, TITLE_LENGTH, Base, Titled, UtcDateTime, changed_rows, now, search_key

#: How much of a value is kept.
MAX_VALUE = 120
#: What stands for a value that nobody may read.
UNTOLD = "•••"
#: Columns that say nothing which others do not say.
_UNSAID = {"id", "created_at", "updated_at", "version", "title_key", "deleted_by"}


class Deed(StrEnum):
    """What was done."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    RESTORED = "restored"
    SIGNED_IN = "signed_in"
    REFUSED = "refused"
    FORGOTTEN = "forgotten"
    LINKED = "linked"
    CANCELLED = "cancelled"
    USED = "used"
    SIGNED_OUT = "signed_out"
    ENDED = "ended"


#: What is done before somebody is signed in, or afterwards: ``title`` says who it was.
_BY_THEMSELVES = frozenset({Deed.SIGNED_IN, Deed.SIGNED_OUT, Deed.USED})


@dataclass(frozen=True)
class Actor:
    """Who asks for a change: an e-mail address, or empty if nobody is signed in; and from which network address."""

    person: str
    address: str


@dataclass
class Event:
    """What was done to an object; ``changes`` has a pair of values, old and new, for each field."""

    deed: Deed
    kind: str
    object_id: int | None
    title: str
    changes: dict[str, tuple[Any, Any]]


class AuditEntry(Titled, Base):
    """One thing that somebody has done. ``title`` is what the object was called then."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    person: Mapped[str] = mapped_column(SEARCH_KEY, index=True)
    address: Mapped[str] = mapped_column(String(45))
    deed: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(50))
    object_id: Mapped[int | None]
    changes: Mapped[dict[str, list[Any]] | None] = mapped_column(JSON(none_as_null=True))

    __table_args__ = {"sqlite_autoincrement": True}


class AuditRetention(Base):
    """The permission to remove older entries. It is there within the transaction that removes them, and never else."""

    __tablename__ = "audit_retention"

    keep_after: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)


class Audited:
    """Rows whose changes the log has."""

    #: Columns that are left out, and those whose values are.
    UNAUDITED: ClassVar[frozenset[str]] = frozenset()
    SECRETS: ClassVar[frozenset[str]] = frozenset()

    def audited(self, deed: Deed, changes: dict[str, tuple[Any, Any]]) -> Event | None:
        """The event that a change of this row is, if it is one."""
        row: Any = self
        return Event(deed, getattr(row, "content_type", row.__tablename__), row.id, str(row), changes)

    def parts_changed(self) -> dict[str, tuple[Any, Any]]:
        """What the columns do not have of a change."""
        return {}


def watch(session_class: type[Session] | Any, is_asked: Callable[[], bool], who: Callable[[], Actor]) -> None:
    """Have sessions write the log. ``is_asked`` tells whether somebody asks for what is done, and ``who`` who it is."""

    @event.listens_for(session_class, "after_flush")
    def collect(session: Session, _context: object) -> None:
        rows = [row for row in (*session.new, *session.dirty, *session.deleted) if isinstance(row, Audited)]
        for row in rows if rows and is_asked() else ():
            if found := _event(session, row):
                _events(session).append(found)

    @event.listens_for(session_class, "before_commit")
    def write(session: Session) -> None:
        if session.in_nested_transaction():
            return
        session.flush()
        found = _merged(session.info.pop("audit", []))
        if found and is_asked():
            actor = who()
            session.execute(insert(AuditEntry), [_row(actor, event_) for event_ in found])

    @event.listens_for(session_class, "after_rollback")
    def forget_all(session: Session) -> None:
        if not session.in_nested_transaction():
            session.info.pop("audit", None)


def note(session: Session, deed: Deed, title: str, kind: str = "", object_id: int | None = None) -> None:
    """Have the commit write something that is no change of a row, if somebody asks for it."""
    _events(session).append(Event(deed, kind, object_id, title, {}))


def forget(session: Session, before: datetime) -> int:
    """Remove the entries from before a moment, and write that it was done. Returns how many there were."""
    session.add(permission := AuditRetention(keep_after=before))
    session.flush()
    removed = changed_rows(session.execute(delete(AuditEntry).where(AuditEntry.at < before)))
    session.delete(permission)
    note(session, Deed.FORGOTTEN, before.isoformat(timespec="minutes"), "audit_entry")
    session.flush()
    return removed


def _events(session: Session) -> list[Event]:
    found: list[Event] = session.info.setdefault("audit", [])
    return found


def _event(session: Session, row: Any) -> Event | None:
    if row in session.new:
        return row.audited(Deed.CREATED, {})  # type: ignore[no-any-return]
    if row in session.deleted:
        return row.audited(Deed.DELETED, {})  # type: ignore[no-any-return]
    state = inspect(row)
    changes = row.parts_changed()
    for column in state.mapper.column_attrs:
        name = column.key
        if name in _UNSAID or name in row.UNAUDITED:
            continue
        history = state.attrs[name].history
        if history.has_changes():
            old, new = (part[0] if part else None for part in (history.deleted, history.added))
            changes |= {name: (None, UNTOLD)} if name in row.SECRETS else _change(name, old, new)
    return row.audited(Deed.CHANGED, changes) if changes else None


def _change(name: str, old: Any, new: Any) -> dict[str, tuple[Any, Any]]:
    """A change of one column; of a column that holds texts by names, that of each."""
    if isinstance(old, dict) or isinstance(new, dict):
        was, now_ = old or {}, new or {}
        return {f"{name}: {key}": (_value(was.get(key)), _value(now_.get(key))) for key in {**was, **now_}}
    return {name: (_value(old), _value(new))}


def _merged(events: list[Event]) -> list[Event]:
    """One event for each object, however often it was flushed."""
    merged: dict[tuple[Any, ...], Event] = {}
    for event_ in events:
        # That sessions have ended is told beside what ended them.
        which = event_.object_id if event_.deed is not Deed.ENDED else None
        key = (event_.kind, which) if which else (event_.kind, event_.title, event_.deed)
        known = merged.setdefault(key, event_)
        if known is event_:
            continue
        for name, (old, new) in event_.changes.items():
            known.changes[name] = (known.changes[name][0] if name in known.changes else old, new)
        known.title = event_.title
        if event_.deed is not Deed.CHANGED:
            known.deed = event_.deed
    for event_ in merged.values():
        event_.changes = {name: pair for name, pair in event_.changes.items() if pair[0] != pair[1]}
        if "deleted_at" in event_.changes and event_.deed is Deed.CHANGED:
            event_.deed = Deed.DELETED if event_.changes["deleted_at"][1] else Deed.RESTORED
            event_.changes = {}
    return [event_ for event_ in merged.values() if event_.changes or event_.deed is not Deed.CHANGED]


def _value(value: Any) -> Any:
    """A value as JSON has it; long texts are cut."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= MAX_VALUE else text[:MAX_VALUE] + "…"


def _row(actor: Actor, event_: Event) -> dict[str, Any]:
    title = without_controls(event_.title)[:TITLE_LENGTH]  # who is refused may have typed anything
    said = {**asdict(event_), "title": title, "title_key": search_key(title), "changes": event_.changes or None}
    person = event_.title if event_.deed in _BY_THEMSELVES else actor.person
    return {**said, "person": person, "address": actor.address[:45], "at": now()}
