"""Means, totals, ratios, variances, shares and quantiles of R through estimate(): svymean ... svyby, svycontrast.

Imports the interpreter, the columns and the public door.  An answer holds R's names in R's order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gold_change
import numpy as np
from gold_base import Dots, r
from gold_columns import Measured, Term, by_columns, flag, measured, term_env
from gold_designs import inside
from gold_door import estimate
from gold_eval import Interpreter
from gold_values import CHR, Answer, Builtin, Matrix, Quoted, RDesign, RError, RList, Unsupported, Vec, num, plain

Group = tuple[str, ...]


def named(joint: Any, names: Sequence[str], order: Sequence[int] | None = None) -> Any:
    """A joint record under R's names, reordered."""
    some = joint if order is None else joint.pick(list(order))
    return replace(some, names=tuple(names))


def deff_kind(deff: Any) -> str:
    """'' none asked, 'wor' for TRUE, 'wr' for "replace"."""
    if deff is None or plain(deff) is False:
        return ""
    return "wr" if isinstance(deff, Vec) and deff.kind == CHR and plain(deff) == "replace" else "wor"


def ask(
    found: Measured, stat: str, *, by: Sequence[str] = (), na_rm: bool, deff: str = "", **more: Any
) -> tuple[Any, tuple[str, ...]]:
    """estimate() over the columns of a formula, listwise as one R formula is; and R's name of each variable."""
    if stat == "mean" and all(t.levels for t in found.terms):
        rd, stat, names = found.rd, "proportion", tuple(t.column for t in found.terms)
        more["unit"] = "ratio"
    else:
        rd, names = found.dummies()
    frame, where = inside(rd)
    missing = "listwise" if na_rm else "variable"
    kind: Any = deff or "wr"
    made = estimate(frame, rd.design, list(names), by=tuple(by), where=where, stat=stat, missing=missing, deff=kind, **more)  # type: ignore[arg-type]  # words of R's calls
    text = {t.column: t.text for t in found.terms}
    variables = tuple(
        text.get(str(i), str(i).removeprefix("r.")) + str(c)
        for i, c in zip(made.columns["indicator"], made.columns["category"], strict=True)
    )
    return made, variables


def answer(made: Any, order: Sequence[int], names: Sequence[str], deff: str, **origin: Any) -> Answer:
    """An Estimates as an Answer in R's order."""
    at = list(order)
    fields: dict[str, Any] = {
        "status": [made.columns["status"][i] for i in at],
        "reason": [made.columns["reason"][i] for i in at],
    }
    if deff:
        fields["deff"] = [np.nan if made.columns["deff"][i] is None else made.columns["deff"][i] for i in at]
    return Answer("estimates", fields, named(made.joint, names, at), {"made": made, "at": at, **origin})


def _plain_estimate(self: Interpreter, x: Any, design: Any, stat: str, na_rm: Any, deff: Any) -> Answer:
    found = measured(self, x, design)
    kind = deff_kind(deff)
    made, variables = ask(found, stat, na_rm=flag(na_rm), deff=kind)
    order = [variables.index(n) for n in found.names if n in variables]
    na = not flag(na_rm) and bool(found.missing.any())
    slip = {}
    pps = found.rd.design.pps
    if kind and stat == "total" and pps is not None and pps.rule in ("joint", "hartley_rao"):
        slip["pps_deff"] = lambda: _pps_deff(found, order, kind, na_rm=flag(na_rm))
    return answer(made, order, [variables[i] for i in order], kind, r_na=na, **slip)


def _pps_deff(found: Measured, order: Sequence[int], kind: str, *, na_rm: bool) -> list[float]:
    """What svytotal of a PPS design prints: the other kind's design effect over the number of people."""
    made, _ = ask(found, "total", na_rm=na_rm, deff="wr" if kind == "wor" else "wor")
    return [float(made.columns["deff"][i]) / float(made.columns["n"][i]) for i in order]


@r("svymean", "x, design, na.rm, deff, ...")
def svymean(self: Interpreter, x: Any, design: Any, na_rm: Any = None, deff: Any = None, dots: Dots = ()) -> Answer:
    """estimate(stat="mean"), stat="proportion" for factors."""
    del dots
    return _plain_estimate(self, x, design, "mean", na_rm, deff)


@r("svytotal", "x, design, na.rm, deff, ...")
def svytotal(self: Interpreter, x: Any, design: Any, na_rm: Any = None, deff: Any = None, dots: Dots = ()) -> Answer:
    """estimate(stat="total")."""
    del dots
    return _plain_estimate(self, x, design, "total", na_rm, deff)


