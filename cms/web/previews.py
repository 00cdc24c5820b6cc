"""What stands for items where they are not shown themselves: on cards of the list, and on sites that link to a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple


class Preview(NamedTuple):
    """The picture, the length and the video of some items. All but the length are as in their documents.

    ``poster`` is the first picture that was made of a file, as WebP from the smallest to the largest; ``shared`` is the
    same picture as JPEG, which all sites show. ``seconds`` is how long the items play, all together. ``video`` is the
    first source of the first file, if that is a video.
    """

    poster: list[dict[str, Any]]
    shared: dict[str, Any] | None
    seconds: float
    video: dict[str, Any] | None


def preview(items: list[dict[str, Any]]) -> Preview:
    """The preview of the items of a page document."""
    files = list(_files(items))
    pictures: list[dict[str, Any]] = next((file["poster"] for file in files if file["poster"]), [])
    played = next((file["sources"][0] for file in files if file["sources"]), None)
    return Preview(
        [picture for picture in pictures if picture["mime_type"] == "image/webp"],
        next((picture for picture in pictures if picture["mime_type"] == "image/jpeg"), None),
        sum(file["duration"] or 0 for file in files),
        played if played and played["mime_type"].startswith("video/") else None,
    )


def _files(value: Any) -> Iterator[dict[str, Any]]:
    """The documents of files within a document, whatever the kinds call them."""
    if isinstance(value, dict) and "digest" in value:
        yield value
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _files(member)
