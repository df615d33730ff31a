"""The words beside the rows: dates as the office writes them, warnings, the single-PSU rule by name, what V is about."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.indicators import Indicator, domain_columns, indicators
from analysis.results import Row
from analysis.scoring import Comparison
from analysis.texts import texts, warnings
from analysis.tidied import Counts, Tidy
from analysis.told import Told, office, span
from forms import Plan, load_plan, province_folder
from forms.errors import BdgError
from forms.question import Label
from tests.analysis import world

PEAK = ("11-15", "12-15")
OCTOBER = (date(2026, 10, 5), date(2026, 10, 30))


@cache
def plan() -> Plan:
    return load_plan(province_folder())


def wave(year: int, psus: tuple[tuple[str, str], ...] = (("a", "1"), ("a", "2"), ("b", "3"), ("b", "4"))) -> Tidy:
    """A wave of four persons, one a hamlet."""
    n = len(psus)
    people = pd.DataFrame({"wave": [year] * n, "weight": [1.0, 3.0, 2.0, 2.0][:n], "sex": ["male", "female", "female", None][:n]})
    days = np.array([date(year, 10, 5 + i) for i in range(n)], dtype=object)
    counts = Counts(n + 2, n + 1, 1, n, 0, n, 0, 1, 0, {"completed": n, "no_form": 1})
    return Tidy(year, people, {}, days, counts, tuple((year, h, p) for h, p in psus), ("",) * n)


def told(*waves: Tidy, **more: Any) -> Told:
    windows = {t.wave: (date(t.wave, 10, 5), date(t.wave, 10, 30)) for t in waves}
    people = pd.concat([t.people for t in waves], ignore_index=True)
    compared = Comparison((waves[0].wave, waves[-1].wave), {}) if len(waves) > 1 else None
    made = Told(plan(), world.book(), waves, windows, people, (), {}, compared, (), {})
    return replace(made, **more)


def note(made: dict[str, Any], name: str) -> dict[str, str]:
    (found,) = [m for m in made["method"] if m["id"] == name]
    return dict(found)


@pytest.mark.parametrize(
    ("day", "text"),
    [(date(2026, 10, 5), "05/10/2026"), (date(2030, 1, 31), "31/01/2030"), (date(2026, 3, 9), "09/03/2026")],
)
def test_office_dates(day: date, text: str) -> None:
    assert office(day) == text
    assert span(day, day) == f"{text} - {text}"


def test_every_date_in_a_sentence_has_its_zeros() -> None:
    made = texts(told(wave(2026), wave(2030)))
    said = " ".join(m[k] for m in made["method"] for k in ("vi", "en"))
    assert "05/10/2026 - 30/10/2026; 2030: 05/10/2030" in note(made, "windows")["vi"]
    assert re.findall(r"(?<!\d)\d/\d", said) == []


@pytest.mark.parametrize(
    ("window", "others", "words"),
    [
        (OCTOBER, {}, []),
        ((date(2026, 10, 5), date(2026, 11, 15)), {}, ["05/10/2026 - 15/11/2026 chạm Tháng hành động (15/11 - 15/12)"]),
        ((date(2026, 12, 15), date(2026, 12, 30)), {}, ["chạm Tháng hành động"]),
        ((date(2026, 12, 16), date(2026, 12, 30)), {}, []),
        (OCTOBER, {2030: (date(2030, 11, 4), date(2030, 11, 29))}, []),
        (OCTOBER, {2030: (date(2030, 11, 6), date(2030, 12, 1))}, ["lệch 32 ngày trong năm so với kỳ 2030"]),
        ((date(2026, 1, 2), date(2026, 1, 12)), {2030: (date(2030, 12, 20), date(2030, 12, 30))}, []),
    ],
)
def test_warnings_about_the_time_of_fieldwork(
    window: tuple[date, date], others: dict[int, tuple[date, date]], words: list[str]
) -> None:
    """More than 30 days apart in the calendar, the short way round the year, or inside the Action Month."""
    found = warnings(2026, {2026: window, **others}, PEAK)
    assert len(found) == len(words)
    for label, word in zip(found, words, strict=True):
        assert word in label.vi
        assert label.en


@pytest.mark.parametrize("rule", ["certainty", "average", "adjust", "fail"])
def test_a_single_hamlet_is_told_with_the_rule_by_name(rule: str) -> None:
    alone = wave(2026, (("a", "1"), ("a", "2"), ("b", "3")))
    made = texts(told(alone, plan=replace(plan(), lonely={"level": rule, "change": "adjust"})))
    (warned,) = made["waves"]["2026"]["warnings"]
    for text in (warned["vi"], note(made, "lonely")["vi"], note(made, "lonely")["en"]):
        assert rule in text
    assert ": b;" in warned["vi"]
    assert "2026: b" in note(made, "lonely")["vi"]
    assert "adjust" in note(made, "lonely")["vi"]
    assert "Không có tầng nào" in note(texts(told(wave(2026))), "lonely")["vi"]


def test_the_decision_on_the_target_is_told_as_it_stands() -> None:
    draft = note(texts(told(wave(2026))), "threshold")
    assert "chưa kết luận" in draft["vi"]
    signed = replace(plan().target_ii3, document="12/QĐ-SNV", date="2030-01-15", decided_by="Sở Nội vụ")
    made = texts(told(wave(2026), plan=replace(plan(), target_ii3=signed)))
    assert made["target_ii3"]["signed"] is True
    assert "12/QĐ-SNV ngày 15/01/2030" in note(made, "threshold")["vi"]


def test_one_wave_says_nothing_of_a_comparison() -> None:
    made = texts(told(wave(2026)))
    assert not {"comparison", "zero"} & {m["id"] for m in made["method"]}
    assert made["overlap"] == {"psus_2026": 4}
    assert made["comparison"] == {}


def test_kept_hamlets_and_changed_items() -> None:
    later = wave(2030, (("a", "1"), ("c", "3"), ("c", "9")))
    made = texts(told(wave(2026), later, compared=Comparison((2026, 2030), {"k02": "2030: đổi lời"})))
    assert made["overlap"] == {"psus_2026": 4, "psus_2030": 3, "common": 2}
    assert "k02 (2030: đổi lời)" in note(made, "comparison")["vi"]


def test_groups_at_the_ceiling_are_named_with_the_gap_they_closed() -> None:
    """90 of 100 cannot rise by 15 %; 90 -> 94 closes four of the ten points that were left."""
    rows = tuple(
        Row("level", "score", "mean", wave_of, "point", domain=domain, estimate=value)
        for wave_of, domain, value in (
            (2026, (), 55.0), (2030, (), 63.0), (2026, (("sex", "female"),), 90.0), (2030, (("sex", "female"),), 94.0),
            (2026, (("sex", "male"),), 86.9), (2030, (("sex", "male"),), 99.0),
        )
    )  # fmt: skip
    said = note(texts(replace(told(wave(2026), wave(2030)), rows=rows)), "ceiling")
    assert "Nữ 90,0 điểm, khoảng cách đã thu hẹp 40,0%." in said["vi"]
    assert "Nam" not in said["vi"]
    none = note(texts(replace(told(wave(2026), wave(2030)), rows=rows[:2])), "ceiling")
    assert "không có nhóm nào" in none["vi"]


def test_the_zero_of_the_scale() -> None:
    """A goes from 55 to 63.75 of 100: +15.9%.  On the answers' own 1-5 the same is 3.20 to 3.55: +10.9%."""
    level = [Row("level", "A", "mean", w, "point", estimate=e) for w, e in ((2026, 55.0), (2030, 63.75))]
    said = note(texts(told(wave(2026), wave(2030), rows=tuple(level))), "zero")
    assert "15,9% trên thang 0 - 100 và 10,9% trên thang 1 - 5" in said["vi"]
    assert "15.9%" in said["en"]
    hidden = texts(told(wave(2026), wave(2030), rows=(level[0], replace(level[1], estimate=None))))
    assert "zero" not in {m["id"] for m in hidden["method"]}


