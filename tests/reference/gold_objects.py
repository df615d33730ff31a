"""Objects that a reference file's calls name without R code for them: built from `estimand` and the csv files beside.

Rules, not names of data sets.  An object is looked for in this order: a result's `create` text; a replicate design by its
`rep_type`; a design from a file of replicate weights; a calibration from its control totals; a panel that merges two waves;
the complete cases of a scale's items; a matrix in a csv file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from gold_calibrate import applied, key_of
from gold_designs import ready
from gold_eval import Interpreter
from gold_r import parse, parse_one
from gold_values import CHR, Env, RDesign, RError, Unsupported, Vec, column, scope, series

MSE = re.compile(r"(_mse|m)\Z")
PART = re.compile(r"(?P<column>[A-Za-z_.]+?)(?P<wave>\d{2,4})\Z")


@dataclass(frozen=True, eq=False)
class Objects:
    """What one reference file knows about its objects."""

    interpreter: Interpreter
    folder: Path
    document: Mapping[str, Any]
    env: Env

    @property
    def results(self) -> list[Mapping[str, Any]]:
        """All entries of the file."""
        return list(self.document["results"])

    def find(self, name: str) -> Any:
        """The object; RError when nothing in the file says how to build it."""
        for make in (self._created, self._replicated, self._from_file, self._calibrated, self._panel, self._items, self._matrix):
            found = make(name)
            if found is not None:
                return found
        raise RError(f"object '{name}' not found")

    def _of(self, name: str) -> list[Mapping[str, Any]]:
        """The estimands of the results whose design is this object."""
        return [_plain(r["estimand"]) for r in self.results if r["design_object"] == name]

    def _keep(self, name: str, value: Any) -> Any:
        self.env[name] = value
        return value

    def _created(self, name: str) -> Any:
        for entry in self.results:
            code = str(_plain(entry["estimand"]).get("create", ""))
            if re.match(rf"{re.escape(name)}\s*(<-|=)", code):
                for node in parse(code):
                    self.interpreter.value(node, self.env)
                return self.env[name]
        return None

    def _replicated(self, name: str) -> Any:
        kinds = [str(e["rep_type"]) for e in self._of(name) if "rep_type" in e]
        words = [str(e["repweights"]) for e in self._of(name) if "repweights" in e]
        kind = kinds[0] if kinds else words[0] if words and not words[0].endswith(".csv") else ""
        if not kind:
            return None
        rho = ", fay.rho=0.3" if kind == "Fay" else ""
        code = f'as.svrepdesign(d, type="{kind}"{rho}, mse={self._mse(name)})'
        return self._keep(name, self.interpreter.value(parse_one(code), self.env))

    def _mse(self, name: str) -> str:
        """TRUE for r_JK1_mse, and for rbm where there is an rb."""
        short = MSE.sub("", name)
        return (
            "TRUE"
            if short != name and (name.endswith("_mse") or any(r["design_object"] == short for r in self.results))
            else "FALSE"
        )

    def _from_file(self, name: str) -> Any:
        files = [str(e["repweights"]) for e in self._of(name) if str(e.get("repweights", "")).endswith(".csv")]
        if not files:
            return None
        weight = ready(self.interpreter, self.env.find("d")).design.weight
        options = f'type="bootstrap", combined.weights=TRUE, mse={self._mse(name)}'
        code = f"svrepdesign(data=x, repweights=r.table, weights=~{weight}, {options})"
        env = Env({"r.table": table(self.folder / files[0])}, self.env)
        return self._keep(name, self.interpreter.value(parse_one(code), env))

    def _calibrated(self, name: str) -> Any:
        controls = [e["control"] for e in self._of(name) if isinstance(e.get("control"), Mapping)]
        if not controls:
            return None
        margins = {k: dict(v) for k, v in controls[0].get("margins", controls[0]).items()}
        rd = ready(self.interpreter, self.env.find("d"))
        wanted: dict[Any, Any] = {}
        for margin, table in margins.items():
            rd, columns = _margin(rd, margin, table)
            wanted[key_of(columns)] = table
        if name.startswith("po"):
            wanted = dict(list(wanted.items())[:1])
        kind = "rake" if name.startswith("rk") else "poststratify" if name.startswith("po") else "linear"
        made = applied(self.interpreter, rd, wanted, kind)
        return self._keep(name, self._waves_apart(name, made))

    def _waves_apart(self, name: str, rd: RDesign) -> RDesign:
        """n26, d26, n30, d30: the outcome and whether it was answered, each 0 outside its wave."""
        outcome = next((str(e["y"]) for e in self._of(name) if "y" in e and "calibration" in e), None)
        calls = " ".join(str(r["r_call"]) for r in self.results if r["design_object"] == name)
        parts = sorted(set(re.findall(r"\b([nd])(\d{2})\b", calls)))
        if outcome is None or not parts:
            return rd
        frame = rd.frame
        y = frame[outcome]
        for letter, short in parts:
            held = frame["wave"].astype(int).astype(str).str.endswith(short)
            values = y.fillna(0.0) if letter == "n" else y.notna().astype(float)
            frame = frame.assign(**{letter + short: np.where(held, values, 0.0)})
        return RDesign(frame, rd.design, rd.mask, rd.spec)

    def _panel(self, name: str) -> Any:
        told = [str(e["setup"]) for e in self._of(name) if "setup" in e]
        hit = re.search(r"merge the two waves by (\w+); *(svydesign\(.*)", " ".join(told))
        if not hit:
            return None
        x = self.env.find("x")
        waves = sorted(x["wave"].unique())
        one, two = (x[x["wave"] == w].set_index(hit[1]) for w in waves)
        both = one.index.intersection(two.index)
        merged = one.loc[both].copy()
        for w, part in zip(waves, (one, two), strict=True):
            for c in part.columns:
                merged[f"{c}{str(int(w))[-2:]}"] = part.loc[both, c]
        merged = merged.reset_index()
        for variable, expression in self._differences(name).items():
            vec = self.interpreter.value(parse_one(expression), scope(merged, self.env))
            merged[variable] = series(vec, len(merged))
        code = re.sub(r" of \d+\)", ")", hit[2]).rstrip(")") + ", data=r.panel)"
        return self._keep(name, self.interpreter.value(parse_one(code), Env({"r.panel": merged}, self.env)))

    def _differences(self, name: str) -> dict[str, str]:
        """Which expression each variable of the calls stands for, as `y` of the estimand tells."""
        out: dict[str, str] = {}
        for entry in self.results:
            y = _plain(entry["estimand"]).get("y")
            hit = re.match(r"\w+\(~(\w+),", str(entry["r_call"]))
            if entry["design_object"] == name and isinstance(y, str) and hit and "-" in y:
                out[hit[1]] = y.split(" ")[0]
        return out

    def _items(self, name: str) -> Any:
        entry = self.interpreter.entry
        items = _plain(entry.get("estimand")).get("items")
        if not items or name not in str(entry["r_call"]):
            return None
        rd = self.env.find(entry["design_object"])
        return rd.frame.loc[rd.kept, list(items)].dropna().reset_index(drop=True)

    def _matrix(self, name: str) -> Any:
        """A table of its own: <name>.csv, <data>_<name>.csv, or the one further file that the document names."""
        for stem in (name, f"{self.interpreter.data_name}_{name}"):
            if (self.folder / f"{stem}.csv").is_file():
                return table(self.folder / f"{stem}.csv")
        more = [str(f) for f in self.document.get("data", [])[1:] if not re.search(r"(repw|bootw)\.csv\Z", str(f))]
        close = [f for f in more if name.lower() in f.lower()] or more
        used = len(close) == 1 and any(re.search(rf"ppsmat\(\s*{re.escape(name)}\b", str(t)) for t in self._code())
        return table(self.folder / close[0]) if used else None

    def _code(self) -> list[str]:
        return [str(self.document["r_setup"]), *(str(r["r_call"]) for r in self.results)]


def table(path: Path) -> pd.DataFrame:
    """A csv file: an empty cell is missing, no word is; row numbers written by R are left out."""
    made = pd.read_csv(path, keep_default_na=False, na_values=[""])
    return made.drop(columns=[c for c in made.columns if str(c).startswith("Unnamed: 0")])


def _margin(rd: RDesign, margin: str, table: Mapping[str, float]) -> tuple[RDesign, tuple[str, ...]]:
    """The column of codes that a control's keys are made of: one column, or two pasted with a blank ("2026 F")."""
    frame = rd.frame
    for first, second in _candidates(frame, margin):
        parts = [column(frame, c).texts() for c in ((first,) if second is None else (first, second))]
        codes = [None if None in p else " ".join(str(v) for v in p) for p in zip(*parts, strict=True)]
        if {c for c in codes if c is not None} == set(table):
            values = Vec(np.array(codes, dtype=object), CHR)
            return RDesign(frame.assign(**{f"r.{margin}": series(values, len(frame))}), rd.design, rd.mask, rd.spec), (
                f"r.{margin}",
            )
    raise Unsupported(f"a control named {margin}")


def _candidates(frame: pd.DataFrame, margin: str) -> list[tuple[str, str | None]]:
    names = [str(c) for c in frame.columns]
    whole: list[tuple[str, str | None]] = [(n, None) for n in names if n == margin]
    first, _, second = margin.partition("_")
    return whole + [(a, b) for a in names if a.startswith(first) for b in names if second and b.startswith(second)]


def _plain(estimand: Any) -> Mapping[str, Any]:
    """An empty R list is written as []."""
    return estimand if isinstance(estimand, Mapping) else {}
