"""A timetable as a PDF, written by hand: three pages with text in the fonts that every reader has."""

from __future__ import annotations

from functools import cache

from cms.demo import encoding
from cms.demo.harbour import Scene, drawn

_WIDTH, _HEIGHT = 595, 842  # A4, in points
_PICTURE = (1190, 700)

_PAGES = (
    (
        "The island ferry",
        (
            "Timetable from May to October",
            "",
            "The ferry leaves from the quay below the clock.",
            "The crossing takes forty minutes.",
        ),
    ),
    (
        "Departures",
        (
            "Quay      Island    Days",
            "",
            "06:10     06:50     Monday to Friday",
            "08:00     08:40     every day",
            "10:00     10:40     every day",
            "13:30     14:10     every day",
            "17:00     17:40     every day",
            "20:15     20:55     Friday and Saturday",
            "",
            "The last ferry back leaves the island at 21:05.",
        ),
    ),
    (
        "On board",
        (
            "Bicycles travel free of charge.",
            "Dogs travel on a lead.",
            "There is coffee on the upper deck,",
            "and it is better than you expect.",
            "",
            "In fog the ferry sounds its horn twice, and leaves late.",
        ),
    ),
)


@cache
def timetable() -> bytes:
    """Each page has a picture of the harbour above its text."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (len(_PAGES), b" ".join(b"%d 0 R" % (5 + 3 * number) for number in range(len(_PAGES)))),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    for number, (hour, (heading, lines)) in enumerate(zip((8.0, 12.0, 19.2), _PAGES, strict=True)):
        first = 5 + 3 * number
        picture = encoding.jpeg(drawn(Scene(hour, 3, gulls=3), _PICTURE), 80)
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R /Resources "
            b"<< /Font << /Bold 3 0 R /Text 4 0 R >> /XObject << /Picture %d 0 R >> >> >>"
            % (_WIDTH, _HEIGHT, first + 1, first + 2),
            _stream(b"", _drawn(heading, lines)),
            _stream(
                b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 "
                b"/Filter /DCTDecode " % _PICTURE,
                picture,
            ),
        ]
    return _written(objects)


def _drawn(heading: str, lines: tuple[str, ...]) -> bytes:
    height = _WIDTH * _PICTURE[1] // _PICTURE[0]
    commands = [f"q {_WIDTH} 0 0 {height} 0 {_HEIGHT - height} cm /Picture Do Q"]
    commands += [f"BT /Bold 34 Tf 56 {_HEIGHT - height - 74} Td ({heading}) Tj ET"]
    commands += [f"BT /Text 13 Tf 20 TL 56 {_HEIGHT - height - 112} Td"]
    commands += [*(f"({line}) Tj T*" for line in lines), "ET"]
    return "\n".join(commands).encode("ascii")


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<< %s/Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def _written(objects: list[bytes]) -> bytes:
    """The objects with the table of where each begins (ISO 32000-1, 7.5)."""
    written, starts = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        starts.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(written) + end % (len(starts) + 1, table, len(starts) + 1, len(written))
