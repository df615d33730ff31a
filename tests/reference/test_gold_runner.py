"""The runner of reference files itself: it reads R, counts numbers, sees a wrong digit, and ends in the promised line.

The tiny folder is made of the figures that lie beside this file (R 4.2.2, survey 4.1-1).
"""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import gold
import gold_frames  # noqa: F401  # registers the functions on data frames
import gold_known
import gold_numbers
import numpy as np
import pandas as pd
import pytest
from gold_base import BASE
from gold_eval import Interpreter, matched
from gold_numbers import Check
from gold_r import RSyntaxError, deparse, parse, parse_one, words_in
from gold_run import outcomes
from gold_values import Env, RError, Vec, column, lgl, text

HERE = Path(__file__).parent


# --- reading R ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("-2^2", "-2^2"),
        ("!a & b|c", "!a & b | c"),
        ("a$b(2)$c", "a$b(2)$c"),
        ("x[[1]][2]", "x[[1]][2]"),
        ("x[y[1]]", "x[y[1]]"),
        ("x[[y[1]]]", "x[[y[1]]]"),
        ("x[cond,]", "x[cond, ]"),
        ("-1:3", "-1:3"),
        ("2*3+4%%5", "2 * 3 + 4 %% 5"),
        ("a<-b", "a <- b"),
        ("5->a", "a <- 5"),
        ("a< -1", "a < -1"),
        ("y~x1*factor(x2)", "y ~ x1 * factor(x2)"),
        ("~I(api00*(stype=='E'))", '~I(api00 * (stype == "E"))'),
        ("quote(`2030`/`2026`-1)", "quote(`2030`/`2026` - 1)"),
        ("c('(Intercept)'=6194, b=.5)", "c((Intercept) = 6194, b = 0.5)"),
        ("psych::alpha(Z)", "psych::alpha(Z)"),
        ("x |> f(2)", "f(x, 2)"),
        ("x**2", "x^2"),
        ("1e-10+0x1F+5L", "1e-10 + 31 + 5"),
        ("100000", "1e+05"),
        ("123456", "123456"),
        ('"a\\"b"', '"a\\"b"'),
        ("svycdf(~y,d)[[1]](c(4,5))", "svycdf(~y, d)[[1]](c(4, 5))"),
        ("a\n# a remark\n", "a"),
        ("f(a,\n  b)", "f(a, b)"),
        ("a +\n b", "a + b"),
    ],
)
def test_parser_keeps_what_r_means(source: str, written: str) -> None:
    assert (
        deparse(parse_one(source)) == written.replace("`2030`/`2026`", "`2030`/`2026`")
        or deparse(parse_one(source)).replace(" / ", "/") == written
    )


@pytest.mark.parametrize(
    ("source", "value"), [("-2^2", -4.0), ("(-2)^2", 4.0), ("2^3^2", 512.0), ("-1:2", [-1, 0, 1, 2]), ("7%/%2", 3)]
)
def test_operators_bind_as_in_r(source: str, value: Any) -> None:
    assert run(source).data.tolist() == np.atleast_1d(value).tolist()


@pytest.mark.parametrize("broken", ["f(a", "a b", "x[[1]", "c(1,,2))", "'open", "for (i of 3) i", "§"])
def test_what_is_not_r_is_refused(broken: str) -> None:
    with pytest.raises(RSyntaxError):
        parse(broken)


def test_a_program_is_split_at_lines_and_semicolons_but_not_inside_brackets() -> None:
    assert len(parse("a <- 1; b <- c(1,\n 2)\nif (a) b else c\n{a\nb}")) == 4


def test_words_are_names_and_strings() -> None:
    assert words_in(parse_one("svychisq(~a+b, d, statistic='saddlepoint')")) >= {"svychisq", "saddlepoint", "a", "d"}


# --- evaluating R ---------------------------------------------------------------------------------------------------


def run(code: str, **values: Any) -> Any:
    """The value of the last expression."""
    interpreter, env = Interpreter(), Env(dict(values), Env(dict(BASE)))
    last = None
    for node in parse(code):
        last = interpreter.value(node, env)
    return last


