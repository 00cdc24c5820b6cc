"""Where bytes are: in staging while they are on their way in, and in the media store for good."""

from __future__ import annotations

from dataclasses import dataclass

from cms.media.storage.staging import Staging
from cms.media.storage.store import MediaStore


@dataclass(frozen=True)
class Storage:
    """The two places of one site."""

    staging: Staging
    media: MediaStore

    def discard(self, name: str) -> None:
        """Remove a staged file, if it is there, and what was made of it and prepared from it."""
        self.staging.discard(name)
        self.media.discard_prepared(name)
