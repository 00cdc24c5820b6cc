"""Every sentence of the interface is translated into Russian, and the compiled catalog is up to date."""

import ast
import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
RUSSIAN = ROOT / "cms" / "translations" / "ru" / "LC_MESSAGES"
# The keywords of `make translations`.
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "lazy_gettext": None, "Slot": (1,)}


def russian() -> Catalog:
    with (RUSSIAN / "messages.po").open("rb") as file:
        return read_po(file, locale="ru")


def sentences_in_the_code() -> set[str]:
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(str(ROOT), methods, options, keywords=KEYWORDS)
    return {message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in found}


def test_every_sentence_is_translated() -> None:
    catalog = russian()
    missing = [
        sentence for sentence in sentences_in_the_code() if not (entry := catalog.get(sentence)) or not entry.string
    ]
    assert missing == [], "run `make translations` and translate these"


def test_sentences_are_not_within_f_strings() -> None:
    """Babel does not find them there on Python 3.11."""
    hidden = [
        f"{path}:{call.lineno}"
        for path in (ROOT / "cms").rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text()))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {*KEYWORDS, "_"}
    ]
    assert hidden == []


def test_nothing_is_fuzzy_and_places_are_kept() -> None:
    for entry in russian():
        assert not entry.fuzzy or not entry.id, entry.id
        assert not list(entry.check()), entry.id


def test_what_is_compiled_is_what_is_written() -> None:
    fresh = io.BytesIO()
    write_mo(fresh, russian())
    fresh.seek(0)
    with (RUSSIAN / "messages.mo").open("rb") as file:
        compiled = read_mo(file)
    assert {str(entry.id): entry.string for entry in compiled} == {
        str(entry.id): entry.string for entry in read_mo(fresh)
    }
