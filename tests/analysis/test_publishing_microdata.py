"""The public microdata: nobody alone, nothing that names a place or a person, nothing that gives a hidden number away."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_people import World, results, worked_out, world

from analysis.publish import is_secret
from analysis.publishing import public
from analysis.publishing.anonymity import LADDER, QUASI, band, blanked, smallest
from analysis.publishing.leave import publish_run
from analysis.publishing.microdata import public_people
from analysis.results import Results
from forms.errors import BdgError

ITEMS = {"items": {"k01": {"scale": "K"}, "v01": {"scale": "V"}}}


def people(made: World, wave: int = 2026, zones: int = 2) -> pd.DataFrame:
    """The world as a run's restricted microdata; the zone is the person's place in the list."""
    frame = pd.DataFrame([{k: p[k] for k in ("sex", "age", "ethnic2", "weight", "score")} for p in made.people])
    n = len(frame)
    return frame.assign(
        wave=wave, person=[f"{i:08x}" for i in range(n)], stratum=[f"zone{i % zones}" for i in range(n)],
        psu=[f"GL{i % 12:04d}" for i in range(n)], ssu="001", commune="21025", ethnicity="brau", interviewer=3,
        K=50.0, A=50.0, V=1.0, k01="t", k01__why="answered", v01="yes", score__why="answered", reach60=1.0,
        note="Nguyễn Văn A",
    )  # fmt: skip


def told(made: World) -> Results:
    found = results(made)
    return public(replace(found, texts={**found.texts, **ITEMS}))


def by_hand(frame: pd.DataFrame) -> int:
    """The smallest class over every subset of the columns, counted one by one."""
    found: list[int] = []
    for n in range(1, len(QUASI) + 1):
        for some in combinations(QUASI, n):
            found += Counter(zip(frame["wave"], *(frame[c] for c in some), strict=True)).values()
    return min(found)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(40, 200), st.integers(1, 3), st.sampled_from(LADDER), st.floats(0.005, 0.4))
def test_nobody_is_alone_and_what_is_kept_is_true(seed: int, n: int, zones: int, starts: tuple[int, ...], share: float) -> None:
    made = world(seed, n, {"ethnic2": {"minority": share}, "agegroup": {"a60": share}})
    frame = people(made, zones=zones)
    frame = frame.assign(ageband=band(frame["age"], starts), ethnic2=frame["ethnic2"].where(frame["age"] % 7 != 0))
    out = blanked(frame)
    assert smallest(out) == by_hand(out)
    if min(Counter(zip(frame["stratum"], frame["sex"], strict=True)).values()) >= 5:
        assert by_hand(out) >= 5
    for column in ("ageband", "ethnic2"):
        kept = out[column] != ""
        assert (out.loc[kept, column] == frame.loc[kept, column]).all()
    assert (out[["stratum", "sex"]] == frame[["stratum", "sex"]]).all().all()
    large = frame.groupby(["stratum", "sex", "ageband", frame["ethnic2"].fillna("")])["age"].transform("size")
    if (large >= 5).all():
        assert (out["ageband"] != "").all()


def test_ages_are_bands_and_the_oldest_are_one() -> None:
    ages = pd.Series([15, 30, 31, 59, 60, 79, 80, 103])
    assert list(band(ages, LADDER[0])) == ["15_30", "15_30", "31_59", "31_59", "60_79", "60_79", "80", "80"]


def test_only_listed_columns_leave_and_ids_mean_nothing() -> None:
    made = world(3, 900)
    frame = people(made)
    out = public_people(frame, told(made), b"secret").people
    assert set(out.columns) == {
        "wave", "person", "stratum", "psu", "weight", "sex", "ageband", "ethnic2", "k01", "k01__why", "K", "A", "score",
        "score__why", "reach60",
    }  # fmt: skip
    assert not set(out["psu"]) & set(frame["psu"])
    assert not set(out["person"]) & set(frame["person"])
    assert out["psu"].nunique() == frame["psu"].nunique()
    assert set(map(type, out["weight"])) == {int}
    other = public_people(frame, told(made), b"another").people
    assert list(other["psu"]) != list(out["psu"])
    assert public_people(frame, told(made), b"secret").people.equals(out)
    assert "psu" not in public_people(frame, told(made), b"secret", psu=False).people


def test_a_hamlet_keeps_its_id_through_the_waves() -> None:
    made = world(3, 600)
    frame = pd.concat([people(made), people(made, 2030)], ignore_index=True)
    out = public_people(frame, told(made), b"secret").people
    assert set(out.loc[out["wave"] == 2026, "psu"]) == set(out.loc[out["wave"] == 2030, "psu"])


def test_the_bands_are_those_that_give_no_hidden_group_away() -> None:
    """15-30 in the file, less youth in the tables, would be the hidden group of 15; so the file knows 15-59 only."""
    made = world(1, 600, {"agegroup": {"a15": 0.03}})
    assert public_people(people(world(3, 900)), told(world(3, 900)), b"s").starts == LADDER[0]
    out = public_people(people(made), told(made), b"s")
    assert out.starts == (15, 60, 80)
    tables = [r.domain for r in told(made).rows if r.publish != "hide"]
    secret = [r.domain for r in told(made).rows if is_secret(r)]
    ages, sexes = np.array([p["age"] for p in made.people]), np.array([p["sex"] for p in made.people])

    def cells(starts: tuple[int, ...]) -> list[list[float]]:
        ends = (*starts[1:], 999)
        bands = [(ages >= a) * (ages < b) for a, b in zip(starts, ends, strict=True)]
        return [list(band * (sexes == s) * 1.0) for band in bands for s in ("male", "female")]

    assert not any(worked_out(made, tables, d, cells(out.starts)) for d in secret)
    assert any(worked_out(made, tables, d, cells(LADDER[0])) for d in secret)


def test_a_zone_of_four_people_of_one_sex_is_refused() -> None:
    made = world(5, 400)
    frame = people(made)
    frame.loc[frame.index[frame["sex"] == "male"][:4], "stratum"] = "island"
    with pytest.raises(BdgError) as caught:
        public_people(frame, told(made), b"s")
    assert [p.code for p in caught.value.problems] == ["PUB-001"]
    assert caught.value.exit_code == 13


def test_what_a_person_wrote_never_leaves() -> None:
    made = world(5, 400)
    with pytest.raises(BdgError) as caught:
        public_people(people(made).assign(k01="Nguyễn Văn A"), told(made), b"s")
    assert [p.code for p in caught.value.problems] == ["PUB-004"]
    many = [f"c{i}" for i in range(400)]
    with pytest.raises(BdgError, match="PUB-004"):
        public_people(people(made).assign(k01=many), told(made), b"s")


def test_a_hidden_sex_cannot_leave_with_people() -> None:
    """A handful of men: sex is in every band of the ladder, so nothing helps and nothing leaves."""
    made = world(6, 400, {"sex": {"male": 0.04}})
    with pytest.raises(BdgError) as caught:
        public_people(people(made, zones=1), told(made), b"s")
    assert [p.code for p in caught.value.problems] == ["PUB-003"]


# ---- the command's refusals -------------------------------------------------------------------------------------------------


def a_run(place: Path, made: World, **columns: Any) -> Path:
    """A run's folder: results.json and restricted/microdata.parquet."""
    found = results(made)
    found = replace(found, texts={**found.texts, **ITEMS}, rows=tuple(replace(r, n_missing={}) for r in found.rows))
    (place / "restricted").mkdir(parents=True)
    (place / "results.json").write_bytes(found.json_bytes())
    people(made).assign(**columns).to_parquet(place / "restricted" / "microdata.parquet", index=False)
    return place


