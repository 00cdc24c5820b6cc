"""What a picture or a film looks like, in 64 bits that hardly change when it is scaled or encoded anew. No files.

Each bit says whether a part of the picture is clearly lighter than the part at its right (a difference hash). A picture
is looked at in 8 × 8 parts; a film at four moments, each in 4 × 4 parts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import av
from av.container import InputContainer
from PIL import Image, ImageOps

from cms.media import pictures
from cms.media.containers import BROKEN
from cms.media.derivatives import film
from cms.media.derivatives.opening import opened
from cms.media.derivatives.recipe import Cost, Made, Progress, Skip
from cms.media.models import MediaFile
from cms.messages import N_

NAME, VERSION, COST, FIELD = "likeness", 1, Cost.FAST, ""

#: When a film is looked at, as fractions of its duration.
MOMENTS = (0.2, 0.4, 0.6, 0.8)
#: How much lighter a part has to be, of 255: what an encoder changes in plain areas is less.
CLEARLY = 2
#: With fewer bits set, or so few not set, there is too little to see: plain pictures would all look alike.
LEAST_BITS = 6
#: How many frames are decoded at most to get from a keyframe to a moment.
MOST_FRAMES = 600
# The width at which a frame is taken, and how many bits a picture gives in all.
_WIDTH, _BITS = 160, 64
_PLAIN = N_("There is too little to see in it to find others that look like it.")


def is_for(media_file: MediaFile) -> bool:
    """For every picture that can be read, and for films."""
    is_picture = media_file.mime_type.startswith("image/") and media_file.width is not None
    return is_picture or media_file.video_codec is not None


def make(source: Path, folder: Path, progress: Progress) -> Made:
    """Look at the picture, or at the film. The fact ``likeness`` has the bits as 16 hexadecimal digits."""
    with source.open("rb") as file:
        is_picture = pictures.is_known(file)
    bits = list(_of_picture(source) if is_picture else _of_film(source))
    if not LEAST_BITS <= sum(bits) <= _BITS - LEAST_BITS:
        raise Skip(_PLAIN)
    return Made([], {"likeness": f"{int(''.join(str(int(bit)) for bit in bits), 2):016x}"})


def _of_picture(source: Path) -> Iterator[bool]:
    with pictures.opened(source) as image:
        if not pictures.can_be_decoded(image, _WIDTH):
            raise Skip(_PLAIN)
        image.load()
        yield from differences(ImageOps.exif_transpose(image), 8)


def _of_film(source: Path) -> list[bool]:
    for frames in (_sought, _in_order):  # in some files seeking fails
        with opened(source) as container:
            stream = film.keyframe_stream(container)
            stream.codec_context.skip_frame = "DEFAULT"
            start, duration = container.start_time or 0, container.duration or 0
            bits: list[bool] = []
            for frame in frames(container, stream, [start + round(duration * moment) for moment in MOMENTS]):
                film.check_size(frame.width, frame.height)
                bits += differences(film.picture(frame, stream, _WIDTH), 4)
            if len(bits) == _BITS:
                return bits
    raise film.unreadable()


def _sought(container: InputContainer, stream: av.VideoStream, times: list[int]) -> Iterator[av.VideoFrame]:
    """The frames that are shown at these times, as far as they can be read. Each is looked for from its keyframe on."""
    for time in times:
        with suppress(*BROKEN):
            container.seek(time)
            yield from _in_order(container, stream, [time])


def _in_order(container: InputContainer, stream: av.VideoStream, times: list[int]) -> Iterator[av.VideoFrame]:
    """The same of a film that is read on: for each time the last frame before it, for the rest the last one of all."""
    wanted, shown = deque(times), None
    with suppress(*BROKEN):
        for number, frame in enumerate(container.decode(stream)):
            while wanted and frame.time is not None and frame.time * av.time_base > wanted[0]:
                wanted.popleft()
                yield shown or frame
            if not wanted or number == MOST_FRAMES:
                return
            shown = frame
        yield from (shown for _ in wanted if shown)


def differences(picture: Image.Image, parts: int) -> Iterator[bool]:
    """Whether each of ``parts`` × ``parts`` parts is clearly lighter than the part at its right, row by row."""
    grey = Image.new("L", picture.size, 255)
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        grey.paste(seen.convert("L"), mask=seen.getchannel("A"))
    else:
        grey = picture.convert("L")
    small = grey.resize((parts + 1, parts), Image.Resampling.BOX)
    light = small.tobytes()
    for row in range(parts):
        start = row * (parts + 1)
        for column in range(start, start + parts):
            yield light[column] > light[column + 1] + CLEARLY
