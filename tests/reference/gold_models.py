"""R's models and scales through glm() and reliability(): svyglm, svyolr, regTermTest, predictive margins, alpha."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from gold_base import Dots, r
from gold_columns import measured
from gold_designs import inside, ready, terms
from gold_door import Design, Lonely, glm, reliability
from gold_eval import Interpreter
from gold_r import Arg, Call, Name, Node, deparse
from gold_values import (
    CHR,
    FCT,
    LGL,
    Answer,
    Builtin,
    Family,
    Formula,
    RDesign,
    RList,
    Unsupported,
    Vec,
    levels_of,
    num,
    plain,
    scope,
    series,
)

UNIT = Design(None, None, None, None, Lonely("certainty", "certainty"), "design")
OPERATORS = frozenset({"+", "-", "*", ":", "^", "(", "~", "%in%", "/"})


def written(self: Interpreter, formula: Formula, rd: RDesign) -> tuple[RDesign, str]:
    """The formula as the door reads it: terms that are calls (factor(x), I(x > 1)) become columns of their own."""
    frame = rd.frame

    def visit(node: Node, *, outcome: bool = False) -> Node:
        nonlocal frame
        if isinstance(node, Call) and node.name in OPERATORS:
            return Call(node.function, tuple(Arg(a.name, None if a.value is None else visit(a.value)) for a in node.args))
        if not isinstance(node, (Call, Name)):
            return node
        vec = self.value(node, scope(frame, formula.env))
        if isinstance(node, Name) and vec.kind not in (CHR, FCT, LGL):
            return node
        if outcome and vec.kind == LGL:
            vec = num(vec.data)
        name = f"t{len(frame.columns)}_"
        ranked = _ranked(vec) if vec.kind in (CHR, FCT, LGL) else {}
        codes = [ranked.get(str(t)) for t in vec.texts()] if ranked else []
        texts = Vec(np.array(codes, dtype=object), CHR) if ranked else vec
        frame = frame.assign(**{name: series(texts, len(frame))})
        known[name] = deparse(node)
        known.update({code: level for level, code in ranked.items() if code != level})
        return Name(name)

    known: dict[str, str] = {}
    right = visit(formula.right)
    left = visit(formula.left, outcome=True) if formula.left is not None else None
    rd = replace(rd, frame=frame, spec={**rd.spec, "terms": known})
    return rd, f"{deparse(left)} ~ {deparse(right)}"


def _ranked(vec: Vec) -> dict[str, str]:
    """Level -> the code given to the door, whose first code is the reference: numbered when R's order is not that of text."""
    levels = levels_of(vec) if vec.kind != LGL else ("FALSE", "TRUE")
    if list(levels) == sorted(levels):
        return {level: level for level in levels}
    return {level: f"{i:03d}~{level}" for i, level in enumerate(levels)}


def r_name(name: str, known: dict[str, str]) -> str:
    """A coefficient's name with R's text for the columns that stand for terms."""
    for short in sorted(known, key=len, reverse=True):
        name = name.replace(short, known[short])
    return name


@r("svyglm", "formula, design, subset, family, start, rescale, ...")
def svyglm(self: Interpreter, formula: Any, design: Any, family: Any = None, dots: Dots = (), **given: Any) -> Answer:
    """glm(family=)."""
    del dots, given
    kind = "gaussian" if family is None else family.name if isinstance(family, (Family, Builtin)) else str(plain(family))
    return _fitted(self, formula, design, kind)


@r("svyolr", "formula, design, start, subset, na.action, method, ...")
def svyolr(self: Interpreter, formula: Any, design: Any, dots: Dots = (), **given: Any) -> Answer:
    """glm(family="ordinal")."""
    del dots, given
    return _fitted(self, formula, design, "ordinal")


