"""What became of a hamlet: its class in another year's classification, its id across waves, and links that cannot be true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import Design, Lonely, estimate
from analysis.indicators import domain_columns
from analysis.sampling.frame import Frame, Hamlet, Link, frame_bytes, link, link_bytes, link_faults, read_frame
from analysis.sampling.lineage import Lineage, Zones, classes, classified
from analysis.sampling.places import check_places
from analysis.sampling.sample import Drawn
from forms import load_plan, province_folder
from forms.errors import BdgError, Problem

BORN, CHANGED, AGAIN = date(2026, 8, 1), date(2028, 3, 1), date(2029, 6, 1)


def hamlet(psu: str, area: str = "rural", size: int = 100, born: date = BORN, **more: str) -> Hamlet:
    known = {k: v for k, v in more.items() if k in ("commune", "stratum", "khu_vuc", "dtts")}
    extra = {k: v for k, v in more.items() if k not in known}
    row = Hamlet(psu, "21025", f"Thôn {psu}", size, 3 * size, area, "s1", "", "", "thử", born, extra)
    return replace(row, **known) if known else row


def moved_on(old: str, new: str, kind: str, households: int = 100, day: date = CHANGED) -> Link:
    return Link(old, new, kind, households, day, "QĐ 7")


def area(frame: Frame, psu: str, year: int) -> str:
    return classified(frame, psu, "area", year)


# ---- the class in another year's classification --------------------------------------------------------------------


def test_a_merged_hamlet_takes_the_class_of_its_larger_part() -> None:
    """A (100, urban) and B (80, rural) become M (rural) in 2028."""
    units = (hamlet("A", "urban"), hamlet("B", size=80), hamlet("M", size=180, born=CHANGED))
    frame = Frame(units, (moved_on("A", "M", "merged"), moved_on("B", "M", "merged", 80)))
    assert [area(frame, p, 2026) for p in "ABM"] == ["urban", "rural", "urban"]
    assert [area(frame, p, 2030) for p in "ABM"] == ["rural", "rural", "rural"]


def test_people_of_a_split_hamlet_follow_the_largest_part() -> None:
    units = (hamlet("A"), hamlet("P", "rural", 40, CHANGED), hamlet("Q", "urban", 60, CHANGED))
    frame = Frame(units, (moved_on("A", "P", "split", 40), moved_on("A", "Q", "split", 60)))
    assert [area(frame, p, 2026) for p in "APQ"] == ["rural", "rural", "rural"]
    assert [area(frame, p, 2030) for p in "APQ"] == ["urban", "rural", "urban"]


def test_a_dissolved_hamlet_goes_where_its_households_went_or_keeps_its_class() -> None:
    units = (hamlet("A", "urban"), hamlet("B"), hamlet("C", "urban"))
    links = (moved_on("A", "B", "dissolved", 100), moved_on("C", "", "dissolved", 0))
    assert [area(Frame(units, links), p, 2030) for p in "ABC"] == ["rural", "rural", "urban"]


def test_a_hamlet_that_keeps_its_id_is_told_apart_by_the_columns_of_the_year() -> None:
    """Moved to another commune under the same id: commune_2030, area_2030; 2028 knows nothing and stays with the plain one."""
    unit = hamlet("A", commune_2030="21028", area_2030="urban", khu_vuc_2030="")
    frame = Frame((unit,), (moved_on("A", "A", "moved"),))
    assert [classified(frame, "A", "commune", y) for y in (2026, 2028, 2030)] == ["21025", "21025", "21028"]
    assert [area(frame, "A", y) for y in (2026, 2030)] == ["rural", "urban"]
    assert classified(frame, "A", "khu_vuc", 2030) == ""


def test_a_chain_over_three_years_is_followed_to_the_end_and_back() -> None:
    """A is split in 2028, its larger part Q renamed R in 2029: four rows, three classes."""
    units = (hamlet("A"), hamlet("P", "rural", 30, CHANGED), hamlet("Q", "urban", 70, CHANGED), hamlet("R", "rural", 70, AGAIN))
    links = (moved_on("A", "P", "split", 30), moved_on("A", "Q", "split", 70), moved_on("Q", "R", "renamed", 70, AGAIN))
    frame = Frame(units, links)
    assert [area(frame, p, 2028) for p in "APQR"] == ["urban", "rural", "urban", "urban"]
    assert [area(frame, p, 2030) for p in "APQR"] == ["rural"] * 4
    assert [area(frame, p, 2026) for p in "APQR"] == ["rural"] * 4
    assert {p: frame.common()[p] for p in "APQR"} == {"A": "A", "P": "P", "Q": "A", "R": "A"}


def test_what_a_person_wrote_of_a_year_stands_above_the_walk() -> None:
    """The old row may say itself what it is by the 2030 classification, where the largest part would mislead."""
    units = (hamlet("A", area_2030="rural"), hamlet("P", "urban", 60, CHANGED), hamlet("Q", "rural", 40, CHANGED))
    frame = Frame(units, (moved_on("A", "P", "split", 60), moved_on("A", "Q", "split", 40)))
    assert area(frame, "A", 2030) == "rural"
    assert area(replace(frame, hamlets=(hamlet("A"), *units[1:])), "A", 2030) == "urban"


def test_a_new_place_without_a_past_keeps_its_own_class() -> None:
    assert area(Frame((hamlet("N", "urban", born=AGAIN),)), "N", 2026) == "urban"


def test_the_day_decides_within_a_year() -> None:
    """Replaced on 1 March 2028: fieldwork in February met A, fieldwork in October met M."""
    frame = Frame((hamlet("A", "urban"), hamlet("M", "rural", born=CHANGED)), (moved_on("A", "M", "renamed"),))
    line = Lineage.of(frame)
    assert [line.classified(p, "area", 2028, date(2028, 2, 1)) for p in "AM"] == ["urban", "urban"]
    assert [line.classified(p, "area", 2028, date(2028, 10, 1)) for p in "AM"] == ["rural", "rural"]
    assert line.classified("A", "area", 2028) == "rural"  # by default the last day of the year


def test_links_in_a_circle_change_nothing() -> None:
    units = (hamlet("A", "urban"), hamlet("B"), hamlet("C"))
    circle = Frame(units, (moved_on("A", "B", "renamed"), moved_on("B", "C", "renamed"), moved_on("C", "A", "renamed")))
    assert [area(circle, p, 2030) for p in "ABC"] == ["urban", "rural", "rural"]


# ---- a slow oracle -------------------------------------------------------------------------------------------------

NAMES = [f"u{i}" for i in range(7)]
DAYS = [date(year, month, 1) for year in (2025, 2027, 2029, 2031) for month in (2, 9)]
LINK = st.builds(
    Link, st.sampled_from(NAMES), st.sampled_from([*NAMES, ""]), st.sampled_from(["merged", "split", "renamed", "dissolved"]),
    st.integers(0, 3), st.sampled_from(DAYS), st.just(""),
)  # fmt: skip
ROW = st.tuples(st.sampled_from(DAYS), st.sampled_from(["urban", "rural"]), st.sampled_from(["", "urban", "rural"]))


def oracle(frame: Frame, psu: str, year: int, day: date) -> str:
    """One link at a time, looked for anew among all links; as many steps as there are hamlets without arriving is a circle."""
    row = {h.psu: h for h in frame.hamlets}
    steps = [k for k in frame.links if k.new_psu != k.old_psu]

    def gone(p: str) -> bool:
        return any(k.old_psu == p and k.date <= day for k in steps)

    forward, here = gone(psu), psu
    for _ in range(len(row) + 1):
        if (forward and not gone(here)) or (not forward and row[here].as_of <= day):
            break
        if forward:
            ways = [(-k.households, k.new_psu) for k in steps if k.old_psu == here and k.new_psu]
        else:
            ways = [(-k.households, k.old_psu) for k in steps if k.new_psu == here]
        if not ways:
            break
        here = min(ways)[1]
    else:
        here = psu
    return row[psu].extra[f"area_{year}"] or row[here].extra[f"area_{year}"] or row[here].area


@settings(max_examples=200)
@given(st.lists(ROW, min_size=7, max_size=7), st.lists(LINK, max_size=9), st.sampled_from(DAYS))
def test_classes_agree_with_a_walk_by_hand_and_end(rows: list[tuple[date, str, str]], links: list[Link], day: date) -> None:
    units = tuple(hamlet(p, a, born=born, area_2030=told) for p, (born, a, told) in zip(NAMES, rows, strict=True))
    frame = Frame(units, tuple(links))
    line = Lineage.of(frame)
    for p in NAMES:
        assert line.classified(p, "area", 2030, day) == oracle(frame, p, 2030, day)


# ---- the same hamlet in two waves ----------------------------------------------------------------------------------


def test_parts_of_two_hamlets_are_no_continuation_of_either() -> None:
    """N holds 60 of A's 100 households and 20 of B's: it reaches beyond A's boundary, so it is a new unit."""
    units = (hamlet("A"), hamlet("B"), *(hamlet(p, born=CHANGED) for p in ("N", "A2", "B2")))
    links = (moved_on("A", "N", "split", 60), moved_on("A", "A2", "split", 40),
             moved_on("B", "N", "split", 20), moved_on("B", "B2", "split", 80))  # fmt: skip
    common = Frame(units, links).common()
    assert common == {"A": "A", "B": "B", "N": "N", "A2": "A2", "B2": "B"}
    alone = Frame(units, links[:2])
    assert alone.common()["N"] == "A"


