"""analysis.open: what is handed over gives the report's numbers again, and nothing is opened that does not belong together."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import analysis
from analysis import change, estimate
from analysis.design import Design
from analysis.design_record import KEY, applied
from analysis.opened import PEOPLE, RESULTS, Opened
from analysis.results import Row
from analysis.run import run
from analysis.sampling.sample import sample_bytes
from forms.errors import BdgError
from tests.analysis import world
from tests.analysis.test_weighing import plan, totals

WAVES = (2026, 2030)
SILENT = 1  # the hamlet, by order of its id, where nobody was interviewed


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two waves with all that a design can hold: totals, a hamlet of certainty, a hamlet without an interview."""
    folder, made = tmp_path_factory.mktemp("opened"), world.province()
    world.write_sample(folder)
    both = sorted({d.psu for d in made.sample if d.wave == WAVES[0]} & {d.psu for d in made.sample if d.wave == WAVES[1]})
    sure, gone = both[0], both[SILENT]
    some = [replace(d, certainty=1, p_psu=1.0) if d.psu == sure else d for d in made.sample]
    (folder / "sample.csv").write_bytes(sample_bytes(some))
    for wave in WAVES:
        here = [i for i in world.interviews(wave) if i.answers["psu"] != gone or wave == WAVES[1]]
        world.write_xml(here, folder / str(wave))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("analysis.intake"), "load_survey", lambda _home: plan())
        margins = totals(folder, folder / "margins.csv")
        run({w: folder / str(w) for w in WAVES}, folder / "sample.csv", folder / "out", margins=margins)
    return folder / "out"


@pytest.fixture(scope="module")
def opened(home: Path) -> Opened:
    return analysis.open(home)


def same(mine: Row, theirs: Row) -> bool:
    """Every number of two rows, to rounding."""
    numbers = [(getattr(mine, n), getattr(theirs, n)) for n in ("estimate", "se", "lower", "upper", "df", "deff", "p_value")]
    counts = ("n", "psus", "strata", "status", "reason", "interval", "unit")
    close = all(a is b if None in (a, b) else a == pytest.approx(b, rel=1e-9, abs=1e-9) for a, b in numbers)
    return close and all(getattr(mine, n) == getattr(theirs, n) for n in counts) and dict(mine.n_missing) == theirs.n_missing


def test_every_level_and_change_of_the_report_comes_out_again(opened: Opened) -> None:
    """By key, so that indicator, group, wave, design and method agree too: scores, shares and items, by every domain."""
    said = {row.key: row for row in opened.results.rows if row.kind in ("level", "change")}
    assert len(said) > 500
    domains = sorted({name for row in said.values() for name, _ in row.domain})
    by: list[tuple[str, ...]] = [(), *((name,) for name in domains)]
    units = {row.indicator: row.unit for row in said.values() if row.kind == "level"}
    means = [name for name, unit in units.items() if unit == "point"]
    groups = [name for name, unit in units.items() if unit == "percent" and not name.startswith("item_")]
    items = [name for name in units if name.startswith("item_")]
    assert (len(means), len(groups) > 6, len(items) > 30) == (5, True, True)
    first, last = WAVES
    plain = (opened.data, opened.design)
    made = [
        *estimate(*plain, means, by=by),
        *estimate(*plain, groups, stat="proportion", unit="percent", by=by),
        *estimate(*plain, items, stat="proportion", unit="percent"),
        *change(*plain, means, wave=last, base=first, by=by),
        *change(*plain, groups, stat="proportion", unit="percent", wave=last, base=first, by=by),
    ]
    there = {row.key: row for row in made}
    assert [key for key, row in there.items() if key in said and not same(row, said[key])] == []
    missing = [row for key, row in said.items() if key not in there]
    own = {"", "wave_centred", "wave_centred, log", "wave_centred, delta"}
    assert [row for row in missing if row.kind == "level" and row.method in own] == []
    assert [row for row in missing if row.method in own and not row.indicator.startswith("item_")] == []


@pytest.mark.parametrize(
    "without", [{"sampled": None}, {"certainty": None, "ssu": None}, {"controls": ()}], ids=["silent", "certainty", "totals"]
)
def test_a_guessed_design_would_have_given_another_error(opened: Opened, without: dict[str, Any]) -> None:
    """Each part of the record matters: without it the standard error of the baseline is another one."""
    (told,) = opened.rows(kind="level", indicator="score", estimand="mean", wave=WAVES[0], domain={}, method="")
    (mine,) = estimate(opened.data, replace(opened.design, **without), "score", waves=(WAVES[0],))
    assert mine.estimate == pytest.approx(told.estimate, rel=1e-9)
    assert mine.se != pytest.approx(told.se, rel=1e-4)


