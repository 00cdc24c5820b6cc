"""The encoding is an editor's choice, or else what the file shows, or else a guess."""

from __future__ import annotations

import pytest

from cms.media import subtitles
from cms.media.subtitles.decoding import ENCODINGS, decode, guess
from tests.media.subtitles import cases
from tests.media.subtitles.cases import srt

#: From article 1 of the Universal Declaration of Human Rights, and a line of dialogue.
TEXTS = {
    "ru": ("Все люди рождаются свободными и равными", "в своём достоинстве и правах."),
    "uk": ("Всі люди народжуються вільними і рівними", "у своїй гідності та правах. Ґанок, їжак, єнот."),
    "bg": ("Всички хора се раждат свободни и равни", "по достойнство и права."),
    "pl": ("Wszyscy ludzie rodzą się wolni", "i równi pod względem swej godności: żółć"),
    "cs": ("Všichni lidé rodí se svobodní a sobě rovní", "co do důstojnosti a práv. Příliš žluťoučký kůň."),
    "hu": ("Minden emberi lény szabadon születik", "és egyenlő méltósága és joga van. Őrült, nagyszerű."),
    "de": ("Alle Menschen sind frei und gleich", "an Würde und Rechten geboren. Schöne Grüße, Väter!"),
    "fr": ("Tous les êtres humains naissent libres", "et égaux en dignité. Ça va être très drôle, là-bas."),
    "es": ("Todos los seres humanos nacen libres", "¿Dónde está el niño? ¡Mañana!"),
    "pt": ("Todos os seres humanos nascem livres", "em dignidade e em direitos. Não, então amanhã você é."),
    "el": ("Όλοι οι άνθρωποι γεννιούνται ελεύθεροι", "και ίσοι στην αξιοπρέπεια και τα δικαιώματα."),
    "tr": ("Bütün insanlar hür, haysiyet ve haklar", "bakımından eşit doğarlar. Şimdi değil, çünkü ağır."),
    "he": ("כל בני האדם נולדו בני חורין", "ושווים בערכם ובזכויותיהם."),
    "ar": ("يولد جميع الناس أحرارا", "متساوين في الكرامة والحقوق."),
    "lt": ("Visi žmonės gimsta laisvi ir lygūs", "savo orumu ir teisėmis. Ačiū, šiandien gražu."),
    "th": ("มนุษย์ทั้งหลายเกิดมามีอิสระ", "และเสมอภาคกันในเกียรติศักดิ์และสิทธิ"),
    "zh": ("人人生而自由", "在尊严和权利上一律平等"),
    "zh-tw": ("人人生而自由", "在尊嚴和權利上一律平等"),
    "ja": ("すべての人間は、生れながらにして自由であり", "かつ、尊厳と権利とについて平等である。"),
    "ko": ("모든 인간은 태어날 때부터 자유로우며", "그 존엄과 권리에 있어 동등하다."),
}
GUESSED = [
    *(("ru", name) for name in ("cp1251", "koi8-r", "cp866", "cp855", "iso8859-5", "mac-cyrillic")),
    *(("uk", name) for name in ("cp1251", "koi8-u")),
    *((language, "cp1251") for language in ("bg",)),
    *((language, name) for language in ("pl", "cs", "hu") for name in ("cp1250", "iso8859-2", "cp852", "mac-latin2")),
    *((language, name) for language in ("de", "fr", "es", "pt") for name in ("cp1252", "iso8859-15")),
    *((language, "mac-roman") for language in ("de", "fr", "es")),
    *(("el", name) for name in ("cp1253", "iso8859-7", "mac-greek", "cp737")),
    *(("tr", name) for name in ("cp1254", "iso8859-9", "mac-turkish", "cp857")),
    *(("he", name) for name in ("cp1255", "iso8859-8", "cp862")),
    *(("ar", name) for name in ("cp1256", "iso8859-6", "cp720")),
    *(("lt", "cp1257"), ("lt", "cp775"), ("th", "cp874"), ("zh", "gb2312"), ("zh", "gbk"), ("zh", "gb18030")),
    *(("zh-tw", "big5"), ("ja", "shift_jis"), ("ja", "euc_jp"), ("ko", "euc_kr"), ("ko", "cp949")),
]


