"""The digest of a file is the digest of its bytes, however it is read."""

from __future__ import annotations

import resource
import subprocess
import sys
from io import FileIO
from pathlib import Path

import pytest
from blake3 import blake3

from cms.media import digest

ROOT = Path(digest.__file__).parents[2]


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 299, 300, 301, 1000, 1001])
def test_the_digest_is_that_of_the_whole_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(digest, "SLICE", 100)
    monkeypatch.setattr(digest, "THREADED", 100)
    data = bytes(number * 7 % 251 for number in range(size))
    (tmp_path / "file").write_bytes(data)
    assert digest.file_digest(tmp_path / "file") == blake3(data).hexdigest()


@pytest.mark.parametrize("around", [-1, 0, 1])
def test_the_real_limits_change_nothing(tmp_path: Path, around: int) -> None:
    data = b"mediafold" * 200_000
    data = data[: digest.THREADED + around]
    (tmp_path / "file").write_bytes(data)
    assert digest.file_digest(tmp_path / "file") == blake3(data).hexdigest()


@pytest.mark.parametrize(("size", "beats"), [(100, 1), (101, 2), (1000, 10)])
def test_the_heart_beats_after_each_slice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, beats: int
) -> None:
    monkeypatch.setattr(digest, "SLICE", 100)
    monkeypatch.setattr(digest, "THREADED", 100)
    monkeypatch.setattr(digest, "BEAT_SECONDS", 0)
    (tmp_path / "file").write_bytes(bytes(size))
    seen: list[int] = []
    digest.file_digest(tmp_path / "file", lambda: seen.append(1))
    assert len(seen) == beats


def test_the_heart_does_not_beat_faster_than_it_has_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(number * digest.BEAT_SECONDS / 4 for number in range(10**6))
    monkeypatch.setattr(digest.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(digest, "SLICE", 100)
    monkeypatch.setattr(digest, "THREADED", 100)
    (tmp_path / "file").write_bytes(bytes(10_000))
    seen: list[int] = []
    digest.file_digest(tmp_path / "file", lambda: seen.append(1))
    assert 15 <= len(seen) <= 25, "of a hundred slices every fourth or fifth"


def test_a_heartbeat_may_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost claim stops the work at once, and neither the map nor the file stays open."""
    monkeypatch.setattr(digest, "SLICE", 2**20)
    monkeypatch.setattr(digest, "BEAT_SECONDS", 0)
    (tmp_path / "file").write_bytes(bytes(3 * 2**20))

    class Stop(Exception):
        pass

    def stop() -> None:
        raise Stop

    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(Stop):
        digest.file_digest(tmp_path / "file", stop)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        digest.file_digest(tmp_path / "nothing")


_MEASURE = """
import resource, sys
from io import FileIO
from pathlib import Path
from cms.media.digest import file_digest
file_digest(Path(sys.argv[1]))
before = Path("/proc/self/smaps_rollup").read_text()
file_digest(Path(sys.argv[2]))
def own(text):
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Anonymous:"))
print(own(Path("/proc/self/smaps_rollup").read_text()) - own(before))
"""


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is measured by Linux's /proc")
@pytest.mark.heavy
def test_memory_stays_flat_for_a_big_file(tmp_path: Path) -> None:
    """A sparse file of 300 MB is hashed under a lower limit of anonymous memory."""
    for name, size in (("small", 2**21), ("big", 300 * 2**20)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    limit = 200 * 2**20

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))

    run = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(tmp_path / "small"), str(tmp_path / "big")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=limited,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 10_000, f"{run.stdout} kB more than before"


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 1000])
def test_plain_reads_give_the_same_digest_and_tell_each_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(digest, "PART", 100)
    data = bytes(number * 7 % 251 for number in range(size))
    (tmp_path / "file").write_bytes(data)
    parts: list[int] = []
    assert digest.read_digest(FileIO(tmp_path / "file"), parts.append) == blake3(data).hexdigest()
    assert sum(parts) == size
    assert all(0 < part <= 100 for part in parts)
