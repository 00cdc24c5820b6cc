"""Where a completed upload goes. Another domain provides the places; nothing here knows what they are."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session

from cms.media.models import MediaFile, Upload


class Place(Protocol):
    """What shows a media file."""

    def show(self, media_file: MediaFile, encoding: str | None, source: bytes | None) -> None:
        """Show this file from now on. For subtitles in a doubtful encoding, keep that and the original."""


class Places(Protocol):
    """What a domain with places must implement."""

    def accepts(self, kind: str, slot: str) -> str | None:
        """The family of files that fit there; ``None`` if there is no such place any more."""

    def locked(self, session: Session, upload: Upload) -> Place:
        """The place that this upload is for, kept from others until the transaction ends.

        Raises:
            InvalidInput: the place is gone, or a newer upload is to have it.
        """

    def replace(self, session: Session, media_file: MediaFile, successor: MediaFile) -> None:
        """Show another file wherever this one is shown."""


_places: list[Places] = []


def provide(room: Places) -> None:
    """Send uploads there."""
    _places[:] = [room]


def places() -> Places:
    """Where uploads go.

    Raises:
        RuntimeError: no domain has provided them.
    """
    if not _places:
        raise RuntimeError("no room has places for uploads")
    return _places[0]
