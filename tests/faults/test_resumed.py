"""Resumable uploads are cut off again and again, by clients and by dead web processes: they go on where they were."""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pytest
import requests

from cms.media.digest import file_digest
from tests.faults import videos
from tests.faults.disk import MEGABYTES
from tests.faults.processes import Fleet
from tests.flows.client import Editor
from tests.rounds import ROUNDS
from tests.waiting import DEADLINE, eventually

PART = 16_000
#: How large a file is that is cut off so many times by its client, and so many times by the death of the web process.
#: It is large in `make torture` alone.
SIZE, CUTS, KILLS = (2 * 10**9, 20, 5) if ROUNDS >= 20 else (3 * 10**6, 3, 1)


class Vanished(Exception):
    """The client has closed its laptop."""


class Sender:
    """Sends one file, however often it has to begin again."""

    def __init__(
        self, fleet: Fleet, editor: Editor, page: int, name: str, data: bytes | mmap, part: int = PART
    ) -> None:
        self._fleet, self._editor, self._data, self._part = fleet, editor, data, part
        self._headers = {"Tus-Resumable": "1.0.0", "X-CSRFToken": editor.token}
        told = {"filename": name, "page": str(page), "token": f"token of {name:20}"}
        said = ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in told.items())
        headers = {"Upload-Length": str(len(data)), "Upload-Metadata": said}
        created = self._ask("POST", "/uploads/", headers, data[:part])
        assert created.status_code == 201, created.text
        self._address = created.headers["Location"]

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

    def send(self, fault: Callable[[], None] = lambda: None, share: float = 1.0) -> requests.Response:
        """Send what is missing; at a random byte of the first ``share`` of it the fault comes."""
        start, part = self.offset, self._part
        at = random.randint(start, start + round((len(self._data) - 1 - start) * share))

        def parts() -> Iterator[bytes]:
            for place in range(start, len(self._data), part):
                if place <= at < place + part:
                    yield self._data[place:at]
                    fault()
                    yield self._data[at : place + part]
                else:
                    yield self._data[place : place + part]

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


def vanish() -> None:
    raise Vanished


@pytest.fixture
def room(fleet: Fleet, editor: Editor, page: int) -> Iterator[None]:
    """Disks on which the large file and its copies have room. It is deleted at the end."""
    disks = {fleet.media_disk, fleet.staging_disk}
    assert all(disk.resize(4 * SIZE // 10**6 + MEGABYTES) for disk in disks)
    yield
    assert editor.post("/admin/page/delete/", {"id": page}).status_code == 302

    def are_small_again() -> bool:
        fleet.send("cms.empty_trash")
        videos.assert_tidy(fleet)
        return all(disk.resize() for disk in disks)

    assert eventually(are_small_again)


@pytest.mark.usefixtures("room")
def test_a_large_file_arrives_whole_however_often_it_is_cut(
    fleet: Fleet, editor: Editor, page: int, video_bytes: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "large.mp4"
    write_large(path, video_bytes)
    faults: list[Callable[[], None]] = [*[vanish] * CUTS, *[lambda: fleet.kill("web")] * KILLS]
    random.shuffle(faults)
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        sender = Sender(fleet, editor, page, path.name, data, part=min(2**20, SIZE // 100))
        for number, fault in enumerate(faults):
            with suppress(Vanished, requests.ConnectionError):
                while not_yet(sender.send(fault, share=1 / (len(faults) - number))):
                    pass
        while not_yet(sender.send()):
            pass
        assert sender.offset == len(data)
    assert eventually(lambda: videos.states(fleet, page) == {"completed": 1}, pause=0.2), fleet.logs()
    (row,) = videos.rows_of(fleet, page)
    assert file_digest(fleet.media_root / row.path) == file_digest(path)
    videos.assert_tidy(fleet)


def cut_off(sender: Sender, fault: Callable[[], None] = lambda: None) -> None:
    """Send until the web process dies of it."""

    def dies() -> None:
        while not_yet(sender.send(fault)):
            pass

    with pytest.raises(requests.ConnectionError):
        dies()


def not_yet(answer: requests.Response) -> bool:
    """Whether the site was still busy with what the connection before had sent."""
    return answer.status_code in (409, 423)


def write_large(path: Path, video_bytes: bytes) -> None:
    """A film of that size: players skip a ``free`` box."""
    with path.open("wb") as file:
        file.write(video_bytes + (SIZE + 8).to_bytes(4, "big") + b"free")
        for left in range(SIZE, 0, -(2**24)):
            file.write(random.randbytes(min(left, 2**24)))


def test_a_file_arrives_whole(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes) -> None:
    sent = {}
    for number in range(ROUNDS):
        name = f"resumed-{number}.mp4"
        data = sent[name] = videos.another(video_bytes, random.randint(300_000, 600_000))
        sender = Sender(fleet, editor, page, name, data)
        with pytest.raises(Vanished):
            sender.send(vanish)
        cut_off(sender, lambda: fleet.kill("web"))
        assert sender.offset >= PART, "what has arrived is kept"
        fleet.mine("received", "any")
        cut_off(sender)
        assert sender.offset == len(data), "nothing is left to send: recovery does the rest"
    videos.assert_completed(fleet, page, sent)
    videos.assert_tidy(fleet)
