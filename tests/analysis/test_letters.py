"""Broken Vietnamese letters against tables that we did not write: Python's code pages, and lines typed in TCVN3 and VNI."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.readers.letters import broken, decoded, mended
from tests.analysis.exported import as_1258, shown_as_1252

SAID = "Bình đẳng giới là quyền của mọi người; Ủy ban nhân dân xã Ia Grai, thôn Đăk Tơ Ver, bà"
WORDS = SAID.replace(";", "").replace(",", "").split()


@pytest.mark.parametrize("text", [SAID, "vì chồng không cho, nên thôi", "ĐẶC KHU LÝ SƠN", "«được» – 5 °C"])
def test_what_is_whole_is_left_alone(text: str) -> None:
    assert mended(text) is None
    assert not broken(text)
    assert mended(unicodedata.normalize("NFD", text)) is None


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join))
def test_utf8_taken_for_windows_1252(text: str) -> None:
    """Also where the space that hides the second byte of «à» was trimmed."""
    spoiled = shown_as_1252(text)
    assert mended(spoiled) == (None if text.isascii() else text)
    if not text.isascii():
        assert mended(spoiled.strip()) == text


def test_twice_taken_for_windows_1252() -> None:
    assert mended(shown_as_1252(shown_as_1252(SAID))) == SAID


@given(st.lists(st.sampled_from([w for w in WORDS if not w.isascii()]), min_size=3, max_size=12).map(" ".join))
def test_windows_1258(text: str) -> None:
    body = as_1258(text)
    assert unicodedata.normalize("NFC", body.decode("cp1258")) == text  # the writer of this test against Python's table
    found = decoded(body)
    assert found == (text, "cp1258")


def test_windows_1258_shown_as_1252() -> None:
    assert mended(as_1258(SAID).decode("cp1252")) == SAID


# Typed with the fonts .VnTime (TCVN3) and VNI-Times, and what a person reads in them.
TYPED = [
    ("B×nh ®¼ng giíi lµ quyÒn cña mäi ng\xadêi", "Bình đẳng giới là quyền của mọi người"),
    ("Céng hoµ x· héi chñ nghÜa ViÖt Nam", "Cộng hoà xã hội chủ nghĩa Việt Nam"),
    ("§éc lËp - Tù do - H¹nh phóc", "Độc lập - Tự do - Hạnh phúc"),
    ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
    ("Ñoäc laäp - Töï do - Haïnh phuùc", "Độc lập - Tự do - Hạnh phúc"),
    ("quyeàn cuûa moïi ngöôøi", "quyền của mọi người"),
    ("UÛY BAN NHAÂN DAÂN", "ỦY BAN NHÂN DÂN"),
]


@pytest.mark.parametrize(("typed", "read"), TYPED)
def test_fonts_of_before_unicode(typed: str, read: str) -> None:
    assert mended(typed) == read


@pytest.mark.parametrize("text", ["Straße", "José García", "naïve café", "Ŏ ƀ", "中文", "a\ufffdb"])
def test_what_cannot_be_told_stays(text: str) -> None:
    assert mended(text) is None


def test_bytes_that_are_no_text() -> None:
    assert decoded(b"\x89PNG\r\n\x1a\n\x00\x00\xff") is None
    assert decoded("Đúng".encode("utf-16")) == ("Đúng", "utf-16")
    assert decoded(b"\xef\xbb\xbfa,b") == ("a,b", "utf-8-sig")
    assert broken(shown_as_1252("Đúng"))


@pytest.mark.parametrize("text", ["½", "1½ ha", "5 m²", "± 3", "¾ số hộ", "20°"])
def test_signs_that_are_no_letters_stay(text: str) -> None:
    assert mended(text) is None
