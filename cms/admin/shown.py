"""How values are shown in lists and forms: statuses, sizes, times, links."""

from __future__ import annotations

import math
from typing import Any

from flask import url_for
from flask_babel import format_datetime, gettext, ngettext
from markupsafe import Markup, escape

from cms.models import ContentItem, MediaFile, Page, Upload, UploadStatus
from cms.services.messages import N_

STATUS_NAMES = {
    UploadStatus.PENDING: N_("Pending"),
    UploadStatus.PROCESSING: N_("Processing"),
    UploadStatus.COMPLETED: N_("Completed"),
    UploadStatus.FAILED: N_("Failed"),
}


def status_choices() -> list[tuple[str, str]]:
    """Statuses with their names in the editor's language."""
    return [(status.value, gettext(name)) for status, name in STATUS_NAMES.items()]


def reason(upload: Upload) -> str:
    """The sentence that says why an upload failed, or waits, in the editor's language."""
    if not upload.reason:
        return ""
    values = {name: gettext(v) if isinstance(v, str) else v for name, v in (upload.reason_values or {}).items()}
    return str(gettext(upload.reason) % values) if values else gettext(upload.reason)


def upload_state(upload: Upload) -> dict[str, Any]:
    """An upload as the badge needs it: drawn by the server at first, kept up to date by the browser."""
    return {
        "id": upload.id,
        "status": str(upload.status),
        "label": gettext(STATUS_NAMES[UploadStatus(upload.status)]),
        "reason": reason(upload),
        "attempts": upload.attempts,
        "folded": bool(upload.was_folded),
        "final": upload.status in (UploadStatus.COMPLETED, UploadStatus.FAILED),
    }


def badge(upload: Upload) -> Markup:
    """The status of one upload; ``admin.js`` asks for news of it until it is final."""
    state = upload_state(upload)
    return Markup(
        '<span class="status status-{status}" data-upload="{id}" data-final="{final}" title="{reason}">{label}</span>'
    ).format(**{**state, "final": int(state["final"])})


def item_status(item: ContentItem) -> Markup:
    """The statuses of the newest upload into each slot."""
    badges = []
    for slot in item.slots:
        attachment = item.attachments.get(slot.name)
        if attachment and attachment.upload:
            name = Markup("") if len(item.slots) == 1 else Markup("<small>{}</small> ").format(gettext(slot.name))
            badges.append(name + badge(attachment.upload))
    return Markup("<br>").join(badges) or Markup("<span class='text-muted'>—</span>")


def item_link(item: ContentItem | None) -> Markup | str:
    """A link to an item's form."""
    if item is None:
        return ""
    return Markup('<a href="{}">{}</a>').format(url_for(f"{item.content_type}.edit_view", id=item.id), item.title)


def page_link(page: Page) -> Markup:
    """A link to a page's form."""
    return Markup('<a href="{}">{}</a>').format(url_for("page.edit_view", id=page.id), page.title)


def public_link(page: Page) -> Markup | str:
    """A link to the page itself; its address alone while it is a draft."""
    if not page.is_published:
        return page.slug
    return Markup('<a href="/{0}/" target="_blank" rel="noopener">{0}</a>').format(page.slug)


def file_link(media_file: MediaFile) -> Markup:
    """A link to a media file."""
    return Markup('<a href="{}" target="_blank" rel="noopener">{}</a>').format(media_file.url_path, str(media_file))


def size(number: int) -> str:
    """Bytes in a unit that is easy to read."""
    if number < 1024:
        return str(ngettext("%(num)d byte", "%(num)d bytes", number))
    units = (N_("kB"), N_("MB"), N_("GB"), N_("TB"))
    power = min(int(math.log(number, 1024)), len(units))
    return f"{number / 1024**power:.1f} {gettext(units[power - 1])}"


def moment(value: Any) -> str:
    """A moment in the site's time zone."""
    return str(format_datetime(value, "short")) if value else ""


def yes_no(value: bool) -> Markup:
    """A tick or a dash."""
    return (
        Markup('<span class="fa fa-check text-success" title="{}"></span>').format(gettext("yes"))
        if value
        else Markup('<span class="text-muted">—</span>')
    )


def described(media_file: MediaFile | None, upload: Upload | None) -> Markup:
    """What lies in a slot now, shown under its file field."""
    parts = []
    if media_file:
        parts.append(Markup("{} {} ({})").format(gettext("Now:"), file_link(media_file), size(media_file.size)))
    if upload:
        parts.append(Markup("{} {} {}").format(badge(upload), upload.filename, escape(reason(upload))))
    return Markup("<br>").join(parts)
