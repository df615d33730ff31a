"""The specification's own arithmetic: a Markdown table of persons, and every figure again by exact fractions.

Other algebra than analysis/ and tests/oracle.py.  The variance of a ratio comes from the covariance matrix of the totals
of numerator and denominator, each a sum of squares less the square of the sum; D, the dimension that two waves share,
from the rank of a matrix; Fieller's limits by searching for the changes that the t test does not reject; the t quantile
by bisecting a finite sum of cosines.  A case is run on the table as written and on four rewritings that must not matter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

import pandas as pd
import pytest

from analysis.change import change
from analysis.design import Design, Lonely, LonelyRule
from analysis.estimate import estimate
from analysis.results import Row
from tests.spec.shown import ask

Place = tuple[int, str, str]
Variable = str | tuple[str, str]
Sums = Mapping[Place, tuple[Fraction, Fraction]]

SILENT = {"dk": "dont_know", "ref": "refused", "na": "not_asked", "-": "missing"}
KINDS = ("not_asked", "dont_know", "refused", "missing")
TIGHT: dict[str, Any] = {"rel": 1e-9, "abs": 1e-9}


@dataclass(frozen=True)
class Person:
    """One line of a table; cells: column -> text as written."""

    wave: int
    stratum: str
    psu: str
    w: Fraction
    cells: Mapping[str, str]

    def number(self, name: str) -> Fraction | None:
        """The answer, None when there is none."""
        text = self.cells[name]
        return None if text in SILENT else Fraction(text)


@dataclass(frozen=True)
class Figure:
    """What one level should be, exactly.  variance is of the estimate; n_eff0 is Kish's size."""

    estimate: Fraction | None
    variance: Fraction
    df: int
    n: int
    missing: Mapping[str, int]
    psus: int
    strata: int
    status: str
    deff: Fraction | None
    kish: Fraction