@pytest.mark.parametrize(("language", "encoding"), GUESSED)
def test_a_short_file_without_a_mark_is_guessed(language: str, encoding: str) -> None:
    text = srt(texts=TEXTS[language])
    found = decode(text.replace("\n", "\r\n").encode(encoding))
    assert found.text == text
    assert found.encoding in ENCODINGS


@pytest.mark.parametrize("name", cases.ENCODED)
def test_a_file_that_says_what_it_is_in_leaves_no_doubt(name: str) -> None:
    assert subtitles.convert(cases.ENCODED[name]).encoding is None


def test_ascii_leaves_no_doubt() -> None:
    assert decode(srt().encode()).encoding is None


RUSSIAN = srt(texts=TEXTS["ru"]).encode()


@pytest.mark.parametrize("bad", [b"\xff", b"\xd0", b"\x98", b"\xd0\xff", b"\xc0\x80"])
def test_bad_bytes_in_utf8_are_bad_bytes_and_no_more(bad: bytes) -> None:
    place = RUSSIAN.index("своём".encode())
    found = decode(RUSSIAN[:place] + bad + RUSSIAN[place:])
    assert found.text == srt(texts=TEXTS["ru"]).replace("своём", "\ufffdсвоём")
    assert found.encoding == "utf-8", "the editor may think otherwise"


def test_emoji_in_halves_are_put_together() -> None:
    text = srt(texts=("Hello \N{GRINNING FACE}", "Second line."))
    halves = text.encode("utf-16-be", "surrogatepass")
    cesu = "".join(chr(int.from_bytes(halves[at : at + 2])) for at in range(0, len(halves), 2))
    assert decode(cesu.encode(errors="surrogatepass")) == decode(text.encode())


@pytest.mark.parametrize(("language", "encoding"), [("ja", "iso2022_jp"), ("ko", "iso2022_kr")])
def test_seven_bits_that_switch_alphabets_leave_no_doubt(language: str, encoding: str) -> None:
    found = decode(srt(texts=TEXTS[language]).encode(encoding))
    assert (found.text, found.encoding) == (srt(texts=TEXTS[language]), None)


def test_utf8_that_was_cut_off_stays_utf8() -> None:
    assert decode(RUSSIAN.rstrip(b"\n.")[:-1]).text.endswith("и права\ufffd")


def test_a_mark_of_utf8_on_another_encoding_is_not_believed() -> None:
    found = decode(b"\xef\xbb\xbf" + srt(texts=TEXTS["ru"]).encode("cp1251"))
    assert found == decode(srt(texts=TEXTS["ru"]).encode("cp1251"))
    assert found.encoding == "cp1251"


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        ("pl", "cp1250"),
        ("he", "cp1255"),
        ("th", "cp874"),
        ("zh", "gbk"),
        ("zh-tw", "big5"),
        ("ja", "euc_jp"),
    ],
)
def test_one_bad_byte_does_not_decide_about_a_file(language: str, encoding: str) -> None:
    line = TEXTS[language][1].encode(encoding)
    cue = b"1\n00:00:01,000 --> 00:00:02,000\n"
    for bad in (b"\xff\x81\x20", b"\x98\x20", line[:1] + b"\x20"):
        found = decode(
            b"".join(cue + TEXTS[language][0].encode(encoding) + b"\n" + line + b"\n\n" for _ in range(4))
            + cue
            + bad
            + line
        )
        assert found.text.count(TEXTS[language][0]) == 4
        assert found.text.endswith(TEXTS[language][1])


def test_of_encodings_with_the_same_text_the_common_one_is_named() -> None:
    assert guess("¿Dónde está el niño? ¡Mañana!".encode("iso8859-15")) == "cp1252"
    assert guess(" ".join(TEXTS["ru"]).encode("koi8-u")) == "koi8-r"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_editors_choice_is_followed(encoding: str) -> None:
    data = srt(texts=TEXTS["ru"]).encode("koi8-r")
    assert decode(data, encoding).encoding == encoding
    assert (decode(data, encoding).text == srt(texts=TEXTS["ru"])) is encoding.startswith("koi8")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_that_can_be_chosen_is_known_and_keeps_ascii(encoding: str) -> None:
    ascii_ = "".join(map(chr, range(32, 127)))
    assert ascii_.encode().decode(encoding) == ascii_
    assert len(encoding) <= 40
