"""The page count of a PDF, and whether it needs a password. PDFium reads it, as in Chrome."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2

from cms.media.facts import Facts
from cms.media.probe import Probe
from cms.messages import N_, InvalidInput

#: The warning that the PDF needs a password.
LOCKED = "locked"
# PDFium's error codes (FPDF_GetLastError): the password is wrong, or the kind of encryption is not known.
_LOCKED = (4, 5)


class Locked(InvalidInput):
    """The PDF needs a password."""


@contextmanager
def opened(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    """The PDF at ``path``.

    Raises:
        Locked: it needs a password.
        InvalidInput: it cannot be read, even if only the block notices.
        OSError: the file cannot be opened.
    """
    path.open("rb").close()
    try:
        with pypdfium2.PdfDocument(path) as document:
            yield document
    except pypdfium2.PdfiumError as error:
        if error.err_code in _LOCKED:
            raise Locked(N_("This PDF asks for a password.")) from error
        raise unreadable() from error


def probe(path: Path) -> Probe:
    """Probe the PDF at ``path``.

    Raises:
        InvalidInput: it cannot be read.
        OSError: the file cannot be opened.
    """
    try:
        with opened(path) as document:
            return Probe(facts=Facts(pages=len(document)))
    except Locked:
        return Probe(warnings=(LOCKED,))


def unreadable() -> InvalidInput:
    """What is said of a PDF that cannot be read."""
    return InvalidInput(N_("This PDF cannot be read. It may be damaged or incomplete."))
