"""Malformed form bodies: a valid one, mutated in one to three ways."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.fuzz.names import name

_TOKENS = (b"--", b"\r\n", b"\n", b"\r", b"\0", b'"', b";", b"=", b"\\", b"filename", b"Content-Disposition:", b"\xff")
_TEXTS = (
    *("", " ", "0", "-1", "1e5", "0x10", " 7 ", "7.5", "NaN", "1" * 400, "-" + "9" * 30, "2147483648", "-2147483648"),
    *("٣", "²", "①", "٣" * 5000, "\0", "a\0b", "\x1b[0m", "\u202egnp.exe", "a" * 256, "я" * 255, "я" * 300),
    *("<script>alert(1)</script>", "{{7*7}}", "%(x)s %d %", "'; DROP TABLE page; --", "\u2028", "\ufffe", "\U0010ffff"),
    *("javascript:alert(1)", "http://", "http://[", "http://[::1", "http://a b", "https://ü.example/\0", "ftp://a/b"),
    *("https://example.com/" + "a" * 3000, "http://example.com:99999999/", "//example.com", "http://%zz", "y", "[]"),
)
_FIELDS = ("page", "title", "order", "is_active", "csrf_token", "id", "counter", "content_type", "video_clear", "")
_FIELDS += ("video_url", "subtitles_url", "audio_url", "text", "_continue_editing", "_charset_", "__class__", "a[b][]")
_TYPES = (
    *("", "text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/mixed", "multipart/"),
    *("multipart/form-data", "multipart/form-data;", "multipart/form-data; boundary", "multipart/form-data; boundary="),
    *('multipart/form-data; boundary="', 'multipart/form-data; boundary="a\\"b"', "multipart/form-data; boundary= b "),
    *("multipart/form-data; boundary=" + "b" * 300, "multipart/form-data; boundary=\xe4\xf6", "multipart/form-data,"),
    *("multipart/form-data; boundary=b; boundary=c", "multipart/form-data; boundary*=utf-8''b", "\xff/\xfe; ="),
    *("multipart/form-data; boundary*0=b; boundary*1=c", "multipart/form-data; boundary=.*", "/", ";;;;"),
)
_CHARSETS = ("utf-16", "utf-7", "idna", "punycode", "base64", "hex", "no-such", "", "\xff", "undefined", "cp1251")
_PART_HEADERS = (
    *(b"Content-Type: text/plain; charset=utf-16", b"Content-Type: text/plain; charset=no-such", b"Content-Type:"),
    *(b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"Content-Length: 5"),
    *(b"Content-Length: -5", b"Content-Length: x", b"Content-Length: " + b"9" * 5000, b": empty", b"no colon at all"),
    *(b"\xff\xfe: \xff", b"X: " + b"x" * 20_000, b" folded: line", b"X:\0", b"Content-Disposition: attachment", b""),
    *(
        b'Content-Disposition: form-data; name="title"',
        b"Content-Disposition:",
        b"Content-Disposition: form-data; name",
    ),
    *(b"Content-Encoding: gzip", b"Content-Type: multipart/mixed; boundary=inner", b"Content-Type: message/rfc822"),
)
_DISPOSITIONS = (
    'form-data; name="{field}"; filename="{name}',
    "form-data; name={field}; filename={name}",
    "form-data; name=\"{field}\"; filename*=UTF-8''{name}",
    "form-data; name=\"{field}\"; filename*=utf-16'ru'{name}",
    "form-data; name=\"{field}\"; filename*=no-such''%FF%FE{name}",
    'form-data; name="{field}"; filename="a"; filename*=UTF-8\'\'{name}; filename="b"',
    'form-data; name="{field}"; filename*0="{name}"; filename*1="{name}"; filename*7*=x',
    "form-data; name*=UTF-8''{field}; filename=\"{name}\"",
    'form-data; name="{field}"; name="title"; filename="{name}"',
    'form-data; filename="{name}"',
    'attachment; name="{field}"; filename="{name}"',
    'form-data; name="{field}"; filename="{name}\\"',
    'form-data; name="{field}"; filename="\\"; x="{name}"',
    'form-data; name="{field}";; ;filename = "{name}" ; =',
    'FORM-DATA; NAME="{field}"; FILENAME="{name}"',
    'form-data; name="{field}"; filename=""',
    'form-data; name="{field}"; filename',
    "{name}",
)


@dataclass
class Part:
    """A field or a file, with its header lines."""

    lines: list[bytes]
    data: bytes


@dataclass
class Sent:
    """A request: its headers, and the parts of its body, or the body's bytes once :meth:`write` has joined them."""

    parts: list[Part]
    boundary: bytes = b"----WebKitFormBoundaryk7Qy"
    newline: bytes = b"\r\n"
    ending: bytes = b"--\r\n"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def write(self) -> None:
        """Join the parts."""
        pieces = []
        for part in self.parts:
            lines = self.newline.join([*part.lines, b"", b""])
            pieces += [b"--", self.boundary, self.newline, lines, part.data, self.newline]
        self.body = b"".join([*pieces, b"--", self.boundary, self.ending])
        kind = f"multipart/form-data; boundary={self.boundary.decode('latin-1')}"
        self.headers = {"Content-Type": kind, "Content-Length": str(len(self.body))}