@r("svyratio", "numerator, denominator, design, separate, na.rm, formula, covmat, deff, ...")
def svyratio(self: Interpreter, design: Any, dots: Dots = (), **given: Any) -> Answer:
    """estimate(stat="ratio") of every numerator over every denominator."""
    del dots
    top = measured(self, given.get("numerator", given.get("formula")), design)
    below = measured(self, given["denominator"], top.rd)
    made, names = _ratios(top, below, (), na_rm=flag(given.get("na_rm")))
    return answer(
        made, range(len(names)), names, "", r_na=not flag(given.get("na_rm")) and bool((top.missing | below.missing).any())
    )


def _ratios(top: Measured, below: Measured, by: Sequence[str], *, na_rm: bool) -> tuple[Any, list[str]]:
    pairs = [(a, b) for b in below.terms for a in top.terms]
    frame, where = inside(below.rd)
    missing = "listwise" if na_rm else "variable"
    made = estimate(
        frame, below.rd.design, [(a.column, b.column) for a, b in pairs], by=tuple(by), where=where, stat="ratio", missing=missing
    )  # type: ignore[arg-type]  # one of two words
    return made, [f"{a.text}/{b.text}" for a, b in pairs]


@r("svyvar", "x, design, na.rm, ...")
def svyvar(self: Interpreter, x: Any, design: Any, na_rm: Any = None, dots: Dots = ()) -> Answer:
    """estimate(stat="variance"); covariances by polarisation: (var(a + b) - var(a) - var(b)) / 2, a contrast."""
    del dots
    found = measured(self, x, design)
    k = len(found.terms)
    frame, names = found.rd.frame, [t.column for t in found.terms]
    whole = ~frame[names].isna().any(axis=1)
    for i in range(k):
        for j in range(i):
            frame = frame.assign(**{f"r.sum{j}.{i}": (frame[names[i]] + frame[names[j]]).where(whole)})
    sums = [c for c in frame.columns if str(c).startswith("r.sum")]
    rd = replace(found.rd, frame=frame)
    given, where = inside(rd)
    made = estimate(given, rd.design, [*names, *sums], where=where, stat="variance", missing="listwise")
    rows = np.zeros((k * k, k + len(sums)))
    for i in range(k):
        for j in range(k):
            if i == j:
                rows[i * k + j, i] = 1.0
                continue
            rows[i * k + j, [k + sums.index(f"r.sum{min(i, j)}.{max(i, j)}"), i, j]] = (0.5, -0.5, -0.5)
    joint = made.joint.linear(rows, [f"{a.text}:{b.text}" for a in found.terms for b in found.terms])
    na = not flag(na_rm) and bool(found.missing.any())
    one = replace(joint, names=(found.terms[0].text,)) if k == 1 else joint
    rows, answered = int(rd.kept.sum()), int((rd.kept & ~found.missing).sum())
    slip = 1.0 if k == 1 or answered < 2 else rows / (rows - 1) / (answered / (answered - 1))
    status, reason = ([str(made.columns[c][0])] * len(one.names) for c in ("status", "reason"))
    return Answer("estimates", {"status": status, "reason": reason}, one, {"r_na": na, "r_factor": slip})


@r(
    "svyby",
    "formula, by, design, FUN, ..., deff, keep.var, keep.names, verbose, vartype, drop.empty.groups, covmat, na.rm.by, na.rm.all",
)
def svyby(self: Interpreter, formula: Any, by: Any, design: Any, FUN: Any = None, dots: Dots = (), **given: Any) -> Answer:
    """estimate(by=...); the first grouping variable varies fastest."""
    options = {name: value for name, value in dots if name}
    function = FUN.name if isinstance(FUN, Builtin) else ""
    grouped, groups = by_columns(self, by, design)
    if function in ("svymean", "svytotal"):
        return _by_estimate(self, formula, grouped, groups, function, options, given)
    if function == "svyratio":
        return _by_ratio(self, formula, grouped, groups, options)
    if function == "svyciprop":
        from gold_shares import by_share

        return by_share(self, formula, grouped, groups, options)
    if function == "svyquantile":
        from gold_shares import by_quantile

        return by_quantile(self, formula, grouped, groups, options)
    if function == "svyvar":
        return _by_variance(self, formula, grouped, groups, options)
    raise Unsupported(f"svyby(FUN={function or '?'})")


