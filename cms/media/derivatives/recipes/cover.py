"""The cover of a recording: the picture embedded in its file."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from av.container import InputContainer
from av.stream import Disposition
from PIL import Image, ImageOps

from cms.media.containers import BROKEN
from cms.media.derivatives import ladder
from cms.media.derivatives.opening import opened
from cms.media.derivatives.recipe import Choice, Cost, Made, Progress, Skip
from cms.media.models import MediaFile
from cms.media.probe import MAX_SIDE
from cms.messages import N_, InvalidInput

NAME, VERSION, COST, FIELD = "cover", 1, Cost.FAST, "poster"

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def is_for(media_file: MediaFile) -> bool:
    """For every recording. Only opening the file shows whether it has a cover."""
    return media_file.audio_codec is not None and media_file.video_codec is None


def make(source: Path, folder: Path, progress: Progress) -> Made:
    """Write the first picture in the file in all sizes."""
    with opened(source) as container:
        data = _attached(container)
    if data is None:
        raise Skip(N_("The recording has no cover."))
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as picture:
            if max(picture.size) > MAX_SIDE:
                raise InvalidInput(N_("The picture is larger than %(side)s pixels."), side=MAX_SIDE)
            progress(50)
            return Made(ladder.write(ImageOps.exif_transpose(picture), folder))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidInput(N_("The cover cannot be read.")) from error


def make_chosen(choice: Choice, source: Path, folder: Path, progress: Progress) -> Made:
    """Write the editor's own picture."""
    return make(source, folder, progress) if choice.picture is None else ladder.write_own(choice.picture, folder)


def _attached(container: InputContainer) -> bytes | None:
    streams = [stream for stream in container.streams.video if stream.disposition & Disposition.attached_pic]
    if not streams:
        return None
    try:
        packet = next(iter(container.demux(streams[0])), None)
    except BROKEN:
        return None
    return bytes(packet) if packet and packet.size else None
