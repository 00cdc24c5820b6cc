"""Sentences for editors that are written now and translated when they are shown."""

from __future__ import annotations

from typing import Any


def N_(sentence: str) -> str:
    """Mark English words for translation without translating them yet."""
    return sentence


class InvalidInput(Exception):
    """Input that cannot be accepted, and the sentence that tells the editor why.

    Args:
        sentence: English, marked with :func:`N_`, with ``%(name)s`` places.
        values: what goes into the places.
    """

    def __init__(self, sentence: str, **values: Any) -> None:
        super().__init__(sentence % values)
        self.sentence = sentence
        self.values = values
