"""margins.csv: read, written, and refused with the place and the reason when it contradicts itself or the sample."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from analysis.sampling.practice import practice
from analysis.weighting.chain import weigh
from analysis.weighting.practised import practice_targets
from analysis.weighting.targets import COLUMNS, Targets, Total, read_targets, targets_bytes
from forms import load_places, load_plan, province_folder
from forms.errors import BdgError
from forms.rehearsal.people import read_model
from forms.rehearsal.truth import margins
from tests.analysis import weigh_cases as cases

HEAD = ",".join(COLUMNS)
GOOD = (
    "2026,sex,female,510,NSO,2026-04-01", "2026,sex,male,490,NSO,2026-04-01", "2026,sex*area,female*urban,110,NSO,2026-04-01",
    "2026,sex*area,female*rural,400,NSO,2026-04-01", "2026,sex*area,male*urban,90,NSO,2026-04-01",
    "2026,sex*area,male*rural,400,NSO,2026-04-01",
)  # fmt: skip


def read(tmp_path: Path, *lines: str) -> Targets:
    path = tmp_path / "margins.csv"
    path.write_text("\n".join((HEAD, *lines)) + "\n", encoding="utf-8")
    return read_targets(path)


def test_reading_and_writing(tmp_path: Path) -> None:
    found = read(tmp_path, *GOOD)
    assert (found.waves, found.margins, found.persons(2026)) == ((2026,), ("sex", "sex*area"), 1000)
    assert found.table(2026, "sex*area")["male", "urban"] == 90
    assert found.sources(2026) == (("NSO", date(2026, 4, 1)),)
    assert targets_bytes(found).decode().splitlines() == [HEAD, *GOOD]


LATER = ("2030,sex,female,500,NSO,2030-04-01", "2030,sex,male,500,NSO,2030-04-01")
MOVED = ("2026,sex*area,female*urban,90,NSO,2026-04-01", "2026,sex*area,male*urban,110,NSO,2026-04-01")
BAD: dict[str, tuple[tuple[str, ...], str, str]] = {
    "empty": ((), "DATA-001", "≥ 1"),
    "no source": (("2026,sex,female,1,,2026-04-01",), "DATA-002", "source"),
    "no date": (("2026,sex,female,1,NSO,",), "DATA-002", "as_of"),
    "an office date": (("2026,sex,female,1,NSO,01/04/2026",), "DATA-002", "01/04/2026"),
    "negative": (("2026,sex,female,-1,NSO,2026-04-01",), "DATA-002", "persons"),
    "no number": (("2026,sex,female,1.234.567,NSO,2026-04-01",), "DATA-002", "1.234.567"),
    "infinite": (("2026,sex,female,inf,NSO,2026-04-01",), "DATA-002", "inf"),
    "twice": ((GOOD[0], GOOD[1], GOOD[0]), "DATA-060", "dòng 2"),
    "too many codes": (("2026,sex,female*urban,1,NSO,2026-04-01",), "DATA-061", "female*urban"),
    "another margin later": ((*GOOD, *LATER), "DATA-062", "sex*area"),
    "another category later": (
        (GOOD[0], GOOD[1], LATER[0], "2030,sex,nam,500,NSO,2030-04-01"), "DATA-062", "sex: male",
    ),
    "another total": ((*GOOD[:5], "2026,sex*area,male*rural,401,NSO,2026-04-01"), "DATA-063", "490; 491 (+1)"),
    "the same total, divided otherwise": ((*GOOD[:2], MOVED[0], GOOD[3], MOVED[1], GOOD[5]), "DATA-063", "510; 490 (-20)"),
    "nobody at all": (("2026,sex,female,0,NSO,2026-04-01", "2026,sex,male,0,NSO,2026-04-01"), "DATA-063", "tổng / total"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_contradicts_itself(tmp_path: Path, name: str) -> None:
    lines, code, words = BAD[name]
    with pytest.raises(BdgError) as fault:
        read(tmp_path, *lines)
    assert {p.code for p in fault.value.problems} == {code}
    assert fault.value.exit_code == 11
    assert words in str(fault.value)


def test_where_margins_differ_is_said_category_by_category(tmp_path: Path) -> None:
    """Two totals are equal and nothing seems wrong until the shared column is added up."""
    lines = (*GOOD[:2], *(GOOD[2].replace("110", "100"), GOOD[3], GOOD[4].replace("90", "100"), GOOD[5]))
    with pytest.raises(BdgError) as fault:
        read(tmp_path, *lines)
    assert [dict(p.facts)["where"] for p in fault.value.problems] == ["sex=female", "sex=male"]


# ---- against a sample ----------------------------------------------------------------------------------------------

SURVEY = tuple(cases.survey(psus=10, households=20))


def refused(targets: Targets, **changes: object) -> BdgError:
    with pytest.raises(BdgError) as fault:
        weigh(list(SURVEY), cases.joined(list(SURVEY)), cases.plan(**changes), targets, order=cases.ORDER)
    return fault.value


def changed(old: str, new: str) -> Targets:
    return Targets(tuple(replace(r, category=r.category.replace(old, new)) for r in cases.totals().rows))


def test_a_wave_without_totals() -> None:
    error = refused(cases.totals(waves=(2026,)))
    assert (error.problems[0].code, error.exit_code) == ("DATA-064", 11)
    assert "2030" in str(error)


def test_margins_that_the_plan_did_not_choose() -> None:
    """The plan is signed before the baseline; totals that arrive later must not change what is calibrated."""
    error = refused(cases.totals(margin="sex*agegroup"))
    assert (error.problems[0].code, error.exit_code) == ("DATA-065", 10)
    assert cases.MARGIN in str(error)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [("female", "nữ", "sex=nữ"), ("a60", "60+", "agegroup=60+"), ("stratum1", "tang1", "stratum_2026=tang1")],
)
def test_a_code_that_the_sample_does_not_know(old: str, new: str, what: str) -> None:
    error = refused(changed(old, new))
    assert error.problems[0].code == "DATA-061"
    assert dict(error.problems[0].facts)["what"] == what


def test_a_column_that_the_people_do_not_have() -> None:
    targets = Targets(tuple(replace(r, margin=r.margin.replace("stratum_2026", "religion")) for r in cases.totals().rows))
    error = refused(targets, margins=(("sex", "agegroup", "religion"),))
    assert {(p.code, dict(p.facts)["what"]) for p in error.problems} == {("DATA-061", "religion")}


def test_people_whose_category_has_no_residents() -> None:
    error = refused(cases.totals(**{"male*a60*stratum2": 0.0}))  # type: ignore[arg-type]  # names that are no identifiers
    first = error.problems[0]
    assert (first.code, first.got) == ("DATA-066", "0")
    facts = dict(first.facts)
    people = SURVEY[0].people
    count = ((people["sex"] == "male") & (people["agegroup"] == "a60") & (people["stratum"] == "stratum2")).sum()
    assert facts == {"category": "male*a60*stratum2", "margin": cases.MARGIN, "people": str(count)}
    gone = Targets(tuple(r for r in cases.totals().rows if r.category != "male*a60*stratum2"))
    assert "không có dòng" in refused(gone).problems[0].got


def test_a_margin_of_which_nothing_is_left() -> None:
    """With `least` above the whole sample every category would become one: that is no calibration, and it is refused."""
    error = refused(cases.totals(), least=10_000)
    assert (error.problems[0].code, dict(error.problems[0].facts)["margin"]) == ("DATA-067", cases.MARGIN)


# ---- the practice province -----------------------------------------------------------------------------------------


def test_practice_totals_are_those_of_the_model() -> None:
    """Shares of sex and age by the model's own figures, households of the frame on the wave's day, stratum of 2026."""
    made = practice(load_places(province_folder()), 3, psus=14, households=4, reserves=1)
    model, plan = read_model(), load_plan(province_folder())
    bands = [(b.code, b.low, b.high) for b in plan.bands]
    days = {2026: date(2026, 10, 5), 2030: date(2030, 10, 7)}
    found = practice_targets(made.frame, days, lambda households: margins(model, households, bands))
    assert found.margins == ("sex*agegroup*stratum_2026",)
    assert {r.source for r in found.rows} == {"SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"}
    eligible = sum(int(k) * p for k, p in model["shares"]["eligible"].items())
    for wave, day in days.items():
        households = sum(h.households for h in made.frame.on(day))
        assert found.persons(wave) == pytest.approx(households * eligible, rel=1e-4)
        table = found.table(wave, found.margins[0])
        women = sum(v for k, v in table.items() if k[0] == "female")
        assert women / found.persons(wave) == pytest.approx(model["shares"]["female"], abs=1e-4)
        for code, share in zip(("a15", "a16_30", "a31_59", "a60"), model["shares"]["age"].values(), strict=True):
            some = sum(v for k, v in table.items() if k[1] == code)
            assert some / found.persons(wave) == pytest.approx(share, abs=1e-3)
    assert {r.level[2] for r in found.rows} == {h.stratum for h in made.frame.hamlets}
    assert [r.as_of for r in found.rows if r.wave == 2030][0] == days[2030]  # noqa: RUF015


def test_bands_that_cut_the_models_ages() -> None:
    """15-29, 30+: of the model's 16-30 year-olds fourteen in fifteen are under 30."""
    found = margins(read_model(), {"a": 100.0}, [("young", 15, 29), ("older", 30, None)])
    shares = read_model()["shares"]["age"]
    known = {int(k): v for k, v in shares.items()}
    young = known[15] + known[16] * 14 / 15
    total = sum(found.values())
    assert sum(v for k, v in found.items() if k[1] == "young") / total == pytest.approx(young / sum(shares.values()), rel=1e-12)
    assert isinstance(Total(2026, "sex", "male", 1.0, "x", date(2026, 1, 1)).term, tuple)
