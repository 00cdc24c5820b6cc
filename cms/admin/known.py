"""A verdict before sending: what is stored already need not be sent again.

A digest alone gives nobody a file, nor tells that it exists. Only those who may see all media files anyway get another
answer than for an unknown digest.
"""

from __future__ import annotations

from flask import Response, abort, jsonify, request
from flask_babel import gettext, ngettext

from cms.accounts.policy import Permission
from cms.admin import permissions
from cms.admin.placing import add, is_for_library, refuse, target_of
from cms.admin.resumable import described, resumable
from cms.extensions import db
from cms.media import known
from cms.media.models import MediaFile, Upload
from cms.messages import InvalidInput
from cms.pages import arrivals, usage
from cms.pages.models import ContentItem


@resumable.post("/known")
def ask() -> Response:
    """Whether the bytes with this ``digest`` (BLAKE3) are here already, in words; ``known`` is null if they are not.

    ``there`` says whether they are already where the file goes, so that nothing is left to do.
    """
    told = _told()
    found = known.find(db.session(), told.get("digest", "")) if permissions.may(Permission.READ) else None
    if found is None:
        return jsonify(known=None)
    is_there = is_for_library(told) and found.deleted_at is None
    return jsonify(known={"name": _name(found), "words": _words(found), "there": is_there})


@resumable.post("/use")
def use() -> Response:
    """Put the file with this ``digest`` where it goes, without bytes: see :func:`cms.admin.placing.target_of`."""
    told, session = _told(), db.session()
    target = target_of(told)
    may = permissions.may(Permission.READ)
    found = known.locked(session, told.get("digest", "")) if may else None
    if found is None:
        abort(404, gettext("This file is not here. Please upload it."))
    if found.deleted_at is not None and not permissions.may(Permission.CURATE):
        refuse(InvalidInput(known.IN_TRASH))
    filename = told.get("filename") or _name(found)

    def put(item: ContentItem | None, slot: str) -> Upload:
        if item is None:
            return arrivals.keep_known(session, filename, found)
        return arrivals.show_known(session, item, slot, filename, found)

    try:
        upload = add(target, known.family_of(found), filename, put)
    except InvalidInput as error:
        refuse(error)
    session.commit()
    response = jsonify(described(upload, session.get(ContentItem, upload.item_id or 0)))
    response.status_code = 201
    return response


def _told() -> dict[str, str]:
    """The JSON of the request, its values as text."""
    told = request.get_json(silent=True)
    if not isinstance(told, dict):
        abort(400)
    return {str(name): str(value) for name, value in told.items()}


def _name(media_file: MediaFile) -> str:
    """The name under which a file was first uploaded."""
    return next(iter(usage.uploaded_as(db.session(), media_file.id)), str(media_file))


def _words(media_file: MediaFile) -> str:
    name, number = _name(media_file), usage.pages_showing(db.session(), [media_file.id])[media_file.id]
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
