"""The poster that an editor has chosen: a moment of the video, or a picture of their own.

The choice belongs to the bytes, as derivatives do, and outlives the files that are made from it. The recipe makes them
in the background. A worker reads the choice after its claim, and each choice takes the claim away from a worker that
has read an earlier one. So the last choice is what is shown in the end.

Functions here flush and never commit.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media import clock, pictures
from cms.media.derivatives import deriving
from cms.media.derivatives.models import ChosenPoster
from cms.media.derivatives.recipe import Choice, Choosable
from cms.media.derivatives.recipes import recipes
from cms.media.models import MediaFile
from cms.messages import N_, InvalidInput

#: The longest side of an editor's own picture, in pixels, as it is kept.
SIDE = 1280
_FORMATS = ("JPEG", "PNG", "WEBP")


def recipe_for(media_file: MediaFile) -> Choosable | None:
    """The recipe that makes a file's poster; ``None`` if its poster cannot be chosen."""
    found = (recipe for recipe in recipes().values() if isinstance(recipe, Choosable) and recipe.is_for(media_file))
    return next(found, None)


def of(session: Session, media_file_id: int) -> Choice | None:
    """What was chosen for a media file; ``None`` for the automatic poster."""
    found = session.execute(
        select(ChosenPoster.second, ChosenPoster.picture).where(ChosenPoster.media_file_id == media_file_id)
    ).one_or_none()
    return Choice(*found) if found else None


def choose(session: Session, media_file_id: int, choice: Choice | None) -> list[int]:
    """Keep a choice, or return to the automatic poster. Returns the ids of the derivatives that wait then.

    Raises:
        InvalidInput: the file is gone, or has no poster.
    """
    media_file = session.get(MediaFile, media_file_id, with_for_update=True, populate_existing=True)
    recipe = recipe_for(media_file) if media_file else None
    if media_file is None or recipe is None:
        raise InvalidInput(N_("This file has no poster."))
    row = session.get(ChosenPoster, media_file_id)
    if choice is None:
        if row:
            session.delete(row)
    else:
        row = row or ChosenPoster(media_file_id=media_file_id)
        row.second, row.picture = choice.second, choice.picture
        session.add(row)
    session.flush()
    return deriving.remake(session, media_file, recipe.NAME)


def moment(text: str, duration: float | None) -> float:
    """The seconds of a moment that was typed, within a duration if that is known.

    Raises:
        InvalidInput: it is no time, or lies after the end.
    """
    second = clock.parse(text)
    if duration is None:
        if second is None:
            raise InvalidInput(N_("Write the moment like 1:23.5, or in seconds."))
        return second
    if second is None or second > max(duration, round(duration)):  # the length that is shown is rounded
        raise InvalidInput(
            N_("Write a moment from 0:00 to %(length)s, like 1:23.5, or in seconds."), length=clock.clock(duration)
        )
    return second


def read_picture(path: Path) -> bytes:
    """An editor's own picture as it is kept: WebP, not too large, turned as the file says, without metadata.

    Raises:
        InvalidInput: it is no picture, or too large.
        OSError: the disk fails.
    """
    try:
        with Image.open(path, formats=_FORMATS) as picture:
            if picture.width * picture.height > pictures.MAX_DECODED_PIXELS:
                raise pictures.too_large(pictures.MAX_DECODED_PIXELS)
            picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
            shown = ImageOps.exif_transpose(picture)
            shown = shown if shown.mode == "RGB" else shown.convert("RGBA")
            shown.info.clear()
            data = BytesIO()
            shown.save(data, "WEBP", quality=90)
            return data.getvalue()
    except pictures.TOO_LARGE as error:
        raise pictures.too_large(pictures.MAX_DECODED_PIXELS) from error
    except pictures.BROKEN as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise InvalidInput(N_("This is not a picture, or it is damaged. Use JPEG, PNG or WebP.")) from error
