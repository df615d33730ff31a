"""What must never be committed: a machine's paths, a registry's address, a person's number, a secret, bare outputs."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from tests.house.tree import ROOT, tracked

BINARY = {".png", ".jpg", ".ico", ".ttf", ".pdf", ".xlsx"}
DATA = {".csv", ".json", ".yaml", ".yml", ".xml", ".ipynb", ".txt"}
# one letter of each word in brackets, so that this file does not find itself
MACHINE = re.compile(
    r"/wor[k]/|(?<![\w)])/roo[t]/|/hom[e]/[a-z]|/tm[p]/\w|/User[s]/|[A-Z]:\\\\?User[s]\\|\.librar[y]/|(?:\.\.)?/share[d]/"
)
REGISTRY = re.compile(
    r"pypi[.]org|pythonhosted[.]org|anaconda[.]org|registry[.]npmjs|(?<!emit-)index-ur[l]|trusted-hos[t]|artifactor[y]"
)
PHONE = re.compile(r"(?<![\w.,+-])(?:\+84[ .-]?|0)[235789]\d{1,2}[ .-]?\d{3}[ .-]?\d{3,4}(?![\w.,-])")
IDENTITY = re.compile(r"(?<![\w.,-])0\d{11}(?![\w.,-])")
EMAIL = re.compile(r"[\w.+-]+@(?!example\.org|odata\.)[\w-]+\.[a-z]{2,}")  # nobody's address, and OData's own annotations
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|(?i:password|passwd|token|api_?key)\s*[:=]\s*[\"'][^\"'{<]{6,}[\"']")
MOST_BYTES = 2_000_000


@cache
def _texts() -> tuple[tuple[str, str], ...]:
    found = []
    for path in tracked():
        if path.suffix not in BINARY:
            found.append((path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")))
    return tuple(found)


def _found(pattern: re.Pattern[str], suffixes: set[str] | None = None) -> list[str]:
    """file:line: what was found, in files of these suffixes (default: every text)."""
    return [
        f"{name}:{text.count(chr(10), 0, hit.start()) + 1}: {hit.group()}"
        for name, text in _texts() if suffixes is None or f".{name.rpartition('.')[2]}" in suffixes
        for hit in pattern.finditer(text)
    ]  # fmt: skip


def test_there_is_something_to_look_at() -> None:
    assert len(_texts()) > 50


def test_no_path_of_a_machine() -> None:
    assert _found(MACHINE) == []


def test_no_address_of_a_registry() -> None:
    assert _found(REGISTRY) == []


def test_no_number_of_a_person_in_data_and_fixtures() -> None:
    assert _found(PHONE, DATA) == []
    assert _found(IDENTITY, DATA) == []
    assert _found(EMAIL, DATA) == []


def test_the_patterns_find_what_they_are_for() -> None:
    """Assembled here, so that no whole number stands in the file."""
    for text in ("090" + "5 123 456", "+84 " + "905123456", "0" + "255.382.1234"):
        assert PHONE.search(f"gọi {text} nhé"), text
    assert not PHONE.search("se 0.0189785840, mã 20938, ngày 2026-10-05, 1800")
    assert IDENTITY.search("cccd " + "0512" * 3)
    assert MACHINE.search("đọc /wor" + "k/main/x.csv")
    assert SECRET.search("password = " + "'not-a-real-one'")


def test_no_secret() -> None:
    assert _found(SECRET) == []


def test_no_large_file_and_no_microdata() -> None:
    assert [(p.name, p.stat().st_size) for p in tracked() if p.stat().st_size > MOST_BYTES] == []
    kinds = {".parquet", ".sqlite", ".zip", ".docx", ".pyc", ".env", ".pem", ".key"}
    assert [p.as_posix() for p in tracked() if p.suffix in kinds] == []
    generated = {"out", "rounds", ".venv", "build"}
    assert [p.as_posix() for p in tracked() if p.relative_to(ROOT).parts[0] in generated] == []


def test_text_is_composed_unicode_with_unix_lines() -> None:
    """NFC everywhere: the same Vietnamese word is then the same bytes. The lines that prove this in tests may say otherwise."""
    assert [name for name, text in _texts() if text != unicodedata.normalize("NFC", text)] == []
    assert [name for name, _ in _texts() if b"\r\n" in (ROOT / name).read_bytes()] == []


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b")
    assert _found(later, {".py", ".md", ".toml", ".yaml", ".ipynb"}) == []


def test_no_type_check_is_silenced_without_a_reason() -> None:
    bare = re.compile(r"#\s*type:\s*ignore(?!\[[\w,-]+\][ #]+\w)[^\n]*")
    assert _found(bare, {".py"}) == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    skipped = re.compile(r"pytest\.(?:mark\.)?(?:ski[p]|xfai[l]|importorski[p])\w*")
    assert _found(skipped, {".py"}) == []
