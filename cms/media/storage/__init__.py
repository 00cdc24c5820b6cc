"""Where files are stored: uploads in staging, finished media files and derivatives in media stores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cms.media.storage.staging import Staging
from cms.media.storage.store import MediaStore


@dataclass(frozen=True)
class Storage:
    """The storage of one site. Derivatives are made in folders below ``making``, then stored in ``derived``."""

    staging: Staging
    media: MediaStore
    derived: MediaStore
    making: Path

    def discard(self, name: str) -> None:
        """Remove a staged file, if it exists, and everything made or prepared from it."""
        self.staging.discard(name)
        self.media.discard_prepared(name)
