"""The bodies that this process has answered with, split and ready to be filled; how many bytes of them it keeps."""

from __future__ import annotations

from cms.page_cache.responses import SplitBody

#: In bytes: of one body, and of all together. (What is compressed of them comes on top, a quarter or less.)
MAX_BODY, MAX_BODIES = 2**20, 2**24


class KnownBodies:
    """Split bodies by key and base. Whether one is still good is for Redis to say, by its token."""

    def __init__(self) -> None:
        self._bodies: dict[tuple[str, bytes], SplitBody] = {}
        self._size = 0

    def get(self, key: str, base: bytes) -> SplitBody | None:
        """The body that was last kept there."""
        return self._bodies.get((key, base))

    def keep(self, key: str, base: bytes, body: SplitBody) -> None:
        """Keep a body, unless it is too large. When all together are, the others go."""
        size = len(key) + len(base) + body.size
        if size > MAX_BODY:
            return
        self._size += size
        if self._size > MAX_BODIES:
            self._bodies.clear()
            self._size = size
        self._bodies[key, base] = body
