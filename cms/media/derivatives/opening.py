"""How recipes open audio and video: like the probe, from an open file, with listed containers and no protocols."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from av.container import InputContainer

from cms.media.containers import BROKEN, Reader, open_container
from cms.messages import N_, InvalidInput


@contextmanager
def opened(source: Path) -> Iterator[InputContainer]:
    """The container in a file.

    Raises:
        InvalidInput: nothing in it can be read.
        OSError: the disk has failed, even if the block did not notice.
    """
    with source.open("rb", buffering=0) as file:
        reader = Reader(file)
        try:
            with _container(reader) as container:
                yield container
        finally:
            if reader.error:
                raise reader.error


def _container(reader: Reader) -> InputContainer:
    try:
        return open_container(reader)
    except BROKEN as error:
        raise InvalidInput(N_("The file cannot be read.")) from error
