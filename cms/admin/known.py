"""A verdict before sending: what is stored already need not be sent again.

A digest alone gives nobody a file, nor tells that it exists. Only those who may see all media files anyway get another
answer than for an unknown digest.
"""

from __future__ import annotations

from flask import Response, abort, jsonify, request
from flask_babel import gettext

from cms.accounts.policy import Permission
from cms.admin import permissions, verdicts
from cms.admin.placing import add, refuse, target_of
from cms.admin.resumable import described, resumable
from cms.extensions import db
from cms.media import known
from cms.media.models import Upload
from cms.messages import InvalidInput
from cms.pages import arrivals, importing
from cms.pages.models import ContentItem


@resumable.post("/known")
def ask() -> Response:
    """Whether the bytes with this ``digest`` (BLAKE3) are here already, in words; ``known`` is null if they are not.

    See :func:`cms.admin.verdicts.verdict`.
    """
    told = _told()
    found = known.find(db.session(), told.get("digest", "")) if permissions.may(Permission.READ) else None
    return jsonify(known=found and verdicts.verdict(found, told))


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
    filename = told.get("filename") or verdicts.name_of(found)

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


@resumable.post("/plan")
def plan() -> Response:
    """The pages for files with these ``paths``, before any of them is sent: see :func:`cms.pages.importing.planned`."""
    paths = (request.get_json(silent=True) or {}).get("paths")
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        abort(400)
    pages = importing.planned(db.session(), paths)
    return jsonify(pages=[{"title": page.title, "isNew": page.is_new, "files": page.files} for page in pages])


def _told() -> dict[str, str]:
    """The JSON of the request, its values as text."""
    told = request.get_json(silent=True)
    if not isinstance(told, dict):
        abort(400)
    return {str(name): str(value) for name, value in told.items()}
