"""An editor's forms, each in a tab of its own."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient

from tests.flows.client import Form


class Tab:
    """A form that somebody has opened."""

    def __init__(self, client: FlaskClient, address: str) -> None:
        self.client, self.address = client, address
        self._take(client.get(address).text)

    def _take(self, html: str) -> None:
        self.html, self.fields = html, Form(html).fields
        self.fields.pop("theirs", None)
        self.ticked = re.findall(r'name="theirs" value="(\w+)" checked', html)
        self.offered = re.findall(r'name="theirs" value="(\w+)"', html)
        found = re.findall(r'<div class="theirs-value"[^>]*>(.*?)</div>', html, re.DOTALL)
        self.theirs = dict(zip(self.offered, map(unescape, found), strict=True))

    def save(self, *, theirs: list[str] | None = None, **changes: Any) -> bool:
        """Whether it was saved; if not, this is the form that was shown again."""
        fields = {**self.fields, "theirs": self.ticked if theirs is None else theirs, **changes}
        answer = self.client.post(
            self.address, data={name: value for name, value in fields.items() if value is not None}
        )
        if answer.status_code != 302:
            assert answer.status_code == 200
            self._take(answer.text)
        return answer.status_code == 302
