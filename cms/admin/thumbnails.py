"""Small pictures of files, in lists and beside what is said of the file."""

from __future__ import annotations

from flask import request
from markupsafe import Markup

from cms.admin import probed
from cms.media.models import MediaFile
from cms.pages.models import ContentItem

#: The icon of a file without a picture, by its top-level MIME type.
_ICONS = {
    "video": "fa-film",
    "audio": "fa-volume-up",
    "image": "fa-picture-o",
    "text": "fa-cc",
    "application": "fa-file-text-o",
}
_NO_FILE = "fa-file-o"


def thumbnail(file: MediaFile | None, icon: str = _NO_FILE) -> Markup:
    """The smallest picture of a file in a box of fixed size; without one an icon."""
    picture = next(iter((file.derived or {}).get("poster", ())), None) if file else None
    if picture:
        image = Markup('<img src="{}" width="{}" height="{}" alt="" loading="lazy" decoding="async">').format(
            request.script_root + picture["path"], picture["width"], picture["height"]
        )
    else:
        named = _ICONS.get(file.mime_type.partition("/")[0], icon) if file else icon
        image = Markup('<span class="fa {}" aria-hidden="true"></span>').format(named)
    return Markup('<span class="thumbnail">{}</span>').format(image)


def beside(words: Markup | str, file: MediaFile | None, icon: str = _NO_FILE) -> Markup:
    """Words beside a file's thumbnail."""
    return Markup('<span class="pictured">{}<span>{}</span></span>').format(thumbnail(file, icon), words)


def titled(title: Markup | str, file: MediaFile | None, icon: str = _NO_FILE, *, with_size: bool = True) -> Markup:
    """A title beside a file's thumbnail, and under it what the file is."""
    told = probed.summary(file, with_size=with_size) if file else ""
    line = Markup('<small class="summary">{}</small>').format(told) if told else ""
    return beside(Markup("{}{}").format(title, line), file, icon)


def of_item(title: Markup | str, item: ContentItem) -> Markup:
    """The title of an item beside the thumbnail of the file in its first slot that has one."""
    attached = (attachment.media_file for slot in item.slots for attachment in item.in_slot(slot))
    return titled(title, next(filter(None, attached), None), item.icon)