def test_the_profile_of_the_sample() -> None:
    """Weights 1, 3, 2 of those whose sex is known: men 1/6, women 5/6; the fourth person is in neither."""
    found = texts(told(wave(2026)))["sample_profile"]["2026"]["sex"]
    assert found["male"] == {"n": 1, "percent_weighted": pytest.approx(100 / 6)}
    assert found["female"] == {"n": 2, "percent_weighted": pytest.approx(500 / 6)}


def test_v_is_about_adults_asked_in_private() -> None:
    book = world.book()
    columns = [*book.scales, *(f"{s}_cmp" for s in book.scales), "reach60"]
    changed = Comparison((2026, 2030), {"k02": "đổi"})
    found = {i.id: i for i in indicators(book, plan(), columns, changed)}
    for name in ("V", "score_kav", "V_cmp"):
        assert "từ 18 tuổi trở lên" in found[name].note.vi
        assert "18 or over" in found[name].note.en
    assert found["V_cmp"].note.vi.startswith("điểm so sánh giữa hai kỳ; ")
    assert found["score"].note == Label("", "")
    made = texts(told(wave(2026), measured=tuple(found.values())))
    assert "18 tuổi trở lên" in made["indicators"]["V"]["note"]["vi"]
    assert "từ 18 tuổi trở lên" in note(made, "violence")["vi"]