def refused(run: Path, out: Path) -> str:
    with pytest.raises(BdgError) as caught:
        publish_run(run, out)
    assert not out.exists()
    assert caught.value.exit_code == 13
    return caught.value.problems[0].code


def test_the_command_writes_all_or_refuses(tmp_path: Path) -> None:
    made = world(3, 900)
    run = a_run(tmp_path / "run", made)
    paths, _ = publish_run(run, tmp_path / "out")
    assert sorted(p.name for p in paths) == [
        "CongBo_GIA-LAP.md", "microdata_public.csv", "microdata_public_codebook.csv", "results_public.csv", "results_public.json",
    ]  # fmt: skip
    again, _ = publish_run(run, tmp_path / "again")
    assert [p.read_bytes() for p in paths] == [p.read_bytes() for p in again]
    columns = pd.read_csv(tmp_path / "out" / "microdata_public.csv", nrows=1).columns
    book = pd.read_csv(tmp_path / "out" / "microdata_public_codebook.csv", keep_default_na=False)
    assert list(book.loc[book["code"] == "", "column"]) == list(columns)
    assert all(book["vi"] != "")
    assert all(book["en"] != "")


def test_what_may_not_leave_is_refused_with_nothing_written(tmp_path: Path) -> None:
    made = world(3, 900)
    run = a_run(tmp_path / "run", made)
    for out in (run, run / "public", run / "restricted" / "public"):
        with pytest.raises(BdgError, match="PUB-005"):
            publish_run(run, out)
    assert sorted(p.name for p in run.iterdir()) == ["restricted", "results.json"]
    other = a_run(tmp_path / "other", made, wave=2030)
    assert refused(other, tmp_path / "o1") == "PUB-006"
    commune = tmp_path / "commune"
    a_run(commune, made)
    found = results(made)
    rows = tuple(replace(r, domain=(("commune", "21025"),)) if r.domain == (("sex", "male"),) else r for r in found.rows)
    (commune / "results.json").write_bytes(replace(found, rows=rows).json_bytes())
    assert refused(commune, tmp_path / "o2") == "PUB-002"
    (commune / "results.json").write_text("{}", encoding="utf-8")
    assert refused(commune, tmp_path / "o3") == "PUB-007"
    assert refused(tmp_path / "nowhere", tmp_path / "o4") == "PUB-007"
    thin = a_run(tmp_path / "thin", made, stratum=[f"z{i % 100}" for i in range(900)])
    assert refused(thin, tmp_path / "o5") == "PUB-001"


def test_reports_of_units_have_no_people_and_leave_without(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", world(3, 900))
    (run / "restricted" / "microdata.parquet").unlink()
    paths, _ = publish_run(run, tmp_path / "out")
    assert [p.suffix for p in sorted(paths)] == [".md", ".csv", ".json"]
