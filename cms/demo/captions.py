"""The subtitles of the film, in both languages, as files of SubRip (SRT)."""

from __future__ import annotations

_TIMES = ((0.5, 3.5), (4, 7.5), (8.5, 12), (12.5, 16), (17, 21))
_ENGLISH = (
    "Nobody is awake but the lighthouse.",
    "It turns once in eight seconds.",
    "Two boats leave without a sound.",
    "Then the sun clears the hills,",
    "and the gulls have a lot to say.",
)
_RUSSIAN = (
    "Не спит только маяк.",
    "Он делает оборот за восемь секунд.",
    "Две лодки уходят без единого звука.",
    "Потом над холмами встаёт солнце,",
    "и чайкам есть что сказать.",
)


def english() -> bytes:
    """What is said, in English."""
    return _written(_ENGLISH)


def russian() -> bytes:
    """What is said, in Russian."""
    return _written(_RUSSIAN)


def _written(texts: tuple[str, ...]) -> bytes:
    cues = (
        f"{number}\n{_time(start)} --> {_time(end)}\n{text}\n"
        for number, ((start, end), text) in enumerate(zip(_TIMES, texts, strict=True), start=1)
    )
    return "\n".join(cues).encode()


def _time(seconds: float) -> str:
    return f"00:00:{seconds:06.3f}".replace(".", ",")
