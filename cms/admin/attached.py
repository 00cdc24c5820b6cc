"""How lists and forms show the files of items: their status, their name, and what they are."""

from __future__ import annotations

from flask_babel import gettext, ngettext
from markupsafe import Markup

from cms.admin import formatters, probed
from cms.media.models import UploadStatus
from cms.pages.models import Attachment, ContentItem, Slot


def statuses(item: ContentItem) -> Markup:
    """The status of the newest upload into each slot, with remarks on its file. What is well is told in one line."""
    filled = {slot: found for slot in item.slots if (found := item.in_slot(slot))}
    well = {slot: found for slot, found in filled.items() if all(map(is_well, found))}
    done = [state(attachment) for found in well.values() for attachment in found if attachment.upload]
    lines = [Markup('<span class="well">{}</span>{}').format(_named(item, well), done[0])] if done else []
    for slot, found in filled.items():
        if slot not in well:
            lines += _amiss(_named(item, {slot: found}), slot, found)
    told = Markup("<br>").join(lines) or Markup("<span class='text-muted'>—</span>")
    return Markup('<div id="status-{}" data-live>{}</div>').format(item.id, told)  # updated together with its badges


def _amiss(named: Markup, slot: Slot, found: list[Attachment]) -> list[Markup]:
    """The lines of a slot that is not well: of many files only those that are not."""
    if not slot.many:
        return [named + told for attachment in found if (told := state(attachment))]
    line = Markup("<small>{}</small> {}")
    amiss = [attachment for attachment in found if not is_well(attachment)]
    return [named, *(line.format(name(attachment), state(attachment)) for attachment in amiss)]


def _named(item: ContentItem, filled: dict[Slot, list[Attachment]]) -> Markup:
    """The names of slots, unless the item has but one, and how many files are in those that take many."""
    told = []
    for slot, found in filled.items():
        number = ngettext("%(num)d file", "%(num)d files", len(found)) if slot.many else ""
        told.append(": ".join(filter(None, [gettext(slot.name) if len(item.slots) > 1 else "", number])))
    return Markup("<small>{}</small> ").format(", ".join(told)) if any(told) else Markup("")


def state(attachment: Attachment) -> Markup:
    """The status of the newest upload into a place, with remarks on the file that is there."""
    upload, file = attachment.upload, attachment.media_file
    told = [formatters.status(upload)] if upload else []
    told += [formatters.trashed(file)]
    told += [formatters.fault(file)] if file and file.fault else []
    told += [remark] if (remark := probed.remark(file)) else []
    return Markup(" ").join(told)


def is_well(attachment: Attachment) -> bool:
    """Whether a file is there, its newest upload is completed, and nothing is wrong with it."""
    upload, file = attachment.upload, attachment.media_file
    is_completed = upload is None or upload.status == UploadStatus.COMPLETED
    return bool(file and not file.deleted_at and is_completed and not file.fault and not probed.remarks(file))


def name(attachment: Attachment) -> str:
    """The name under which a file was uploaded, or else that under which it is stored."""
    return attachment.upload.filename if attachment.upload else str(attachment.media_file or "—")


def facts(attachment: Attachment) -> Markup:
    """What the file in a place is, with a link to it; empty while there is none."""
    file = attachment.media_file
    if file is None:
        return Markup("")
    link = Markup('<a href="{}" target="_blank" rel="noopener">{}</a>')
    opened = link.format(formatters.file_address(file), gettext("Open"))
    return Markup(" · ").join([opened, probed.summary(file)])