PEOPLE = pd.DataFrame({"g": ["a", "b", None, "b"], "y": [1.0, np.nan, 3.0, 4.0], "w": [2, 2, 3, 3]})


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("paste(x$w, x$g)", ["2 a", "2 b", "3 NA", "3 b"]),
        ("ifelse(is.na(x$y), 0, x$y)", [1, 0, 3, 4]),
        ("x$y > 1 & x$w == 3", [0, 0, 1, 1]),
        ("x$y > 1 & x$w == 2", [0, math.nan, 0, 0]),
        ("x$y > 1 | x$w == 2", [1, 1, 1, 1]),
        ("subset(x, y > 1)$w", [3, 3]),
        ("x[x$w == 3, 'y']", [3, 4]),
        ("x$z <- x$y * 2; x$z", [2, math.nan, 6, 8]),
        ("transform(x, k = w^2)$k", [4, 4, 9, 9]),
        ("levels(factor(x$g))", ["a", "b"]),
        ("levels(factor(c(10, 9, 100)))", ["9", "10", "100"]),
        ("levels(cut(c(5, 30), c(0, 29, Inf)))", ["(0,29]", "(29,Inf]"]),
        ("f <- function(a, b = a + 1) { if (a > 2) return(0); a * b }; c(f(2), f(3), f(b = 5, 1))", [6, 0, 5]),
        ("unname(c(a = 1, b = 2)['b'])", [2]),
        ("vapply(split(x, x$w), function(z) nrow(z), 0)", [2, 2]),
        ("sum(x$y, na.rm = TRUE)", [8]),
        ("length(unique(x$w))", [2]),
        ("with(x, w[2])", [2]),
        ("rev <- 0; for (i in 1:3) rev <- rev + i; rev", [6]),
        ("qt(0.975, Inf)", [1.959963984540054]),
        ("'b' %in% x$g", [1]),
        ("merge(x, data.frame(w = 2, k = 7))$k", [7, 7]),
    ],
)
def test_columns_and_lists_are_made_as_in_r(code: str, wanted: list[Any]) -> None:
    found = run(code, x=PEOPLE)
    got = found.texts() if wanted and isinstance(wanted[0], str) else found.data.tolist()
    assert got == pytest.approx(wanted, nan_ok=True) if not isinstance(wanted[0], str) else got == wanted


def test_arguments_are_matched_by_name_then_beginning_then_place() -> None:
    found, rest = matched(("ids", "strata", "data", "..."), [(None, 1), ("id", 2), ("nest", 3)])
    assert (found, rest) == ({"strata": 1, "ids": 2}, [("nest", 3)])


def test_an_unknown_name_is_rs_own_error() -> None:
    with pytest.raises(RError, match="'nobody' not found"):
        run("nobody + 1")


def test_factors_and_logicals_survive_a_data_frame() -> None:
    made = run("x$f <- factor(x$g, levels = c('b', 'a')); x$l <- x$y > 1; x", x=PEOPLE)
    assert column(made, "f").levels == ("b", "a")
    assert column(made, "l").texts() == ["FALSE", None, "TRUE", "TRUE"]
    assert isinstance(text("a"), Vec)
    assert lgl([1, 0]).true().tolist() == [True, False]


# --- counting and comparing -----------------------------------------------------------------------------------------

RECORD: dict[str, Any] = {
    "r_class": ["svyby"], "groups": {"g": [1, 2]}, "names": ["1", "2"], "estimate": [10.0, 20.0], "se": [1.0, 2.0],
    "vcov": [[1.0, 0.0], [0.0, 4.0]], "df": 30, "ci_t": [[7.9, 12.1], [15.8, "NaN"]], "deff": None,
    "full_table": {"g": [1, 2], "y": [10.0, 20.0]},
    "quantiles": {"y": {"prob": [0.5], "columns": ["quantile"], "table": [[3, None]]}},
}  # fmt: skip


def same(path: gold_numbers.Path) -> float:
    del path
    return gold_numbers.TOLERANCE


