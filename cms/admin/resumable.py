"""Resumable uploads over HTTP, at ``/uploads/``: tus 1.0 with creation, termination and expiration.

What an answer says is durable before it is given. Every transaction is short: none is open while bytes arrive.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, NoReturn

from flask import Blueprint, Response, abort, current_app, g, jsonify, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.exceptions import ClientDisconnected

from cms import current
from cms.accounts import audit
from cms.accounts.audit import Deed
from cms.accounts.policy import Permission
from cms.admin import formatters, permissions, placing, tus, verdicts
from cms.extensions import db
from cms.http.throttling import UploadThrottle
from cms.media import guessing, receiving
from cms.media.models import Upload, UploadStatus
from cms.media.receiving import Busy, Gone, WrongOffset
from cms.media.storage.staging import StagedFile, TooLarge
from cms.messages import InvalidInput
from cms.pages import arrivals, attachments, revisions, saving
from cms.pages.models import ContentItem
from cms.pages.pages import MAX_ID
from cms.pages.revisions import Action
from cms.tasks import send_upload

resumable = Blueprint("resumable", __name__, url_prefix="/uploads")

#: How much of a body is read at a time, in bytes.
PART = 2**16


@resumable.before_request
def _check_permission() -> None:
    if request.method != "OPTIONS":
        permissions.require(Permission.WRITE)


@resumable.before_request
def _check_version() -> Response | None:
    speaks_tus = request.method != "OPTIONS" and not request.is_json
    return tus.check_version(request) if speaks_tus else None


@resumable.after_request
def _say_version(response: Response) -> Response:
    response.headers["Tus-Resumable"] = tus.VERSION
    return response


@resumable.route("/", methods=["OPTIONS"])
@resumable.route("/<id:number>", methods=["OPTIONS"])
def offer(number: int = 0) -> Response:
    """What the server can do."""
    return tus.offered(current.settings().max_upload_bytes)


@resumable.route("/", methods=["POST"], provide_automatic_options=False)
def create() -> Response:
    """Begin an upload, with its first bytes if they come along. Only a file for a slot needs none.

    ``Upload-Metadata`` has ``filename``, and says where the file goes: see :func:`cms.admin.placing.target_of`. With a
    ``token`` a creation that arrives twice creates one upload.
    """
    size, told = tus.number(request, "Upload-Length"), tus.metadata(request)
    if size > current.settings().max_upload_bytes:
        raise TooLarge
    if (request.content_length or 0) > size:
        placing.refuse(InvalidInput(receiving.TOO_MANY))
    if receiving.open_uploads(db.session(), current_user.email) >= receiving.MOST_OPEN:
        abort(409, gettext("Too many of your uploads are not complete. Please complete or cancel some of them."))
    receiving.check_room(current.storage().staging, size)
    db.session.rollback()
    staged = current.storage().staging.receive(size, _throttle())
    g.setdefault("staged_files", []).append(staged)  # removed at the end of the request unless a row names it
    for part in _parts(guessing.ENOUGH) if tus.has_bytes(request) else ():
        staged.write(part)
    staged.sync()
    if known := verdicts.of_subtitles(told, staged, size):
        return jsonify(known=known)
    upload, item = _begun(told, size, staged)
    arrived = _offset(upload)
    db.session.rollback()  # on SQLite, an open transaction would keep every other writer waiting
    if upload.staged_name == staged.path.name:
        arrived = _received(upload, arrived)
    response = jsonify(described(upload, item))
    response.status_code = 201
    response.headers["Location"] = url_for("resumable.state", number=upload.id)
    return tus.tell(response, arrived, upload.expires_at)


@resumable.route("/<id:number>", methods=["HEAD"], provide_automatic_options=False)
def state(number: int) -> Response:
    """How much has arrived."""
    upload = _own(number)
    response = tus.tell(Response(), _offset(upload), upload.expires_at)
    response.headers["Upload-Length"] = str(upload.size)
    return response


@resumable.route("/<id:number>", methods=["PATCH"], provide_automatic_options=False)
def send(number: int) -> Response:
    """Send bytes that follow those that have arrived."""
    if request.mimetype != tus.CONTENT_TYPE:
        tus.refuse_type()
    start, upload = tus.number(request, "Upload-Offset"), _own(number)
    if _offset(upload) != start:
        _refuse_offset()
    arrived = _received(upload, start) if upload.status == UploadStatus.RECEIVING else start
    return tus.tell(Response(status=204), arrived, upload.expires_at)


@resumable.route("/<id:number>", methods=["DELETE"], provide_automatic_options=False)
def cancel(number: int) -> Response:
    """Cancel an upload. An item that was made for the file goes, too. A file that is whole stays."""
    upload, session = _own(number), db.session()
    row = session.get(Upload, upload.id, with_for_update=True)
    if row is not None and row.status == UploadStatus.RECEIVING:
        item = session.get(ContentItem, row.item_id or 0)
        page, title = (item.page, item.title) if item else (None, "")
        if page:
            revisions.keep_before(session, page)
        is_gone = item is not None and arrivals.withdraw(session, row)
        audit.note(session, Deed.CANCELLED, row.filename, Upload.__tablename__, row.id)
        receiving.cancel(session, row.id)
        if page:
            action = Action.DELETED if is_gone else Action.EDITED
            revisions.keep(session, page, current_user.email, action, title)
        session.commit()
        current.storage().discard(upload.staged_name or "")
    return Response(status=204)


@resumable.route("/<id:number>", methods=["POST"], provide_automatic_options=False)
def override(number: int) -> Response:
    """The other methods, for clients whose proxy lets none of them pass."""
    views = {"HEAD": state, "PATCH": send, "DELETE": cancel}
    view = views.get(request.headers.get("X-HTTP-Method-Override", "").upper())
    return view(number) if view else abort(405)


def described(upload: Upload, item: ContentItem | None) -> dict[str, Any]:
    """What a script has to know of an upload: the state for its badge, and the form of its item."""
    address = url_for(f"{item.content_type}.edit_view", id=item.id) if item else None
    return {"upload": formatters.upload_state(upload), "item": item and item.id, "address": address}


def _begun(told: dict[str, str], size: int, staged: StagedFile) -> tuple[Upload, ContentItem | None]:
    """The new upload, committed; or the earlier one, if this creation has arrived before."""
    session, token = db.session(), told.get("token", "")
    form = saving.SavedForm(token=token, content="", view=resumable.name, editor=current_user.email)
    earlier = saving.claim(session, form) if saving.is_token(token) else None
    if earlier is None:
        target, filename = placing.target_of(told), told.get("filename", "")
        is_in_slot = target is not None and not target.is_new

        def put(item: ContentItem | None, slot: str) -> Upload:
            if item is None:
                made = attachments.stage_for_library(session, slot, filename, size, staged.path.name)
            else:
                made = attachments.stage(session, item, slot, filename, size, staged.path.name)
            receiving.begin(made, current_user.email, made_item=item is not None and not is_in_slot)
            return made

        try:
            upload = placing.add(target, "" if is_in_slot else guessing.family(staged.path), filename, put)
        except InvalidInput as error:
            placing.refuse(error)
        form.row_id = upload.id
        session.commit()
        staged.keep()
    elif earlier.view != resumable.name:
        abort(409, gettext("This form was sent before."))
    found = _own((earlier or form).row_id or 0)
    return found, session.get(ContentItem, found.item_id or 0)


def _own(number: int) -> Upload:
    """The editor's own upload, apart from any transaction. Others learn not even that it exists."""
    upload = db.session.get(Upload, number) if number <= MAX_ID else None
    if upload is None or upload.owner != current_user.email:
        abort(404)
    db.session.expunge(upload)
    db.session.rollback()
    return upload