@dataclass(frozen=True)
class Survey:
    """The persons of a table and every PSU that was drawn."""

    people: tuple[Person, ...]
    sampled: tuple[Place, ...]
    lonely: LonelyRule = "certainty"
    df_rule: str = "domain"

    # ---- for the code under test

    def frame(self) -> pd.DataFrame:
        """Microdata: a column of numbers gets its `__why`, a column of codes is text."""
        table: dict[str, list[Any]] = {name: [] for name in ("wave", "stratum", "psu", "w")}
        for p in self.people:
            for name, value in (("wave", p.wave), ("stratum", p.stratum), ("psu", p.psu), ("w", float(p.w))):
                table[name].append(value)
        for name in self.people[0].cells:
            texts = [p.cells[name] for p in self.people]
            if all(text in SILENT or _is_number(text) for text in texts):
                table[name] = [math.nan if text in SILENT else float(Fraction(text)) for text in texts]
                table[f"{name}__why"] = [SILENT.get(text, "answered") for text in texts]
            else:
                table[name] = [None if text in SILENT else text for text in texts]
        return pd.DataFrame(table)

    def design(self) -> Design:
        """The design as the plan would declare it."""
        rules = Lonely(self.lonely, self.lonely)
        return Design("stratum", "psu", "w", "wave", rules, self.df_rule, self.sampled)  # type: ignore[arg-type]  # rule words as a test writes them

    # ---- rewritings

    def shuffled(self) -> Survey:
        """The same lines in another order."""
        people = list(self.people)
        Random(5).shuffle(people)
        return replace(self, people=tuple(people), sampled=tuple(reversed(self.sampled)))

    def relabelled(self) -> Survey:
        """Other names for PSUs and strata, so that their order turns round; one PSU keeps one name in both waves."""
        psus = {psu: f"p{900 - i}" for i, psu in enumerate(sorted({psu for _, _, psu in self.sampled}))}
        turn = (lambda i: 100 + i) if self.lonely == "collapse" else (lambda i: 900 - i)  # collapse goes by the order of names
        strata = {h: f"h{turn(i)}" for i, h in enumerate(sorted({h for _, h, _ in self.sampled}))}
        return replace(
            self,
            people=tuple(replace(p, psu=psus[p.psu], stratum=strata[p.stratum]) for p in self.people),
            sampled=tuple((t, strata[h], psus[i]) for t, h, i in self.sampled),
        )

    def scaled(self, factors: Mapping[int, int] | int) -> Survey:
        """All weights of a wave times a number."""
        by = factors if isinstance(factors, Mapping) else dict.fromkeys({t for t, _, _ in self.sampled}, factors)
        return replace(self, people=tuple(replace(p, w=p.w * by[p.wave]) for p in self.people))

    def halved(self) -> Survey:
        """Every line written twice with half its weight: the same population, answered by twice as many."""
        return replace(self, people=tuple(half for p in self.people for half in [replace(p, w=p.w / 2)] * 2))

    def beside(self, wave: int = 1999) -> Survey:
        """The same survey with an older wave beside it, of other answers in other places of the same strata."""
        older = [replace(p, wave=wave, psu=f"old{p.psu}", w=p.w * 3) for p in self.people[::-1]]
        drawn = [(wave, h, f"old{i}") for t, h, i in self.sampled if t == self.sampled[0][0]]
        return replace(
            self, people=(*self.people, *[p for p in older if (wave, p.stratum, p.psu) in drawn]), sampled=(*self.sampled, *drawn)
        )

    # ---- what must come out

    def sums(self, wave: int, y: Variable, inside: Mapping[str, str]) -> Sums:
        """Weighted totals of numerator and denominator of every drawn PSU; (0, 0) where nobody belongs."""
        found = {place: (Fraction(0), Fraction(0)) for place in self.sampled if place[0] == wave}
        for p in self._answered(wave, y, inside):
            top, bottom = _pair(p, y)
            a, b = found[p.wave, p.stratum, p.psu]
            found[p.wave, p.stratum, p.psu] = (a + p.w * top, b + p.w * bottom)
        return found

    def figure(self, wave: int, y: Variable, stat: str, inside: Mapping[str, str]) -> Figure:
        """One level by exact fractions."""
        answered = self._answered(wave, y, inside)
        those = [p for p in self.people if p.wave == wave and _belongs(p, inside)]
        places = {(p.stratum, p.psu) for p in answered}
        drawn = [place for place in self.sampled if place[0] == wave]
        home = self.homes(wave)
        held = len({home[h] for h, _ in places})
        df = len(places) - held if self.df_rule == "domain" else len(drawn) - len({home[h] for _, h, _ in drawn})
        value, variance = self._moments(wave, y, stat, inside)
        weights = [p.w for p in answered]
        kish = Fraction(sum(weights)) ** 2 / sum(w * w for w in weights) if weights else Fraction(0)
        extreme = stat == "proportion" and value in (0, 1)
        stopped = len(places) <= 1 or df < 1 or value is None or (variance == 0 and not extreme)
        status = "not_estimable" if stopped else "caution" if extreme or df < 8 else "ok"
        return Figure(
            None if stopped else value, variance, df, len(answered), self._silent(those, y), len(places), held, status,
            None if stopped or value is None else _deff(answered, y, stat, value, variance), kish,
        )  # fmt: skip

    def homes(self, wave: int) -> dict[str, str]:
        """The stratum each stratum counts as: itself, unless rule collapse joins those of one PSU to the next, the last back."""
        size: dict[str, int] = {}
        for t, h, _ in self.sampled:
            if t == wave:
                size[h] = size.get(h, 0) + 1
        found = {h: h for h in size}
        if self.lonely != "collapse":
            return found
        groups: list[list[str]] = []
        for h in sorted(size):
            open_ = bool(groups) and sum(size[k] for k in groups[-1]) == 1
            groups[-1].append(h) if open_ else groups.append([h])
        if len(groups) > 1 and sum(size[k] for k in groups[-1]) == 1:
            groups[-2:] = [groups[-2] + groups[-1]]
        return {h: group[0] for group in groups for h in group}

    def covariance(self, first: int, second: int, y: Variable, stat: str, inside: Mapping[str, str]) -> float:
        """Covariance of two waves' estimates: common PSUs only, each wave about the means of its own strata."""
        a, b = self.sums(first, y, inside), self.sums(second, y, inside)
        one, two = (self._moments(t, y, stat, inside)[0] or Fraction(0) for t in (first, second))
        parts = [[_crossed(a, b, i, j) for j in (0, 1)] for i in (0, 1)]
        if stat == "total":
            return parts[0][0]
        if None in (self._moments(first, y, stat, inside)[0], self._moments(second, y, stat, inside)[0]):
            return math.nan
        whole = float(sum(x for _, x in a.values()) * sum(x for _, x in b.values()))
        return (parts[0][0] - float(two) * parts[0][1] - float(one) * parts[1][0] + float(one * two) * parts[1][1]) / whole

    def shared(self, first: int, second: int, y: Variable, inside: Mapping[str, str]) -> int:
        """Common PSUs less the rank of the matrix that says in which stratum of which wave each lies."""
        homes: list[dict[str, str]] = []
        for wave in (first, second):
            held = {(p.stratum, p.psu) for p in self._answered(wave, y, inside)}
            own = self.homes(wave)
            homes.append({i: own[h] for t, h, i in self.sampled if t == wave and (self.df_rule == "design" or (h, i) in held)})
        common = sorted(homes[0].keys() & homes[1].keys())
        strata = sorted({(k, home[i]) for k, home in enumerate(homes) for i in common})
        return len(common) - _rank([[Fraction(homes[k][i] == h) for k, h in strata] for i in common])

    def _moments(self, wave: int, y: Variable, stat: str, inside: Mapping[str, str]) -> tuple[Fraction | None, Fraction]:
        sums = self.sums(wave, y, inside)
        top, bottom = sum((a for a, _ in sums.values()), Fraction(0)), sum((b for _, b in sums.values()), Fraction(0))
        if stat == "total":
            return top, self._form(sums, 0, 0)
        if bottom == 0:
            return None, Fraction(0)
        r = top / bottom
        return r, (self._form(sums, 0, 0) - 2 * r * self._form(sums, 0, 1) + r * r * self._form(sums, 1, 1)) / bottom**2

    def _form(self, sums: Sums, i: int, j: int) -> Fraction:
        """Covariance of two totals: per stratum n/(n-1) (sum of products - product of sums / n), and the lonely rule."""
        found, alone = Fraction(0), 0
        home = self.homes(next(iter(sums))[0]) if sums else {}
        strata = sorted(set(home.values()))
        middle = [sum((v[k] for v in sums.values()), Fraction(0)) / max(len(sums), 1) for k in (i, j)]
        for h in strata:
            a = [v[i] for place, v in sums.items() if home[place[1]] == h]
            b = [v[j] for place, v in sums.items() if home[place[1]] == h]
            if (n := len(a)) > 1:
                found += Fraction(n, n - 1) * (sum(x * z for x, z in zip(a, b, strict=True)) - sum(a) * sum(b) / n)
                continue
            alone += 1
            # a PSU's own score is not centred: with the ratio's residual in mind y - R x enters as it stands
            found += a[0] * b[0] if self.lonely == "adjust" else 0
            found += (a[0] - middle[0]) * (b[0] - middle[1]) if self.lonely == "centre" else 0
        if self.lonely == "average" and alone:
            found *= Fraction(len(strata), len(strata) - alone)
        return found

    def _answered(self, wave: int, y: Variable, inside: Mapping[str, str]) -> list[Person]:
        names = (y,) if isinstance(y, str) else y
        return [p for p in self.people if p.wave == wave and _belongs(p, inside) and all(p.number(n) is not None for n in names)]

    def _silent(self, those: Iterable[Person], y: Variable) -> Mapping[str, int]:
        """A ratio's no-answer is told by the first of its two columns that has one."""
        found = dict.fromkeys(KINDS, 0)
        for p in those:
            words = [p.cells[name] for name in ((y,) if isinstance(y, str) else y)]
            kinds = [SILENT[word] for word in words if word in SILENT]
            if kinds:
                found[kinds[0]] += 1
        return found