def test_every_number_counts_once_and_nothing_else() -> None:
    # 2 estimates, 2 errors, 4 covariances, df, 4 limits, 2 in the table, 2 of the quantile
    assert len(list(gold_numbers.numbers(RECORD))) == 17


@pytest.mark.parametrize(
    ("change", "states"),
    [
        ({}, {"passed"}),
        ({"estimate": [10.0 * (1 + 9e-9), 20.0]}, {"passed"}),
        ({"estimate": [10.0 * (1 + 2e-8), 20.0]}, {"passed", "failed"}),
        ({"se": [1.0]}, {"passed", "unsupported"}),
        ({"df": [30]}, {"passed"}),
        ({"vcov": [[1.0, 1e-13], [1e-13, 4.0]]}, {"passed"}),
        ({"vcov": [[1.0, 1e-10], [1e-10, 4.0]]}, {"passed", "failed"}),
        ({"ci_t": [[7.9, 12.1], [15.8, 24.0]]}, {"passed", "failed"}),
    ],
)
def test_a_wrong_digit_is_seen(change: dict[str, Any], states: set[str]) -> None:
    ours = {**json.loads(json.dumps(RECORD)), **change}
    ours["ci_t"] = change.get("ci_t", [[7.9, 12.1], [15.8, math.nan]])
    ours["quantiles"] = {"y": {"table": [[3.0, math.nan]]}}
    found = gold_numbers.compare(RECORD, ours, same)
    assert {c.state for c in found} == states
    assert len(found) == 17


def test_rounding_errors_of_zero_are_zero_and_infinities_are_themselves() -> None:
    record = {"estimate": [0.5], "se": [3e-16], "vcov": [[9e-32]], "ci": ["-Inf", "Inf"]}
    ours = {"estimate": [0.5], "se": [0.0], "vcov": [[0.0]], "ci": [-math.inf, math.inf]}
    assert {c.state for c in gold_numbers.compare(record, ours, same)} == {"passed"}
    assert gold_numbers.gap(1.0, math.inf, 0.0) == math.inf


def test_rules_need_their_condition() -> None:
    entry = {"result": {}}
    check = Check(("estimate", 0), 0.0, math.nan, math.inf, "failed")

    def ruled(record: dict[str, Any], status: str) -> list[str]:
        fields = {"status": [status], "reason": ["nobody | nobody"]}
        case = gold_known.Case(entry, record, "estimates", fields, {}, "", (check,))
        return [r.name for r in gold_known.RULES if r.applies(case, check)]

    assert ruled({"estimate": [0], "se": [0]}, "not_estimable")[0] == "empty domain"
    assert ruled({"estimate": [0], "se": [0]}, "ok") == []
    assert ruled({"estimate": [5], "se": [1]}, "not_estimable") == []


# --- a folder of reference files ------------------------------------------------------------------------------------

SOME = {"#001", "#005", "#014", "#030", "#039", "#040", "#078", "#096", "#113", "#115", "#117", "#118", "#119", "#120", "#185"}