def _offset(upload: Upload) -> int:
    try:
        return receiving.offset(current.storage().staging, upload)
    except Gone:
        return _size_of_whole(upload)


def _size_of_whole(upload: Upload) -> int:
    """The size of an upload without a staged file: recovery may have found that it is whole, and a worker be done."""
    if not receiving.has_arrived(db.session(), upload.id):
        _refuse_gone()
    return upload.size


def _received(upload: Upload, start: int) -> int:
    """Receive the rest of the body. How much has arrived is returned when it is durable."""
    path = current.storage().staging.path(upload.staged_name or "")
    try:
        arrived = receiving.receive(path, start, upload.size, _parts(), _throttle())
        if arrived > start or arrived == upload.size:  # a request without bytes does not keep an upload
            upload.expires_at = receiving.advance(db.session(), upload.id, is_whole=arrived == upload.size)
    except WrongOffset:
        _refuse_offset()
    except Busy:
        abort(423, gettext("Another window is sending this file at the moment."))
    except Gone:
        upload.expires_at = None
        return _size_of_whole(upload)
    except InvalidInput as error:
        placing.refuse(error)
    db.session.commit()
    if arrived == upload.size:
        send_upload(upload.id)
    return arrived


def _parts(most: int = sys.maxsize) -> Iterator[bytes]:
    """The body in parts, at most so many bytes. If the client vanishes, they end."""
    left = most
    try:
        while left and (part := request.stream.read(min(PART, left))):
            left -= len(part)
            yield part
    except (ClientDisconnected, OSError):
        return


def _throttle() -> UploadThrottle:
    return UploadThrottle(current_app.extensions["request_log"])


def _refuse_offset() -> NoReturn:
    abort(409, gettext("These bytes do not follow those that have arrived."))


def _refuse_gone() -> NoReturn:
    abort(410, gettext("This upload was given up or cancelled. Please upload the file again."))
