"""Where bytes are: in staging while they are on their way in, in the media store for good, and what is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cms.media.storage.staging import Staging
from cms.media.storage.store import MediaStore


@dataclass(frozen=True)
class Storage:
    """The places of one site. Derivatives are made in folders below ``making``, before ``derived`` has them."""

    staging: Staging
    media: MediaStore
    derived: MediaStore
    making: Path

    def discard(self, name: str) -> None:
        """Remove a staged file, if it is there, and what was made of it and prepared from it."""
        self.staging.discard(name)
        self.media.discard_prepared(name)
