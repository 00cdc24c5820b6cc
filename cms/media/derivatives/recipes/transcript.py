"""A transcript of what is said, as WebVTT, by the program that ``TRANSCRIBE_COMMAND`` names."""

from __future__ import annotations

import re
import wave
from dataclasses import replace
from math import inf
from pathlib import Path

import av
from av.container import InputContainer

from cms.media import facts, subtitles
from cms.media.derivatives import isolation, sound, transcribing
from cms.media.derivatives.opening import opened
from cms.media.derivatives.recipe import Cost, Made, MadeFile, Progress, Skip
from cms.media.models import MediaFile
from cms.media.subtitles import embedded
from cms.messages import N_, InvalidInput

NAME, VERSION, COST, FIELD = "transcript", 1, Cost.SLOW, "transcript"

#: Models of speech are large, and some programs print nothing before they are done.
LIMITS = replace(isolation.LIMITS[Cost.SLOW], memory=8 * 2**30, silence=inf)
#: What programs for speech expect, in samples per second.
RATE = 16_000
#: The longest recording, in hours. A WAV file has room for no more than 37.
MOST_HOURS = 24
#: A pause between two frames, in seconds, that is silence. Shorter ones are rounding.
PAUSE = 0.2
#: Which part of the work is to decode the sound, in percent.
DECODING = 1.0

_WIDTH = 2
_LANGUAGE = re.compile(r"^Language:[ \t]*([A-Za-z]{2,3})\b", re.MULTILINE)


def is_on() -> bool:
    """Whether there is a program for it."""
    return bool(transcribing.setting)


def is_for(media_file: MediaFile) -> bool:
    """For everything with sound, unless it has subtitles of its own that are text."""
    tracks = (media_file.facts or {}).get("tracks", ())
    has_text = any(track["kind"] == "subtitle" and track["codec"] in embedded.TEXT for track in tracks)
    return media_file.audio_codec is not None and not has_text


def make(source: Path, folder: Path, progress: Progress) -> Made:
    """Write the sound aside, and store what the program makes of it."""
    aside = folder / "sound.wav"
    try:
        with opened(source) as container:
            duration = _write_sound(container, aside, progress)
        progress(DECODING)
        printed = transcribing.transcribe(
            aside, duration, lambda percent: progress(DECODING + percent * (1 - DECODING / 100))
        )
    finally:
        aside.unlink(missing_ok=True)
    webvtt = _read(printed)
    language = _language(webvtt)
    file = f"{language or 'und'}.vtt"
    (folder / file).write_text(webvtt, encoding="utf-8")
    about = {"language": language, "kind": "subtitles", "label": facts.own_name(language), "machine_made": True}
    return Made([MadeFile(file, about=about)])


def _write_sound(container: InputContainer, target: Path, progress: Progress) -> float:
    """Write the sound as players time it, with silence where a track begins late or pauses. Returns its seconds."""
    stream = sound.stream(container)
    begin, length = (container.start_time or 0) / av.time_base, (container.duration or 0) / av.time_base
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    written = 0
    with wave.open(str(target), "wb") as file:
        file.setparams((1, _WIDTH, RATE, 0, "NONE", "not compressed"))
        for time, frame in sound.resampled(container, stream, resampler):
            missing = (time - begin) - written / RATE if time is not None else 0
            if missing > PAUSE and time is not None and time - begin <= length:  # otherwise the times are wrong
                written += _write_silence(file, round(missing * RATE))
            file.writeframesraw(bytes(frame.planes[0])[: frame.samples * _WIDTH])
            written += frame.samples
            if written > MOST_HOURS * 3600 * RATE:
                raise Skip(N_("Recordings of more than %(hours)d hours are not transcribed."), hours=MOST_HOURS)
            progress(min(DECODING, DECODING * written / RATE / length) if length else 0)
    if not written:
        raise sound.unreadable()
    return written / RATE


def _write_silence(file: wave.Wave_write, samples: int) -> int:
    samples = min(samples, MOST_HOURS * 3600 * RATE)
    for start in range(0, samples, RATE):
        file.writeframesraw(b"\0\0" * min(RATE, samples - start))
    return samples


def _read(printed: bytes) -> str:
    """The WebVTT in what the program has printed, repaired like an editor's.

    Raises:
        Skip: it has found no speech.
        InvalidInput: it has printed something else.
    """
    if not printed.strip():
        raise InvalidInput(N_("TRANSCRIBE_COMMAND has printed nothing."))
    if b"-->" not in printed and printed.lstrip(b"\xef\xbb\xbf").lstrip().startswith(b"WEBVTT"):
        raise Skip(N_("No speech was found in this file."))
    try:
        return subtitles.convert(printed).webvtt.decode()
    except InvalidInput as error:
        raise InvalidInput(N_("What TRANSCRIBE_COMMAND has printed is not WebVTT.")) from error


def _language(webvtt: str) -> str:
    """The language that the header names; empty if it names none, and it is taken for the item's."""
    found = _LANGUAGE.search(webvtt.replace("\r\n", "\n").partition("\n\n")[0])
    return (facts.language_tag(found[1]) if found else None) or ""
