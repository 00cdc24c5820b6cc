"""The types of ZIP archives, and of documents that are such (OpenDocument, Office Open XML, EPUB), by their bytes.

Nothing is unpacked: the first entry or the central directory tells what an archive is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from cms.messages import N_, InvalidInput

#: The longest central directory that is read into memory; with a longer one, no document is recognized by its parts.
MAX_LIST = 4 * 2**20

# A local file header: signature, versions, method, times, CRC, sizes, lengths of name and extra field.
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_ENTRY, _LISTED, _END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
# The end record has 22 bytes and a comment of up to 65,535.
_TAIL = 22 + 2**16
_ODF = "application/vnd.oasis.opendocument."
_OOXML = "application/vnd.openxmlformats-officedocument."
# The types that the first entry, ``mimetype``, may state.
_DECLARED = {f"{_ODF}text", f"{_ODF}spreadsheet", f"{_ODF}presentation", "application/epub+zip"}
# The entry that only such documents have.
_PARTS = {
    b"word/document.xml": f"{_OOXML}wordprocessingml.document",
    b"xl/workbook.xml": f"{_OOXML}spreadsheetml.sheet",
    b"ppt/presentation.xml": f"{_OOXML}presentationml.presentation",
}

#: Every type that :func:`mime_type` knows, with the extension that it is stored under.
EXTENSIONS = {
    f"{_OOXML}wordprocessingml.document": "docx",
    f"{_OOXML}spreadsheetml.sheet": "xlsx",
    f"{_OOXML}presentationml.presentation": "pptx",
    f"{_ODF}text": "odt",
    f"{_ODF}spreadsheet": "ods",
    f"{_ODF}presentation": "odp",
    "application/epub+zip": "epub",
    "application/zip": "zip",
}


def mime_type(path: Path, head: bytes) -> str | None:
    """The type of a file that begins with ``head``; ``None`` if it is no whole archive.

    Raises:
        InvalidInput: it is a document with macros.
    """
    if not head.startswith(_ENTRY):
        return None
    listed = _list(path)
    if listed is None:
        return None
    names = set(_names(listed))
    if any(name.endswith(b"vbaProject.bin") for name in names):
        raise InvalidInput(N_("This document has macros. Save it without them."))
    declared = _declared(head)
    if declared in _DECLARED:
        return declared
    if b"[Content_Types].xml" in names:
        return next((mime for part, mime in _PARTS.items() if part in names), "application/zip")
    return "application/zip"


def _declared(head: bytes) -> str:
    """What the first entry says, if it is called ``mimetype`` and is not compressed."""
    _, _, _, method, _, _, _, _, size, name, extra = _LOCAL.unpack_from(head.ljust(_LOCAL.size, b"\0"))
    start = _LOCAL.size + name
    if method != 0 or head[_LOCAL.size : start] != b"mimetype":
        return ""
    return head[start + extra : start + extra + size].decode("latin-1")


def _list(path: Path) -> bytes | None:
    """The central directory; empty if it is too long, ``None`` if there is none."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL))
        tail = file.read()
        place = tail.rfind(_END)
        if place < 0 or len(tail) < place + 20:
            return None
        length, start = struct.unpack_from("<II", tail, place + 12)
        if length > MAX_LIST:
            return b""
        file.seek(start)
        return file.read(length)


def _names(entries: bytes) -> Iterator[bytes]:
    place = 0
    while entries.startswith(_LISTED, place) and len(entries) >= place + 46:
        name, extra, comment = struct.unpack_from("<HHH", entries, place + 28)
        yield entries[place + 46 : place + 46 + name]
        place += 46 + name + extra + comment
