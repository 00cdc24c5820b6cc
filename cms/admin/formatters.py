"""How values are shown in lists and forms: statuses, sizes, times, links."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import request, url_for
from flask_babel import LazyString, format_date, format_datetime, format_decimal, gettext, lazy_gettext, ngettext
from markupsafe import Markup, escape

from cms.admin import probed, thumbnails
from cms.admin.reasons import reason as reason
from cms.http.units import size as size
from cms.media.models import MediaFault, MediaFile, Upload, UploadStatus
from cms.messages import N_
from cms.pages.models import ContentItem, Page
from cms.pages.trash import is_in_trash

STATUS_NAMES = {
    UploadStatus.RECEIVING: N_("Receiving"),
    UploadStatus.PENDING: N_("Pending"),
    UploadStatus.PROCESSING: N_("Processing"),
    UploadStatus.COMPLETED: N_("Completed"),
    UploadStatus.FAILED: N_("Failed"),
}

FAULTS = {
    MediaFault.MISSING: (
        N_("Missing"),
        N_("The stored file is missing. Upload it again, or restore it from a backup."),
    ),
    MediaFault.DAMAGED: (
        N_("Damaged"),
        N_("The stored file differs from what was uploaded. Upload it again, or restore it from a backup."),
    ),
}


def status_choices() -> list[tuple[str, LazyString]]:
    """Statuses with their translated names."""
    return [(status.value, lazy_gettext(name)) for status, name in STATUS_NAMES.items()]


def upload_state(upload: Upload) -> dict[str, Any]:
    """What the badge of an upload needs. The server renders it first; the browser keeps it up to date."""
    return {
        "work": "upload",
        "id": upload.id,
        "name": upload.filename,
        "status": str(upload.status),
        "label": gettext(STATUS_NAMES[UploadStatus(upload.status)]),
        "reason": reason(upload),
        "attempts": upload.attempts,
        "folded": bool(upload.is_duplicate),
        "final": upload.status in (UploadStatus.COMPLETED, UploadStatus.FAILED),
    }


def badge(state: dict[str, Any]) -> Markup:
    """The badge of a state. ``static/js/admin/badges.js`` polls the state until it is final."""
    return Markup('<span class="status status-{status}" data-{work}="{id}" data-final="{final}">{label}</span>').format(
        **{**state, "final": int(state["final"])}
    )


def badge_with_reason(state: dict[str, Any]) -> Markup:
    """The badge of a state, and below it what else there is to say."""
    return Markup('{} <small class="why" data-reason="{}-{}">{}</small>').format(
        badge(state), state["work"], state["id"], state["reason"]
    )


def status(upload: Upload) -> Markup:
    """The badge of an upload, and below it the reason why it failed or waits."""
    return badge_with_reason(upload_state(upload))


def item_active(item: ContentItem) -> Markup:
    """Whether visitors see an item: a check mark, a dash if it is inactive, or a sentence if it has nothing to show."""
    told = yes_no(item.is_active)
    if item.is_active and not item.is_complete:
        told = Markup('{} <small class="why">{}</small>').format(
            gettext("Not shown"), gettext("There is no file or link to show yet.")
        )
    return Markup('<div id="active-{}" data-live>{}</div>').format(item.id, told)


def item_hidden(item: ContentItem) -> Markup:
    """Why visitors do not see an item; empty if they do."""
    told = Markup("")
    if not item.is_active:
        told = Markup('<span class="status status-pending">{}</span>').format(gettext("Hidden"))
    elif not item.is_complete:
        why = Markup('<span class="status status-pending">{}</span> <small class="why">{}</small>')
        told = why.format(gettext("Not shown"), gettext("There is no file or link to show yet."))
    return Markup('<span id="hidden-{}" data-live>{}</span>').format(item.id, told)


def fault_choices() -> list[tuple[str, LazyString]]:
    """What can be wrong with a stored file, with translated names."""
    return [(fault.value, lazy_gettext(name)) for fault, (name, _) in FAULTS.items()]


def fault(media_file: MediaFile) -> Markup:
    """What was wrong with a stored file at its last verification; empty if nothing was."""
    if not media_file.fault:
        return Markup("")
    name, advice = FAULTS[MediaFault(media_file.fault)]
    badge = Markup('<span class="status status-failed">{}</span> <small class="why">{}</small>')
    return badge.format(gettext(name), gettext(advice))


def verified(media_file: MediaFile) -> Markup:
    """When a stored file was last verified, and what was wrong with it."""
    when = moment(media_file.verified_at) or gettext("never")
    return Markup("{} {}").format(when, fault(media_file))


def trashed(media_file: MediaFile | None) -> Markup:
    """That a file is in the trash; empty if it is not."""
    if media_file is None or media_file.deleted_at is None:
        return Markup("")
    return Markup('<span class="status status-failed">{}</span>').format(gettext("in the trash"))


def shown_nowhere(media_file: MediaFile, grace_seconds: float) -> str:
    """A note that no item shows the file, and until when it is kept."""
    if media_file.unreferenced_since is None:
        return str(gettext("nowhere"))
    until = media_file.unreferenced_since + timedelta(seconds=grace_seconds)
    return str(gettext("nowhere; will be deleted after %(date)s", date=moment(until)))


def row_name(row: Page | ContentItem | MediaFile) -> str:
    """The name of a row in forms of the trash: its kind and its id."""
    return f"{row.content_type if isinstance(row, ContentItem) else row.__tablename__}-{row.id}"


def restored(row: Page | ContentItem | MediaFile) -> Markup:
    """The message after a page, an item or a media file was restored."""
    if isinstance(row, MediaFile):
        link: Markup | str = Markup('<a href="{}">{}</a>').format(
            url_for("media_file.details_view", id=row.id), str(row)
        )
    else:
        link = page_link(row) if isinstance(row, Page) else item_link(row)
    told = waiting(row.page) if isinstance(row, ContentItem) else ""
    return Markup(" ").join(filter(None, (gettext("Restored:"), link, told)))


def waiting(*pages: Page) -> str:
    """What to know after a change of pages if changes of one of them wait; empty if none do."""
    waits = any(page.live_revision_id for page in pages)
    return str(gettext("Visitors see your changes when you publish them.")) if waits else ""


def use_link(item: ContentItem) -> Markup:
    """Where a file is shown: page › item, each a link to its form; without links if they are in the trash."""
    if is_in_trash(item):
        return Markup("{} › {} <small>{}</small>").format(item.page.title, item.title, gettext("in the trash"))
    return Markup("{} › {}").format(page_link(item.page), item_link(item))


def item_address(item: ContentItem) -> str:
    """The address of an item's row on its page's screen, which is opened there."""
    return url_for("page.edit_view", id=item.page_id, _anchor=f"item-{item.id}-title")


def item_link(item: ContentItem | None) -> Markup | str:
    """A link to an item, where its page is edited."""
    if item is None:
        return ""
    if is_in_trash(item):
        return Markup("{} <small>{}</small>").format(item.title, gettext("in the trash"))
    return Markup('<a href="{}">{}</a>').format(item_address(item), item.title)


def item_title(item: ContentItem) -> Markup | str:
    """A link to an item beside the thumbnail of its file, and what that file is."""
    link = item_link(item)
    return thumbnails.of_item(link, item) if item.slots else link


def page_link(page: Page) -> Markup:
    """A link to a page's form."""
    return Markup('<a href="{}">{}</a>').format(url_for("page.edit_view", id=page.id), page.title)


