"""Slots: the places for files on a kind."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

#: Between the name of a slot that takes several files and the key of one of them.
_BEFORE_KEY = ":"


@dataclass(frozen=True)
class FileText:
    """What an editor writes or chooses for each file of a slot that takes several.

    Args:
        name: its name in the JSON and in the form, a Python identifier.
        label: its label in the form, marked with ``N_``.
        description: what the specification says of it.
        example: an example for the specification.
        length: the most characters that it may have.
        choices: the values that it may have, each with its label; any text if there are none.
        is_language: whether it is the tag of a language (BCP 47); empty means the item's language.
        guess: what it is at first, from the file's name.
    """

    name: str
    label: str
    description: str = ""
    example: str = ""
    length: int = 500
    choices: tuple[tuple[str, str], ...] = ()
    is_language: bool = False
    guess: Callable[[str], str] = lambda _filename: ""

    @property
    def without(self) -> str:
        """What it is if nothing was written or chosen."""
        return self.choices[0][0] if self.choices else ""


@dataclass(frozen=True)
class Slot:
    """A place for a file on a kind, or for several.

    A slot ``video`` has the form field ``video_file`` and the JSON field ``video_path``. If the kind has a column
    ``video_url``, it is an external link that can take the place of the file. A slot ``pictures`` that takes several
    has the form field ``pictures_file``, which adds files, and the JSON field ``pictures``, a list.

    Args:
        name: the slot's name, a Python identifier.
        accepts: the family of accepted files: ``video``, ``audio``, ``image``, ``subtitles`` or ``document``.
        label: its label in the form, marked with ``N_``.
        optional: whether visitors see an item without this file.
        many: whether it takes several files, in an order.
        texts: what an editor writes for each of several files.
    """

    name: str
    accepts: str
    label: str
    optional: bool = False
    many: bool = False
    texts: tuple[FileText, ...] = ()

    @property
    def file_field(self) -> str:
        """The name of the form field."""
        return f"{self.name}_file"

    @property
    def path_field(self) -> str:
        """The name of the JSON field with the file's path."""
        return f"{self.name}_path"

    @property
    def url_field(self) -> str:
        """The name of the column with the external link, if the kind has one."""
        return f"{self.name}_url"

    @property
    def json_fields(self) -> tuple[str, ...]:
        """The names of its JSON fields."""
        return (self.name,) if self.many else (self.path_field, self.file_field)

    def new_place(self) -> str:
        """A new name for the place of one of several files. It is never used again, so old forms mean no other file."""
        return f"{self.name}{_BEFORE_KEY}{secrets.token_hex(4)}"


def slot_of(place: str) -> str:
    """The name of the slot that a place belongs to."""
    return place.partition(_BEFORE_KEY)[0]


def key_of(place: str) -> str:
    """What identifies a place among those of its slot; empty if the slot takes only one file."""
    return place.partition(_BEFORE_KEY)[2]
