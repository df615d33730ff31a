"""Weighted two-way tables: counts, shares of all, of rows and of columns with their errors, and tests of association.

Imports numpy, subset, joint, estimates, intervals and raoscott.  Asks a source for named arrays, once.
R: `svytable`, `svymean(~interaction(a, b))`, `svyby(~b, ~a, svymean)`, `svychisq`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from .. import intervals
from ..backends import Data
from ..design import Design
from ..estimates import Estimates
from ..joint import Joint, name_of
from ..results import Status
from ..status import CAUTION_DF, EXTREME, NEGATIVE, NEGLIGIBLE, NO_DF, NO_VARIANCE, ONE_PSU, few_df
from ..units import FloatArray, IntArray
from . import raoscott
from .raoscott import NAMES, Statistic, Table
from .subset import Subset, subset
from .tested import Tested, untested

if TYPE_CHECKING:
    import pandas as pd


Ends = tuple[float, intervals.Interval | None]
EMPTY_CELL = "không có ai trong ô này của mẫu | nobody of the sample is in this cell"


@dataclass(frozen=True, eq=False)
class Crosstab:
    """A weighted table.  Cells stand in row-major order of row_levels x col_levels (those that occur).

    counts: (r, c) people, unweighted.  cells: weighted totals; shares: of all; row_shares, col_shares: within a row or a
    column; each with its rows, frame and covariance.  tests: in the order asked for; test: the first.
    n: people in the table; n_missing: people of the request without an answer to one of the two.
    """

    rows: str
    cols: str
    row_levels: tuple[str, ...]
    col_levels: tuple[str, ...]
    counts: IntArray
    cells: Estimates
    shares: Estimates
    row_shares: Estimates
    col_shares: Estimates
    tests: tuple[Tested, ...]
    n: int
    n_missing: int

    @property
    def test(self) -> Tested:
        """The first test asked for."""
        return self.tests[0]

    @property
    def table(self) -> pd.DataFrame:
        """The weighted counts, a row a level of `rows`.  R: `svytable`."""
        import pandas as pd

        index, columns = pd.Index(self.row_levels, name=self.rows), pd.Index(self.col_levels, name=self.cols)
        return pd.DataFrame(self.cells.joint.value.reshape(self.counts.shape), index=index, columns=columns)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All shares, tidy: estimand share, row_share, col_share by cell, with interval and status."""
        import pandas as pd

        return pd.concat([e.frame for e in (self.cells, self.shares, self.row_shares, self.col_shares)], ignore_index=True)

    def _repr_html_(self) -> str:
        import pandas as pd

        shown = ["-" if row.estimate is None else f"{row.estimate:.4g}" for row in self.row_shares]
        body = np.array(shown, dtype=object).reshape(self.counts.shape)
        index, columns = pd.Index(self.row_levels, name=self.rows), pd.Index(self.col_levels, name=self.cols)
        told = "".join(one._repr_html_() for one in self.tests)
        return str(pd.DataFrame(body, index=index, columns=columns).to_html()) + f"<p>row shares; n = {self.n}</p>" + told


