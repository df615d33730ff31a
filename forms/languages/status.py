"""Which texts of a form lack which language, in plain words.

Imports store and texts; counts only, writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..question import Questionnaire
from .known import Language
from .store import Row, kept, shelves, stored
from .texts import Text, texts

_MANY = {
    "section": "tên phần", "label": "câu hỏi", "hint": "gợi ý", "message": "lời nhắc", "choice": "lựa chọn",
}  # fmt: skip


def status(folder: Path, form: Questionnaire, of: Language) -> tuple[str, ...]:
    """A line for the whole, then a line a section with every text that is missing, was made from an earlier wording, or waits."""
    rows = stored(folder, of.code)
    found = [(text, kept(rows, text)) for text in texts(form)]
    done = sum(1 for text, row in found if _state(text, row) not in ("thiếu", "câu tiếng Việt đã đổi"))
    head = f"{form.id}, {of.column}: đã dịch {done} trên {len(found)} văn bản / {done} of {len(found)} texts translated"
    return (head, *_counts(found), *_sections(found), *_alike(found), *_silent(folder, of.code, found))


def _state(text: Text, row: Row | None) -> str:
    if row is None or not row.translation:
        return "thiếu"
    if not row.holds(text):
        return "câu tiếng Việt đã đổi"
    if not row.back_translation:
        return "chưa dịch ngược"
    return "phải dịch ngược lại" if not row.back_holds() else ""


def _counts(found: list[tuple[Text, Row | None]]) -> Iterator[str]:
    """How many of each kind wait for what."""
    states = Counter((_state(text, row), _MANY[text.said.kind]) for text, row in found)
    for state in ("thiếu", "câu tiếng Việt đã đổi", "chưa dịch ngược", "phải dịch ngược lại"):
        counted = [f"{n} {kind}" for (of, kind), n in states.items() if of == state]
        if counted:
            yield f"  {state}: {', '.join(counted)}"


def _sections(found: list[tuple[Text, Row | None]]) -> Iterator[str]:
    """Section by section, the texts that wait, by what the XLSForm calls them."""
    in_all = Counter(text.section for text, _ in found)
    waiting: dict[tuple[str, str], list[Text]] = {}
    for text, row in found:
        if state := _state(text, row):
            waiting.setdefault((text.section, state), []).append(text)
    for (section, state), left in waiting.items():
        cells = f"cả phần, {len(left)} văn bản" if len(left) == in_all[section] else "; ".join(_cells(left))
        yield f"    {section} · {state}: {cells}"


def _cells(left: Sequence[Text]) -> Iterator[str]:
    """Where texts stand, as somebody who knows the questionnaire says it: a question with its parts, a list with its codes."""
    parts: dict[str, list[str]] = {}
    for text in left:
        first, _, rest = text.key.partition(".")
        if text.said.kind == "choice":
            name, _, code = rest.partition(".")
            parts.setdefault(f"danh sách {name}", []).append(code)
        elif first in ("section", "shared"):
            parts.setdefault("tên phần" if first == "section" else "lời nhắc chung", [])
        else:
            parts.setdefault(first, []).append(_MANY[text.said.kind])
    for name, said in parts.items():
        yield f"{name} ({', '.join(dict.fromkeys(said))})" if said else name


def _alike(found: list[tuple[Text, Row | None]]) -> Iterator[str]:
    """Choices of one list that read the same once translated: nobody could tell them apart."""
    by_list: dict[tuple[str, str], list[str]] = {}
    for text, row in found:
        if text.said.kind == "choice" and row and row.holds(text) and row.translation:
            _, name, code = text.key.split(".", 2)
            by_list.setdefault((name, row.translation), []).append(code)
    for (name, _), codes in by_list.items():
        if len(codes) > 1:
            yield f"  danh sách {name}: các lựa chọn {', '.join(codes)} dịch giống hệt nhau / translated alike"


def _silent(folder: Path, code: str, found: list[tuple[Text, Row | None]]) -> Iterator[str]:
    """Sound files that are named and not there."""
    names = {row.audio for _, row in found if row and row.audio}
    lost = [n for n in sorted(names) if not any((shelf / "audio" / code / n).is_file() for shelf in shelves(folder))]
    if lost:
        yield f"  chưa có tệp âm thanh / sound files missing: {', '.join(lost)}"
