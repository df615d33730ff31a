"""Target II.1 for enterprises, from form C: a share of the enterprises of the list where a sample was drawn, else a bare count.

Imports readers, cleaning (of a round), sampling.lists, estimate, counted and pandas.  Sees codes of enterprises and the answers
that the target needs; neither leaves this module.  «Do not know» and a refusal are no answer, never a «no».
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from forms import Codebook
from forms.errors import refuse
from forms.ledger import is_round, read_round
from forms.plan import Count, Plan
from forms.question import Label
from forms.submission import Submission

from ..csvtable import shown
from ..publish import publish
from ..readers import read_submissions
from ..results import Row
from ..sampling.frame import STAMP
from ..sampling.lists import NOBODY, Selected, Weighted, read_selected, respond
from .answers import Given, form_of
from .counted import Asked, answer, condition
from .entries import joined

FORM, LIST, DRAW = "enterprise", "list_sample.csv", "list_draw.json"
UNWEIGHTED = (
    "không có list_sample.csv: chỉ đếm doanh nghiệp trả lời, không suy ra cho mọi doanh nghiệp"
    " | no list_sample.csv: the enterprises that answered are counted, nothing is inferred for all of them"
)
WHOLE = (
    "mọi doanh nghiệp của danh sách đều trả lời: không có sai số chọn mẫu"
    " | every enterprise of the list answered: there is no sampling error"
)
SOURCE = Label("phiếu doanh nghiệp (biểu mẫu C)", "enterprise forms (form C)")
DRAWN = Label("phiếu doanh nghiệp (biểu mẫu C), mẫu chọn từ danh sách", "enterprise forms (form C), sampled from a list")


@dataclass(frozen=True)
class Enterprises:
    """What enterprises said.  line: fields of their line on the table of targets; practice: None where the source cannot tell."""

    rows: tuple[Row, ...]
    line: Mapping[str, Any]
    digest: str
    practice: bool | None


@dataclass(frozen=True)
class _Said:
    """Enterprises that answered this year.  answers: code -> yes, no, None; lacks: kinds of no-answer; declined: no consent.

    others: forms of other years, which are not counted.
    """

    answers: Mapping[str, bool | None]
    lacks: Mapping[str, int]
    declined: int
    others: Counter[str]


def read_enterprises(path: Path, plan: Plan, asked: Asked) -> Enterprises:
    """The forms of one year, weighted by list_sample.csv where there is one: beside the file or folder, or in the folder.

    Of a round what its ledger and decisions give; what a supervisor rejected is left out.  No row and an empty line without any
    form of the year.  BdgError of the readers; DATA-201 forms of other years only; DATA-209 an enterprise twice, or one that was
    not drawn; DATA-058 a stratum where nobody answered.
    """
    count = next(c for c in plan.counts if c.form == FORM)
    said = _said(path, count, asked)
    drawn = _beside(path) / LIST
    body = "|".join(f"{c}={a}" for c, a in sorted(said.answers.items()))
    lists = drawn.read_bytes() if drawn.is_file() else b""
    digest = hashlib.sha256(body.encode() + hashlib.sha256(lists).digest()).hexdigest()
    if not said.answers and not said.declined:
        if said.others:
            raise refuse("DATA-201", path.name, expected=asked.year, got=shown(sorted(said.others)))
        return Enterprises((), {}, digest, practice_of(path))
    counts = _counts(count, said, asked.year, weighted=bool(lists))
    yes, reported = (next(r for r in counts if r.category == c) for c in ("yes", "reported"))
    words = Label(
        f"{yes.estimate:.0f}/{reported.estimate:.0f} {count.noun.vi} trả lời được",
        f"{yes.estimate:.0f} of {reported.estimate:.0f} {count.noun.en} that could say",
    )
    lack = _lack(said)
    line = {
        "source": SOURCE,
        "key": yes.key,
        "also": [reported.key],
        "said": words,
        "missing": joined(Label(*UNWEIGHTED.split(" | ")), lack),
    }
    if not lists:
        return Enterprises(counts, line, digest, practice_of(path))
    share = _share(count, said, read_selected(drawn), asked.year)
    line |= {"source": DRAWN, "key": share.key, "also": [r.key for r in counts], "missing": lack}
    return Enterprises((*counts, share), line, digest, practice_of(path))


def practice_of(path: Path) -> bool | None:
    """Whether the forms are practice material: a round says so, else the list drawn from; None where nothing does."""
    if path.is_dir() and is_round(path):
        return read_round(path).practice
    record = _beside(path) / DRAW
    if not record.is_file():
        return None
    return any(STAMP in str(source) for source in json.loads(record.read_bytes()).get("source", ()))


def _beside(path: Path) -> Path:
    """Where the list that was drawn lies: in the folder of the forms, in a round's sample/, else beside them."""
    inside = [path, path / "sample"] if path.is_dir() else []
    beside = [] if path.is_dir() and is_round(path) else [path.absolute().parent]
    places = [*inside, *beside]
    return next((p for p in places if (p / LIST).is_file()), places[-1])