def tabulate(
    data: Data,
    design: Design,
    rows: str,
    cols: str,
    *,
    where: Mapping[str, Any] | None = None,
    statistic: Statistic | Literal["all"] = "F",
    unit: Literal["percent", "ratio"] = "percent",
    confidence: float = 0.95,
    whole_ddf: bool = False,
) -> Crosstab:
    """Two columns of codes crossed, with the test that they are independent.

    where: column -> code.  statistic: F (Rao-Scott, second order), Chisq (first order), Wald, adjWald, lincom (the exact
    asymptotic distribution), saddlepoint, or all six.  unit: of the shares.  People without an answer to either column
    leave the table, not the design.  Works with replicate weights, two stages and several waves (each centred apart).
    Levels that nobody in the request has are not shown; a cell nobody is in has share 0 with a Korn-Graubard limit.
    not_estimable, with the reason: nobody, a single row or column, no degree of freedom, too many empty cells; a row's
    (column's) shares when it lies in one PSU.  Shares get logit t intervals, totals t intervals.
    whole_ddf: True repeats a slip of R's saddlepoint: the denominator, a mean of ddf chi-squares, gets only as many as
    the whole part of ddf (`rep` by a fraction); its p values are up to a sixth too large with few PSUs.
    Raises BdgError STAT-002 to STAT-005, STAT-009 to STAT-012.
    """
    _choice("statistic", statistic, (*get_args(Statistic), "all"))
    _choice("unit", unit, ("percent", "ratio"))
    asked = subset(data, design, (rows, cols), where)
    kinds: tuple[Statistic, ...] = get_args(Statistic) if statistic == "all" else (statistic,)
    both = asked.inside & np.array([v is not None for v in asked.people.text(cols).tolist()], dtype=np.bool_)
    row_levels, row_at = asked.levels(rows, both)
    col_levels, col_at = asked.levels(cols, row_at >= 0)
    r, c = len(row_levels), len(col_levels)
    cell = np.where(row_at >= 0, row_at * c + col_at, -1)
    n, left = int((cell >= 0).sum()), int(asked.inside.sum())
    counts = np.bincount(cell[cell >= 0], minlength=r * c).astype(np.intp)
    domains = [tuple(sorted(((rows, a), (cols, b)))) for a in row_levels for b in col_levels]
    maker = _Maker(asked, cell, counts, domains, f"{rows} x {cols}", 100.0 if unit == "percent" else 1.0, confidence)
    totals = maker.totals()
    everyone: FloatArray = np.ones((r * c, r * c))
    by_row: FloatArray = np.kron(np.eye(r), np.ones((c, c))).astype(np.float64)
    by_col: FloatArray = np.kron(np.ones((r, r)), np.eye(c)).astype(np.float64)
    tests = tuple(untested(NAMES[k], asked.silence()) for k in kinds)
    if n:
        of_all = _shares(totals, everyone)
        shape = Table(r, c, totals, of_all, left, n, asked.degrees(cell >= 0), asked.people.repweights is not None, whole_ddf)
        tests = tuple(raoscott.test(shape, k) for k in kinds)
    return Crosstab(
        rows, cols, row_levels, col_levels, counts.reshape(r, c), maker.counted(totals),
        maker.shared(_shares(totals, everyone), everyone, "share"), maker.shared(_shares(totals, by_row), by_row, "row_share"),
        maker.shared(_shares(totals, by_col), by_col, "col_share"), tests, n, left - n,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Maker:
    """What the estimates of one table have in common.  cell: (n,) each person's cell, -1 outside."""

    asked: Subset
    cell: NDArray[np.intp]
    counts: IntArray
    domains: list[tuple[tuple[str, str], ...]]
    indicator: str
    whole: float
    confidence: float

    def totals(self) -> Joint:
        """The weighted counts with their covariance."""
        people, k = self.asked.people, len(self.counts)
        names = [name_of("total", domain, 0) for domain in self.domains]
        here = self.cell >= 0

        def statistic(weight: FloatArray) -> FloatArray:
            return np.bincount(self.cell[here], weights=weight[here], minlength=k).astype(np.float64)

        def influence() -> FloatArray:
            out = np.zeros((len(self.cell), k))
            out[here, self.cell[here]] = people.weight[here]
            return out

        return people.joint(names, statistic, influence)

    def counted(self, totals: Joint) -> Estimates:
        """The totals as rows; a cell that nobody is in is 0 without an error."""
        limits: list[Ends] = []
        told: list[tuple[Status, str]] = []
        for j, (value, se) in enumerate(zip(totals.value.tolist(), totals.se.tolist(), strict=True)):
            df, empty = self.asked.degrees(self.cell == j), self.counts[j] == 0
            told.append(("caution", EMPTY_CELL) if empty else self._status(value, se, df, self.asked.psus(self.cell == j)))
            known = not empty and told[-1][0] != "not_estimable"
            limits.append((df, intervals.t_interval(value, se, df, self.confidence) if known else None))
        return self._rows(totals, "total", "count", told, limits, self.counts)

    def shared(self, shares: Joint, within: FloatArray, estimand: str) -> Estimates:
        """Shares as rows; within: (k, k), which cells make the denominator of each."""
        told: list[tuple[Status, str]] = []
        limits: list[Ends] = []
        base = np.rint(within @ self.counts).astype(np.intp)
        for j, (share, se) in enumerate(zip(shares.value.tolist(), shares.se.tolist(), strict=True)):
            members = (self.cell >= 0) & (within[j][self.cell] > 0)
            df, extreme = self.asked.degrees(members), self.counts[j] in (0, base[j])
            told.append(self._status(share, se, df, self.asked.psus(members), extreme=extreme))
            known = told[-1][0] != "not_estimable"
            limits.append((df, self._limits(round(share) if extreme else share, se, df, members) if known else None))
        scaled = shares.linear(self.whole * np.eye(len(self.counts)), shares.names)
        return self._rows(scaled, estimand, "percent" if self.whole == 100 else "ratio", told, limits, base)

    def _limits(self, share: float, se: float, df: float, members: NDArray[np.bool_]) -> intervals.Interval:
        weight = self.asked.people.weight[members]
        if share in (0, 1):
            kish = float(weight.sum() ** 2 / (weight @ weight))
            found = intervals.korn_graubard(float(share), kish, len(weight), df, self.confidence)
        else:
            found = intervals.logit(share, se, df, self.confidence)
        return intervals.Interval(self.whole * found.lower, self.whole * found.upper, found.method)

    @staticmethod
    def _status(value: float, se: float, df: float, psus: int, *, extreme: bool = False) -> tuple[Status, str]:
        stops = (
            (psus == 1, ONE_PSU), (df < 1, NO_DF), (np.isnan(se), NEGATIVE),
            (not extreme and se <= NEGLIGIBLE * abs(value), NO_VARIANCE),
        )  # fmt: skip
        for stop, reason in stops:
            if stop:
                return "not_estimable", reason
        notes = [EXTREME] if extreme else []
        if df < CAUTION_DF:
            notes.append(few_df(df))
        return ("caution" if notes else "ok"), "; ".join(notes)

    def _rows(
        self, joint: Joint, estimand: str, unit: str, told: list[tuple[Status, str]], limits: list[Ends], n: IntArray
    ) -> Estimates:  # fmt: skip
        k, waves = len(self.counts), list(self.asked.people.units)
        stopped = [status == "not_estimable" for status, _ in told]
        columns: dict[str, Any] = {
            "kind": ["count" if unit == "count" else "share"] * k, "indicator": [self.indicator] * k,
            "estimand": [estimand] * k, "wave": [waves[0] if len(waves) == 1 else 0] * k, "unit": [unit] * k,
            "domain": list(self.domains),
            "estimate": [None if s else v for s, v in zip(stopped, joint.value.tolist(), strict=True)],
            "se": [None if s or not v > 0 else v for s, v in zip(stopped, joint.se.tolist(), strict=True)],
            "df": [df for df, _ in limits], "lower": [e and e.lower for _, e in limits],
            "upper": [e and e.upper for _, e in limits], "interval": [e.method if e else "" for _, e in limits],
            "level": [self.confidence] * k, "n": n.tolist(), "design": [self.asked.people.design.label] * k,
            "status": [s for s, _ in told], "reason": [why for _, why in told],
        }  # fmt: skip
        return Estimates(columns, lambda: joint)


def _shares(totals: Joint, within: FloatArray) -> Joint:
    """total_i / (sum of the totals that `within` names for i); linearised, or the same of each replicate."""
    value = totals.value
    base = within @ value

    def share(t: FloatArray) -> FloatArray:
        below = within @ t
        return np.asarray(t / np.where(below > 0, below, np.nan), dtype=np.float64)

    slope = np.eye(len(value)) / base[:, None] - value[:, None] * within / (base**2)[:, None] if len(value) else np.zeros((0, 0))
    names = [name.replace("total", "share", 1) for name in totals.names]
    return totals.smooth(share, names, jacobian=slope, replicate=True)


def _choice(argument: str, got: str, choices: tuple[str, ...]) -> None:
    if got not in choices:
        raise refuse("STAT-011", got_name=got, argument=argument, choices=", ".join(choices))
