"""Sentences for editors, translated when they are shown."""

from __future__ import annotations

from typing import Any


def N_(sentence: str) -> str:
    """Mark English words for translation without translating them yet."""
    return sentence


class InvalidInput(Exception):
    """Input that cannot be accepted, and the sentence that tells the editor why.

    Args:
        sentence: English, marked with :func:`N_`, with ``%(name)s`` placeholders.
        values: the values of the placeholders.
    """

    def __init__(self, sentence: str, **values: Any) -> None:
        super().__init__(sentence % values)
        self.sentence = sentence
        self.values = values
