"""R's survey designs as ours: svydesign, svrepdesign, as.svrepdesign, subset, update, weights, degf, PPS.

Imports the interpreter and the public door of `analysis` (Design, Lonely, Pps, Replicates, replicate, estimate).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from gold_base import Dots, r
from gold_door import Design, Lonely, Pps, Replicates, estimate, replicate
from gold_eval import Interpreter, within
from gold_r import Arg, Call, Name, Node, Num
from gold_values import LGL, Env, Formula, Matrix, RDesign, RError, RList, Unsupported, Vec, num, plain, scope, series, text

LONELY = {"remove": "certainty", "certainty": "certainty", "adjust": "adjust", "average": "average", "fail": "fail"}
KINDS = {"JK1": "JK1", "JKn": "JKn", "BRR": "BRR", "Fay": "Fay", "bootstrap": "bootstrap", "subbootstrap": "bootstrap"}
KINDS |= {"mrbbootstrap": "bootstrap"}
INSIDE = "r.inside"


def terms(node: Node) -> list[Node]:
    """The parts of a formula's side that '+' joins, without 0, 1 and -1."""
    if isinstance(node, Call) and node.name in ("+", "-", "("):
        parts = [a.value for a in node.args if a.value is not None]
        if node.name == "-":
            parts = parts[:1]
        return [t for part in parts for t in terms(part)]
    return [] if isinstance(node, Num) else [node]