def valid(fields: dict[str, str], files: dict[str, tuple[str, bytes]]) -> Sent:
    """The form as a browser sends it."""
    parts = [Part([_disposition(key)], value.encode()) for key, value in fields.items()]
    for key, (filename, data) in files.items():
        parts.append(Part([_disposition(key, filename), b"Content-Type: application/octet-stream"], data))
    return Sent(parts)


def mutated(random: random.Random, sent: Sent) -> Sent:
    """That form, mutated: in its parts before they are joined, or in its bytes and headers afterwards."""
    sent = replace(sent, parts=[Part(list(part.lines), part.data) for part in sent.parts])
    harms = random.choices(_HARMS, k=random.choice((1, 2, 2, 3)))
    for harm in harms:
        if harm in _BEFORE:
            harm(random, sent)
    sent.write()
    for harm in harms:
        if harm in _AFTER:
            harm(random, sent)
            if random.random() < 0.8 and "Content-Length" in sent.headers and harm is not _length:
                sent.headers["Content-Length"] = str(len(sent.body))
    return sent


def _disposition(key: str, filename: str | None = None) -> bytes:
    line = f'Content-Disposition: form-data; name="{key}"'
    return (line if filename is None else f'{line}; filename="{filename}"').encode("utf-8", "surrogatepass")


def _file(random: random.Random, sent: Sent) -> Part:
    files = [part for part in sent.parts if any(b"filename" in line for line in part.lines)]
    return random.choice(files or sent.parts or [Part([], b"")])


def _part(random: random.Random, sent: Sent) -> Part:
    return random.choice(sent.parts or [Part([], b"")])


# Mutations of the parts.


def _rename(random: random.Random, sent: Sent) -> None:
    """Another file name, as a browser would encode it."""
    part = _file(random, sent)
    escaped = name(random).replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    key = next((b for b in (b"video_file", b"audio_file", b"subtitles_file") if b in b"".join(part.lines)), b"title")
    part.lines[:1] = [_disposition(key.decode(), escaped)]


def _redispose(random: random.Random, sent: Sent) -> None:
    part = _file(random, sent)
    key = random.choice(("video_file", "audio_file", "subtitles_file", "title", "page", name(random)[:50]))
    line = "Content-Disposition: " + random.choice(_DISPOSITIONS).format(field=key, name=name(random))
    part.lines[:1] = [line.encode(random.choice(("utf-8", "utf-16", "cp1251")), "ignore")]


def _add_line(random: random.Random, sent: Sent) -> None:
    lines = _part(random, sent).lines
    lines.insert(random.randint(0, len(lines)), random.choice(_PART_HEADERS))


def _drop_lines(random: random.Random, sent: Sent) -> None:
    _part(random, sent).lines.clear()


def _refill(random: random.Random, sent: Sent) -> None:
    """Another value in an existing or missing field."""
    key, text = random.choice(_FIELDS), random.choice((*_TEXTS, name(random)))
    found = [part for part in sent.parts if part.lines and part.lines[0] == _disposition(key)]
    part = found[0] if found else Part([_disposition(key)], b"")
    if not found:
        sent.parts.insert(random.randint(0, len(sent.parts)), part)
    part.data = text.encode("utf-8", "surrogatepass") if random.random() < 0.9 else random.randbytes(20)


