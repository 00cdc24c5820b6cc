"""What the audit log says, in words: sentences, the labels of forms, and values as editors know them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from flask_babel import get_locale, gettext
from markupsafe import Markup
from sqlalchemy import Table

from cms.accounts.audit import UNTOLD, Deed
from cms.accounts.policy import ROLE_NAMES
from cms.admin import formatters
from cms.extensions import db
from cms.media.models import MediaFile, Upload
from cms.messages import N_
from cms.pages import languages, markup
from cms.pages.models import ContentItem, Page, column_label, kind_named

#: What somebody did to an object. Some objects have sentences of their own.
_SENTENCES = {
    Deed.CREATED: N_("%(who)s created %(object)s."),
    Deed.CHANGED: N_("%(who)s changed %(object)s."),
    Deed.DELETED: N_("%(who)s deleted %(object)s."),
    Deed.RESTORED: N_("%(who)s restored %(object)s."),
    Deed.SIGNED_IN: N_("%(who)s signed in."),
    Deed.REFUSED: N_("A sign-in was refused: %(object)s."),
    Deed.FORGOTTEN: N_("%(who)s removed the entries from before %(day)s."),
    Deed.LINKED: N_("%(who)s made a link for a new password: %(object)s."),
    Deed.CANCELLED: N_("%(who)s cancelled an upload: %(object)s."),
    Deed.USED: N_("%(who)s used a recovery code."),
    Deed.SIGNED_OUT: N_("%(who)s signed out."),
    Deed.ENDED: N_("%(who)s ended sessions: %(object)s."),
}
_OF_OBJECTS = {(Deed.CREATED, "recovery_code"): N_("%(who)s made recovery codes.")}

#: The labels of fields, by the kind of their object; those of items are in all kinds.
_FIELDS = {
    "page": {
        "title": N_("Title"),
        "slug": N_("Slug"),
        "text": N_("Text"),
        "language": N_("Language"),
        "tags": N_("Tags"),
        "sharing_picture": N_("Picture for sharing"),
        "is_published": N_("Published"),
        "is_template": N_("Template"),
        "publish_at": N_("Publish at"),
        "unpublish_at": N_("Unpublish at"),
        "live_revision_id": N_("Changes wait to be published"),
    },
    "redirect": {"slug": N_("Old address"), "page_id": N_("Page"), "target": N_("Leads to")},
    "upload": {"status": N_("Status"), "attempts": N_("Attempts"), "reason": N_("Reason"), "media_file_id": N_("File")},
    "user": {
        "email": N_("E-mail"),
        "role": N_("Role"),
        "is_active": N_("In use"),
        "language": N_("Language"),
        "password_hash": N_("Password"),
        "totp_secret": N_("Second step"),
    },
    "passkey": {"name": N_("Name")},
}
_OF_ITEMS = {
    "title": N_("Title"),
    "page_id": N_("Page"),
    "language": N_("Language"),
    "order": N_("Order"),
    "is_active": N_("Active"),
}
#: What an attachment has, beside the file itself.
_OF_SLOTS = {"position": N_("Order"), "encoding": N_("Encoding")}
#: What else a session writes, and nobody needs to read.
_UNSAID = {"staged_name", "reason_values", "was_folded"}


def sentence(deed: Deed, kind: str, who: str, title: str, told: Markup) -> Markup:
    """Who did what to an object, which ``told`` shows."""
    words = _OF_OBJECTS.get((deed, kind), _SENTENCES[deed])
    day = formatters.moment(_moment(title)) if deed is Deed.FORGOTTEN else ""
    values = {"who": who or gettext("Somebody who was not signed in"), "object": told, "day": day}
    return Markup(gettext(words)) % values  # noqa: S704 - the catalogue's own words


def changes(kind: str, changed: dict[str, Any]) -> Markup:
    """Each field with its old and its new value."""
    rows = [_change(kind, name, old, new) for name, (old, new) in changed.items() if name not in _UNSAID]
    return Markup('<ul class="changes">{}</ul>').format(Markup("").join(rows)) if rows else Markup("")


def _change(kind: str, name: str, old: Any, new: Any) -> Markup:
    if new == UNTOLD:
        return Markup("<li>{}</li>").format(gettext("%(field)s: changed", field=_label(kind, name)))
    was: str | Markup = _value(kind, name, old)
    if old not in (None, ""):
        was = Markup("<del>{}</del>").format(was)
    return Markup("<li>{}: {} → <ins>{}</ins></li>").format(_label(kind, name), was, _value(kind, name, new))


def _kind(name: str) -> type[ContentItem] | None:
    try:
        return kind_named(name)
    except KeyError:
        return None


def _label(kind: str, name: str) -> str:
    """The label of a field, or of what lies in a slot; a name that no release knows stays as it is."""
    if label := _FIELDS.get(kind, _OF_ITEMS).get(name):
        return str(gettext(label))
    item, (place, _, part) = _kind(kind), name.partition(": ")
    if item is None:
        return name
    slot = next((slot for slot in item.slots if slot.name == place), None)
    if slot is None:
        columns = cast(Table, item.__table__).columns
        return str(gettext(column_label(columns[name]))) if name in columns else name
    texts = {f"texts: {text.name}": text.label for text in slot.texts}
    label = {**_OF_SLOTS, **texts}.get(part)
    return ", ".join(gettext(words) for words in (slot.label, label) if words)


def _value(kind: str, name: str, value: Any) -> str | Markup:
    field = name.rpartition(": ")[2]
    if field == "live_revision_id":
        value = value is not None
    if value in (None, ""):
        return str(gettext("empty"))
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    item = _kind(kind)
    if item is not None and field in {slot.name for slot in item.slots}:
        return str(gettext("a file"))  # of entries that do not say which
    read = _VALUES.get(field, str)
    return read(value)


def _moment(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _page(value: int) -> str | Markup:
    page = db.session.get(Page, value)
    if page is None or page.deleted_at:
        return page.title if page else str(gettext("a page that is gone"))
    return formatters.page_link(page)


def _media_file(value: int) -> str:
    return str(db.session.get(MediaFile, value) or gettext("a file that is gone"))


def _upload(value: int) -> str:
    return str(db.session.get(Upload, value) or gettext("a file that is gone"))


def _picture(value: str) -> str:
    """The file name of the picture that Markdown shows."""
    address = next(markup.addresses(value), value)
    return (markup.media_path(address) or address).rpartition("/")[2]


def _reason(value: str) -> str:
    return re.sub(r"%\(\w+\)s", "…", gettext(value))


#: How values of some fields are read.
_VALUES: dict[str, Callable[[Any], str | Markup]] = {
    "language": lambda tag: languages.name(tag, get_locale()),
    "role": lambda role: str(gettext(ROLE_NAMES[role]) if role in ROLE_NAMES else role),
    "status": lambda status: str(dict(formatters.status_choices()).get(status, status)),
    "page_id": _page,
    "media_file_id": _media_file,
    "upload_id": _upload,
    "publish_at": lambda value: formatters.moment(_moment(value)),
    "unpublish_at": lambda value: formatters.moment(_moment(value)),
    "sharing_picture": _picture,
    "reason": _reason,
}
