"""Vietnamese letters that a program broke: UTF-8 shown as Windows-1252, Windows-1258, TCVN3 (ABC) and VNI, and what they were.

Standard library only.  A text is mended only where the words of the mended text can be Vietnamese syllables and those of the text
as it stands cannot; everything else is left alone.  Tables: TCVN 5712:1993 (VN3), VNI for Windows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_SPANS = ((0xA1, 0xAE), (0xB5, 0xB9), (0xBB, 0xBE), (0xC6, 0xCC), (0xCE, 0xD8), (0xDC, 0xDF), (0xE1, 0xEF), (0xF1, 0xFE))
_LETTERS = "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"  # in the order of the bytes of _SPANS
_TCVN = dict(zip((chr(b) for low, high in _SPANS for b in range(low, high + 1)), _LETTERS, strict=True))
_TONES = {"ø": "\u0300", "ù": "\u0301", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_ROUND = {"â": "", "à": "\u0300", "á": "\u0301", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_BREVE = {"ê": "", "è": "\u0300", "é": "\u0301", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_ALONE = {"ì": "ì", "í": "í", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ô": "ơ", "ö": "ư", "ñ": "đ"}
_MARKS = "\u0300\u0301\u0303\u0309\u0323"
_PRINT = "–—‘’“”«»…·•°²³₫×÷±≥≤≠→€§©®™\xa0\u200b\ufeff"
_SPLIT = re.compile(r"[\x00-\x40\[-`{-\x7f\xa0–—…“”«»·•]+")
_STOPS = ("c", "ch", "p", "t")
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|kh|th|tr|ch|gh|gi|ph|qu|[bhkmp][lrmn]|[bcdđghjklmnprstvx])?"
    r"(?:uyê|uya|uyu|iêu|yêu|uôi|ươi|ươu|oai|oay|oeo|uây|iê|yê|ia|ua|uâ|uê|uô|uơ|uy|ươ|ưa|oa|oă|oe|oo|ai|ay|ây|ao|au|âu|eo|êu"
    r"|iu|oi|ôi|ơi|ui|ưi|ưu|[aăâeêioôơuưy])"
    r"(ng|nh|ch|[cmnptkrl])?"  # k, r, l: names of places and peoples (Đăk, Plông, Hrê)
)
_MOST = 5_000
_ENOUGH = 0.9
_TRACES = re.compile("[\x80-\x9f\ufffd]|[ÂÃÄÅÆ][\xa0-\xbf‘’“”•–—„†‡ˆ‰Š‹ŒŽš›œžŸƒ™]|á[º»]")


def mended(text: str) -> str | None:
    """What a broken text was, NFC; None where it is not broken, or cannot be told."""
    if text.isascii():
        return None
    before = _share(text)
    for candidate, sure in _candidates(text):
        made = unicodedata.normalize("NFC", candidate).strip()
        if made == text or "\ufffd" in made or made.isascii():
            continue
        after = _share(made)
        if (sure and (after == 1 or after > before)) or (after >= _ENOUGH and before < 1):
            return made
    return None


def broken(text: str) -> bool:
    """Whether a text shows bytes instead of letters, mended or not."""
    return not text.isascii() and _TRACES.search(text) is not None


def _share(text: str) -> float:
    """Share of the words with a letter beyond ASCII that can be Vietnamese syllables; 1 where there is none."""
    found = [_syllable(w) for w in _words(unicodedata.normalize("NFC", text))]
    return sum(found) / len(found) if found else 1.0


def _words(text: str) -> Iterator[str]:
    for part in _SPLIT.split(text):
        bare = part.strip(_PRINT)
        if not bare.isascii() and any(map(str.isalpha, bare)):  # «½» is no word in any alphabet
            yield bare


@lru_cache(maxsize=1 << 16)
def _syllable(word: str) -> bool:
    """Onset, vowels, coda, at most one tone; a stop at the end only with acute or dot."""
    if word not in (word.lower(), word.upper(), word.capitalize()):
        return False
    parts = unicodedata.normalize("NFD", word.lower())
    tones = [c for c in parts if c in _MARKS]
    match = _SYLLABLE.fullmatch(unicodedata.normalize("NFC", "".join(c for c in parts if c not in _MARKS)))
    if match is None or len(tones) > 1:
        return False
    return match.group(1) not in _STOPS or tones in (["\u0301"], ["\u0323"])


# ---- what it can have been -----------------------------------------------------------------------------------------


def _candidates(text: str) -> Iterator[tuple[str, bool]]:
    """(text it may have been, whether that can hardly be chance)."""
    for again in (text, f"{text}\xa0"):  # a trimmed end has lost the second byte of «à»
        once = _as_utf8(again)
        if once is not None:
            twice = _as_utf8(once)
            yield (twice if twice is not None else once), True
    if (body := _bytes(text)) is not None:
        yield body.decode("cp1258", errors="replace"), False
    abc = "".join(_TCVN.get(c, c) for c in text)
    yield abc, False
    yield " ".join(w.upper() if any(map(str.isupper, w)) else w for w in abc.split(" ")), False  # capitals of the TCVN3 fonts
    yield _vni(text), False


def _bytes(text: str) -> bytes | None:
    """The bytes that Windows-1252 shows as this text; its five empty places are control characters."""
    try:
        return b"".join(bytes([ord(c)]) if c in "\x81\x8d\x8f\x90\x9d" else c.encode("cp1252") for c in text)
    except UnicodeEncodeError:
        return None


def _as_utf8(text: str) -> str | None:
    body = _bytes(text)
    try:
        made = body.decode("utf-8") if body is not None else None
    except UnicodeDecodeError:
        return None
    return None if made == text else made


def _vni(text: str) -> str:
    out: list[str] = []
    i = 0
    while i < len(text):
        base = text[i]
        low, after = base.lower(), text[i + 1 : i + 2].lower()
        letter = {"ô": "ơ", "ö": "ư"}.get(low, low)
        if low in "aeouyôö" and after in _TONES:
            made, step = letter + _TONES[after], 2
        elif low in "aeo" and after in _ROUND:
            made, step = f"{letter}\u0302{_ROUND[after]}", 2
        elif low == "a" and after in _BREVE:
            made, step = f"a\u0306{_BREVE[after]}", 2
        else:
            made, step = _ALONE.get(low, low), 1
        out.append(made.upper() if base != low else made)
        i += step
    return unicodedata.normalize("NFC", "".join(out))


# ---- bytes ---------------------------------------------------------------------------------------------------------


def decoded(body: bytes) -> tuple[str, str] | None:
    """(text, encoding) of a table's bytes, None when they are no text.  Unmarked: UTF-8, else Windows-1258 or -1252."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if body.startswith(mark):
            return _try(body, name)
    found = _try(body, "utf-8")
    if found is not None or b"\x00" in body:
        return found
    plain = body.decode("cp1252", errors="replace")
    viet = unicodedata.normalize("NFC", body.decode("cp1258", errors="replace"))
    return (viet, "cp1258") if _good(viet) > _good(plain) else (plain, "cp1252")


def _good(text: str) -> int:
    return sum(_syllable(w) for w, _ in zip(_words(text), range(_MOST), strict=False))


def _try(body: bytes, encoding: str) -> tuple[str, str] | None:
    try:
        return body.decode(encoding), encoding
    except UnicodeDecodeError:
        return None