def test_shares_multiply_along_a_chain() -> None:
    """60 of 100, then 40 of those 60: the last one holds 40 % of the first, so it may not count as the same hamlet."""
    units = (hamlet("A"), hamlet("N", size=60, born=CHANGED), hamlet("L", size=40, born=AGAIN), hamlet("M", size=50, born=AGAIN))
    first = moved_on("A", "N", "split", 60)
    common = Frame(units, (first, moved_on("N", "L", "split", 40, AGAIN))).common()
    assert (common["N"], common["L"]) == ("A", "L")
    common = Frame(units, (first, moved_on("N", "M", "split", 50, AGAIN))).common()  # 50 of 100 is half
    assert (common["N"], common["M"]) == ("A", "A")


def test_more_households_than_there_were_count_as_all_of_them() -> None:
    """150 of 100 (the list is newer) are all; 90 of those 150, then 54 of the 90, are .6 and .36 of them, not .9 and .54."""
    units = (hamlet("A"), hamlet("N", size=150), hamlet("L", size=90), hamlet("M", size=54))
    links = (moved_on("A", "N", "renamed", 150), moved_on("N", "L", "split", 90), moved_on("L", "M", "split", 54))
    common = Frame(units, links).common()
    assert (common["N"], common["L"], common["M"]) == ("A", "A", "M")