def _fitted(self: Interpreter, formula: Any, design: Any, kind: Any) -> Answer:
    if not isinstance(formula, Formula):
        raise Unsupported("a model without a formula")
    rd, text = written(self, formula, ready(self, design))
    frame, where = inside(rd)
    made = glm(frame, rd.design, text, family=kind, where=where)
    known = dict(rd.spec["terms"])
    names = tuple(r_name(n, known) for n in made.r_names)
    fields = {
        "df_residual": made.df_residual, "dispersion": made.r_dispersion, "deviance": made.deviance, "status": [made.status],
        "reason": [made.reason],
    }  # fmt: skip
    return Answer(
        "model",
        fields,
        replace(made.joint, names=names),
        {"model": made, "known": known} | ({"zeta": True} if kind == "ordinal" else {}),
    )


@r("regTermTest", "model, test.terms, null, df, method, lrt.approximation")
def reg_term_test(_self: Interpreter, model: Answer, test_terms: Any, df: Any = None, method: Any = None, **given: Any) -> Answer:
    """Model.test."""
    if given.get("null") is not None:
        raise Unsupported("regTermTest(null=)")
    back = {text: short for short, text in model.origin["known"].items()}
    wanted = [t if t is None else deparse(_renamed(t, back)) for t in terms(test_terms.right)]
    kind: Any = "lrt" if method is not None and plain(method) == "LRT" else "wald"
    made = model.origin["model"].test([str(w) for w in wanted], method=kind, df=None if df is None else float(plain(df)))
    fields = {"df": made.df, "ddf": made.ddf, "p": made.p_value, "status": [made.status], "reason": [made.reason]}
    if kind == "wald":
        fields["F"] = made.statistic
    else:
        fields["chisq"], fields["lambda"] = made.statistic, [float(w) for w in made.weights]
    return Answer("record", fields)


def _renamed(node: Node, back: dict[str, str]) -> Node:
    if deparse(node) in back:
        return Name(back[deparse(node)])
    if isinstance(node, Call):
        return Call(node.function, tuple(Arg(a.name, None if a.value is None else _renamed(a.value, back)) for a in node.args))
    return node


@r("svypredmeans", "adjustmodel, groupfactor, predictat")
def svypredmeans(self: Interpreter, adjustmodel: Answer, groupfactor: Any, predictat: Any = None) -> Answer:
    """Model.margins."""
    if predictat is not None:
        raise Unsupported("svypredmeans(predictat=)")
    del self
    (node,) = terms(groupfactor.right)
    if not isinstance(node, Name):
        raise Unsupported("margins by an expression")
    made = adjustmodel.origin["model"].margins(node.id, variance="parts")
    names = tuple(str(n).split("=")[-1] for n in made.joint.names)
    return Answer("estimates", {"status": ["ok"] * len(names)}, replace(made.joint, names=names))


@r("svycralpha", "formula, design, na.rm")
def svycralpha(self: Interpreter, formula: Any, design: Any, na_rm: Any = None) -> Vec:
    """reliability().alpha."""
    del na_rm
    found = measured(self, formula, design)
    frame, where = inside(found.rd)
    made = reliability(frame, found.rd.design, [t.column for t in found.terms], where=where)
    return num([made.alpha.estimate], ["*alpha*"])


@r("alpha", "x, check.keys, ...")
def psych_alpha(_self: Interpreter, x: pd.DataFrame, check_keys: Any = None, dots: Dots = ()) -> RList:
    """psych::alpha of unweighted data: reliability() with every weight 1."""
    del check_keys, dots
    made = reliability(x, UNIT, [str(c) for c in x.columns])
    return alpha_list(made)


def alpha_list(made: Any) -> RList:
    """The parts of psych::alpha by its own names."""

    def whole(name: str) -> Vec:
        return num([made.row(name).estimate])

    def items(name: str) -> Vec:
        return num([made.row(name, item).estimate for item in made.items])

    total = RList(
        (whole("alpha"), whole("alpha_standardised"), whole("lambda6"), whole("average_correlation")),
        ("raw_alpha", "std.alpha", "G6(smc)", "average_r"),
    )
    dropped = RList((items("alpha_dropped"),), ("raw_alpha",))
    stats = RList((items("item_total_corrected"), items("item_rest")), ("r.cor", "r.drop"))
    return RList((total, dropped, stats), ("total", "alpha.drop", "item.stats"))
