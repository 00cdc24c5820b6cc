"""What a PDF is: how many pages it has, and whether it asks for a password; read with PDFium, as Chrome does."""

from __future__ import annotations

from pathlib import Path

import pypdfium2

from cms.media.facts import Facts
from cms.media.probe import Probe
from cms.messages import N_, InvalidInput

#: The warning that nobody can read it without a password.
LOCKED = "locked"
# PDFium's numbers of errors (FPDF_GetLastError): the password is wrong, or the kind of encryption is not known.
_LOCKED = (4, 5)


def probe(path: Path) -> Probe:
    """What the PDF at ``path`` is.

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
