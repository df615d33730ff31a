"""Choice lists: what must be on offer, in which order, which codes mean what, now and in earlier waves.

Imports the records of the room only.  What must be on offer stands in practice.yaml.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

from ..errors import Problem, problem
from ..question import Choice, ChoiceList, Question, Questionnaire
from ..snapshot import Snapshot
from .tables import table
from .texts import on_screen

_NOTHING = re.compile(r"^(không|chưa|chẳng)\b", re.IGNORECASE)
_ABOUT_ALL = re.compile(
    r"^(không (có|biết|nhớ|trả lời|ai|gì|muốn trả lời|dùng gì)|chưa (có|từng)|từ chối|tất cả|không .*\bnào\b)", re.IGNORECASE
)
_KEPT = ("dk", "ref", "none", "other")
_ALIKE, _COMMON = 0.6, 3
"""Lists that share so much of their codes, and at least so many, may be lists of one thing."""


def answers_on_offer(form: Questionnaire) -> Iterator[Problem]:
    """LINT-012: scored items offer «do not know» and «no answer», sensitive questions «no answer»."""
    rules = table("practice")["answers"]
    for q in on_screen(form):
        if form.mode == "office" or q.type not in ("select_one", "select_multiple") or q.file:
            continue
        wanted = rules["scored"] if q.score else ["refused"] if q.name in rules["refusable"] else []
        offered = {c.why for c in form.choices(q)}
        missing = [why for why in wanted if why not in offered]
        if missing and form.choices(q):
            codes = {why: code for code, why in rules["fixed"].items()}
            expected = ", ".join(f"{{code: {codes[why]}, why: {why}}}" for why in missing)
            got = ", ".join(c.code for c in form.choices(q))
            yield problem("LINT-012", q.place, expected=expected, got=got, name=q.list)


def order_declared(form: Questionnaire) -> Iterator[Problem]:
    """LINT-013: a long list that is heard or read has an order on purpose; no stand-alone choice is shuffled into the middle."""
    least = int(table("practice")["order"]["least"])
    for q in on_screen(form):
        choices = form.choices(q)
        real = [c for c in choices if not _apart(c)]
        heard = (q.read_out or form.mode == "self") and q.type in ("select_one", "select_multiple") and not q.file
        if q.order == "random" and len(real) < len(choices):
            got = ", ".join(c.code for c in choices if _apart(c))
            yield problem("LINT-013", q.place, expected="order: fixed + order_why", got=f"order: random, {got}", name=q.name)
        elif q.order == "fixed" and not q.order_why:
            yield problem("LINT-013", q.place, expected="order_why: …", got="order: fixed", name=q.name)
        elif q.order and not choices:
            yield problem("LINT-013", q.place, expected="-", got=f"order: {q.order}", name=q.name)
        elif heard and not q.order and len(real) >= least and not _ordered(form, q, real):
            got = f"{len(real)} lựa chọn / choices, order: -"
            yield problem("LINT-013", q.place, expected="order: random | fixed + order_why", got=got, name=q.name)


def _apart(choice: Choice) -> bool:
    return bool(choice.why) or choice.code in ("none", "other")


def _ordered(form: Questionnaire, q: Question, real: Sequence[Choice]) -> bool:
    """Codes that are numbers in order, or a scale of agreement: their order is their meaning."""
    scale = form.scales.get(q.score.scale) if q.score else None
    numbers = [int(c.code) for c in real if c.code.isdecimal()]
    return (scale is not None and scale.kind == "likert") or (len(numbers) == len(real) and numbers == sorted(numbers))


def one_code_one_meaning(form: Questionnaire) -> Iterator[Problem]:
    """LINT-019: dk, ref, none and other mean the same in every list; lists of one thing say the same with one code."""
    fixed = table("practice")["answers"]["fixed"]
    for found in _used(form):
        for c in found.choices:
            wrong = (c.code in fixed and c.why != fixed[c.code]) or (c.why is not None and fixed.get(c.code) != c.why)
            wrong = wrong or (c.code == "none" and not _NOTHING.match(c.label.vi))
            wrong = wrong or (c.code == "other" and "khác" not in c.label.vi.lower())
            if wrong:
                expected = {"none": "Không …, Chưa …", "other": "… khác"}.get(c.code, str(fixed))
                yield problem("LINT-019", _place(found, c), expected=expected, got=f"{c.code}: {c.label.vi}", code=c.code)
    for one, two in combinations(_used(form), 2):
        for code, said, elsewhere in _at_odds(one, two):
            got = f"«{elsewhere}» ({one.name}), «{said}» ({two.name})"
            choice = next(c for c in two.choices if c.code == code)
            yield problem("LINT-019", _place(two, choice), expected="một nghĩa / one meaning", got=got, code=code)


def _at_odds(one: ChoiceList, two: ChoiceList) -> Iterator[tuple[str, str, str]]:
    """(code, its text in `two`, its text in `one`) where lists of one thing disagree.

    Lists that practice.yaml calls alike must say the same; lists alike by their codes must not say with one code what the other
    says with another.
    """
    mine, others = ({c.code: c.label.vi for c in f.choices if c.code not in _KEPT} for f in (one, two))
    common = sorted(mine.keys() & others.keys())
    if any({one.name, two.name} <= set(family) for family in table("practice")["answers"]["alike"]):
        for code in common:
            texts = (_plain(mine[code]), _plain(others[code]))
            if texts[0] not in texts[1] and texts[1] not in texts[0]:
                yield code, others[code], mine[code]
    elif len(common) >= _COMMON and len(common) >= _ALIKE * len(mine.keys() | others.keys()):
        by_text = {_plain(text): code for code, text in mine.items()}
        for code in common:
            if by_text.get(_plain(others[code]), code) != code:
                yield code, others[code], mine[code]


def codes_of_earlier_waves(form: Questionnaire, earlier: Sequence[Snapshot]) -> Iterator[Problem]:
    """LINT-019 across locks: a code that meant something else in an earlier wave, also one that was away in between."""
    for q in on_screen(form):
        now = {c.code: c for c in form.choices(q)}
        for past in earlier:
            asked = past.named().get(q.name)
            for before in asked.choices if asked else ():
                c = now.get(before.code)
                if c is not None and _plain(c.label.vi) != _plain(before.vi):
                    got = f"«{before.vi}» ({past.version}), «{c.label.vi}»"
                    yield problem("LINT-019", q.place, expected="mã mới / a new code", got=got, code=c.code)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def standing_alone(form: Questionnaire) -> Iterator[Problem]:
    """LINT-023: «nothing», «all» or «do not know» among several ticks: only no-answers and the code `none` stand alone."""
    for found in _used(form, "select_multiple"):
        for c in found.choices:
            if not c.why and c.code != "none" and _ABOUT_ALL.match(c.label.vi):
                got = f"{c.code}: {c.label.vi}"
                yield problem("LINT-023", _place(found, c), expected="code: none | why: …", got=got, code=c.code)


def different_choices(form: Questionnaire) -> Iterator[Problem]:
    """LINT-025: two choices of a list that read the same, or a list that leaves nothing to choose."""
    for found in _used(form):
        for lang in ("vi", "en"):
            times = Counter(_plain(c.label.vi if lang == "vi" else c.label.en) for c in found.choices)
            for c in found.choices:
                said = c.label.vi if lang == "vi" else c.label.en
                if times[_plain(said)] > 1:
                    got = f"{c.code}: {said}"
                    yield problem(
                        "LINT-025", _place(found, c), expected=f"{lang}: khác nhau / different", got=got, name=found.name
                    )
        if len(found.choices) < 2:
            got = ", ".join(c.code for c in found.choices) or "-"
            yield problem("LINT-025", _place(found, None), expected=">= 2", got=got, name=found.name)


def _used(form: Questionnaire, *kinds: str) -> list[ChoiceList]:
    """The lists that questions of these types offer; of every type without one."""
    wanted = {q.list for _, q in form.questions() if q.list and not q.file and (not kinds or q.type in kinds)}
    return [found for name, found in form.lists.items() if name in wanted]


def _place(found: ChoiceList, choice: Choice | None) -> str:
    code = choice.code if choice else next(iter(found.places), "")
    named = f"{found.name}.{choice.code}" if choice else found.name
    return f"{found.places.get(code, 'lists.yaml')} ({named})"
