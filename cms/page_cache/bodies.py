"""Split bodies that this process has sent, ready to be filled again, within a limit of memory."""

from __future__ import annotations

from cms.page_cache.responses import SplitBody

#: The limits in bytes for one body, and for all together. (Their compressed parts add a quarter or less.)
MAX_BODY, MAX_BODIES = 2**20, 2**24


class KnownBodies:
    """Split bodies by key and base. Redis decides by the token whether one is still valid."""

    def __init__(self) -> None:
        self._bodies: dict[tuple[str, bytes], SplitBody] = {}
        self._size = 0

    def get(self, key: str, base: bytes) -> SplitBody | None:
        """The body that was last kept under this key and base."""
        return self._bodies.get((key, base))

    def keep(self, key: str, base: bytes, body: SplitBody) -> None:
        """Keep a body unless it is too large. If all together are too large, drop the others."""
        size = len(key) + len(base) + body.size
        if size > MAX_BODY:
            return
        self._size += size
        if self._size > MAX_BODIES:
            self._bodies.clear()
            self._size = size
        self._bodies[key, base] = body
