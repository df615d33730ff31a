"""The shared surveys, each declared to svy and to us: a polars sample beside a frame and a Design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import svy

from analysis import Design, Lonely
from analysis.design import LonelyRule
from tests.reference import cases

# svy's words for our rules; its centre is ours, R's adjust differs for totals
RULES: Mapping[str, LonelyRule] = {"scale": "average", "skip": "certainty", "center": "centre"}
FAIL = Lonely("fail", "fail")


@dataclass(frozen=True, eq=False)
class Survey:
    """One survey in both tongues."""

    frame: pd.DataFrame
    design: Design
    sample: Any


def sample(frame: pd.DataFrame, **design: Any) -> Any:
    """svy's sample: a polars frame (missing answers as null) and its design."""
    return svy.Sample(pl.from_pandas(frame), svy.Design(**design))


@cache
def strat() -> Survey:
    """apistrat: schools are PSUs, strata and their fpc."""
    frame = cases.data("apistrat")
    design = Design("stype", None, "pw", None, FAIL, "domain", None, fpc=("fpc",))
    return Survey(frame, design, sample(frame, stratum="stype", wgt="pw", pop_size="fpc"))


@cache
def clus() -> Survey:
    """apiclus1: 15 of 757 districts; more columns of the same schools in `calibrated`."""
    frame = cases.data("calibrated").assign(comp_imp=cases.data("apiclus1").comp_imp)
    frame["wide"] = (frame.sch_wide == "Yes").astype(int)
    assert (frame.enroll == cases.data("apiclus1").enroll).all()
    design = Design(None, "dnum", "pw", None, FAIL, "domain", None, fpc=("fpc",))
    return Survey(frame, design, sample(frame, psu="dnum", wgt="pw", pop_size="fpc"))


@cache
def two() -> Survey:
    """apiclus2: districts, then schools, fpc at both stages; weights are the inverse fractions (as R takes them)."""
    more = pd.read_csv(cases.HERE / "models" / "schools.csv", dtype={"dnum": str, "snum": str})
    drawn = cases.data("apiclus2").astype({"snum": str})
    frame = more.merge(drawn[["dnum", "snum", "sch_wide", "comp_imp"]], on=["dnum", "snum"], validate="1:1")
    frame["pw"] = frame.fpc1 / frame.dnum.nunique() * frame.fpc2 / frame.groupby("dnum").snum.transform("count")
    design = Design(None, "dnum", "pw", None, FAIL, "domain", None, ssu="snum", fpc=("fpc1", "fpc2"))
    return Survey(frame, design, sample(frame, psu="dnum", ssu="snum", wgt="pw", pop_size=svy.PopSize(psu="fpc1", ssu="fpc2")))


def waves() -> pd.DataFrame:
    """synth2w, both waves."""
    return cases.data("synth2w")


@cache
def wave(year: int, rule: str | None = None) -> Survey:
    """One wave of synth2w; rule: svy's word for the stratum of 2030 that has one PSU."""
    frame = waves()[lambda d: d.wave == year].reset_index(drop=True)
    lonely = Lonely(RULES[rule], RULES[rule]) if rule else FAIL
    design = Design("stratum", "psu", "w", None, lonely, "domain", None)
    return Survey(frame, design, sample(frame, stratum="stratum", psu="psu", wgt="w", **({"singleton": rule} if rule else {})))


@cache
def stacked() -> Survey:
    """Both waves' rows under one design: strata and PSUs are common, the wave is a column."""
    design = Design("stratum", "psu", "w", "wave", Lonely("certainty", "certainty"), "design", None)
    return Survey(waves(), design, sample(waves(), stratum="stratum", psu="psu", wgt="w"))


def theirs(result: Any, *names: str) -> np.ndarray:
    """Columns of svy's result, a row an estimate, in svy's order."""
    return result.to_polars().select(names).to_numpy().astype(np.float64)


def ours(rows: Sequence[Any], *names: str) -> np.ndarray:
    """The same of our rows."""
    return np.array([[getattr(row, name) for name in names] for row in rows], dtype=np.float64)