def _by_estimate(
    self: Interpreter,
    formula: Any,
    rd: RDesign,
    groups: tuple[Term, ...],
    function: str,
    options: dict[str, Any],
    given: dict[str, Any],
) -> Answer:
    found = measured(self, formula, rd)
    kind = deff_kind(given.get("deff", options.get("deff")))
    by = [g.column for g in groups]
    na_rm = flag(options.get("na.rm"))
    made, variables = ask(found, function.removeprefix("svy"), by=by, na_rm=na_rm, deff=kind)
    order, cells = by_order(made, groups)
    wanted = [(n, c) for n in found.names for c in cells]
    places = {(variables[i], cell_of(made, i, groups)): i for i in order}
    at = [places[key] for key in wanted if key in places]
    several = len(found.names) > 1
    names = [".".join(cell_of(made, i, groups)) + (f":{variables[i]}" if several else "") for i in at]
    na = not na_rm and bool(found.missing.any())
    y = {} if several or found.terms[0].levels else {"y": found.terms[0].column}
    return answer(
        made, at, names, kind, groups=groups, cells=cells, variables=list(found.names), rd=found.rd,
        stat=function.removeprefix("svy"), r_na=na, **y,
    )  # fmt: skip


def _by_ratio(self: Interpreter, formula: Any, rd: RDesign, groups: tuple[Term, ...], options: dict[str, Any]) -> Answer:
    top = measured(self, formula, rd)
    below = measured(self, options["denominator"], top.rd)
    made, pairs = _ratios(top, below, [g.column for g in groups], na_rm=flag(options.get("na.rm")))
    order, cells = by_order(made, groups)
    if len(pairs) > 1:
        raise Unsupported("svyby of several ratios")
    names = [".".join(cell_of(made, i, groups)) for i in order]
    y = (top.terms[0].column, below.terms[0].column)
    return answer(made, order, names, "", groups=groups, cells=cells, variables=pairs, rd=below.rd, stat="ratio", y=y)


def _by_variance(self: Interpreter, formula: Any, rd: RDesign, groups: tuple[Term, ...], options: dict[str, Any]) -> Answer:
    found = measured(self, formula, rd)
    if len(found.terms) > 1:
        raise Unsupported("svyby of the variance of several variables")
    made, variables = ask(found, "variance", by=[g.column for g in groups], na_rm=flag(options.get("na.rm")))
    order, cells = by_order(made, groups)
    names = [".".join(cell_of(made, i, groups)) for i in order]
    return answer(made, order, names, "", groups=groups, cells=cells, variables=list(variables[:1]))


def cell_of(made: Any, i: int, groups: tuple[Term, ...]) -> Group:
    """The group of a row."""
    domain = dict(made.columns["domain"][i])
    return tuple(domain[g.column] for g in groups)


def by_order(made: Any, groups: tuple[Term, ...]) -> tuple[list[int], list[Group]]:
    """Rows in R's order, and the groups that somebody of the subset is in: the first variable varies fastest."""
    rank = [{level: k for k, level in enumerate(g.levels)} for g in groups]

    def key(i: int) -> list[int]:
        return [where[code] for where, code in zip(reversed(rank), reversed(cell_of(made, i, groups)), strict=True)]

    order = sorted(range(len(made)), key=key)
    cells = list(dict.fromkeys(cell_of(made, i, groups) for i in order))
    return order, cells


@r("svycontrast", "stat, contrasts, ...")
def svycontrast(self: Interpreter, stat: Answer, contrasts: Any, dots: Dots = ()) -> Answer:
    """Joint.linear for numbers, Joint.smooth for quoted expressions."""
    del dots
    if stat.joint is None:
        raise Unsupported("svycontrast of something without a covariance")
    listed = contrasts if isinstance(contrasts, RList) else RList((contrasts,), ("contrast",))
    names = listed.names or tuple(f"contrast {i + 1}" for i in range(len(listed.data)))
    if all(isinstance(c, Quoted) for c in listed.data):

        def function(values: np.ndarray) -> np.ndarray:
            env = term_env(stat.joint.names, values, self.globals)
            return np.array([float(self.value(c.node, env).data[0]) for c in listed.data])

        joint = stat.joint.smooth(function, names)
        if len(listed.data) == 1:
            joint = gold_change.smooth(stat, listed.data[0].node, names) or joint
    elif all(isinstance(c, Vec) for c in listed.data):
        rows = np.array([_weights(c, stat.joint.names) for c in listed.data])
        joint = gold_change.linear(stat, rows, names) or stat.joint.linear(rows, names)
    else:
        raise Unsupported("contrasts of numbers and expressions together")
    return Answer("estimates", {"status": ["ok"] * len(names)}, joint, {"r_na": stat.origin.get("r_na", False), "parent": stat})


