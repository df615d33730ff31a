"""R's intervals of shares (svyciprop) and quantiles (svyquantile), one domain or by group."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gold_quirks
import numpy as np
from gold_base import Dots, r
from gold_columns import Term, flag, measured
from gold_designs import degrees, inside, narrowed
from gold_door import estimate
from gold_estimates import by_order, cell_of, named
from gold_eval import Interpreter
from gold_values import Answer, RDesign, Unsupported, Vec, num, plain

METHODS = {
    "logit": "logit", "xlogit": "logit", "likelihood": "likelihood", "asin": "arcsine", "beta": "beta", "mean": "t",
}  # fmt: skip


@r("svyciprop", "formula, design, method, level, df, ...")
def svyciprop(
    self: Interpreter, formula: Any, design: Any, method: Any = None, level: Any = None, df: Any = None, dots: Dots = ()
) -> Answer:
    """estimate(stat="proportion", interval=method)."""
    options = {name: value for name, value in dots if name}
    word = "logit" if method is None else str(plain(method))
    if word not in METHODS:
        raise Unsupported(f"svyciprop(method={word})")
    found = measured(self, formula, design)
    rd, names = found.dummies()
    frame, where = inside(rd)
    free = float(plain(df)) if df is not None else degrees_or_nan(self, rd)
    confidence = 0.95 if level is None else float(plain(level))
    made = estimate(
        frame, rd.design, names[-1], where=where, stat="proportion", unit="ratio", interval=METHODS[word], confidence=confidence,
        df=None if np.isnan(free) else free,
    )  # fmt: skip
    na = not flag(options.get("na.rm")) and bool(found.missing.any())
    share, se = float(made.joint.value[0]), float(made.joint.se[0])
    quirk = gold_quirks.kept(gold_quirks.likelihood(rd, names[-1], share, se, free, confidence))
    fields = {
        "ci": [_number(made.columns[c][0]) for c in ("lower", "upper")],
        "status": made.columns["status"],
        "reason": made.columns["reason"],
    }
    return Answer(
        "share", fields, named(made.joint, [found.names[-1]]),
        {"r_na": na, "method": word, "df": [free]} | ({"quirk": quirk} if word == "likelihood" else {}),
    )  # fmt: skip


def degrees_or_nan(self: Interpreter, rd: RDesign) -> float:
    """degf(design); NaN for a domain that nobody is in."""
    try:
        return degrees(self, rd)
    except Unsupported:
        return float("nan")


def by_share(self: Interpreter, formula: Any, rd: RDesign, groups: tuple[Term, ...], options: dict[str, Any]) -> Answer:
    """svyby(svyciprop): every group is a subset() with its own degrees of freedom."""
    word = str(plain(options["method"])) if "method" in options else "logit"
    found = measured(self, formula, rd)
    numeric, names = found.dummies()
    frame, where = inside(numeric)
    by = tuple(g.column for g in groups)
    design = replace(numeric.design, df_rule="domain")
    made = estimate(frame, design, names[-1], by=by, where=where, stat="proportion", unit="ratio", interval=METHODS[word])
    order, _ = by_order(made, groups)
    labels = [".".join(cell_of(made, i, groups)) for i in order]
    title = found.names[-1]
    table = {
        title: [made.joint.value[i] for i in order], "ci_l": [_number(made.columns["lower"][i]) for i in order],
        "ci_u": [_number(made.columns["upper"][i]) for i in order],
    }  # fmt: skip
    fields = {
        "full_table": table,
        "status": [made.columns["status"][i] for i in order],
        "reason": [made.columns["reason"][i] for i in order],
    }
    return Answer(
        "share", fields, named(made.joint, labels, order), {"method": word, "df": [made.columns["df"][i] for i in order]}
    )


@r("svyquantile", "x, design, quantiles, alpha, interval.type, na.rm, ci, se, qrule, df, return.replicates, ...")
def svyquantile(self: Interpreter, x: Any, design: Any, quantiles: Vec, dots: Dots = (), **given: Any) -> Answer:
    """estimate(stat="quantile") of each variable."""
    del dots
    found = measured(self, x, design)
    frame, where = inside(found.rd)
    answered = narrowed(found.rd, ~found.missing) if found.missing.any() else found.rd  # na.rm leaves no other rows
    free = float(plain(given["df"])) if given.get("df") is not None else degrees_or_nan(self, answered)
    names = [t.column for t in found.terms]
    probs = tuple(quantiles.data.tolist())
    confidence = 1 - float(plain(given["alpha"])) if given.get("alpha") is not None else 0.95
    made = estimate(
        frame, found.rd.design, names, where=where, stat="quantile", p=probs, qrule=_word(given.get("qrule"), "math"),
        interval=_word(given.get("interval_type"), "mean"), missing="listwise" if flag(given.get("na_rm")) else "variable",
        confidence=confidence, df=None if np.isnan(free) else free,
    )  # fmt: skip
    tables: dict[str, Any] = {}
    rule, kind = _word(given.get("qrule"), "math"), _word(given.get("interval_type"), "mean")
    quirks = {
        t.text: gold_quirks.kept(gold_quirks.quantiles(found.rd, t.column, probs, rule, kind, free, confidence))
        for t in found.terms
    }
    for k, t in enumerate(found.terms):
        at = range(k * len(probs), (k + 1) * len(probs))
        tables[t.text] = {"table": [_row(made, i) for i in at]}
    return Answer(
        "record",
        {"quantiles": tables, "status": made.columns["status"], "reason": made.columns["reason"]},
        None,
        {"quirks": quirks},
    )


def _row(made: Any, i: int) -> list[float]:
    return [_number(made.columns[c][i]) for c in ("estimate", "lower", "upper", "se")]


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)


def _word(value: Any, default: str) -> str:
    return default if value is None else str(plain(value))


def by_quantile(self: Interpreter, formula: Any, rd: RDesign, groups: tuple[Term, ...], options: dict[str, Any]) -> Answer:
    """svyby(svyquantile): every group is a subset() with its own degrees of freedom."""
    cells, rows = [()], [np.ones(len(rd.frame), dtype=bool)]
    for g in groups:
        codes = rd.frame[g.column].to_numpy(dtype=object)
        pairs = [((*c, level), m & (codes == level)) for level in g.levels for c, m in zip(cells, rows, strict=True)]
        cells, rows = [p[0] for p in pairs], [p[1] for p in pairs]
    kept = [(c, m) for c, m in zip(cells, rows, strict=True) if (m & rd.kept).any()]
    given = {k.replace(".", "_"): v for k, v in options.items() if k in ("na.rm", "qrule", "interval.type", "alpha", "df")}
    p = options.get("quantiles", num([0.5]))
    if len(p) != 1:
        raise Unsupported("svyby of several quantiles")
    answers = [svyquantile(self, formula, narrowed(rd, m), p, **given) for _, m in kept]
    (name,) = answers[0].fields["quantiles"]
    table = [a.fields["quantiles"][name]["table"][0] for a in answers]
    columns = {
        name: [t[0] for t in table],
        "ci_l": [t[1] for t in table],
        "ci_u": [t[2] for t in table],
        "se": [t[3] for t in table],
    }
    labels = [".".join(c) for c, _ in kept]
    status = [a.fields["status"][0] for a in answers]
    reason = [a.fields["reason"][0] for a in answers]
    fields = {
        "estimate": columns[name],
        "se": columns["se"],
        "full_table": columns,
        "status": status,
        "reason": reason,
        "names": labels,
    }
    return Answer("record", fields, None, {"cell_quirks": [a.origin["quirks"][name] for a in answers], "variables": [name]})
