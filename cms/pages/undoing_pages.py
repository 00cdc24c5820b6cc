"""What a change has changed of a page itself is undone: its fields, its times, and whether visitors see it.

Functions here flush and never commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.database import now
from cms.messages import N_, InvalidInput
from cms.pages import revisions, snapshots
from cms.pages.models import Page
from cms.pages.revision_models import Revision
from cms.pages.revisions import Action
from cms.pages.snapshots import PageSnapshot

TOO_OLD = N_("This was too long ago: it cannot be undone here. The page’s history may still have it.")
_PASSED = N_("The time that this would bring back has passed. Nothing was undone.")
_CHANGED = N_("“%(title)s” has been changed by somebody else since. Nothing was undone.")


@dataclass(frozen=True)
class Change:
    """What a change has changed of a page, in one revision or in several that follow each other.

    ``revision`` is the last of them. ``seen_before`` is that of the first one that has published the page, or has taken
    it off the site.
    """

    page: Page
    before: PageSnapshot
    after: PageSnapshot
    subject: str
    revision: Revision
    seen_before: int | None

    def undo(self, session: Session) -> int | None:
        """Bring back what the page itself was. Returns what visitors saw until now, if this changes it.

        Raises:
            InvalidInput: somebody has changed the same since, or what was there cannot be again.
        """
        self._undo_fields(session)
        self._undo_times()
        seen = self.page.live_revision_id or 0
        if self.seen_before is None:
            return None
        self._undo_publication(session, self.seen_before)
        return seen

    def _undo_fields(self, session: Session) -> None:
        page, was, left = self.page, self.before, self.after
        names = [name for name in snapshots.PAGE_FIELDS if was[name] != left[name]]  # type: ignore[literal-required]
        for name in names:
            refuse_if(getattr(page, name) != left[name], page.title)  # type: ignore[literal-required]
        before = snapshots.fields_of(session, was)
        for name in names:
            value = before[name]
            if name in ("title", "slug"):
                revisions.check_free(session, page, name, value)
            setattr(page, name, value)
        page.version += bool(names)

    def _undo_times(self) -> None:
        """Bring back when the page is published and unpublished, but no time that has passed: it would be done now."""
        page, is_now = self.page, snapshots.times_of(self.page)
        known = [name for name in snapshots.SCHEDULE if name in self.before and name in self.after]
        names = [name for name in known if self.before[name] != self.after[name]]
        for name in names:
            refuse_if(is_now[name] != self.after[name], page.title)
            was = self.before[name]
            time = datetime.fromisoformat(was) if was else None
            has_passed = time is not None and time <= now()
            has_ended = name == "unpublish_at" and self.before["is_published"]
            if has_passed and (self.seen_before is None or has_ended):
                raise InvalidInput(_PASSED)
            setattr(page, name, None if has_passed else time)
        page.version += bool(names)

    def _undo_publication(self, session: Session, seen_before: int) -> None:
        """Have visitors see what they saw before. Nothing that anybody has written since is shown to them by that."""
        page = self.page
        by_editors = select(Revision).where(Revision.page_id == page.id, Revision.editor.is_not(None))
        newest = session.scalars(by_editors.order_by(Revision.id.desc()).limit(1)).one()
        is_as_left = newest.digest == self.revision.digest and not self._is_published_anew(session)
        refuse_if(not is_as_left or page.is_template, page.title)
        if seen_before and session.get(Revision, seen_before) is None:
            raise InvalidInput(TOO_OLD)
        page.is_published, page.live_revision_id = self.before["is_published"], seen_before or None
        page.version += 1

    def _is_published_anew(self, session: Session) -> bool:
        """Whether visitors see something else since, apart from what was changed and changed back."""
        since = select(Revision.action).where(Revision.page_id == self.page.id, Revision.id > self.revision.id)
        actions = session.scalars(since.where(Revision.seen_before.is_not(None)).order_by(Revision.id))
        is_undoing = self.revision.action == Action.UNDONE
        standing = 0
        for action in actions:
            standing += -1 if (action == Action.UNDONE) != is_undoing else 1
            if standing < 0:  # this change itself was taken back
                return True
        return standing > 0


def refuse_if(has_changed: bool, title: str) -> None:
    """Refuse to undo what somebody else has changed since."""
    if has_changed:
        raise InvalidInput(_CHANGED, title=title)
