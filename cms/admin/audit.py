"""The audit log, for administrators: who has changed what, when, and from where."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup

from cms.accounts.audit import AuditEntry, Deed
from cms.accounts.policy import Permission
from cms.admin import audit_words, formatters
from cms.admin.base import ModelAdmin
from cms.admin.filters import ConditionFilter
from cms.admin.library import day_filters
from cms.database import key_starts_with
from cms.messages import N_
from cms.pages.models import kinds

_DEEDS = {
    Deed.CREATED: N_("Created"),
    Deed.CHANGED: N_("Changed"),
    Deed.DELETED: N_("Deleted"),
    Deed.RESTORED: N_("Restored"),
    Deed.SIGNED_IN: N_("Signed in"),
    Deed.REFUSED: N_("Sign-in refused"),
    Deed.FORGOTTEN: N_("Older entries removed"),
    Deed.LINKED: N_("Link for a new password made"),
    Deed.CANCELLED: N_("Cancelled"),
    Deed.USED: N_("Code used"),
    Deed.SIGNED_OUT: N_("Signed out"),
    Deed.ENDED: N_("Sessions ended"),
}
_OBJECTS = {
    "page": N_("Page"),
    "redirect": N_("Redirect"),
    "upload": N_("Sent file"),
    "media_file": N_("Media file"),
    "user": N_("Account"),
    "recovery_code": N_("Recovery codes"),
    "passkey": N_("Passkey"),
    "audit_entry": N_("Audit log"),
}
#: Where an object is seen. (If it is gone, its list says so.)
_SEEN_AT = {
    "page": "page.edit_view",
    "redirect": "redirect.edit_view",
    "user": "user.details_view",
    "media_file": "media_file.details_view",
}


def _object_names() -> dict[str, str]:
    return _OBJECTS | {kind.__tablename__: kind.label for kind in kinds()}


def _object(entry: AuditEntry) -> Markup:
    """What was changed: its kind, and its title as it was then."""
    name = gettext(_object_names().get(entry.kind, entry.kind))
    is_item = any(entry.kind == kind.__tablename__ for kind in kinds())
    view = f"{entry.kind}.edit_view" if is_item else _SEEN_AT.get(entry.kind)
    title = Markup("{}").format(entry.title)
    if view and entry.object_id:
        title = Markup('<a href="{}">{}</a>').format(url_for(view, id=entry.object_id), entry.title)
    return Markup(gettext("“%(title)s” (%(kind)s)")) % {"title": title, "kind": name}  # noqa: S704 - the catalogue's words


def _event(entry: AuditEntry) -> Markup:
    """What somebody did, and what it has changed."""
    told = audit_words.sentence(Deed(entry.deed), entry.kind, entry.person, entry.title, _object(entry))
    return told + audit_words.changes(entry.kind, entry.changes or {})


class AuditView(ModelAdmin):
    """The list of entries."""

    reading = writing = Permission.ADMINISTER
    is_aside = True
    can_create = can_edit = can_delete = False
    list_template = "admin/audit.html"
    search_hint = N_("Title starts with…")
    column_list = ("at", "event", "address")
    column_labels = {
        "at": lazy_gettext("When"),
        "event": lazy_gettext("What"),
        "address": lazy_gettext("Address"),
    }
    column_sortable_list = ()
    column_default_sort = ("id", True)
    column_filters = [
        ConditionFilter(AuditEntry.person, lazy_gettext("Who"), lambda who: key_starts_with(AuditEntry.person, who)),
        ConditionFilter(
            AuditEntry.deed,
            lazy_gettext("What"),
            lambda deed: AuditEntry.deed == deed,
            lambda: [(deed.value, lazy_gettext(words)) for deed, words in _DEEDS.items()],
        ),
        ConditionFilter(
            AuditEntry.kind,
            lazy_gettext("Object"),
            lambda kind: AuditEntry.kind == kind,
            lambda: [(kind, lazy_gettext(words)) for kind, words in _object_names().items()],
        ),
        *day_filters(AuditEntry.at),
    ]
    column_formatters = {
        "at": lambda _view, _context, entry, _name: formatters.moment(entry.at),
        "event": lambda _view, _context, entry, _name: _event(entry),
        "address": lambda _view, _context, entry, _name: entry.address or "—",
    }

    def __init__(self) -> None:
        super().__init__(
            AuditEntry,
            name=lazy_gettext("Audit log"),
            endpoint="audit",
            url="audit",
            menu_icon_type="fa",
            menu_icon_value="fa-list",
        )