def folder(target: Path, *names: str) -> Path:
    """A folder in the gold schema out of the figures beside this file."""
    target.mkdir()
    for name in names:
        document = json.loads((HERE / name / "expected.json").read_text(encoding="utf-8"))
        if name == "synth2w":
            document["results"] = [r for r in document["results"] if r["id"][-4:] in SOME]
        shutil.copy(HERE / name / "data.csv", target / f"{name}.csv")
        document |= {"schema": "gold/1", "name": name, "data": [f"{name}.csv"]}
        (target / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    return target


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.strip().splitlines()[-1]


def test_r_and_the_door_agree_and_the_last_line_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = folder(tmp_path / "gold", "apistrat", "apiclus1", "synth2w")
    assert gold.main([str(given), "--verbose"]) == 0
    out = capsys.readouterr().out
    wanted = sum(
        len(list(gold_numbers.numbers(r["result"]))) for p in given.glob("*.json") for r in json.loads(p.read_text())["results"]
    )
    assert out.strip().splitlines()[-1] == f"{wanted} passed, 0 failed, 0 unsupported"
    for told in ("empty domain", "all answers alike", "R stops: Stratum (S12) has only one PSU"):
        assert told in out


def test_one_wrong_digit_fails_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = folder(tmp_path / "gold", "apistrat")
    path = given / "apistrat.json"
    document = json.loads(path.read_text())
    document["results"][0]["result"]["estimate"][1] *= 1 + 1e-7
    path.write_text(json.dumps(document))
    assert gold.main([str(given), "--stat", "mean", "--verbose"]) == 1
    out = capsys.readouterr().out
    assert "estimate[1]: ours" in out
    assert out.strip().splitlines()[-1].endswith("1 failed, 0 unsupported")


def test_what_is_unknown_is_counted_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = folder(tmp_path / "gold", "apiclus1")
    path = given / "apiclus1.json"
    document = json.loads(path.read_text())
    document["results"] = [
        {**document["results"][0], "stat": "magic", "r_call": "svymagic(~api00, d)", "result": {"value": [1, 2, 3]}},
        {**document["results"][0], "stat": "cfa", "r_call": "cfa()", "result": {"value": 1}},
    ]
    path.write_text(json.dumps(document))
    assert gold.main([str(given)]) == 0
    out = capsys.readouterr().out
    assert "magic: object 'svymagic' not found" in out
    assert out.strip().splitlines()[-1] == "0 passed, 0 failed, 4 unsupported"


def test_a_folder_without_files_is_usage(tmp_path: Path) -> None:
    assert gold.main([str(tmp_path)]) == 2


def test_pps_designs_weigh_and_vary(tmp_path: Path) -> None:
    """Variances of a total by R's formulas written out: Brewer, Overton, Hartley-Rao, joint probabilities (HT and YG)."""
    p, y = np.array([0.2, 0.3, 0.4, 0.1]), np.array([3.0, 4.0, 9.0, 1.0])
    pair = np.outer(p, p) * 0.9
    np.fill_diagonal(pair, p)
    pd.DataFrame({"p": p, "y": y}).to_csv(tmp_path / "tiny.csv", index=False)
    pd.DataFrame(pair).to_csv(tmp_path / "tiny_pij.csv", index=False)
    n, z = 4, y / p
    ratios = {
        "pps='overton'": 1 - (n - (p[:, None] + p) / 2) / (n - 1), "pps=HR()": 1 - (n - p[:, None] - p + p.mean()) / (n - 1),
        "pps=HR(0.3)": 1 - (n - p[:, None] - p + 0.3) / (n - 1), "pps=ppsmat(as.matrix(pij))": 1 - np.outer(p, p) / pair,
    }  # fmt: skip
    wanted = {"pps='brewer'": n / (n - 1) * ((1 - p) * (z - z.mean()) ** 2).sum()}
    for call, ratio in ratios.items():
        np.fill_diagonal(ratio, 1 - p)
        wanted[call] = z @ ratio @ z
        wanted[f"{call}, variance='YG'"] = -0.5 * (ratio * (z[:, None] - z) ** 2).sum()
    results = [
        {
            "id": f"tiny#{i}", "stat": "pps_total", "estimand": [], "r_options": None, "design_object": "d", "warnings": None,
            "r_call": f"svytotal(~y, svydesign(id=~1, fpc=~p, data=x, {call}))",
            "result": {"names": ["y"], "estimate": [float(z.sum())], "se": [math.sqrt(v)] if v >= 0 else None, "df": 3},
        }
        for i, (call, v) in enumerate(wanted.items())
    ]  # fmt: skip
    document = {
        "name": "tiny",
        "data": ["tiny.csv"],
        "r_setup": "d <- svydesign(id=~1, fpc=~p, data=x, pps='brewer')",
        "results": results,
    }
    (tmp_path / "tiny.json").write_text(json.dumps(document))
    found = [(o.call, c) for o in outcomes(tmp_path / "tiny.json") for c in o.checks]
    assert [(call, c) for call, c in found if c.state != "passed"] == []
    assert len(found) >= 2 * len(wanted)
