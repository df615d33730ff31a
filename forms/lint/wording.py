"""The words of a form: plain, one idea at a time, in both languages, each direction of a scale alike.

Imports the records of the room only.  Word lists are words.yaml's; they are our own and to be tried with people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from ..errors import Problem, problem
from ..question import Label, Question, Questionnaire
from .tables import table
from .texts import on_screen, texts

_RESPONDENT = "Ông/Bà"
_WORD = re.compile(r"[^\W\d_]+")
_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|\"[^\"]*\"|'[^']*'|\([^)]*\)|\$\{[^}]*\}")
_VIETNAMESE = re.compile(
    r"[ăâđêôơưàằầèềìòồờùừỳảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹáắấéếíóốớúứýạặậẹệịọộợụựỵ]", re.IGNORECASE
)  # fmt: skip
_CLAUSE = re.compile(r"[,;:.?!()«»]")


def plain_words(form: Questionnaire) -> Iterator[Problem]:
    """LINT-010: an official's word in an item, or in a question put to a respondent, that has a plain neighbour."""
    if form.mode == "office":
        return
    for q in on_screen(form):
        if not (q.score or q.read_out or _RESPONDENT in q.label.vi) or q.type == "note":
            continue
        said = _named().sub(" ", q.label.vi)
        for word, plain, pattern in _jargon():
            if pattern.search(said):
                yield problem("LINT-010", q.place, expected=plain, got=word, word=word, plain=plain)
                break


@cache
def _jargon() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """(word, plain words, pattern), longest first: «bất bình đẳng giới» is not «bình đẳng giới»."""
    rows = sorted(((str(row["word"]), str(row["plain"])) for row in table("words")["jargon"]), key=lambda row: -len(row[0]))
    return tuple((word, plain, re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)) for word, plain in rows)


@cache
def _named() -> re.Pattern[str]:
    """Official names, in which an official's word is right."""
    return re.compile("|".join(re.escape(str(name)) for name in table("words")["names"]), re.IGNORECASE)


def one_idea(form: Questionnaire) -> Iterator[Problem]:
    """LINT-011: two verbs joined by «và» in a scored item, or two question marks in one question."""
    for q in on_screen(form):
        if q.label.vi.count("?") > 1 and q.type != "note":
            yield problem("LINT-011", q.place, expected="một câu hỏi / one question", got=f"{q.label.vi.count('?')} ?", what="?")
        joined = _joined(q.label.vi) if q.score else ""
        if joined:
            yield problem("LINT-011", q.place, expected="một ý / one idea", got=joined, what=joined)


def _joined(text: str) -> str:
    """«verb … và verb» within one clause, '' when there is none."""
    words = table("words")
    verbs = {str(v) for v in words["verbs"]}
    between = {str(b) for b in words["between"]}
    for clause in _CLAUSE.split(text.lower()):
        said = clause.split()
        for at, word in enumerate(said):
            if word != "và":
                continue
            after = said[at + 1 :]
            while after and (after[0] in between or " ".join(after[:2]) in between):
                after = after[2:] if " ".join(after[:2]) in between else after[1:]
            second = next((v for v in (" ".join(after[:2]), *after[:1]) if v in verbs), "")
            first = next((w for w in said[:at] if w in verbs), "")
            if first and second:
                return f"{first} … và {second}"
    return ""


def both_languages(form: Questionnaire) -> Iterator[Problem]:
    """LINT-020: a text that is the same in both languages, or stands in the other language's place."""
    for text in texts(form):
        why = _untranslated(text.label)
        if why:
            yield problem("LINT-020", text.place, expected="{vi: …, en: …}", got=why, where=text.where)


def _untranslated(label: Label) -> str:
    vi, en = (_QUOTED.sub(" ", side) for side in (label.vi, label.en))
    if label.vi == label.en:
        return label.vi if any(word[0].islower() for word in _WORD.findall(vi)) else ""
    foreign = list(dict.fromkeys(w for w in _WORD.findall(en) if w[0].islower() and _VIETNAMESE.search(w)))
    if len(foreign) >= 2:
        return f"en: {' '.join(foreign[:5])}"
    if len(_WORD.findall(vi)) >= 4 and not _VIETNAMESE.search(vi):
        return f"vi: {label.vi}"
    return ""


def both_directions(form: Questionnaire) -> Iterator[Problem]:
    """LINT-016: an agree scale needs items worded each way, or whoever agrees with everything looks egalitarian."""
    most = int(table("practice")["scales"]["apart"])
    items: dict[str, list[Question]] = {}
    for _, q in form.questions():
        scale = form.scales.get(q.score.scale) if q.score else None
        if scale and scale.kind == "likert":
            items.setdefault(scale.name, []).append(q)
    for name, found in items.items():
        turned = sum(1 for q in found if q.score and q.score.reverse)
        straight = len(found) - turned
        if min(turned, straight) == 0 or abs(turned - straight) > most:
            got = f"{straight} xuôi / straight, {turned} ngược / reversed"
            yield problem("LINT-016", found[0].place, expected=f"|xuôi - ngược| <= {most}, >= 1", got=got, name=name)
