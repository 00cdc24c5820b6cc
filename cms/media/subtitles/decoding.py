"""Decoding of subtitle files: by a byte order mark or other evidence if there is any, otherwise by a guess."""

from __future__ import annotations

import re
from dataclasses import dataclass

import chardet

from cms.messages import N_

#: Encodings of files without a byte order mark: Python's names, and the names that editors see.
ENCODINGS = {
    "utf-8": N_("Unicode (UTF-8)"),
    "cp1252": N_("Western European (Windows-1252)"),
    "iso8859-15": N_("Western European (ISO 8859-15)"),
    "mac-roman": N_("Western European (Mac)"),
    "cp850": N_("Western European (DOS, CP850)"),
    "cp1250": N_("Central European (Windows-1250)"),
    "iso8859-2": N_("Central European (ISO 8859-2)"),
    "cp852": N_("Central European (DOS, CP852)"),
    "mac-latin2": N_("Central European (Mac)"),
    "cp1251": N_("Cyrillic (Windows-1251)"),
    "koi8-r": N_("Cyrillic (KOI8-R)"),
    "koi8-u": N_("Cyrillic (KOI8-U)"),
    "cp866": N_("Cyrillic (DOS, CP866)"),
    "cp855": N_("Cyrillic (DOS, CP855)"),
    "iso8859-5": N_("Cyrillic (ISO 8859-5)"),
    "mac-cyrillic": N_("Cyrillic (Mac)"),
    "cp1253": N_("Greek (Windows-1253)"),
    "iso8859-7": N_("Greek (ISO 8859-7)"),
    "mac-greek": N_("Greek (Mac)"),
    "cp737": N_("Greek (DOS, CP737)"),
    "cp1254": N_("Turkish (Windows-1254)"),
    "mac-turkish": N_("Turkish (Mac)"),
    "cp857": N_("Turkish (DOS, CP857)"),
    "cp1255": N_("Hebrew (Windows-1255)"),
    "cp862": N_("Hebrew (DOS, CP862)"),
    "cp1256": N_("Arabic (Windows-1256)"),
    "iso8859-6": N_("Arabic (ISO 8859-6)"),
    "cp720": N_("Arabic (DOS, CP720)"),
    "cp1257": N_("Baltic (Windows-1257)"),
    "cp775": N_("Baltic (DOS, CP775)"),
    "cp1258": N_("Vietnamese (Windows-1258)"),
    "cp874": N_("Thai (Windows-874)"),
    "gb18030": N_("Chinese, simplified (GB 18030)"),
    "big5hkscs": N_("Chinese, traditional (Big5)"),
    "cp932": N_("Japanese (Shift JIS)"),
    "euc_jis_2004": N_("Japanese (EUC-JP)"),
    "cp949": N_("Korean (EUC-KR)"),
}

_GUESSED = [name for name in ENCODINGS if name != "utf-8"]
# How many non-ASCII lines are tried in each encoding.
_LINES = 2000
# Longer marks first: UTF-32's little-endian mark begins with UTF-16's.
_MARKS = {
    b"\xff\xfe\0\0": "utf-32-le",
    b"\0\0\xfe\xff": "utf-32-be",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
_UTF8_MARK = b"\xef\xbb\xbf"
# How a file in 7 bits switches to another alphabet (ISO/IEC 2022).
_SWITCHES = {b"\x1b$@": "iso2022_jp_ext", b"\x1b$B": "iso2022_jp_ext", b"\x1b$)C": "iso2022_kr"}
# A surrogate pair whose halves were encoded one by one, as Java and some databases do (CESU-8).
_SURROGATES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
# How many bytes are enough to see where the NULs of a file are.
_SAMPLE = 64 * 1024
# Programs that add their own line ends to existing ones turn "\r\n" into "\r\r\n". Others break lines within a cue by
# characters that browsers do not show.
_LINE_END = re.compile("\r+\n|[\r\x0b\x0c\x85]")
_BAD = re.compile("\ufffd{2,}")
_UNPRINTABLE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ufeff]")