def test_the_record_names_the_hamlets_and_nothing_of_a_person(home: Path, opened: Opened) -> None:
    record = pd.read_parquet(home / PEOPLE).attrs[KEY]
    assert set(record) == {"schema", "lonely", "df_rule", "sampled", "certain", "controls", "margins", "domains"}
    drawn = {(w, h, p) for w, h, p in map(tuple, record["sampled"])}
    people = {(int(w), h, p) for w, h, p in zip(opened.data["wave"], opened.data["stratum"], opened.data["psu"], strict=True)}
    assert len(drawn - people) == 1
    assert people <= drawn
    assert len({p for _, p in map(tuple, record["certain"])}) == 1
    text = json.dumps(record)
    assert not [person for person in opened.data["person"] if person in text]


def test_the_record_is_read_back_as_it_was(opened: Opened, home: Path) -> None:
    """JSON and back: the same frozen record."""
    people = pd.read_parquet(home / PEOPLE)
    design, data = applied(json.loads(json.dumps(people.attrs[KEY])), people)
    assert design == opened.design
    assert isinstance(design, Design)
    assert set(data.columns) - set(people.columns) == {"margin sex*agegroup", "w_uncalibrated", "certainty", "ssu_wave"}


# ---- words ---------------------------------------------------------------------------------------------------------


def test_columns_and_codes_have_their_words(opened: Opened) -> None:
    assert opened.label("sex") == "Giới tính"
    assert opened.label("sex", "female") == "Nữ"
    assert opened.label("sex", "female", "en") == "Women"
    assert opened.label("score", lang="en") == "Awareness score"
    row = opened.rows(kind="level", indicator="score", domain={"sex": "male"})[0]
    assert (opened.group(row), opened.group(replace(row, domain=()), "en")) == ("Nam", "All")
    assert opened.label("weight") == "Quyền số"
    assert opened.label("item_k01") == opened.label("k01") == opened.codebook["k01"].label.vi
    assert opened.label("no_such", "code") == "code"
    assert opened.data.attrs["labels"]["agegroup"] == "Nhóm tuổi"
    assert all(opened.data.attrs["labels"].values())
    assert not {name for name in opened.data.attrs["labels"] if name.endswith("__why")}


def test_people_in_words(opened: Opened) -> None:
    words = opened.labelled()
    assert list(words.columns) == list(opened.data.columns)
    assert words["sex"].isna().sum() == 0
    assert dict(zip(words["sex"], opened.data["sex"], strict=True)) == {"Nữ": "female", "Nam": "male"}
    assert list(words["agegroup"].cat.categories)[:2] == ["15 tuổi", "Từ 16 đến 30 tuổi"]
    assert words["a01"].isna().tolist() == opened.data["a01"].isna().tolist()
    assert words["score"].equals(opened.data["score"])
    assert set(opened.labelled("en")["sex"]) == {"Men", "Women"}


def test_rows_by_name_and_one_row_or_none(opened: Opened) -> None:
    both = opened.rows(kind="level", indicator="score", estimand="mean", domain={}, method="")
    assert [row.wave for row in both] == list(WAVES) == list(opened.waves)
    assert {row.domain[0][0] for row in opened.rows(kind="level", indicator="score", by="sex")} == {"sex"}
    assert opened.rows(indicator="nothing") == ()
    assert opened.row(kind="level", indicator="score", wave=2026, domain={"sex": "male"}, method="").n > 0
    with pytest.raises(KeyError, match=r"0 rows.*nothing"):
        opened.row(indicator="nothing")
    with pytest.raises(KeyError, match="rows"):
        opened.row(kind="level", indicator="score")


def test_a_row_in_one_line_keeps_what_is_hidden(opened: Opened) -> None:
    both = opened.rows(kind="level", indicator="score", domain={})[0]
    row = replace(both, estimate=54.25, lower=-3.0, upper=60.04, publish="show")
    assert opened.said(row) == f"54,2 (KTC 95%: -3,0 - 60,0), n = {both.n}, địa bàn / PSUs = {both.psus}"
    assert opened.said(row, 2).startswith("54,25 (")
    assert opened.said(replace(row, publish="hide")) == "(*) không công bố do ít quan sát / hidden"
    assert opened.said(replace(row, estimate=None, reason="vì sao | why")) == "... vì sao | why"
    assert (opened.number(None), opened.number(1234.5), opened.practice) == ("...", "1234,5", True)