def as_columns(self: Interpreter, frame: pd.DataFrame, given: Any, prefix: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The columns that a formula, a vector or a list of vectors stands for; computed ones are added to the frame."""
    names: list[str] = []
    if isinstance(given, Formula):
        for i, node in enumerate(terms(given.right)):
            if isinstance(node, Name) and node.id in frame.columns:
                names.append(node.id)
                continue
            name = f"r.{prefix}{i + 1}"
            frame = frame.assign(**{name: series(self.value(node, scope(frame, given.env)), len(frame))})
            names.append(name)
    elif isinstance(given, (Vec, RList)):
        for i, vec in enumerate(given.data if isinstance(given, RList) else (given,)):
            frame = frame.assign(**{f"r.{prefix}{i + 1}": series(vec, len(frame))})
            names.append(f"r.{prefix}{i + 1}")
    return frame, tuple(names)


@r("svydesign", "ids, probs, strata, variables, fpc, data, nest, check.strata, weights, pps, variance, ...")
def svydesign(self: Interpreter, ids: Any = None, data: Any = None, dots: Dots = (), **given: Any) -> RDesign:
    """R's svydesign: probs are one over the weights, pps takes the first column of fpc as inclusion probabilities."""
    del dots
    if not isinstance(data, pd.DataFrame):
        raise Unsupported("svydesign without a data frame")
    frame, unit = as_columns(self, data, ids, "id")
    frame, strata = as_columns(self, frame, given.get("strata"), "strata")
    frame, weight = as_columns(self, frame, given.get("weights"), "weight")
    frame, probs = as_columns(self, frame, given.get("probs"), "prob")
    frame, fpc = as_columns(self, frame, given.get("fpc"), "fpc")
    if len(unit) > 2 or len(set(strata)) > 1:
        raise Unsupported("more than two stages, or strata within PSUs")
    if probs and not weight:
        frame = frame.assign(**{"r.weight1": 1.0 / frame[list(probs)].prod(axis=1)})
        weight = ("r.weight1",)
        fpc = probs if given.get("pps") is not None and not fpc else fpc
    psu, ssu = (*unit, None, None)[:2]
    made = Design(
        strata=strata[0] if strata else None, psu=psu, weight=weight[0] if weight else None, wave=None,
        lonely=Lonely("fail", "fail"), df_rule="design", ssu=ssu if fpc else None, fpc=fpc,
        nest=bool(plain(given["nest"])) if "nest" in given else False,
    )  # fmt: skip
    pps = given.get("pps")
    if pps is not None and not (isinstance(pps, Vec) and (pps.kind == LGL or plain(pps) == "other")):
        made = replace(made, pps=_pps(frame, made, pps, given.get("variance")))
    return RDesign(frame, made)


def _pps(frame: pd.DataFrame, made: Design, pps: Any, variance: Any) -> Pps:
    """pps="brewer"|"overton", HR(), HR(sum), ppsmat(matrix)."""
    if not made.fpc:
        raise Unsupported("pps= without inclusion probabilities in fpc=")
    form = str(plain(variance)) if variance is not None else "HT"
    if form not in ("HT", "YG"):
        raise Unsupported(f"variance={form}")
    where, grundy = made.fpc[0], form == "YG"
    word = str(plain(pps)) if isinstance(pps, Vec) else pps.names[0]
    if word == "brewer":
        return Pps(where, "brewer")
    if word == "HR":
        return Pps(where, "hartley_rao", yates_grundy=grundy)
    psu, p, stratum = _first_stage(frame, made)
    if word == "overton":
        pair = _overton(p, stratum)
    elif word == "HR.sum":
        pair = _hartley_rao(p, stratum, float(pps.data[0]))
    elif word == "ppsmat":
        pair = _tolerated(pps.data[0].data, float(pps.data[1]))
    else:
        raise Unsupported(f'pps="{word}"')
    return Pps(where, "joint", tuple(psu), pair, yates_grundy=grundy)


def _first_stage(frame: pd.DataFrame, made: Design) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Ids, inclusion probabilities and strata of the PSUs in the order of the data; ids as our design names them."""
    if made.psu is None:
        wide = len(str(len(frame)))
        ids = [str(i).zfill(wide) for i in range(len(frame))]
        first = np.arange(len(frame))
    else:
        codes = [None if v is None else str(v) for v in _texts(frame, made.psu)]
        ids = [str(v) for v in dict.fromkeys(codes)]
        first = np.array([codes.index(v) for v in ids])
    p = frame[made.fpc[0]].to_numpy(dtype=float)[first]
    stratum = np.array(_texts(frame, made.strata), dtype=object)[first] if made.strata else np.zeros(len(first))
    return ids, p, stratum


def _texts(frame: pd.DataFrame, name: str) -> list[str | None]:
    return Vec(*_codes(frame, name)).texts()


def _codes(frame: pd.DataFrame, name: str) -> tuple[np.ndarray, str]:
    values = scope(frame[[name]], Env())[name]
    return values.data, values.kind


def _from_ratio(ratio: np.ndarray, p: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """Joint probabilities out of p_i p_j / p_ij; PSUs of two strata are independent; the diagonal is p."""
    pair = np.outer(p, p) / np.where(stratum[:, None] == stratum[None, :], ratio, 1.0)
    np.fill_diagonal(pair, p)
    return pair


def _overton(p: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    n = np.array([(stratum == s).sum() for s in stratum], dtype=float)[:, None]
    return _from_ratio((n - (p[:, None] + p[None, :]) / 2) / (n - 1), p, stratum)


def _hartley_rao(p: np.ndarray, stratum: np.ndarray, middle: float) -> np.ndarray:
    n = np.array([(stratum == s).sum() for s in stratum], dtype=float)[:, None]
    return _from_ratio((n - p[:, None] - p[None, :] + middle) / (n - 1), p, stratum)


def _tolerated(pair: np.ndarray, tolerance: float) -> np.ndarray:
    """R's ppsmat() sets covariances of indicators below its tolerance to zero; so the same pairs are independent here."""
    p = np.diag(pair)
    loose = np.abs(1.0 - np.outer(p, p) / pair) < tolerance
    np.fill_diagonal(loose, val=False)
    return np.where(loose, np.outer(p, p), pair)


@r("HR", "psum, strata")
def _hr(_self: Interpreter, psum: Any = None, strata: Any = None) -> RList:
    if strata is not None:
        raise Unsupported("HR() with strata")
    return RList((None,), ("HR",)) if psum is None else RList((float(plain(psum)),), ("HR.sum",))


@r("ppsmat", "jointprob, tolerance")
def _ppsmat(_self: Interpreter, jointprob: Any, tolerance: Any = None) -> RList:
    if isinstance(jointprob, pd.DataFrame):
        jointprob = Matrix(jointprob.to_numpy(dtype=float))
    return RList((jointprob, 1e-4 if tolerance is None else float(plain(tolerance))), ("ppsmat", "tolerance"))


@r("svrepdesign", "variables, repweights, weights, data, type, combined.weights, rho, scale, rscales, fpc, mse, ...")
def svrepdesign(
    self: Interpreter, repweights: Any, weights: Any = None, data: Any = None, dots: Dots = (), **given: Any
) -> RDesign:
    """R's svrepdesign; weights that are not combined are multiplied out."""
    del dots
    if given.get("fpc") is not None:
        raise Unsupported("svrepdesign(fpc=)")
    frame = data if isinstance(data, pd.DataFrame) else given["variables"]
    table = _replicate_table(self, frame, repweights)
    frame, weight = as_columns(self, frame, weights, "weight")
    if not weight:
        frame, weight = frame.assign(**{"r.weight1": 1.0}), ("r.weight1",)
    kind = str(plain(given["type"])) if "type" in given else "BRR"
    combined = bool(plain(given["combined_weights"])) if "combined_weights" in given else True
    rho = float(plain(given["rho"])) if given.get("rho") is not None else 0.0
    size = table.shape[1]
    scale = {"BRR": 1 / size, "Fay": 1 / (size * (1 - rho) ** 2), "bootstrap": 1 / (size - 1), "JK1": (size - 1) / size}
    scale |= {"ACS": 4 / size, "successive-difference": 4 / size}
    whole = float(plain(given["scale"])) if given.get("scale") is not None else scale.get(kind, 1.0)
    each = np.resize(given["rscales"].data, size) if given.get("rscales") is not None else np.ones(size)
    mse = bool(plain(given["mse"])) if given.get("mse") is not None else False
    if not combined:
        if kind == "JK1" and given.get("scale") is None:
            whole = 1 / table[:, 0].max()
        if kind == "JKn" and given.get("rscales") is None:
            each = 1 / table.max(axis=0)
        table = table * frame[weight[0]].to_numpy(dtype=float)[:, None]
    return _with_replicates(RDesign(frame, _bare(weight[0])), table, kind, whole, each, mse=mse)


def _bare(weight: str | None) -> Design:
    return Design(None, None, weight, None, Lonely("fail", "fail"), "design")


def _replicate_table(self: Interpreter, frame: pd.DataFrame, given: Any) -> np.ndarray:
    if isinstance(given, Formula):
        _, names = as_columns(self, frame, given, "rep")
        return frame[list(names)].to_numpy(dtype=float)
    if isinstance(given, Vec):
        pattern = re.compile(str(plain(given)))
        return frame[[c for c in frame.columns if pattern.search(str(c))]].to_numpy(dtype=float)
    return given.to_numpy(dtype=float) if isinstance(given, pd.DataFrame) else given.data


def _with_replicates(rd: RDesign, table: np.ndarray, kind: str, scale: float, rscales: np.ndarray, *, mse: bool) -> RDesign:
    names = tuple(f"r.rep{i + 1}" for i in range(table.shape[1]))
    frame = pd.concat([rd.frame, pd.DataFrame(table, columns=list(names), index=rd.frame.index)], axis=1)
    known: Any = KINDS.get(kind, "other")
    reps = Replicates(names, known, scale, tuple(float(v) for v in rscales), mse)
    return RDesign(frame, replace(_bare(rd.design.weight), replicates=reps), rd.mask, rd.spec)


@r("as.svrepdesign", "design, type, fay.rho, fpc, fpctype, compress, mse, ...")
def as_svrepdesign(self: Interpreter, design: RDesign, fay_rho: Any = None, dots: Dots = (), **given: Any) -> RDesign:
    """Jackknife weights by our own replicate(); the others from the file of weights that R drew."""
    del dots
    rd = ready(self, design)
    kind = str(plain(given["type"])) if "type" in given else "auto"
    kind = ("JKn" if rd.design.strata else "JK1") if kind == "auto" else kind
    mse = bool(plain(given["mse"])) if given.get("mse") is not None else False
    if kind in ("JK1", "JKn"):
        made = replicate(rd.frame, rd.design, kind, mse=mse)  # type: ignore[arg-type]  # one of the two words
        return RDesign(made.data, _in_r_order(rd, made.data, made.design), rd.mask, rd.spec)
    table = self.tables.get(f"{self.data_name}_{kind}_repw")
    if table is None:
        raise Unsupported(f"replicate weights of type {kind} without a file")
    size = table.shape[1]
    rho = float(plain(fay_rho)) if fay_rho is not None else 0.0
    scale, each = 1 / (size - 1), np.ones(size)
    if kind in ("BRR", "Fay"):
        scale = 1 / (size * (1 - rho) ** 2)
    if kind == "mrbbootstrap":
        scale, each = 1.0, np.full(size, 1 / (size - 1))
    rd = with_weight(rd)
    return _with_replicates(rd, table.to_numpy(dtype=float), kind, scale, each, mse=mse)


def _in_r_order(rd: RDesign, frame: pd.DataFrame, design: Design) -> Design:
    """The jackknife replicates in R's order: strata, then PSUs, as the data show them first.  No number depends on it."""
    reps = design.replicates
    if reps is None:
        return design
    gone = [int(np.argmax(frame[c].to_numpy() == 0)) for c in reps.columns]
    stratum = _texts(frame, rd.design.strata) if rd.design.strata else [""] * len(frame)
    first = {s: i for i, s in reversed(list(enumerate(stratum)))}
    order = sorted(range(len(gone)), key=lambda k: (first[stratum[gone[k]]], gone[k]))
    columns, scales = tuple(reps.columns[k] for k in order), tuple(reps.rscales[k] for k in order)
    return replace(design, replicates=replace(reps, columns=columns, rscales=scales))


def with_weight(rd: RDesign) -> RDesign:
    """The same design with its weights in a column, also when the population sizes imply them."""
    if rd.design.weight is not None:
        return rd
    from analysis.persons import persons  # the door has no call that lists weights

    people = persons(rd.frame, replace(rd.design, lonely=Lonely("certainty", "certainty")), ())
    return replace(rd, frame=rd.frame.assign(**{"r.weight1": people.weight}), design=replace(rd.design, weight="r.weight1"))


def ready(self: Interpreter, rd: Any) -> RDesign:
    """The design under the options set for this call."""
    if not isinstance(rd, RDesign):
        raise Unsupported("a design that was not built here")
    rule: Any = LONELY[self.lonely]
    if self.ultimate and rd.design.ssu is not None:
        rd = with_weight(rd)
        rd = replace(rd, design=replace(rd.design, ssu=None, fpc=rd.design.fpc[:1]))
    return replace(rd, design=replace(rd.design, lonely=Lonely(rule, rule, self.domain_lonely)))


def inside(rd: RDesign) -> tuple[pd.DataFrame, dict[str, str] | None]:
    """The rows with the subset as a column, and the condition for the door's `where`."""
    if rd.mask is None:
        return rd.frame, None
    return rd.frame.assign(**{INSIDE: np.where(rd.mask, "yes", "no").astype(object)}), {INSIDE: "yes"}


@r("subset", special=True)
def subset(self: Interpreter, args: tuple[Arg, ...], env: Env) -> Any:
    """subset(design, condition), subset(frame, condition): rows where it holds; NA does not."""
    value = self.value(args[0].value, env)
    if isinstance(value, pd.DataFrame):
        held = self.value(args[1].value, scope(value, env))
        part = value.loc[np.resize(held.true(), len(value))].reset_index(drop=True)
        chosen = next((a.value for a in args if a.name == "select"), None)
        return part if chosen is None else part[[str(t) for t in self.value(chosen, _own_names(part)).texts()]]
    if not isinstance(value, RDesign):
        raise RError("subset of something without rows")
    held = self.value(args[1].value, scope(value.frame, env))
    return narrowed(value, np.resize(held.true(), len(value.frame)))


def narrowed(rd: RDesign, mask: np.ndarray) -> RDesign:
    """The rows of the mask, of those that were left."""
    return replace(rd, mask=rd.kept & mask)


def _own_names(frame: pd.DataFrame) -> Env:
    return Env({str(c): text(str(c)) for c in frame.columns})


@r("update", special=True)
def update(self: Interpreter, args: tuple[Arg, ...], env: Env) -> RDesign:
    """update(design, new = expression)."""
    value = self.value(args[0].value, env)
    if not isinstance(value, RDesign):
        raise Unsupported("update of something that is not a design")
    return replace(value, frame=within(self, value.frame, args[1:], env))


@r("weights", "object, type, ...")
def weights(_self: Interpreter, object: Any, type: Any = None, dots: Dots = ()) -> Any:  # noqa: A002 - R's own names
    """weights(design): of the rows kept; of a replicate design the matrix of replicate weights."""
    del dots
    rd = with_weight(object)
    reps = rd.design.replicates
    if reps is not None and (type is None or plain(type) == "analysis"):
        return Matrix(rd.frame.loc[rd.kept, list(reps.columns)].to_numpy(dtype=float))
    return num(rd.frame.loc[rd.kept, rd.design.weight].to_numpy(dtype=float))


@r("degf", "design, ...")
def degf(self: Interpreter, design: RDesign, dots: Dots = ()) -> Vec:
    """degf(design), degf(subset(design)): through the door, from the row of any estimate."""
    del dots
    return num([degrees(self, design)])


def degrees(self: Interpreter, design: RDesign) -> float:
    """PSUs minus strata; with replicates the rank of their weights minus 1."""
    rd = ready(self, design)
    rule: Any = "design" if rd.mask is None else "domain"
    free = replace(rd.design, lonely=Lonely("certainty", "certainty"), controls=(), df_rule=rule)
    frame, where = inside(replace(rd, frame=rd.frame.assign(**{"r.one": np.arange(len(rd.frame)) + 1.0})))
    found = estimate(frame, free, "r.one", where=where)
    value = np.asarray(found.columns["df"], dtype=float)[0]
    if not np.isnan(value):
        return float(value)
    raise Unsupported("degrees of freedom of a design without any")
