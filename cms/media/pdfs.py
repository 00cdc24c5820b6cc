"""The page count of a PDF, and whether it needs a password. PDFium reads it, as in Chrome."""

from __future__ import annotations

from pathlib import Path

import pypdfium2

from cms.media.facts import Facts
from cms.media.probe import Probe
from cms.messages import N_, InvalidInput

#: The warning that the PDF needs a password.
LOCKED = "locked"
# PDFium's error codes (FPDF_GetLastError): the password is wrong, or the kind of encryption is not known.
_LOCKED = (4, 5)


def probe(path: Path) -> Probe:
    """Probe the PDF at ``path``.

    Raises:
        InvalidInput: it cannot be read.
        OSError: the file cannot be opened.
    """
    path.open("rb").close()
    try:
        with pypdfium2.PdfDocument(path) as document:
            pages = len(document)
    except pypdfium2.PdfiumError as error:
        if error.err_code in _LOCKED:
            return Probe(warnings=(LOCKED,))
        raise InvalidInput(N_("This PDF cannot be read. It may be damaged or incomplete.")) from error
    return Probe(facts=Facts(pages=pages))