def moved(number: int, page: Page) -> Markup:
    """The message after so many items were moved to a page."""
    words = ngettext("%(num)d item moved to", "%(num)d items moved to", number)
    return Markup("{} “{}”.").format(words, page_link(page))


def public_link(page: Page) -> Markup | str:
    """A link to the public page; only its slug while it is a draft."""
    if not page.is_published:
        return page.slug
    return Markup('<a href="{}" target="_blank" rel="noopener">{}</a>').format(
        url_for("site.page", slug=page.slug), page.slug
    )


def one_line(words: Markup | str, whole: str) -> Markup:
    """Words that a list cuts off where its column ends; the pointer shows the ``whole``."""
    return Markup('<span class="one-line" title="{}">{}</span>').format(whole, words)


def file_link(media_file: MediaFile) -> Markup:
    """A link to a media file."""
    if media_file.is_private:
        return Markup('<a href="{}">{}</a>').format(url_for("media_file.original", id=media_file.id), str(media_file))
    return Markup('<a href="{}" target="_blank" rel="noopener">{}</a>').format(
        file_address(media_file), str(media_file)
    )


def file_address(media_file: MediaFile) -> str:
    """The address of a media file."""
    return request.script_root + media_file.url_path


def moment(value: Any, *, zone: bool = False) -> str:
    """Date and time in the site's time zone, whose name may follow."""
    if not value:
        return ""
    told = str(format_datetime(value, "short"))
    return f"{told} {format_datetime(value, 'z')}" if zone else told


def second(value: datetime) -> str:
    """Date and time in the site's time zone, exact to the second."""
    return str(format_datetime(value, "medium"))


def count(item: ContentItem, number: int) -> Markup:
    """A count of an item, with a link to what it is made of."""
    address, why = url_for("views.index", number=item.id), gettext("Why this number?")
    return Markup('<a class="count" href="{}" title="{}">{}</a>').format(address, why, format_decimal(number))


def day(value: date) -> str:
    """A date, without the time."""
    return str(format_date(value, "medium"))


def number(value: int) -> str:
    """A number, its digits in groups."""
    return str(format_decimal(value))


def yes_no(value: bool) -> Markup:
    """A check mark or a dash."""
    return (
        Markup('<span class="fa fa-check text-success" role="img" aria-label="{0}" title="{0}"></span>').format(
            gettext("yes")
        )
        if value
        else Markup('<span class="text-muted">—</span>')
    )


def described(media_file: MediaFile | None, upload: Upload | None) -> Markup:
    """What is in a slot now, shown below its file field."""
    parts = []
    if media_file:
        parts.append(Markup("{} {}").format(gettext("Current file:"), file_link(media_file)))
        parts += [
            escape(told)
            for told in (trashed(media_file), probed.summary(media_file), probed.remark(media_file))
            if told
        ]
        parts.append(Markup("{}: {}").format(gettext("Last verified"), verified(media_file)))
    if upload:
        parts.append(Markup("{} {}").format(upload.filename, status(upload)))
    told = Markup("<br>").join(parts)
    return thumbnails.beside(told, media_file) if media_file else told
