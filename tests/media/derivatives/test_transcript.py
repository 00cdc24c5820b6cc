"""Transcripts by the administrator's program: what it gets, what becomes of what it prints, and how it fails."""

from __future__ import annotations

import os
import signal
import sys
import wave
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from math import pi, sin
from pathlib import Path
from struct import pack

import av
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.media.derivatives import deriving, isolation, transcribing, transcripts
from cms.media.derivatives.models import Derivative, DerivativeStatus
from cms.media.derivatives.recipe import Made, Skip
from cms.media.derivatives.recipes import recipes, transcript
from cms.media.models import MediaFile
from cms.messages import InvalidInput
from cms.pages.models import ContentItem
from tests.media.derivatives.conftest import Rows, Work
from tests.media.derivatives.test_isolation import is_alive
from tests.media.derivatives.test_recipes import looked_at
from tests.media.subtitled import TextTrack, film
from tests.waiting import eventually

WEBVTT = "WEBVTT\nLanguage: ru\n\n00:00.000 --> 00:01.000\nПривет\n"
Script = Callable[[str], Path]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Have a shell script with that text write transcripts."""

    def write(text: str) -> Path:
        program = tmp_path / "transcribe"
        program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setattr(transcribing, "setting", (str(program),))
        return program

    return write


@pytest.fixture
def says(script: Script, tmp_path: Path) -> Callable[[str], Path]:
    """Have a program print that."""

    def write(text: str) -> Path:
        (tmp_path / "printed").write_text(text, encoding="utf-8")
        return script(f"cat {tmp_path}/printed")

    return write


@pytest.fixture
def make(tmp_path: Path, media_files: dict[str, Path]) -> Iterator[Callable[[], Made]]:
    """Make a transcript of a short recording."""
    folder = tmp_path / "made"
    folder.mkdir()
    yield partial(transcript.make, media_files["sound.mp3"], folder, lambda _percent: None)
    assert not (folder / "sound.wav").exists()


def test_it_is_for_sound_without_subtitles_that_are_text(tmp_path: Path, media_files: dict[str, Path]) -> None:
    assert transcript.is_for(looked_at(media_files["sound.mp3"]))
    assert not transcript.is_for(looked_at(film(tmp_path / "silent", "mp4", [])))
    assert not transcript.is_for(looked_at(media_files["picture.png"]))
    tracks = [{"kind": "audio", "codec": "aac"}, {"kind": "subtitle", "codec": "subrip"}]
    assert not transcript.is_for(MediaFile(audio_codec="aac", facts={"tracks": tracks}))
    tracks[1]["codec"] = "dvd_subtitle"
    assert transcript.is_for(MediaFile(audio_codec="aac", facts={"tracks": tracks}))
    written = film(tmp_path / "film", "mp4", [TextTrack("mov_text", [(0, 900, "One")])])
    assert "subtitle" in [track["kind"] for track in looked_at(written).facts["tracks"]]  # type: ignore[index]


def test_the_program_gets_a_wav_with_silence_where_the_sound_pauses(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "late.mka"
    with av.open(str(source), "w", format="matroska") as output:
        stream = output.add_stream("flac", rate=48000, layout="stereo")
        for begin in (1, 3):  # a second of sound at each of these
            tone = [round(20000 * sin(2 * pi * 440 * number / 48000)) for number in range(48000)]
            frame = av.AudioFrame("s16", "stereo", 48000)
            frame.planes[0].update(b"".join(pack("<hh", sample, sample) for sample in tone))
            frame.sample_rate, frame.pts = 48000, begin * 48000
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    program = script(f'cp "$2" {tmp_path}/heard.wav; printf "WEBVTT\\n\\n00:00.000 --> 00:01.000\\n$1 $3\\n"')
    monkeypatch.setattr(transcribing, "setting", (str(program), "a b; $HOME", "{input}", "c"))
    (tmp_path / "made").mkdir()
    transcript.make(source, tmp_path / "made", lambda _percent: None)
    assert "\na b; $HOME c\n" in (tmp_path / "made/und.vtt").read_text()
    with wave.open(str(tmp_path / "heard.wav")) as heard:
        assert heard.getparams()[:3] == (1, 2, 16000)
        begin = 1 if heard.getnframes() > 3.5 * 16000 else 0  # where the container itself begins
        assert heard.getnframes() == pytest.approx((begin + 3) * 16000, abs=1600)
        heard.setpos((begin + 1) * 16000 + 1600)
        assert set(heard.readframes(12000)) == {0}, "the pause"
        heard.setpos((begin + 2) * 16000 + 1600)
        assert max(heard.readframes(1600)) > 0


def test_what_it_prints_is_repaired_and_stored(says: Callable[[str], Path], make: Callable[[], Made]) -> None:
    says(WEBVTT.replace("-->", "->") + "\n1\n0:2,5 --> 0:3,5\nWorld\n\n2\n0:4,5 --> 0:5,5\n<b>Two\n")
    made = make()
    [file] = made.files
    assert file.name == "ru.vtt"
    assert file.about == {"language": "ru", "kind": "subtitles", "label": "Русский", "machine_made": True}


@pytest.mark.parametrize(
    ("text", "raised", "said"),
    [
        ("echo broken >&2; exit 3", InvalidInput, "TRANSCRIBE_COMMAND ended with status 3"),
        ("kill -9 $$", OSError, "killed"),
        ("true", InvalidInput, "TRANSCRIBE_COMMAND has printed nothing"),
        ("echo junk", InvalidInput, "What TRANSCRIBE_COMMAND has printed is not WebVTT"),
        ("echo WEBVTT", Skip, "No speech was found"),
        ("head -c 11000000 /dev/zero", InvalidInput, "prints more than 10 MB"),
    ],
    ids=["an error", "killed", "nothing", "junk", "no speech", "too much"],
)
def test_how_it_fails(script: Script, make: Callable[[], Made], text: str, raised: type[Exception], said: str) -> None:
    script(text)
    with pytest.raises(raised, match=said):
        make()


def test_one_that_cannot_be_run(script: Script, make: Callable[[], Made], monkeypatch: pytest.MonkeyPatch) -> None:
    program = script("true")
    program.write_bytes(b"\0\0")
    with pytest.raises(InvalidInput, match=f"TRANSCRIBE_COMMAND: {program} cannot be executed"):
        make()
    program.chmod(0o644)
    with pytest.raises(InvalidInput, match=f"TRANSCRIBE_COMMAND: {program} cannot be executed"):
        make()
    monkeypatch.setattr(transcribing, "setting", ("/gone/transcribe",))
    with pytest.raises(InvalidInput, match=r"TRANSCRIBE_COMMAND: there is no /gone/transcribe\."):
        make()


def test_its_progress_is_told_by_the_cues(says: Callable[[str], Path], tmp_path: Path) -> None:
    says("WEBVTT\n\n00:00.000 --> 00:02.500\nA\n\n00:02.500 --> 99:00:00.000 align:left\nB\n\n--> --> never\n")
    told: list[float] = []
    transcribing.transcribe(tmp_path / "unread.wav", 10.0, told.append)
    assert told == [25, 99]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_all_that_it_runs_dies_with_the_worker(script: Script, media_files: dict[str, Path], tmp_path: Path) -> None:
    script(f"sleep 1000 & echo $$ $! >{tmp_path}/pids; mv {tmp_path}/pids {tmp_path}/told; wait")
    worker = os.fork()
    if worker == 0:
        try:
            work = partial(transcript.make, media_files["sound.mp3"], tmp_path)
            isolation.run(work, transcript.LIMITS, lambda _progress: None)
        finally:
            os._exit(0)
    assert eventually((tmp_path / "told").exists)
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    for pid in map(int, (tmp_path / "told").read_text().split()):
        assert eventually(lambda pid=pid: not is_alive(pid))  # type: ignore[misc]


def test_silence_is_no_sign_that_it_hangs_but_time_is(script: Script, media_files: dict[str, Path]) -> None:
    assert transcript.LIMITS.silence == float("inf")
    assert isolation.limits(transcript, looked_at(media_files["sound.mp3"])) is transcript.LIMITS
    script("exec sleep 1000")
    work = partial(transcribing.transcribe, media_files["sound.mp3"], 1.0)
    with pytest.raises(InvalidInput, match="given up after"):
        isolation.run(work, replace(transcript.LIMITS, seconds=0.5), lambda _progress: None)  # type: ignore[arg-type]


@pytest.mark.both_databases
def test_rows_come_and_go_with_the_setting(
    recording: ContentItem, rows: Rows, engine: Engine, says: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_missing() -> int:
        with Session(engine) as session:
            count = deriving.add_missing(session)
            session.commit()
            return count

    assert "transcript" not in recipes()
    assert "transcript" not in rows()
    assert add_missing() == 0
    says(WEBVTT)
    assert add_missing() == 1
    assert rows()["transcript"].status == DerivativeStatus.PENDING
    monkeypatch.setattr(transcribing, "setting", ())
    assert add_missing() == 1
    assert "transcript" not in rows()


@pytest.mark.both_databases
def test_it_is_like_any_other_once_an_editor_has_read_it(
    recording: ContentItem,
    rows: Rows,
    work: Work,
    engine: Engine,
    says: Callable[[str], Path],
    media_file: Callable[[], MediaFile],
) -> None:
    def shown() -> dict[str, object]:
        derived = media_file().derived
        assert derived
        [found] = derived["transcript"]
        return dict(found)

    def read(path: object) -> None:
        with Session(engine) as session:
            transcripts.mark_read(session, media_file().id, str(path))
            session.commit()

    def again() -> Derivative | None:
        with Session(engine) as session:
            deriving.ask(session, media_file().id, "transcript", again=True)
            session.commit()
        return work("transcript")

    says(WEBVTT)
    row = again()
    assert row
    assert (row.status, shown()["machine_made"]) == (DerivativeStatus.READY, True)
    first = shown()["path"]
    read(first)
    assert shown()["machine_made"] is False
    assert rows()["transcript"].files[0]["about"]["machine_made"] is False  # type: ignore[index]
    again()
    assert shown()["machine_made"] is True, "nobody has read the new one"
    with pytest.raises(InvalidInput, match="made again in the meantime"):
        read(first)
    assert shown()["machine_made"] is True