def test_labels_of_all_that_is_measured() -> None:
    some = (Indicator("score", "mean", "point", Label("Điểm", "Score"), Label("", "")),
            Indicator("item_k01", "proportion", "percent", Label("K1", "K1"), Label("", "")))  # fmt: skip
    made = texts(told(wave(2026), measured=some, refused={"khu_vuc": Label("thiếu cột", "no column")}))
    assert set(made["indicators"]) == {"score"}
    assert made["domains"]["khu_vuc"]["refused"] == {"vi": "thiếu cột", "en": "no column"}
    assert set(made["items"]) == {v.name for v in world.book().variables if v.scale}


# ---- the plan's groups as columns ----------------------------------------------------------------------------------


def people(**columns: list[Any]) -> pd.DataFrame:
    base: dict[str, list[Any]] = {
        "sex": ["female", "male", "female"], "age": [17.0, 45.0, 70.0], "agegroup": ["a16_30", "a31_59", "a60"],
        "area": ["rural", "urban", "rural"], "ethnic2": ["kinh", "minority", None], "poor2": ["poor", "not", "not"],
        "khu_vuc": ["1", None, "3"], "dtts": ["1", "0", "1"], "former_province": ["quang_ngai", "kon_tum", "kon_tum"],
    }  # fmt: skip
    return pd.DataFrame({**base, **columns})


def test_groups_of_the_plan() -> None:
    found, refused = domain_columns(people(), plan())
    assert not refused
    assert found["sex"].tolist() == ["female", "male", "female"]
    assert found["women_15_59"].tolist()[1:] == [None, None]
    assert found["women_15_59"].tolist()[0] is not None
    assert found["ethnic2"].tolist() == ["kinh", "minority", None]


def test_a_group_without_its_column_is_refused_with_a_reason() -> None:
    found, refused = domain_columns(people(khu_vuc=[None] * 3), plan())
    assert "khu_vuc" not in found
    assert "khu_vuc" in refused["khu_vuc"].vi


def test_a_name_that_the_data_lack_is_an_error() -> None:
    with pytest.raises(BdgError) as fault:
        domain_columns(people().drop(columns="agegroup"), plan())
    assert fault.value.problems[0].code == "DATA-023"
    assert "agegroup" in str(fault.value)


def test_groups_that_overlap_are_an_error() -> None:
    (sex,) = [d for d in plan().domains if d.id == "sex"]
    (women,) = [d for d in plan().domains if d.id == "women"]
    both = replace(sex, codes=(*(replace(c, among=None) for c in sex.codes), *women.codes))
    with pytest.raises(BdgError) as fault:
        domain_columns(people(), replace(plan(), domains=(both,)))
    assert (fault.value.problems[0].code, fault.value.exit_code) == ("DATA-025", 10)
