"""Play tokens: each page that a visitor gets carries one, and it counts one play of each of the page's items.

A token is ``<items>.<end><nonce><signature>``: the ids of the items with hyphens between them, the second at which it
expires, what makes it unique, and a signature of all that. Redis remembers the used ones: see
:meth:`cms.view_counts.counter.ViewCounter.count_play`.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from hashlib import blake2b
from hmac import compare_digest

from cms.messages import N_
from cms.view_counts.buffer import Count

#: For how many seconds a token counts.
TOKEN_SECONDS = 6 * 3600
#: For how many seconds Redis remembers a used one: longer, since its clock and ours may differ.
MARK_SECONDS = 2 * TOKEN_SECONDS

_FORM = re.compile(
    "(?P<signed>(?P<items>[0-9]+(?:-[0-9]+)*)[.](?P<end>[0-9a-f]{8})(?P<nonce>[0-9a-f]{16}))[0-9a-f]{32}"
)
#: What a response has in place of all after the items, if plays of its reader are not counted. All responses of a page
#: have the same length, so that most of a compressed body can be used again.
_NOTHING = b" " * (8 + 16 + 32)


class TokenError(ValueError):
    """A token that counts nothing. Its text is a sentence that says why."""


class PlayTokens:
    """Issues tokens, and reads them.

    Args:
        secret: the site's secret key; the key for signatures is derived from it.
    """

    def __init__(self, secret: str) -> None:
        key = blake2b(secret.encode(), digest_size=32, person=b"play tokens").digest()
        # It is copied for each signature, which is quicker than reading the key anew.
        self._keyed = blake2b(key=key, digest_size=16)

    def end(self, items: bytes, count: Count) -> bytes:
        """What follows the items and the dot, for a response that counts like that. Bots and editors get no token."""
        if count is not Count.VIEW:
            return _NOTHING
        signed = b"%08x%b" % (int(time.time()) + TOKEN_SECONDS, os.urandom(8).hex().encode())
        return signed + self._signature(items + b"." + signed).encode()

    def nonce(self, token: str, item: int) -> str:
        """What makes a token unique, if it counts a play of the item.

        Raises:
            TokenError: the token is forged or has expired, or is of a page without that item.
        """
        found = _FORM.fullmatch(token)
        if not found or not compare_digest(token[-32:], self._signature(found["signed"].encode())):
            raise TokenError(N_("The token is not from a page of this site."))
        if int(found["end"], 16) < time.time():
            raise TokenError(N_("The token has expired. Reload the page to get another one."))
        if str(item) not in found["items"].split("-"):
            raise TokenError(N_("The token is from a page without this item."))
        return found["nonce"]

    def _signature(self, signed: bytes) -> str:
        signature = self._keyed.copy()
        signature.update(signed)
        return signature.hexdigest()


def listed(items: Iterable[int]) -> str:
    """The items as they stand in a token."""
    return "-".join(map(str, items))