def _refile(random: random.Random, sent: Sent) -> None:
    """Other bytes for a file."""
    part = _file(random, sent)
    line = sent.newline + b"--" + sent.boundary
    choices = (b"", b"\0", b"<svg>", b"WEBVTT\n\n", random.randbytes(50), part.data[: len(part.data) // 2], line)
    choices += (line[:-1] + b"x", line + b"--", sent.newline * 50, bytes(70_000), gzip.compress(part.data))
    part.data = random.choice(choices)


def _repeat(random: random.Random, sent: Sent) -> None:
    sent.parts += [_part(random, sent)] * random.choice((1, 1, 2, 20))


def _flood(random: random.Random, sent: Sent) -> None:
    """More parts, including files, than any form has."""
    filename = random.choice((None, "a.bin"))
    many = [Part([_disposition(f"f{number}", filename)], b"x") for number in range(random.choice((40, 400, 1100)))]
    sent.parts = many + sent.parts if random.random() < 0.5 else sent.parts + many


def _drop(random: random.Random, sent: Sent) -> None:
    if sent.parts:
        sent.parts.pop(random.randrange(len(sent.parts)))


def _shuffle(random: random.Random, sent: Sent) -> None:
    random.shuffle(sent.parts)


def _nest(random: random.Random, sent: Sent) -> None:
    """A whole form inside a part of a form, with the same or another boundary."""
    inner = Sent([_part(random, sent)], boundary=random.choice((b"inner", sent.boundary)))
    inner.write()
    line = f"Content-Type: {inner.headers['Content-Type']}".encode("latin-1")
    sent.parts.append(Part([_disposition("video_file"), line], inner.body))


def _newlines(random: random.Random, sent: Sent) -> None:
    sent.newline = random.choice((b"\n", b"\r", b"\n\r", b"\r\n ", b"\r\n\r\n"))


def _end(random: random.Random, sent: Sent) -> None:
    sent.ending = random.choice(
        (b"", b"-", b"--", b"\r\n", b"--\r\n--" + sent.boundary + b"--", b"--\r\nafterwards" * 99)
    )


def _rebound(random: random.Random, sent: Sent) -> None:
    sent.boundary = random.choice((b"", b"-", b"x", b"--", b"b" * 300, b".*", b'"q"', b"\xe4", b"a b", b"Content"))


# Mutations of bytes and headers.


def _truncate(random: random.Random, sent: Sent) -> None:
    sent.body = sent.body[: random.randint(0, len(sent.body))]


def _flip(random: random.Random, sent: Sent) -> None:
    body = bytearray(sent.body or b"x")
    for _ in range(random.choice((1, 2, 8, 64))):
        # Mostly in the first lines: the rest is a file's bytes, where nothing but the boundary matters.
        place = random.randrange(min(len(body), random.choice((1500, 10**6))))
        body[place] ^= 1 << random.randrange(8)
    sent.body = bytes(body)


def _splice(random: random.Random, sent: Sent) -> None:
    start = random.randint(0, len(sent.body))
    end = min(len(sent.body), start + random.choice((0, 1, 3, 100)))
    piece = random.choice((b"", sent.body[start:end] * 2, random.choice(_TOKENS), b"--" + sent.boundary))
    sent.body = sent.body[:start] + piece + sent.body[end:]


def _length(random: random.Random, sent: Sent) -> None:
    right = len(sent.body)
    wrong = ("0", "1", str(right // 2), str(right - 1), str(right + 1), str(right * 2), "-5", "x", "", "9" * 30, "+7")
    sent.headers["Content-Length"] = random.choice(wrong)


def _retype(random: random.Random, sent: Sent) -> None:
    sent.headers["Content-Type"] = random.choice(_TYPES)


def _charset(random: random.Random, sent: Sent) -> None:
    sent.headers["Content-Type"] += f"; charset={random.choice(_CHARSETS)}"


def _header(random: random.Random, sent: Sent) -> None:
    """A header of the request. With gzip, the body is sometimes really compressed."""
    key, value = random.choice(
        (
            ("Content-Encoding", "gzip"),
            ("Content-Encoding", "\xff"),
            ("Accept-Language", "\xff;q=x," * 50),
            ("X-HTTP-Method-Override", "DELETE"),
            ("X-CSRFToken", "x" * 9000),
            ("Referer", "http://[/"),
            ("Origin", "null"),
            ("Range", "bytes=-"),
            ("If-None-Match", "*"),
        )
    )
    sent.headers[key] = value
    if value == "gzip" and random.random() < 0.5:
        sent.body = gzip.compress(sent.body)


_Harm = Callable[[random.Random, Sent], None]
_BEFORE: tuple[_Harm, ...] = (_rename, _redispose, _add_line, _drop_lines, _refill, _refile, _repeat, _flood, _drop)
_BEFORE += (_shuffle, _nest, _newlines, _end, _rebound)
_AFTER: tuple[_Harm, ...] = (_truncate, _flip, _splice, _length, _retype, _charset, _header)
# Mutations with the most ways to go wrong are the most frequent.
_HARMS = (*_BEFORE, *_AFTER, *[_rename, _redispose, _refill, _flip] * 3, *[_splice, _truncate, _length, _retype] * 2)