def test_items_are_points_in_one_direction(opened: Opened) -> None:
    """By hand: 0-100 from the least to the most egalitarian answer; a knowledge item is right or wrong."""
    raw, found = opened.data, opened.items("A")
    for item in opened.codebook.items("A"):
        number = pd.to_numeric(raw[item.name])
        hand = 25 * ((5 - number) if item.reverse else (number - 1))
        pd.testing.assert_series_equal(found[item.name].astype(float), hand.astype(float), check_names=False)
    known = opened.items("K")["k01"].dropna()
    assert set(known) == {0.0, 100.0}
    with pytest.raises(BdgError) as fault:
        opened.items("X")
    assert fault.value.problems[0].code == "STAT-062"


# ---- what is refused -----------------------------------------------------------------------------------------------


def refused(folder: Path) -> str:
    with pytest.raises(BdgError) as fault:
        analysis.open(folder)
    (one,) = fault.value.problems
    return one.code


def table(path: Path, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """The microdata edited by a person whose program keeps the design."""
    people = pd.read_parquet(path)
    record, changed = people.attrs, edit(people)
    changed.attrs = record
    changed.to_parquet(path, index=False)


def document(path: Path, edit: Callable[[Any], None]) -> None:
    raw = json.loads(path.read_bytes())
    edit(raw)
    path.write_text(json.dumps(raw), encoding="utf-8")


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Path:
    shutil.copytree(home, tmp_path / "run")
    return tmp_path / "run"


def test_a_folder_that_is_no_run(copy: Path, tmp_path: Path) -> None:
    assert refused(tmp_path / "nothing") == "DATA-225"
    (copy / RESULTS).write_text("{", encoding="utf-8")
    assert refused(copy) == "DATA-225"
    (copy / RESULTS).write_text('{"schema": "results/0"}', encoding="utf-8")
    assert refused(copy) == "DATA-225"
    (copy / PEOPLE).unlink()
    with pytest.raises(BdgError, match=r"restricted/microdata\.parquet"):
        analysis.open(copy)


@pytest.mark.parametrize(
    "edit",
    [
        lambda people: people.iloc[1:],
        lambda people: people.assign(weight=people["weight"] * 1.01),
        lambda people: people.assign(score=people["score"] + (people.index == 3)),
        lambda people: people.assign(psu=people["psu"].where(people.index != 3, people["psu"].iloc[-1])),
        lambda people: people[people["wave"] == WAVES[1]],
    ],
    ids=["one person less", "weights", "a score", "a hamlet", "a wave"],
)
def test_people_and_results_of_different_runs(copy: Path, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """A hamlet typed for another is seen by the design itself when the pair is not in the sample, else by the variance."""
    table(copy / PEOPLE, edit)
    assert refused(copy) in {"DATA-226", "STAT-003", "STAT-004", "STAT-005"}


def test_people_without_their_design(copy: Path) -> None:
    pd.read_csv(copy / "restricted" / "microdata.csv").to_parquet(copy / PEOPLE, index=False)
    assert refused(copy) == "DATA-227"
    (copy / PEOPLE).write_bytes(b"PAR1 nothing")
    assert refused(copy) == "DATA-227"


@pytest.mark.parametrize("edit", [lambda r: r.update(schema="design/0"), lambda r: r.pop("domains")], ids=["version", "part"])
def test_a_record_of_another_version(copy: Path, edit: Callable[[Any], object]) -> None:
    people = pd.read_parquet(copy / PEOPLE)
    edit(people.attrs[KEY])
    people.to_parquet(copy / PEOPLE, index=False)
    assert refused(copy) == "DATA-227"


def test_another_questionnaire(copy: Path) -> None:
    document(copy / RESULTS, lambda raw: raw["digests"].update(questionnaire="0" * 64))
    assert refused(copy) == "DATA-228"


def test_a_margin_that_the_microdata_do_not_hold(copy: Path) -> None:
    table(copy / PEOPLE, lambda people: people.drop(columns="agegroup"))
    assert refused(copy) == "DATA-229"