def _weights(given: Vec, names: Sequence[str]) -> np.ndarray:
    if given.names is None:
        if len(given) != len(names):
            raise RError("a contrast of another length than the estimates")
        return given.data.astype(float)
    absent = [n for n in given.names if n not in names]
    if absent:
        raise RError(f"contrast names {absent[0]}, which is no estimate")
    at = dict(zip(given.names, given.data.tolist(), strict=True))
    return np.array([float(at.get(n, 0.0)) for n in names])


@r("withReplicates", "design, theta, ...")
def with_replicates(self: Interpreter, design: Any, theta: Any, dots: Dots = ()) -> Answer:
    """A function of sums of .weights: each sum is a total of estimate(), the function is taken in every replicate."""
    del dots
    if not isinstance(theta, Quoted):
        raise Unsupported("withReplicates of a function")
    from gold_replicates import weighted_sums

    frame, rd, body, columns = weighted_sums(self, design, theta)
    made = estimate(frame, rd.design, list(columns), stat="total")

    def function(values: np.ndarray) -> np.ndarray:
        return np.array([float(self.value(body, term_env(columns, values, self.globals)).data[0])])

    return Answer("estimates", {"status": ["ok"]}, made.joint.smooth(function, ("theta",), replicate=True), {})


@r("svycdf", "formula, design, na.rm, ...")
def svycdf(self: Interpreter, formula: Any, design: Any, na_rm: Any = None, dots: Dots = ()) -> RList:
    """The share at or below a value: the mean of an indicator."""
    del dots, na_rm
    found = measured(self, formula, design)

    def at(name: str) -> Builtin:
        def value(_self: Interpreter, x: Vec) -> Vec:
            given = found.rd.frame[name]
            frame = found.rd.frame
            below = [f"r.below{i}" for i in range(len(x))]
            frame = frame.assign(
                **{n: (given <= c).astype(float).where(given.notna()) for n, c in zip(below, x.data.tolist(), strict=True)}
            )
            rows, where = inside(replace(found.rd, frame=frame))
            return num(estimate(rows, found.rd.design, below, where=where).joint.value)

        return Builtin("cdf", ("x",), value)

    return RList(tuple(at(t.column) for t in found.terms), found.names)


@r("coef", "object, ...")
def coef(_self: Interpreter, object: Any, dots: Dots = ()) -> Vec:  # noqa: A002 - R's own name of the argument
    """The estimates by name."""
    del dots
    return num(object.joint.value, object.joint.names)


@r("vcov", "object, ...")
def vcov(_self: Interpreter, object: Any, dots: Dots = ()) -> Matrix:  # noqa: A002 - R's own name of the argument
    """Their covariance."""
    del dots
    return Matrix(object.joint.vcov, object.joint.names, object.joint.names)


@r("SE", "object, ...")
def standard_errors(_self: Interpreter, object: Any, dots: Dots = ()) -> Vec:  # noqa: A002 - R's own name of the argument
    """Their standard errors."""
    del dots
    return num(object.joint.se, object.joint.names)


@r("confint", "object, parm, level, df, ...")
def confint(_self: Interpreter, object: Any, parm: Any = None, level: Any = None, df: Any = None, dots: Dots = ()) -> Matrix:  # noqa: A002 - R's own name of the argument
    """Normal limits, t limits when df is given."""
    del parm, dots
    made = object.joint.interval(0.95 if level is None else float(plain(level)), np.inf if df is None else float(plain(df)))
    return Matrix(made, object.joint.names)


@r("svytable", "formula, design, Ntotal, round, ...")
def svytable(self: Interpreter, formula: Any, design: Any, dots: Dots = (), **given: Any) -> Answer:
    """Weighted counts of the cells, by tabulate() for two variables and estimate() for one or more than two."""
    del dots
    if given:
        raise Unsupported("svytable(Ntotal=)")
    from gold_tests import table_of

    return table_of(self, formula, design)


def full_table(found: Answer) -> dict[str, list[float]]:
    """The columns of numbers that print(svyby(...)) shows."""
    variables, cells = found.origin["variables"], found.origin["cells"]
    k, n = len(variables), len(cells)
    out: dict[str, list[float]] = {}
    parts = {"": found.joint.value, "se": found.joint.se}
    if "deff" in found.fields:
        parts["DEff"] = np.array([np.nan if d is None else d for d in found.fields["deff"]])
    for word, values in parts.items():
        for i, name in enumerate(variables):
            single = k == 1 and word == "se" and "/" not in name
            title = name if not word else "se" if single else f"{word}.{name}"
            out[title] = np.asarray(values)[i * n : (i + 1) * n].tolist()
    return out
