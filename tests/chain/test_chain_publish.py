"""What leaves a run of the whole chain, attacked by somebody who knows every respondent and reads every public byte."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.results import read_results
from tests.chain.conftest import Chain, bdg, there

Domain = tuple[tuple[str, str], ...]


def member(people: pd.DataFrame, domain: Domain) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Who is in a group, by the restricted file's own columns."""
    found = np.ones(len(people))
    for name, code in domain:
        column = people[name].astype(object)
        found = found * np.array([str(v) == ("1" if name == "dtts" and code == "in_area" else code) for v in column])
    return found


def spanned(known: list[np.ndarray[Any, np.dtype[np.float64]]], hidden: np.ndarray[Any, np.dtype[np.float64]]) -> bool:
    """Whether `hidden` is a linear combination of what is known, over these very people."""
    if not known:
        return False
    patterns = np.unique(np.vstack([*known, hidden]), axis=1)
    return bool(np.linalg.matrix_rank(patterns) == np.linalg.matrix_rank(patterns[:-1]))


def recovered(run: Path, out: Path) -> list[tuple[int, str, Domain]]:
    """Groups under 25 respondents whose level follows from the public tables and the public microdata together."""
    people = pd.read_parquet(run / "restricted" / "microdata.parquet")
    inside = {r.key: r for r in read_results(run / "results.json").rows}
    public = read_results(out / "results_public.json")
    table = out / "microdata_public.csv"
    found = []
    for wave in sorted({r.wave for r in public.rows if r.kind == "level"}):
        here = people[people["wave"] == wave]
        cells = list(_cells(pd.read_csv(table, keep_default_na=False), here, wave)) if table.exists() else []
        for indicator in sorted({r.indicator for r in public.rows if r.kind == "level"}):
            rows = [r for r in public.rows if (r.kind, r.indicator, r.wave) == ("level", indicator, wave)]
            known = [member(here, r.domain) for r in rows if r.publish != "hide"]
            small = [r.domain for r in rows if 0 < inside[r.key].n < 25]
            beside = cells if indicator not in ("V", "score_kav") and not indicator.startswith("item_v") else []
            found += [(wave, indicator, d) for d in small if spanned([*known, *beside], member(here, d))]
    return found


def _cells(public: pd.DataFrame, here: pd.DataFrame, wave: int) -> Iterator[np.ndarray[Any, np.dtype[np.float64]]]:
    """Sex by age band by ethnic group, as if no value had been blanked: more than the file tells."""
    bands = sorted(b for b in public.loc[public["wave"] == wave, "ageband"].unique() if b)
    for band in bands:
        low, _, high = band.partition("_")
        aged = (here["age"] >= int(low)) & (here["age"] <= int(high or 999))
        for sex in ("male", "female"):
            yield np.array(aged & (here["sex"] == sex), dtype=float)
            for group in ("kinh", "minority"):
                yield np.array(aged & (here["sex"] == sex) & (here["ethnic2"] == group), dtype=float)


def published(chain: Chain) -> Path:
    return chain.step("published", "analysis", "publish", chain.analysed("plain"), "--no-microdata")


def test_no_small_group_of_the_run_can_be_worked_out(chain: Chain) -> None:
    assert recovered(chain.analysed("plain"), published(chain)) == []


def test_the_public_files_hold_no_number_of_a_hidden_row(chain: Chain) -> None:
    inside = {r.key: r for r in read_results(chain.analysed("plain") / "results.json").rows}
    out = published(chain)
    public = read_results(out / "results_public.json")
    gone = [inside[r.key] for r in public.rows if r.publish == "hide"]
    assert len(gone) > 100
    told = {
        number for name in there(out) for number in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", (out / name).read_text(encoding="utf-8"))
    }
    shown = {v for r in public.rows for v in (r.estimate, r.se, r.lower, r.upper)}
    values = {v for r in gone for v in (r.estimate, r.se, r.lower, r.upper) if v is not None and v not in shown}
    leaks = {repr(v) for v in values if v != round(v, 3)} & told  # a round number may stand there for another reason
    assert leaks == set()
    assert len(values) > 1000
    with (out / "results_public.csv").open(encoding="utf-8", newline="") as file:
        lines = {line["key"]: line for line in csv.DictReader(file)}
    assert all(lines[r.key][name] == "" for r in gone for name in ("estimate", "se", "lower", "upper", "df", "deff", "p_value"))
    assert all(lines[r.key]["n"] == "0" for r in gone)


def test_nothing_public_names_a_hamlet_a_person_or_an_enumerator(chain: Chain) -> None:
    people = pd.read_parquet(chain.analysed("plain") / "restricted" / "microdata.parquet")
    secret = {*people["person"].astype(str), *people["psu"].astype(str)}
    for name in there(published(chain)):
        text = (published(chain) / name).read_text(encoding="utf-8")
        assert [word for word in secret if word in text] == [], name


def test_so_few_people_do_not_leave_one_by_one(chain: Chain, tmp_path: Path) -> None:
    """72 interviews in six strata: no file of persons can hide anybody, so none is written; the exit code says who decides."""
    ran = bdg("analysis", "publish", chain.analysed("plain"), "--out", tmp_path / "out")
    assert ran.code == 13
    assert "PUB-003" in ran.err  # with groups this small even sex by age gives hidden ones away
    assert there(tmp_path / "out") == []


def test_the_page_says_what_was_hidden_and_stands_by_its_files(chain: Chain) -> None:
    (page,) = published(chain).glob("CongBo*.md")
    text = page.read_text(encoding="utf-8")
    assert "GIA-LAP" in page.name
    assert "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN" in text
    hidden = [r for r in read_results(published(chain) / "results_public.json").rows if r.publish == "hide"]
    counts = [int(line.split("|")[4]) for line in text.splitlines() if line.startswith("| (*) |")]
    assert sum(counts) == len(hidden)
    assert json.loads((published(chain) / "results_public.json").read_text(encoding="utf-8"))["public"] is True
