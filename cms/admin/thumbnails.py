"""Small pictures of files, in lists and beside what is said of the file."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import request
from markupsafe import Markup
from sqlalchemy import select

from cms.admin import probed
from cms.extensions import db
from cms.media.derivatives.models import UNFINISHED, Derivative
from cms.media.derivatives.recipes import recipes
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
    """The smallest picture of a file in a box of fixed size; an icon until there is one."""
    if file is None:
        return Markup('<span class="thumbnail">{}</span>').format(_icon(icon))
    if found := picture(file):
        image = Markup('<img src="{path}" width="{width}" height="{height}" alt="" loading="lazy" decoding="async">')
        return Markup('<span class="thumbnail">{}</span>').format(image.format(**found))
    named = _icon(icon_of(file, icon))
    return Markup('<span class="thumbnail" data-picture="{}" data-final="0">{}</span>').format(file.id, named)


def icon_of(file: MediaFile, icon: str = _NO_FILE) -> str:
    """The name of the icon that stands for a file without a picture."""
    return _ICONS.get(file.mime_type.partition("/")[0], icon)


def states(ids: Collection[int]) -> list[dict[str, Any]]:
    """Which of these files have a picture by now, and for which none is being made any more."""
    names = [recipe.NAME for recipe in recipes().values() if recipe.FIELD == "poster"]
    being_made = select(Derivative.media_file_id).where(
        Derivative.media_file_id.in_(ids), Derivative.recipe.in_(names), Derivative.status.in_(UNFINISHED)
    )
    # In this order: what is finished between the two statements has a picture then.
    unfinished = set(db.session.scalars(being_made))
    found = {file.id: picture(file) for file in db.session.scalars(select(MediaFile).where(MediaFile.id.in_(ids)))}
    return [
        {"work": "picture", "id": id_, "picture": made, "final": made is not None or id_ not in unfinished}
        for id_, made in found.items()
    ]


def picture(file: MediaFile) -> dict[str, Any] | None:
    """The smallest picture of a file, with its address in this deployment."""
    smallest = next(iter((file.derived or {}).get("poster", ())), None)
    if smallest is None:
        return None
    return {"path": request.script_root + smallest["path"], "width": smallest["width"], "height": smallest["height"]}


def _icon(name: str) -> Markup:
    return Markup('<span class="fa {}" aria-hidden="true"></span>').format(name)


def beside(words: Markup | str, file: MediaFile | None, icon: str = _NO_FILE) -> Markup:
    """Words beside a file's thumbnail."""
    return Markup('<span class="pictured">{}<span>{}</span></span>').format(thumbnail(file, icon), words)


def titled(
    title: Markup | str,
    file: MediaFile | None,
    icon: str = _NO_FILE,
    *,
    more: str = "",
    with_size: bool = True,
    tags: Markup | str = "",
) -> Markup:
    """A title beside a file's thumbnail, and under it what the file is, and more, and its tags."""
    told = " · ".join(filter(None, (probed.summary(file, with_size=with_size) if file else "", more)))
    line = Markup('<small class="summary">{}</small>').format(told) if told else ""
    return beside(Markup("{}{}{}").format(title, line, tags), file, icon)


def of_item(title: Markup | str, item: ContentItem, more: str = "") -> Markup:
    """The title of an item beside the thumbnail of the file in its first slot that has one, and what more there is."""
    attached = (attachment.media_file for slot in item.slots for attachment in item.in_slot(slot))
    return titled(title, next(filter(None, attached), None), item.icon, more=more)
