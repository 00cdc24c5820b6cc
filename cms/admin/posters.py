"""The form on a file's page with which an editor chooses its poster."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, request
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from cms.admin.derivatives import Shown
from cms.extensions import db
from cms.media import clock
from cms.media.derivatives import chosen
from cms.media.derivatives.recipe import Choice
from cms.media.models import MediaFile
from cms.messages import N_, InvalidInput
from cms.tasks import send_derivatives


@dataclass(frozen=True)
class PosterForm:
    """What the form shows: the moment of the present poster or the one that was typed, and why that was refused."""

    is_video: bool
    is_chosen: bool
    is_own: bool
    moment: str
    refused: str


def form(file: MediaFile, rows: list[Shown], refused: str) -> PosterForm | None:
    """The form of a file; ``None`` if it has no poster."""
    recipe = chosen.recipe_for(file)
    if recipe is None:
        return None
    choice = chosen.of(db.session(), file.id)
    made = next((row.facts for row in reversed(rows) if row.recipe == recipe.NAME), {})
    second = choice.second if choice else made.get("second")
    return PosterForm(
        is_video=file.video_codec is not None,
        is_chosen=choice is not None,
        is_own=choice is not None and choice.picture is not None,
        moment=request.form.get("moment", "" if second is None else clock.exact(second)),
        refused=refused,
    )


def choose(file: MediaFile) -> None:
    """Keep what was sent, and have the poster made.

    Raises:
        InvalidInput: it cannot be the poster. The sentence says why.
    """
    media_file_id, duration, is_video = file.id, file.duration, file.video_codec is not None
    db.session.rollback()  # reading a picture takes a moment, in which no transaction stays open
    choice: Choice | None = None
    match request.form.get("action"):
        case "picture":
            choice = Choice(picture=_picture(request.files.get("picture")))
        case "moment" if is_video:
            choice = Choice(second=chosen.moment(request.form.get("moment", ""), duration))
        case "automatic":
            pass
        case _:
            raise InvalidInput(N_("Choose a moment or a picture."))
    ids = chosen.choose(db.session(), media_file_id, choice)
    db.session.commit()
    send_derivatives(ids)
    flash(gettext("The picture is being made."), "success")


def _picture(sent: FileStorage | None) -> bytes:
    if sent is None or not sent.filename:
        raise InvalidInput(N_("Choose a picture first."))
    staged = sent.stream
    staged.flush()
    return chosen.read_picture(staged.path)  # type: ignore[attr-defined]
