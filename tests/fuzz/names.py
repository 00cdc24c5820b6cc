"""Unusual file names."""

from __future__ import annotations

import random

_NAMES = (
    *(
        "",
        ".",
        "..",
        "...",
        " ",
        "/",
        "\\",
        "a/",
        "..\\..\\x.mp4",
        "../../../../etc/passwd",
        "/etc/passwd",
        "C:\\a.mp4",
    ),
    *("....//....//x", "%2e%2e%2fx.mp4", "..%c0%afx", "\\\\server\\share\\x", "file:///etc/passwd", "~root/x", "-rf"),
    *("a\0b.mp4", "\0", "a.mp4\0.html", "\x01\x02\x7f\x85.mp4", "a\r\nSet-Cookie: x=1.mp4", "a\tb", "\x1b[31m.mp4"),
    *("\u202egnp.exe", "\u2066a\u2069.mp4", "\ufeffa.mp4", "\u200b", "\u2028.mp4", "a\u0301" * 100, "\u0300" * 300),
    *("CON", "NUL.mp4", "aux.h264", "a" * 1000 + ".mp4", "я" * 1000, "😀" * 300, "a." + "x" * 1000, "." * 1000),
    *('a"b.mp4', "a'b.mp4", "a;b.mp4", "a\\", '\\"', "a%22b", "%00", "%", "%(x)s", "{0.__class__}", "${jndi:ldap://x}"),
    *("<img src=x onerror=alert(1)>.mp4", "'; DROP TABLE upload; --", "a|b&c`d`$(e)", "*?[", "=cmd|' /C calc'!A0"),
    *("\ud800.mp4", "\udfff\ud800", "\ufffe\uffff", "\U0010ffff", "\ue000", "ﬁ.mp4", "İ.mp4", "ß" * 255, "．．／x"),
    *(".htaccess", "index.php", "x.svg", "x.mp4.html", "x.MP4", "x.mp4 ", "x.mp4.", "x..mp4", ".mp4", "x", "film.mp4"),
)
# Ranges of troublesome characters.
_RANGES = (
    *((0, 0x20), (0x20, 0x7F), (0x80, 0xA0), (0xA0, 0x180), (0x300, 0x370), (0x400, 0x500), (0x590, 0x700)),
    *((0x2000, 0x2070), (0xD800, 0xE000), (0xE000, 0xE100), (0xFE00, 0xFE10), (0xFF00, 0x10000), (0x1F300, 0x1F700)),
    *((0xE0000, 0xE0080), (0x10FF00, 0x110000)),
)


def name(random: random.Random) -> str:
    """One of the known names, or one made of odd characters."""
    if random.random() < 0.5:
        return random.choice(_NAMES)
    ranges = random.choices(_RANGES, k=3)
    characters = (chr(random.randrange(*random.choice(ranges))) for _ in range(random.choice((1, 3, 10, 40, 300))))
    return "".join(characters) + random.choice(("", ".mp4", ".srt", "."))
