"""The plausibility score of a round: points by line (points.yaml), a sum, a word; each line can be explained away in writing.

Imports rows, csvtable and the forms ground (errors).  Sees the day's rows only, and only those of the whole round: never
a person, so that nobody is scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from forms.errors import Problem, problem

from ..csvtable import Row as Cells
from ..csvtable import read_table, stop
from ..results import Row
from . import rows as r
from .checks import Checked

FILE = Path(__file__).with_name("points.yaml")
EXPLAINED_COLUMNS = ("line", "points", "who", "date", "reason")
BEFORE = "before"
"""Category of the sum before explanations."""
_LEAST_REASON = 10
_NO_ROW = "chưa có số liệu | no figure"
_FEW = "quá ít phiếu để chấm | too few to judge"


@dataclass(frozen=True)
class Explained:
    """One line of explained.csv: who says why a line's points do not count, as long as they are no more than `points`."""

    line: str
    points: int


@dataclass(frozen=True)
class Scored:
    """One line.  value: its number (the lower end where there is an interval, so that chance earns no points), None when there is
    none (`why`); points of `most`; explained: do not count.
    """

    line: str
    value: float | None
    points: int
    most: int
    explained: bool
    why: str = ""


@cache
def table() -> Mapping[str, Any]:
    """points.yaml."""
    import yaml

    found: Mapping[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def read_explained(path: Path) -> tuple[Explained, ...]:
    """explained.csv (line, points, who, date, reason); () when nobody explained anything.  The last word on a line counts.

    DATA-001, DATA-002 for a table that is not of that shape; DATA-161 for a line without a name, a day or a reason in words.
    """
    if not path.exists():
        return ()
    problems: list[Problem] = []
    found: dict[str, Explained] = {}
    for n, cells in read_table(path, EXPLAINED_COLUMNS):
        row = Cells(path.name, n, cells, problems)
        line, points = row.one_of("line", sorted(table()["lines"])), row.whole("points", 1)
        row.day("date")
        if not row.text("who", empty=True) or len(row.text("reason", empty=True)) < _LEAST_REASON:
            expected = f"who; reason ≥ {_LEAST_REASON} ký tự / characters"
            problems.append(problem("DATA-161", f"{path.name}, dòng {n}", expected=expected, got="-", line=line))
        found[line] = Explained(line, points)
    stop(problems)
    return tuple(found.values())


def scored(rows: Iterable[Row], explained: Sequence[Explained] = ()) -> tuple[Scored, ...]:
    """Every line of points.yaml, in its order."""
    whole = [x for x in rows if not x.domain]
    upto = {e.line: e.points for e in explained}
    found = []
    for name, line in table()["lines"].items():
        value, why = _value(line, whole)
        most = max(p for _, p in line["steps"])
        points = 0 if value is None else max([p for start, p in line["steps"] if value >= start], default=0)
        found.append(Scored(name, value, points, most, 0 < points <= upto.get(name, 0), why))
    return tuple(found)


def _value(line: Mapping[str, Any], rows: Sequence[Row]) -> tuple[float | None, str]:
    top = [x for named in line["of"] for x in rows if _is(x, named)]
    base = [x for named in line.get("over", ()) for x in rows if _is(x, named)]
    if "over" not in line:
        if not top or top[0].estimate is None:
            return None, _NO_ROW
        sure = top[0].lower if top[0].level is not None else top[0].estimate
        return (sure, "") if top[0].n >= line["least"] else (None, _FEW)
    total = sum(x.estimate or 0 for x in base)
    if not base or not _looked(line, rows):
        return None, _NO_ROW
    return (100 * sum(x.estimate or 0 for x in top) / total, "") if total >= line["least"] else (None, _FEW)


def _is(row: Row, named: Sequence[str]) -> bool:
    indicator, category, *state = named
    return row.indicator == indicator and category in ("*", row.category) and (not state or row.state == state[0])


def _looked(line: Mapping[str, Any], rows: Sequence[Row]) -> bool:
    """Whether the check behind a line ran at all: a check that could not look gives no row."""
    return any(row.indicator == named[0] for named in line["of"] for row in rows)


def word(share: float) -> Mapping[str, str]:
    """The word for a share (percent) of the points that could be earned."""
    return next({"vi": w["vi"], "en": w["en"]} for w in table()["words"] if share < w["below"])


def plausibility(wave: int, rows: Iterable[Row], explained: Sequence[Explained] = ()) -> Checked:
    """Rows of every line and of the sum, before and after what was explained; and the word."""
    lines = scored(rows, explained)
    judged = [x for x in lines if x.value is not None]
    most = sum(x.most for x in judged)
    before, after = sum(x.points for x in judged), sum(x.points for x in judged if not x.explained)
    share = 100 * after / most if most else None
    last = table()["words"][-2]["below"]
    state = r.OUTSIDE if share is not None and share >= last else ""
    made = [_line(wave, x) for x in lines]
    if share is not None:
        made += [
            _points(wave, r.PLAUSIBILITY, category, points, most, told, n=len(judged))
            for category, points, told in (("", after, state), (BEFORE, before, ""))
        ]
    texts = {
        r.T_POINTS: {k: {"vi": x["vi"], "en": x["en"], "source": x["source"]} for k, x in table()["lines"].items()},
        "plausibility": {"word": dict(word(share)) if share is not None else None, "share": share},
    }
    return Checked(rows=tuple(made), texts=texts)


def _line(wave: int, x: Scored) -> Row:
    """One line; the number behind its points stands in `method`."""
    if x.value is None:
        return r.measured(wave, r.POINTS, None, "point", category=x.line, reason=x.why, estimand="total")
    state = r.EXPLAINED if x.explained else r.OUTSIDE if x.points == x.most else ""
    return _points(wave, r.POINTS, x.line, x.points, x.most, state, method=f"{x.value:.1f}%")


def _points(wave: int, indicator: str, category: str, points: int, most: int, state: str, *, method: str = "", n: int = 0) -> Row:
    """Points out of the most that could be earned; lower and upper are no interval."""
    row = r.measured(wave, indicator, points, "point", category=category, n=n, method=method, state=state, estimand="total")
    return replace(row, lower=0.0, upper=float(most))