def history(seed: int) -> Frame:
    """A true history of some hamlets: every few months some merge, split, bear a new id, move, or are dissolved."""
    rng = Random(seed)
    units = [hamlet(f"h{i}", rng.choice(["urban", "rural"]), rng.randint(20, 200)) for i in range(6)]
    links: list[Link] = []
    standing = list(units)
    for turn in range(8):
        day = date(2027 + turn // 2, 1 + 5 * (turn % 2), 1)
        what = rng.choice(["merged", "split", "renamed", "moved", "same", "dissolved", "parts"])
        rng.shuffle(standing)
        old = standing.pop()
        new: list[tuple[Hamlet, list[tuple[Hamlet, int]]]] = []
        if what == "same":
            links.append(Link(old.psu, old.psu, "moved", old.households, day, ""))
            standing.append(old)
            continue
        if what == "dissolved" and standing:
            links.append(Link(old.psu, rng.choice([standing[0].psu, ""]), "dissolved", old.households, day, ""))
            continue
        if what == "merged" and standing:
            other = standing.pop()
            size = old.households + other.households
            new = [(hamlet(f"t{turn}", size=size, born=day), [(old, old.households), (other, other.households)])]
        elif what in ("split", "parts") and old.households > 4:
            cut = rng.randint(1, old.households - 1)
            sizes = (cut, old.households - cut)
            new = [(hamlet(f"t{turn}{part}", size=n, born=day), [(old, n)]) for part, n in zip("ab", sizes, strict=True)]
        else:
            what = "renamed" if what != "moved" else what
            new = [(hamlet(f"t{turn}", size=old.households, born=day), [(old, old.households)])]
        kind = "split" if what == "parts" else what
        for unit, parts in new:
            units.append(unit)
            standing.append(unit)
            links += [moved_on(a.psu, unit.psu, kind, n, day) for a, n in parts]
    rng.shuffle(units)
    return Frame(tuple(units), tuple(links))


@settings(max_examples=150)
@given(st.integers(0, 10**6))
def test_a_true_history_has_no_fault_and_no_id_stands_for_two_places(seed: int) -> None:
    frame = history(seed)
    assert link_faults(frame, [f"{i}" for i in range(len(frame.links))]) == []
    line, common = Lineage.of(frame), frame.common()
    ended = {k.old_psu for k in frame.links if not k.new_psu}
    for day in (date(2026, 9, 1), date(2027, 3, 1), date(2028, 12, 1), date(2031, 1, 1)):
        there = {h.psu for h in frame.on(day)}
        assert len({common[p] for p in there}) == len(there)
        for p in common:
            assert line.unit_on(p, day).psu in there | ended
    for p in {h.psu for h in frame.on(BORN)}:
        assert common[p] == p


# ---- links that cannot be true -------------------------------------------------------------------------------------


def faults(tmp_path: Path, units: Sequence[Hamlet], *links: Link) -> tuple[Problem, ...]:
    frame = Frame(tuple(units), links)
    (tmp_path / "frame.csv").write_bytes(frame_bytes(frame))
    (tmp_path / "psu_links.csv").write_bytes(link_bytes(frame))
    with pytest.raises(BdgError) as fault:
        read_frame(tmp_path / "frame.csv", tmp_path / "psu_links.csv")
    assert fault.value.exit_code == 11
    return fault.value.problems


def test_a_retired_id_is_not_linked_again_and_its_fate_is_told(tmp_path: Path) -> None:
    units = (hamlet("A"), hamlet("N", born=CHANGED), hamlet("L", born=AGAIN))
    found = faults(tmp_path, units, moved_on("A", "N", "renamed"), moved_on("A", "L", "renamed", day=AGAIN))
    assert [p.code for p in found] == ["DATA-032", "DATA-034"]
    assert found[0].place == "psu_links.csv, dòng 3"
    assert "N, renamed, 2028-03-01, QĐ 7" in found[0].text()
    (into,) = faults(tmp_path, (hamlet("A"), hamlet("B"), hamlet("N", born=CHANGED)), moved_on("A", "N", "renamed"),
                     moved_on("B", "A", "dissolved", day=AGAIN))  # fmt: skip
    assert (into.code, into.got) == ("DATA-032", "A")


def test_a_merger_into_an_id_in_use_is_refused(tmp_path: Path) -> None:
    """B joins A and A keeps its id: the later A reaches beyond the old one, yet would count as the same hamlet."""
    (found,) = faults(tmp_path, (hamlet("A"), hamlet("B")), moved_on("B", "A", "merged"))
    assert (found.code, found.expected, found.got) == ("DATA-033", "A.as_of ≥ 2028-03-01", "2026-08-01")


def test_a_link_before_its_old_unit_was_listed_is_refused(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, (hamlet("A", born=AGAIN), hamlet("N", born=AGAIN)), moved_on("A", "N", "renamed"))
    assert (found.code, found.got) == ("DATA-033", "2028-03-01")


@pytest.mark.parametrize(
    "links",
    [
        (moved_on("A", "N", "merged"), moved_on("A", "L", "merged")),
        (moved_on("A", "N", "split", 60), moved_on("A", "L", "renamed", 40)),
        (moved_on("A", "A", "split", 30), moved_on("A", "N", "split", 70)),
        (moved_on("A", "A", "merged"),),
        (moved_on("A", "", "dissolved", 0), moved_on("A", "N", "split", 70)),
    ],
    ids=["merged twice", "split and renamed", "a part keeps the id", "merged with itself", "dissolved and split"],
)
def test_fates_that_exclude_each_other_are_refused(tmp_path: Path, links: tuple[Link, ...]) -> None:
    found = faults(tmp_path, (hamlet("A"), hamlet("N", born=CHANGED), hamlet("L", born=CHANGED)), *links)
    assert [(p.code, dict(p.facts)["psu"]) for p in found] == [("DATA-034", "A")]


def test_a_circle_is_refused_with_its_way(tmp_path: Path) -> None:
    units = [hamlet(p, born=CHANGED) for p in "ABC"]
    found = faults(tmp_path, units, moved_on("B", "C", "renamed"), moved_on("C", "A", "renamed"), moved_on("A", "B", "renamed"))
    assert [(p.code, p.got, p.place) for p in found] == [("DATA-035", "A → B → C → A", "psu_links.csv, dòng 4")]


def test_the_same_link_twice_is_refused(tmp_path: Path) -> None:
    twice = moved_on("A", "N", "split", 50)
    found = faults(tmp_path, (hamlet("A"), hamlet("N", born=CHANGED)), twice, twice)
    assert [(p.code, p.got) for p in found] == [("DATA-003", "A → N, 2028-03-01")]


# ---- a sample against the frame ------------------------------------------------------------------------------------


def drawn(wave: int, psu: str, stratum: str = "s1", ssu: str = "001", commune: str = "21025") -> Drawn:
    return Drawn(wave, stratum, psu, ssu, commune, 0.1, 0.1, 0, None, None, "main", None, 0.5, 0.5, None)


def refused(rows: Sequence[Drawn], frame: Frame) -> list[tuple[str, str]]:
    with pytest.raises(BdgError) as fault:
        check_places(rows, frame, {"21025": "Cẩm Thành", "21028": "Nghĩa Lộ"}, {}, "sample.csv")
    return [(p.code, p.got) for p in fault.value.problems]


def test_a_retired_hamlet_in_a_later_sample_is_refused_and_what_it_became_is_told() -> None:
    frame = Frame((hamlet("A"), hamlet("N", born=CHANGED)), (moved_on("A", "N", "renamed"),))
    with pytest.raises(BdgError, match="N, renamed, 2028-03-01, QĐ 7"):
        check_places([drawn(2030, "A")], frame, {"21025": ""}, {}, "sample.csv")
    assert refused([drawn(2030, "A")], frame) == [("DATA-032", "A")]
    assert refused([drawn(2026, "N")], frame) == [("DATA-009", "2028-03-01")]
    check_places([drawn(2026, "A"), drawn(2028, "A"), drawn(2028, "N"), drawn(2030, "N")], frame, {"21025": ""}, {}, "sample.csv")


def test_the_commune_of_a_moved_hamlet_is_that_of_the_wave() -> None:
    frame = Frame((hamlet("A", commune_2030="21028"),), (moved_on("A", "A", "moved"),))
    check_places([drawn(2026, "A"), drawn(2030, "A", commune="21028")], frame, {"21025": "", "21028": ""}, {}, "sample.csv")
    assert refused([drawn(2030, "A")], frame) == [("DATA-009", "21025")]


# ---- results by either classification ------------------------------------------------------------------------------


def test_the_classes_of_drawn_hamlets() -> None:
    """First wave's classes plain, each wave's by year; zones from the commune of that year where the frame has none."""
    units = (
        hamlet("A", "urban", commune_2030="21028"), hamlet("B", size=80, khu_vuc="1", dtts="1"),
        hamlet("M", size=180, born=CHANGED, stratum="s9", commune="21028"),
    )  # fmt: skip
    frame = Frame(units, (moved_on("A", "M", "merged"), moved_on("B", "M", "merged", 80)))
    sample = [drawn(2026, "A", "x1"), drawn(2026, "B", "x2"), drawn(2030, "M", "x3", commune="21028")]
    zones = Zones({"21025": "2", "21028": "3"}, {"21025": "1"})
    early, late = classes(frame, sample, 2026, zones=zones), classes(frame, sample, 2030, zones=zones)
    assert early["A"] == {
        "commune": "21025", "area": "urban", "khu_vuc": "2", "dtts": "1",
        "stratum_2026": "x1", "area_2026": "urban", "khu_vuc_2026": "2", "dtts_2026": "1",
        "stratum_2030": "s9", "area_2030": "rural", "khu_vuc_2030": "3", "dtts_2030": None,
    }  # fmt: skip
    assert (early["B"]["khu_vuc"], early["B"]["khu_vuc_2030"]) == ("1", "3")
    assert late["M"] == {**early["A"], "stratum_2026": "s1", "stratum_2030": "x3"}


def test_a_merger_gives_two_right_answers_one_by_each_classification() -> None:
    """A and B, two hamlets of two people each, merge into M, a part of the town; C and D stay as they are.

    2026: A (rural, 100 households) 10, 20; B (urban, 80) 50, 70; C, E (urban) 30, 30 and 20, 40; D, F (rural) 40, 60 and
    30, 50.  2030: M 20, 40; C 80, 80; E 30, 50; D 10, 70; F 50, 50.  Equal weights.
    By the 2026 classification M is rural, after A: 2026 rural 210/6 = 35, urban 240/6 = 40; 2030 rural 240/6 = 40, urban
    240/4 = 60: rural + 5, urban + 20.  By that of 2030 A and B are urban: 2026 rural 180/4 = 45, urban 270/8 = 33.75; 2030
    rural 180/4 = 45, urban 300/6 = 50: rural 0, urban + 16.25.
    Each wave by its own frame, the usual mistake, would say rural 35 to 45 and urban 40 to 50: both + 10, neither true.
    """
    units = (hamlet("A"), hamlet("B", "urban", 80), hamlet("C", "urban"), hamlet("D"), hamlet("E", "urban"), hamlet("F"))
    units = (*units, hamlet("M", "urban", 180, CHANGED))
    frame = Frame(units, (moved_on("A", "M", "merged"), moved_on("B", "M", "merged", 80)))
    told = {
        2026: {"A": (10, 20), "B": (50, 70), "C": (30, 30), "E": (20, 40), "D": (40, 60), "F": (30, 50)},
        2030: {"M": (20, 40), "C": (80, 80), "E": (30, 50), "D": (10, 70), "F": (50, 50)},
    }
    sample = [drawn(wave, psu) for wave, by in told.items() for psu in by]
    common = link(frame, [(d.wave, d.psu) for d in sample])
    assert common[2030, "M"] == "M"
    rows = [
        {**classes(frame, sample, wave)[psu], "wave": wave, "stratum": "s1", "psu": common[wave, psu], "w": 1.0, "y": float(y)}
        for wave, by in told.items() for psu, ys in by.items() for y in ys
    ]  # fmt: skip
    people = pd.DataFrame(rows)
    plan = load_plan(province_folder())
    plan = replace(plan, domains=tuple(d for d in plan.domains if d.id == "area"))
    found, refused = domain_columns(people, plan)
    assert (set(found), refused) == ({"area", "area_2030"}, {})
    design = Design("stratum", "psu", "w", "wave", Lonely("certainty", "certainty"), "domain")
    answers = {
        name: [round(r.estimate or -1.0, 9) for r in estimate(people.assign(**found), design, "y", by=(name,)).rows]
        for name in ("area", "area_2030")
    }
    by = [(r.domain, r.wave) for r in estimate(people.assign(**found), design, "y", by=("area",)).rows]
    order = [((("area", a),), w) for a in ("rural", "urban") for w in (2026, 2030)]
    assert by == order
    assert answers == {"area": [35.0, 40.0, 40.0, 60.0], "area_2030": [45.0, 45.0, 33.75, 50.0]}