@dataclass(frozen=True)
class Decoded:
    """Text with ``\\n`` line ends, and the encoding that was guessed or chosen; ``None`` if there was no doubt."""

    text: str
    encoding: str | None


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """Decode a file; bytes that are invalid in its encoding become U+FFFD.

    Args:
        data: the file.
        encoding: one of :data:`ENCODINGS`, if an editor has chosen it.
    """
    if encoding is None and (sure := _evident(data)):
        return Decoded(_text(data, sure), None)
    is_marked = data.startswith(_UTF8_MARK)
    data = data.removeprefix(_UTF8_MARK).replace(b"\0", b"")
    if encoding in (None, "utf-8"):
        data = _SURROGATES.sub(_joined, data)
    if encoding is None:
        bad, good = _count_utf8(data)
        if not bad or (is_marked and bad <= good):
            return Decoded(_text(data, "utf-8"), None)
        encoding = "utf-8" if 2 * bad <= good else guess(data)
    return Decoded(_text(data, encoding), encoding)


def structure(data: bytes) -> str:
    """The text, of which only ASCII is sure to be right. This is quick, and enough to tell the format."""
    sure = _evident(data) or "utf-8"
    return _text(data.removeprefix(_UTF8_MARK), sure)


def guess(data: bytes) -> str:
    """The most probable of :data:`ENCODINGS` for bytes that are not UTF-8. Of those that give the same text, the first.

    chardet rules out an encoding if a single byte is invalid in it. So it is asked again without the few lines that
    some encoding cannot decode, and the second answer counts if it is more confident.
    """
    found, confidence = _detect(data)
    lines = [line for line in data.splitlines() if not line.isascii()][:_LINES]
    damaged: set[bytes] = set()
    for encoding in _GUESSED:
        unread = [line for line in lines if not _can_read(line, encoding)]
        if 4 * len(unread) <= len(lines):
            damaged.update(unread)
    sound = [line for line in lines if line not in damaged]
    if damaged and sound:
        found_in_sound, surer = _detect(b"\n".join(sound))
        found = found_in_sound if surer > 1.2 * confidence else found
    text = data.decode(found, errors="replace")
    return next(name for name in _GUESSED if data.decode(name, errors="replace") == text)


def _detect(data: bytes) -> tuple[str, float]:
    found = chardet.detect(data, compat_names=False, include_encodings=_GUESSED, max_bytes=len(data))
    return found["encoding"] or _GUESSED[0], found["confidence"]


def _can_read(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _evident(data: bytes) -> str | None:
    """The encoding, if there is evidence of it in the file."""
    marked = (encoding for mark, encoding in _MARKS.items() if data.startswith(mark))
    switched = (encoding for switch, encoding in _SWITCHES.items() if switch in data)
    return next(marked, None) or next(switched, None) or _from_nuls(data)


def _joined(match: re.Match[bytes]) -> bytes:
    pair = match[0].decode("utf-8", "surrogatepass")
    return pair.encode("utf-16", "surrogatepass").decode("utf-16").encode()


def _from_nuls(data: bytes) -> str | None:
    """UTF-32 or UTF-16 without a mark: digits, spaces and line ends have NULs, always on the same side."""
    sample = data[:_SAMPLE].rstrip(b"\0")
    quarter = len(sample) // 4
    if quarter < 4:
        return None
    first, second, third, fourth = (sample[place : quarter * 4 : 4].count(0) / quarter for place in range(4))
    if min(third, fourth) > 0.9 and first < 0.1:
        return "utf-32-le"
    if min(first, second) > 0.9 and fourth < 0.1:
        return "utf-32-be"
    if min(second, fourth) > 0.2 and max(first, third) < 0.1:
        return "utf-16-le"
    if min(first, third) > 0.2 and max(second, fourth) < 0.1:
        return "utf-16-be"
    return None


def _count_utf8(data: bytes) -> tuple[int, int]:
    """The number of sequences that are invalid in UTF-8, and of valid ones that are not ASCII."""
    text = data.decode(errors="replace")
    bad = text.count("\ufffd") - data.count("\ufffd".encode())
    ascii_ = sum(map(data.count, range(128))) if bad else 0
    return bad, len(text) - ascii_ - bad


def _text(data: bytes, encoding: str) -> str:
    """Text with ``\\n`` line ends and no control characters. A run of invalid bytes becomes one U+FFFD."""
    text = _BAD.sub("\ufffd", data.decode(encoding, errors="replace"))
    return _UNPRINTABLE.sub("", _LINE_END.sub("\n", text))
