"""Resumable uploads are cut off again and again, by clients and by dead web processes: they go on where they were."""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Callable, Iterator

import pytest
import requests

from tests.faults import videos
from tests.faults.processes import Fleet
from tests.flows.client import Editor
from tests.rounds import ROUNDS
from tests.waiting import DEADLINE, eventually

PART = 16_000


class Vanished(Exception):
    """The client has closed its laptop."""


class Sender:
    """Sends one file, however often it has to begin again."""

    def __init__(self, fleet: Fleet, editor: Editor, page: int, name: str, data: bytes) -> None:
        self._fleet, self._editor, self._data = fleet, editor, data
        self._headers = {"Tus-Resumable": "1.0.0", "X-CSRFToken": editor.token}
        told = {"filename": name, "page": str(page), "token": f"token of {name:20}"}
        said = ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in told.items())
        headers = {"Upload-Length": str(len(data)), "Upload-Metadata": said}
        self._address = self._ask("POST", "/uploads/", headers, data[:PART]).headers["Location"]

    @property
    def offset(self) -> int:
        found: list[requests.Response] = []

        def answers() -> bool:
            try:
                found.append(self._ask("HEAD", self._address))
            except requests.RequestException:
                return False
            return found[-1].status_code == 200

        assert eventually(answers, pause=0.05), self._fleet.logs()
        return int(found[-1].headers["Upload-Offset"])

    def send(self, fault: Callable[[], None] = lambda: None) -> requests.Response:
        """Send what is missing; at a random byte the fault comes."""
        start = self.offset
        at = random.randint(start, len(self._data) - 1)

        def parts() -> Iterator[bytes]:
            for place in range(start, len(self._data), PART):
                if place <= at < place + PART:
                    yield self._data[place:at]
                    fault()
                    yield self._data[at : place + PART]
                else:
                    yield self._data[place : place + PART]

        return self._ask("PATCH", self._address, {"Upload-Offset": str(start)}, parts())

    def _ask(
        self,
        method: str,
        address: str,
        headers: dict[str, str] | None = None,
        body: bytes | Iterator[bytes] | None = None,
    ) -> requests.Response:
        sent = {**self._headers, **(headers or {}), "Content-Type": "application/offset+octet-stream"}
        return self._editor.session.request(
            method, self._fleet.site + address, headers=sent, data=body, timeout=DEADLINE
        )


def test_a_file_arrives_whole(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes) -> None:
    sent = {}

    def vanish() -> None:
        raise Vanished

    for number in range(ROUNDS):
        name = f"resumed-{number}.mp4"
        data = sent[name] = videos.another(video_bytes, random.randint(300_000, 600_000))
        sender = Sender(fleet, editor, page, name, data)
        with pytest.raises(Vanished):
            sender.send(vanish)
        with pytest.raises(requests.ConnectionError):
            sender.send(lambda: fleet.kill("web"))
        assert sender.offset >= PART, "what has arrived is kept"
        fleet.mine("received", "any")
        with pytest.raises(requests.ConnectionError):
            sender.send()
        assert sender.offset == len(data), "nothing is left to send: recovery does the rest"
    videos.assert_completed(fleet, page, sent)
    videos.assert_tidy(fleet)
