"""The first page of a PDF, as a picture."""

from __future__ import annotations

import math
from pathlib import Path
from typing import cast

from PIL import Image

from cms.media import pdfs
from cms.media.derivatives import ladder
from cms.media.derivatives.recipe import Cost, Made, Progress
from cms.media.models import MediaFile

NAME, VERSION, COST, FIELD = "first-page", 1, Cost.FAST, "poster"

#: The most that is drawn of a page in each direction, in pixels. However long a page is, it is drawn as small as this.
WIDTH, HEIGHT = ladder.WIDTHS[-1], 2 * ladder.WIDTHS[-1]


def is_for(media_file: MediaFile) -> bool:
    """For every PDF that can be read."""
    return media_file.mime_type == "application/pdf" and bool((media_file.facts or {}).get("pages"))


def make(source: Path, folder: Path, progress: Progress) -> Made:
    """Write the page in all sizes, on white."""
    with pdfs.opened(source) as document:
        if not len(document):
            raise pdfs.unreadable()
        page = document[0]
        width, height = page.get_size()
        if not (math.isfinite(width * height) and width > 0 and height > 0):
            raise pdfs.unreadable()
        progress(10)
        drawn = page.render(scale=min(WIDTH / width, HEIGHT / height))
        return Made(ladder.write(cast(Image.Image, drawn.to_pil()), folder))