def _said(path: Path, count: Count, asked: Asked) -> _Said:
    _, book = form_of(FORM)
    paths = {v.name: v.path for v in book.variables}
    kinds = {v.name: {c.code: c.why for c in v.choices if c.why} for v in book.variables}
    yes, no = (condition(count, text, asked) for text in (count.yes, count.no))
    answers: dict[str, bool | None] = {}
    lacks: Counter[str] = Counter()
    declined, codes, others = 0, Counter[str](), Counter[str]()
    for one in _counted(path, book):
        values = {n: t for n, p in paths.items() if (t := one.answers.get(p))}
        if values.get("consent") != "yes":
            declined += one.wave in (None, asked.year)
        elif values.get("year") == str(asked.year):
            code = values.get("enterprise_code", "")
            codes[code] += 1
            answers[code] = answer(Given(values, {}), yes, no)
            if answers[code] is None:
                whys = [w for q in ("comm_any", "comm_two", "comm_total") if (w := kinds[q].get(values.get(q, "")))]
                lacks[whys[0] if whys else "missing"] += 1
        else:
            others[values.get("year", "-")] += 1
    if twice := sorted(c for c, n in codes.items() if n > 1):
        raise refuse("DATA-209", path.name, expected="1", got=shown(twice))
    return _Said(answers, lacks, declined, others)


def _counted(path: Path, book: Codebook) -> Sequence[Submission]:
    """The submissions that count: of a round as people decided, of a file all; none that was rejected."""
    if path.is_dir() and is_round(path):
        from ..cleaning.taken import take

        found: Sequence[Submission] = take(path, book).submissions
    else:
        found = read_submissions(path, book)
    return [s for s in found if s.review != "rejected"]


def _counts(count: Count, said: _Said, year: int, *, weighted: bool) -> tuple[Row, ...]:
    """Enterprises that answered, could say, and said yes: unweighted; small counts are hidden like those of any respondents."""
    reported = sum(a is not None for a in said.answers.values())
    numbers = {"yes": sum(a is True for a in said.answers.values()), "reported": reported, "units": len(said.answers)}
    base = Row(
        "count", count.id, "total", year, "count", level=None, n=reported, n_missing=dict(said.lacks), design="list",
        method="unweighted", status="ok" if weighted else "caution", reason="" if weighted else UNWEIGHTED,
    )  # fmt: skip
    return publish(replace(base, category=k, estimate=float(n)) for k, n in numbers.items())


def _share(count: Count, said: _Said, selected: Sequence[Selected], year: int) -> Row:
    """The weighted share: strata of the list, without replacement, non-response weighted for within strata."""
    import pandas as pd

    from ..design import Design, Lonely
    from ..estimate import estimate

    if lost := sorted(set(said.answers) - {u.unit_id for u in selected}):
        raise refuse("DATA-209", LIST, expected="unit_id", got=shown(lost))
    weighted, _ = respond(selected, list(said.answers))
    lacks = {**dict.fromkeys(("not_asked", "dont_know", "refused", "missing"), 0), **said.lacks}
    if len(weighted) == len(selected) and all(u.n_pop == u.n_drawn for u in selected):
        (whole,) = publish([_whole(count, said, year, lacks)])
        return whole
    people = pd.DataFrame([_person(u, said, year) for u in weighted])
    design = Design(
        strata="stratum", psu="unit_id", weight="weight", wave="wave", lonely=Lonely("certainty", "certainty"), df_rule="domain",
        fpc=("n_pop",), name="list",
    )  # fmt: skip
    (row,) = estimate(people, design, "y", stat="proportion", unit="percent", indicator=count.id).rows
    (made,) = publish([replace(row, kind="level", method="", n_missing=lacks)])
    return made


def _whole(count: Count, said: _Said, year: int, lacks: Mapping[str, int]) -> Row:
    """The share where nobody was left out: a count has no sampling error, and no interval."""
    told = [a for a in said.answers.values() if a is not None]
    estimate = 100 * sum(told) / len(told) if told else None
    return Row(
        "level", count.id, "proportion", year, "percent", estimate=estimate, level=None, n=len(told), n_missing=lacks,
        psus=len(told), design="list", reason=WHOLE if told else NOBODY, status="ok" if told else "not_estimable",
    )  # fmt: skip


def _person(u: Weighted, said: _Said, year: int) -> dict[str, object]:
    told = said.answers[u.unit_id]
    return {
        "wave": year, "unit_id": u.unit_id, "stratum": u.stratum, "weight": u.weight, "n_pop": u.n_pop,
        "y": float("nan") if told is None else float(told),
    }  # fmt: skip


def _lack(said: _Said) -> Label | None:
    found = []
    if silent := sum(said.lacks.values()):
        found.append(Label(f"{silent} doanh nghiệp không biết hoặc không trả lời", f"did not know or did not say: {silent}"))
    if said.declined:
        found.append(Label(f"{said.declined} doanh nghiệp không đồng ý trả lời", f"did not agree to answer: {said.declined}"))
    if other := said.others.total():
        found.append(Label(f"{other} phiếu của năm khác không tính", f"forms of other years, not counted: {other}"))
    return joined(*found)