def survey(text: str, **options: Any) -> Survey:
    """A Markdown table -> Survey.  wave, stratum, w, times may be left out (2026, A, 1, 1); w `none`: a PSU drawn in vain."""
    lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.strip().splitlines()]
    head, people, sampled = lines[0], [], []
    assert set("".join(lines[1])) <= set("-: "), "the second line of a table is its rule"
    for line in lines[2:]:
        row = dict(zip(head, line, strict=True))
        wave, stratum = int(row.pop("wave", "2026")), row.pop("stratum", "A")
        psu, w, times = row.pop("psu"), row.pop("w", "1"), int(row.pop("times", "1"))
        sampled.append((wave, stratum, psu))
        if w != "none":
            people += [Person(wave, stratum, psu, Fraction(w), row)] * times
    return Survey(tuple(people), tuple(dict.fromkeys(sampled)), **options)


# ---- one level, checked in every way -------------------------------------------------------------------------------


def level(
    given: Survey,
    y: Variable = "y",
    *,
    stat: Any = "mean",
    among: Mapping[str, str] | None = None,
    wave: int = 2026,
    **options: Any,
) -> Row:
    """The one row of `estimate`, equal to the exact figure, and the same after every rewriting."""
    inside = among or {}

    def asked(some: Survey) -> dict[str, Any]:
        waves = (wave,) if len({t for t, _, _ in some.sampled}) > 1 else ()
        return {"data": some.frame(), "design": some.design(), "y": y, "stat": stat, "where": inside, "waves": waves, **options}

    def run(some: Survey) -> Row:
        (row,) = estimate(**asked(some))
        return row

    (row,) = ask(estimate, **asked(given))
    whole = 100 if row.unit == "percent" else 1
    holds(row, given.figure(wave, y, stat, inside), whole)
    for rewritten in (given.shuffled(), given.relabelled(), given.beside()):
        same(run(rewritten), row)
    size = 7 if stat == "total" else 1
    same(run(given.scaled(7)), row, size=size)
    twice = run(given.halved())
    if row.interval not in ("korn_graubard", "wilson"):  # those two know how many persons were met
        same(replace(twice, n=twice.n // 2, n_missing={k: v // 2 for k, v in twice.n_missing.items()}, deff=row.deff), row)
    assert twice.n == 2 * row.n
    return row


def holds(row: Row, wanted: Figure, whole: int) -> None:
    """The row says what the exact figure says."""
    assert (row.status, row.n, row.psus, row.strata, row.df) == (
        wanted.status, wanted.n, wanted.psus, wanted.strata, wanted.df,
    )  # fmt: skip
    assert dict(row.n_missing) == dict(wanted.missing)
    if wanted.estimate is None:
        assert (row.estimate, row.se, row.lower, row.upper, row.deff) == (None, None, None, None, None)
        assert " | " in row.reason
        return
    assert row.estimate == pytest.approx(float(whole * wanted.estimate), **TIGHT)
    if row.interval == "korn_graubard" and wanted.variance == 0:
        assert row.se is None
        return
    se = whole * math.sqrt(wanted.variance)
    assert row.se == pytest.approx(se, **TIGHT)
    if wanted.deff is not None:
        assert row.deff == pytest.approx(float(wanted.deff), **TIGHT)
    t = t_quantile(row.level or 0.95, wanted.df)
    if row.interval == "t":
        assert [row.lower, row.upper] == pytest.approx([row.estimate - t * se, row.estimate + t * se], **TIGHT)
    if row.interval == "logit":
        # odds multiplied and divided by one factor: no logarithm of the share itself
        p = float(wanted.estimate)
        factor = math.exp(t * math.sqrt(wanted.variance) / (p * (1 - p)))
        odds = [p / (1 - p) / factor, p / (1 - p) * factor]
        assert [row.lower, row.upper] == pytest.approx([whole * o / (1 + o) for o in odds], **TIGHT)


def same(row: Row, other: Row, *, size: int = 1, flip: int = 1) -> None:
    """Two rows agree but for rounding; size: the second's numbers are multiplied with it; flip -1: signs turn."""
    for name in ("status", "n", "psus", "strata", "df", "interval", "publish", "reason", "unit", "estimand"):
        assert getattr(row, name) == getattr(other, name), name
    assert dict(row.n_missing) == dict(other.n_missing)
    ends = ("lower", "upper") if flip == 1 else ("upper", "lower")
    for name, theirs, times in (
        ("estimate", "estimate", flip),
        ("se", "se", 1),
        ("lower", ends[0], flip),
        ("upper", ends[1], flip),
    ):
        mine, wanted = getattr(row, name), getattr(other, theirs)
        if wanted is None:
            assert mine is None, name
        else:
            assert mine == pytest.approx(times * size * wanted, **TIGHT), name
    if other.deff is not None:
        assert row.deff == pytest.approx(other.deff, **TIGHT)


# ---- one change, checked in every way ------------------------------------------------------------------------------


def changed(
    given: Survey, y: Variable = "y", *, stat: Any = "mean", among: Mapping[str, str] | None = None, **options: Any
) -> tuple[Row, ...]:
    """The rows of `change` from 2026 to 2030, equal to the exact figures and the same after every rewriting."""
    inside = among or {}

    def run(some: Survey, wave: int = 2030, base: int = 2026) -> tuple[Row, ...]:
        return change(some.frame(), some.design(), y, wave=wave, base=base, stat=stat, where=inside, **options)

    rows = ask(change, given.frame(), given.design(), y, wave=2030, base=2026, stat=stat, where=inside, **options)
    _change_holds(given, rows, y, stat, inside)
    rewritten = [given.shuffled(), given.relabelled(), given.beside()]
    if stat != "total":
        rewritten.append(given.scaled({2026: 7, 2030: 3}))  # each wave has its own population
    for some in rewritten:
        for mine, other in zip(run(some), rows, strict=True):
            same(mine, other)
    if rows[0].estimate is not None:
        back = run(given, 2026, 2030)[0]
        same(replace(back, wave=2030, base_wave=2026), rows[0], flip=-1)
    return rows


def moments(given: Survey, y: Variable, stat: str, inside: Mapping[str, str]) -> tuple[float, float, float, float, float, int]:
    """Base, now, their variances, covariance and df of the change."""
    first, second = (given.figure(t, y, stat, inside) for t in (2026, 2030))
    df = first.df + second.df - given.shared(2026, 2030, y, inside)
    cov = given.covariance(2026, 2030, y, stat, inside)
    p1, p2 = (given._moments(t, y, stat, inside)[0] for t in (2026, 2030))
    return float(p1 or 0), float(p2 or 0), float(first.variance), float(second.variance), cov, df


def _change_holds(given: Survey, rows: Sequence[Row], y: Variable, stat: str, inside: Mapping[str, str]) -> None:
    diff = rows[0]
    first, second = (given.figure(t, y, stat, inside) for t in (2026, 2030))
    p1, p2, v1, v2, cov, df = moments(given, y, stat, inside)
    assert diff.n == min(first.n, second.n)
    assert dict(diff.n_missing) == {k: first.missing[k] + second.missing[k] for k in KINDS}
    assert diff.df == df
    if "not_estimable" in (first.status, second.status) or v1 + v2 - 2 * cov <= 1e-9 * (v1 + v2):
        assert {row.status for row in rows} == {"not_estimable"}
    if diff.estimate is None:
        return
    whole = 100 if diff.unit == "percentage_point" else 1
    se = whole * math.sqrt(v1 + v2 - 2 * cov)
    t = t_quantile(diff.level or 0.95, df)
    assert diff.estimate == pytest.approx(whole * (p2 - p1), **TIGHT)
    assert diff.se == pytest.approx(se, **TIGHT)
    assert [diff.lower, diff.upper] == pytest.approx([diff.estimate - t * se, diff.estimate + t * se], **TIGHT)
    for row in rows[1:]:
        if row.interval == "fieller":
            assert [row.lower, row.upper] == pytest.approx(fieller(p1, p2, v1, v2, cov, t), rel=1e-7, abs=1e-7)


def fieller(p1: float, p2: float, v1: float, v2: float, cov: float, t: float) -> list[float]:
    """The changes k, in percent, at which (p2 - (1+k) p1)^2 crosses t^2 its variance, by bisection from the estimate outwards."""

    def rejected(k: float) -> bool:
        r = 1 + k
        return (p2 - r * p1) ** 2 > t * t * (v2 + r * r * v1 - 2 * r * cov)

    return [100 * _crossing(rejected, p2 / p1 - 1, step) for step in (-1e-3, 1e-3)]


def _crossing(beyond: Callable[[float], bool], start: float, step: float) -> float:
    far = start + step
    while not beyond(far):
        step *= 2
        far = start + step
        assert abs(step) < 1e6, "no end: the set is not an interval"
    near = start
    for _ in range(200):
        middle = (near + far) / 2
        near, far = (near, middle) if beyond(middle) else (middle, far)
    return far


@cache
def t_quantile(confidence: float, df: int) -> float:
    """The two-sided t quantile by bisecting Student's finite sum for whole degrees of freedom (Abramowitz, Stegun 26.7.3-4)."""
    return _crossing(lambda t: _inside(t, df) > confidence, 0.0, 1e-3)


def _inside(t: float, df: int) -> float:
    angle = math.atan(t / math.sqrt(df))
    c, s = math.cos(angle), math.sin(angle)
    if df % 2:
        term, found = c, angle + (s * c if df > 1 else 0.0)
        for k in range(3, df - 1, 2):
            term *= c * c * (k - 1) / k
            found += s * term
        return 2 / math.pi * found
    term, found = 1.0, s
    for k in range(2, df, 2):
        term *= c * c * (k - 1) / k
        found += s * term
    return found


# ---- small parts ---------------------------------------------------------------------------------------------------


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("/", "", 1).removeprefix("-").isdigit()


def _belongs(p: Person, inside: Mapping[str, str]) -> bool:
    return all(p.cells[name] == code for name, code in inside.items())


def _pair(p: Person, y: Variable) -> tuple[Fraction, Fraction]:
    top = p.number(y if isinstance(y, str) else y[0])
    bottom = Fraction(1) if isinstance(y, str) else p.number(y[1])
    assert top is not None
    assert bottom is not None
    return top, bottom


def _deff(answered: Sequence[Person], y: Variable, stat: str, value: Fraction, variance: Fraction) -> Fraction | None:
    """Variance over that of as many persons drawn singly and with replacement from the weighted population."""
    n, whole = len(answered), sum(p.w for p in answered)
    pairs = [(p.w, *_pair(p, y)) for p in answered]
    r = value if stat != "total" else sum(w * a for w, a, _ in pairs) / whole
    bottom = sum(w * (b if stat != "total" else 1) for w, _, b in pairs) / whole
    spread = sum(w * (a - r * (b if stat != "total" else 1)) ** 2 for w, a, b in pairs) / whole * n / (n - 1)
    simple = spread / n * (whole**2 if stat == "total" else 1 / bottom**2)
    return variance / simple if simple else None


def _crossed(a: Sums, b: Sums, i: int, j: int) -> float:
    """Sum over common PSUs of products about the stratum means, one root of the two factors for a pair of strata."""
    means = [
        {h: Fraction(sum(v[k] for p, v in s.items() if p[1] == h), sum(1 for p in s if p[1] == h)) for h in {p[1] for p in s}}
        for s, k in ((a, i), (b, j))
    ]
    size = [{h: sum(1 for p in s if p[1] == h) for h in {p[1] for p in s}} for s in (a, b)]
    exact: dict[tuple[str, str], Fraction] = {}
    for (_, h, psu), mine in a.items():
        for (_, k, other), theirs in b.items():
            if psu == other and size[0][h] > 1 and size[1][k] > 1:
                exact[h, k] = exact.get((h, k), Fraction(0)) + (mine[i] - means[0][h]) * (theirs[j] - means[1][k])
    factor = {(h, k): Fraction(size[0][h], size[0][h] - 1) * Fraction(size[1][k], size[1][k] - 1) for h, k in exact}
    return sum(math.sqrt(factor[pair]) * float(value) for pair, value in exact.items())


def _rank(matrix: list[list[Fraction]]) -> int:
    rows, rank = [list(row) for row in matrix], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][column] / rows[rank][column]
            rows[i] = [x - factor * y for x, y in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank
