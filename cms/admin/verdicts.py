"""What is told of a file that is stored already, before its bytes are sent."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, ngettext

from cms.accounts.policy import Permission
from cms.admin import permissions
from cms.admin.placing import folder_of, is_for_library
from cms.extensions import db
from cms.media import folders, known, mediatypes
from cms.media.models import MediaFile
from cms.media.storage.staging import StagedFile
from cms.messages import InvalidInput
from cms.pages import importing, usage


def verdict(media_file: MediaFile, told: dict[str, str]) -> dict[str, Any]:
    """The name of a stored file, the words for it, and whether it is ``there``, where the file goes.

    Then nothing is left to do. ``told`` is what :func:`cms.admin.placing.target_of` takes.
    """
    return {"name": name_of(media_file), "words": _words(media_file), "there": _is_there(media_file, told)}


def of_subtitles(told: dict[str, str], staged: StagedFile, size: int) -> dict[str, Any] | None:
    """The verdict on subtitles of a folder that have arrived whole, if its page has them.

    They are not known before: what is stored is made of them, and has another digest.
    """
    is_named_so = mediatypes.is_named_subtitles(told.get("filename", ""))
    if not (folder_of(told) and is_named_so and staged.size == size):
        return None
    try:
        with staged.path.open("rb") as file:
            found = known.find(db.session(), folders.subtitles_digest(file))
    except InvalidInput:  # a worker says why
        return None
    return verdict(found, told) if found and _is_there(found, told) else None


def _is_there(media_file: MediaFile, told: dict[str, str]) -> bool:
    if is_for_library(told):
        return media_file.deleted_at is None
    page = importing.page_titled(db.session(), folder_of(told)) if folder_of(told) else None
    return page is not None and importing.showing(db.session(), page, media_file) is not None


def name_of(media_file: MediaFile) -> str:
    """The name under which a file was first uploaded."""
    return next(iter(usage.uploaded_as(db.session(), media_file.id)), str(media_file))


def _words(media_file: MediaFile) -> str:
    name, number = name_of(media_file), usage.pages_showing(db.session(), [media_file.id])[media_file.id]
    if media_file.deleted_at is not None:
        if not permissions.may(Permission.CURATE):
            return str(gettext(known.IN_TRASH))
        if not number:
            return str(gettext("You have this in the trash: %(name)s. Whoever uses it takes it out.", name=name))
        return str(
            ngettext(
                "You have this in the trash: %(name)s. Whoever uses it takes it out, and %(num)d page shows it again.",
                "You have this in the trash: %(name)s. Whoever uses it takes it out, and %(num)d pages show it again.",
                number,
                name=name,
            )
        )
    if not number:
        return str(gettext("You have this already: %(name)s, on no page.", name=name))
    return str(
        ngettext(
            "You have this already: %(name)s, on %(num)d page.",
            "You have this already: %(name)s, on %(num)d pages.",
            number,
            name=name,
        )
    )
