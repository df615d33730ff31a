"""Progress of a round against plain counting: households, cells, days, teams, reserves, flow; and what the forecast is given."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from analysis import shapes as mapped
from analysis.quality import rows as r
from analysis.quality.checks import run_checks
from analysis.quality.field import Field, Visit
from analysis.quality.finish import VISITS
from analysis.quality.outlines import outlines, reserves
from analysis.quality.progress import cell_targets, households, owners, progress, work_of
from analysis.readers.rounds import form_of
from analysis.readers.stored import Held
from analysis.results import Row
from analysis.sampling.releases import Release
from analysis.sampling.sample import Drawn
from analysis.weighting.targets import Targets, Total
from forms import load_places, load_plan, province_folder
from forms.ledger import Round
from forms.survey import load_survey

FIRST = date(2026, 10, 5)
STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
COMMUNES = ("21025", "21028", "21034")
RESULTS = (
    "completed",
    "completed",
    "completed",
    "refused",
    "nobody_home",
    "absent",
    "moved",
    "partial",
    "incapable",
    "not_found",
)


def visit(psu: str, ssu: str, result: str = "completed", **more: object) -> Visit:
    """One form; day: days after the first; consent follows the result."""
    day, number = FIRST + timedelta(days=int(str(more.pop("day", 0)))), str(more.pop("number", 1))
    sex, age = more.pop("sex", "female"), more.pop("age", "40")
    answers = {"visit": number, "sex": sex, "age": age, "psu": psu, "ssu": ssu, "result": result}
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    plain = Visit(
        instance_id=f"uuid:{psu}-{ssu}-{number}-{more.pop('copy', '')}", root_id="", psu=psu, ssu=ssu, commune="", enumerator="1",
        day=day, started=at, ended=at, minutes=30.0, received_at=at, result=result,
        consent="yes" if result in ("completed", "partial") else "", form_version="1", digest="", edits=0, review=None,
        apart=False, answers=answers,
    )  # fmt: skip
    return replace(plain, **more)


def drawn(psu: str, ssu: str, *, reserve: bool = False) -> Drawn:
    commune = COMMUNES[int(psu[1:]) % len(COMMUNES)]
    return Drawn(
        2026, f"t{int(psu[1:]) % 2}", psu, ssu, commune, 0.1, 0.1, 0, 100, 200, "reserve" if reserve else "main",
        1 if reserve else None, 0.5, 0.5, None, "practice",
    )  # fmt: skip


@cache
def _ground() -> Field:
    of = Round(Path("r"), "0" * 16, "thu", "practice", 2026, "household", field_end=date(2026, 10, 30))
    province = province_folder("51")
    held = Held((), {}, 0, 0, 0, frozenset())
    places = tuple(load_places(province))
    return Field(of, form_of(of), load_plan(province), load_survey(province), places, (), None, (), (), (), held)


def field(visits: list[Visit], sample: list[Drawn] | None = None, **more: object) -> Field:
    given = sample if sample is not None else [drawn(f"p{p}", f"{h:03d}") for p in range(4) for h in range(5)]
    return replace(_ground(), sample=tuple(given), visits=tuple(visits), **more)


def value(rows: tuple[Row, ...], indicator: str, category: str = "", **domain: str) -> float | None:
    (row,) = [x for x in rows if x.indicator == indicator and x.category == category and dict(x.domain) == domain]
    return row.estimate


def some_field(seed: int) -> Field:
    """Random visits, up to three a household, some rejected, some outside the sample, some reserves released."""
    draw = random.Random(seed)
    sample = [drawn(f"p{p}", f"{h:03d}", reserve=h >= 6) for p in range(8) for h in range(8)]
    released = [
        Release(i + 1, FIRST, 2026, f"p{p}", "006", "000", "refused", 1, "1", "") for i, p in enumerate(draw.sample(range(8), 3))
    ]  # fmt: skip
    issued = [d for d in sample if d.status == "main" or (d.psu, d.ssu) in {(x.psu, x.ssu) for x in released}]
    visits = []
    for d in issued:
        for number in range(1, draw.randint(0, 3) + 1):
            result = draw.choice(RESULTS)
            visits.append(visit(
                d.psu, d.ssu, result, number=number, day=draw.randint(0, 9), enumerator=str(int(d.psu[1:]) // 2),
                review="rejected" if draw.random() < 0.1 else None, sex=draw.choice(("female", "male")),
                age=str(draw.randint(15, 90)),
            ))  # fmt: skip
            if result not in ("nobody_home", "absent"):
                break
    visits.append(visit("p1", "999"))
    return field(visits, sample, releases=tuple(released))


@pytest.mark.parametrize("seed", range(8))
def test_counts_agree_with_plain_counting(seed: int) -> None:
    seen = some_field(seed)
    found = progress(seen).rows
    good = [v for v in seen.visits if v.review != "rejected"]
    issued = {(d.psu, d.ssu): d.commune for d in seen.sample if d.status == "main"}
    for one in seen.releases:
        issued[one.psu, one.ssu] = next(d.commune for d in seen.sample if d.psu == one.psu)
    for commune in ("", *COMMUNES):
        domain = {"commune": commune} if commune else {}
        here = {key for key, c in issued.items() if not commune or c == commune}
        done = {(v.psu, v.ssu) for v in good if v.result == "completed"} & here
        final = {
            (v.psu, v.ssu) for v in good
            if v.result not in ("completed", "nobody_home", "absent") or v.answers["visit"] == "3"
        } & here - done  # fmt: skip
        assert value(found, r.PROGRESS, r.DONE, **domain) == len(done)
        assert value(found, r.PROGRESS, r.LEFT, **domain) == len(here - done - final)
        refused = {(v.psu, v.ssu) for v in good if v.result in ("refused", "partial")} & final
        assert value(found, r.PROGRESS, r.REFUSED, **domain) == len(refused)
        assert value(found, r.PROGRESS, r.OTHER, **domain) == len(final) - len(refused)
        target = sum(d.status == "main" and (not commune or d.commune == commune) for d in seen.sample)
        assert value(found, r.PROGRESS, r.TARGET, **domain) == target


@pytest.mark.parametrize("seed", range(8))
def test_every_household_is_somewhere(seed: int) -> None:
    """Done, refused, otherwise lost and left add up to what was issued; the flow only ever narrows; days add up to all forms."""
    seen = some_field(seed)
    found = progress(seen).rows
    parts = [value(found, r.PROGRESS, c) for c in (r.DONE, r.REFUSED, r.OTHER, r.LEFT)]
    issued = sum(d.status == "main" for d in seen.sample) + len(seen.releases)
    assert sum(parts) == issued == value(found, r.FLOW, r.ISSUED)
    flow = [value(found, r.FLOW, c) for c in (r.ISSUED, r.WORKED, r.MET, r.ELIGIBLE, r.AGREED, r.DONE)]
    assert flow == sorted(flow, reverse=True)
    made = [x for x in found if x.indicator == r.DAY_COUNT]
    good = [v for v in seen.visits if v.review != "rejected"]
    assert sum(x.estimate or 0 for x in made if x.category == r.VISITS) == len(good)
    days = sorted({dict(x.domain)["day"] for x in made})
    assert len(days) == (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days + 1
    teams = [x for x in found if x.indicator == r.TEAM_COUNT and x.category == r.DONE]
    assert sum(x.estimate or 0 for x in teams) == sum(v.completed for v in good)


@pytest.mark.parametrize(
    ("visits", "state", "made"),
    [
        ([], "new", 0),
        ([visit("p0", "000", "nobody_home")], "open", 1),
        ([visit("p0", "000", "absent", number=3)], "lost", 3),
        ([visit("p0", "000", "nobody_home"), visit("p0", "000", number=2, day=1)], "done", 2),
        ([visit("p0", "000", "refused")], "lost", 1),
        ([visit("p0", "000", consent="no")], "lost", 1),
        ([visit("p0", "000", review="rejected")], "new", 0),
        ([visit("p0", "000", "")], "open", 1),
        ([visit("p0", "000", "absent", day=4), visit("p0", "000", "refused", number=2)], "lost", 2),  # a clock set back
        ([visit("p0", "000", "a_code_of_tomorrow")], "open", 1),
    ],
)
def test_what_becomes_of_a_household(visits: list[Visit], state: str, made: int) -> None:
    (home,) = [h for h in households(field(visits)) if (h.psu, h.ssu) == ("p0", "000")]
    assert (home.state, home.made) == (state, made)


def test_two_forms_of_one_household_count_once() -> None:
    found = progress(field([visit("p0", "000"), visit("p0", "000", copy="b")])).rows
    assert value(found, r.PROGRESS, r.DONE) == 1
    assert value(found, r.PROGRESS, r.DONE, agegroup="a31_59", sex="female") == 1
    assert value(found, r.DAY_COUNT, r.VISITS, day=FIRST.isoformat()) == 2


def margins(table: dict[tuple[str, str, str], float]) -> Targets:
    name = "sex*agegroup*stratum_2026"
    return Targets(tuple(Total(2026, name, "*".join(k), n, STAMP, FIRST) for k, n in table.items()))


def test_cells_follow_the_population_of_each_stratum() -> None:
    """20 households, 10 a stratum.  t0: half women of 60 or over, half men of 15; t1: all women of 60 or over.  15 and 5."""
    given = margins({("female", "a60", "t0"): 50.0, ("male", "a15", "t0"): 50.0, ("female", "a60", "t1"): 300.0})
    seen = field([visit("p0", "000", age="61")], margins=given)
    assert cell_targets(seen) == {("a60", "female"): 15.0, ("a15", "male"): 5.0}
    found = progress(seen)
    assert value(found.rows, r.PROGRESS, r.DONE, agegroup="a60", sex="female") == 1
    assert sum(x.estimate or 0 for x in found.rows if x.category == r.TARGET and "sex" in dict(x.domain)) == 20
    assert STAMP in found.texts[r.T_QUOTA]["source"]


def test_no_population_no_expected_cells() -> None:
    found = progress(field([visit("p0", "000")]))
    assert not [x for x in found.rows if x.category == r.TARGET and "sex" in dict(x.domain)]
    assert found.texts[r.T_QUOTA]["source"] == ""


def test_a_round_without_visits_says_so() -> None:
    found = progress(field([])).rows
    (row,) = [x for x in found if x.indicator == r.FINISH]
    assert (row.status, row.estimate, row.n) == ("not_estimable", None, 20)
    assert " | " in row.reason
    rates = [x for x in found if x.indicator == r.RATE]
    assert len(rates) == 4
    assert all(x.status == "not_estimable" and x.reason for x in rates)


def test_a_round_that_is_done_needs_no_forecast() -> None:
    found = progress(field([visit(f"p{p}", f"{h:03d}", day=p) for p in range(4) for h in range(5)])).rows
    (row,) = [x for x in found if x.indicator == r.FINISH]
    assert (row.estimate, row.lower, row.upper, row.level) == (0.0, 0.0, 0.0, r.LEVEL)


@pytest.mark.parametrize("seed", range(6))
def test_the_forecast_is_given_what_is_left(seed: int) -> None:
    seen = some_field(seed)
    homes = households(seen)
    work = work_of(seen, homes)
    assert work is not None
    assert work.left == sum(h.state in ("open", "new") for h in homes)
    assert work.visits.sum() == sum(v.review != "rejected" for v in seen.visits)
    begun = owners(seen)
    waiting = Counter(h.psu for h in homes if h.state in ("open", "new") and h.psu not in begun)
    assert sorted(work.waiting) == sorted(waiting.values())
    third = sum(h.state == "open" and h.made >= VISITS - 1 and h.psu in begun for h in homes)
    assert work.own[:, VISITS - 1].sum() == third
    assert 0 <= work.again <= 0.9


def test_reserves_are_counted_with_their_reasons() -> None:
    seen = some_field(1)
    found = progress(seen).rows
    assert value(found, r.RESERVE, r.RELEASED) == 3
    assert value(found, r.RESERVE, r.RESERVES) == 16
    assert value(found, r.RESERVE_REASON, "refused") == 3
    assert sum(value(found, r.RESERVE, r.RELEASED, commune=c) or 0 for c in COMMUNES) == 3


def test_a_form_of_a_reserve_that_nobody_released_is_red() -> None:
    sample = [drawn("p0", "000"), drawn("p0", "001", reserve=True)]
    found = reserves(field([visit("p0", "001")], sample)).findings
    assert [(f.check, f.severity, f.psu) for f in found] == [("reserve_unreleased", "red", "p0")]
    assert reserves(field([visit("p0", "000")], sample)).findings == ()


def test_all_checks_of_progress_live_together() -> None:
    """No row twice, no text twice, all texts are JSON, no row a NaN."""
    found = run_checks(some_field(2), (progress, outlines, reserves))
    json.dumps([x.record() for x in found.rows], allow_nan=False)
    json.dumps(dict(found.texts), allow_nan=False)
    assert {r.T_DAY, r.T_ROUND, r.T_COMMUNES, r.T_RESULTS, r.T_CELLS, r.T_WINDOW} <= set(found.texts)
    assert set(found.texts[r.T_COMMUNES]) == set(COMMUNES)


def test_outlines_keep_shape_and_place() -> None:
    """Two squares of a tenth of a degree at the equator of the map: the eastern one lies right, nothing is a point."""
    square = [[0.0, 0.0], [0.1, 0.0], [0.1, 0.1], [0.0, 0.1], [0.0, 0.0]]
    east = [[[x + 0.1, y] for x, y in square]]
    features = {"features": [
        {"properties": {"code": "2"}, "geometry": {"type": "MultiPolygon", "coordinates": [east]}},
        {"properties": {"code": "1"}, "geometry": {"type": "Polygon", "coordinates": [square]}},
    ]}  # fmt: skip
    found = mapped.drawn(features)
    assert list(found) == ["1", "2"]
    assert found["1"] == [[0, 200, 200, 200, 200, 0, 0, 0, 0, 200]]
    assert min(found["2"][0][::2]) == 200
    assert max(found["2"][0][::2]) == 400


def test_the_map_holds_every_commune_and_is_small() -> None:
    told = outlines(_ground()).texts[r.T_MAP]["shapes"]
    found = {code: [[int(n) for n in ring.split()] for ring in rings] for code, rings in told.items()}
    assert set(found) == {p.code for p in _ground().places}
    assert all(ring and len(ring) % 2 == 0 and min(ring) >= 0 for rings in found.values() for ring in rings)
    assert len(json.dumps(told)) < 120_000


def test_a_number_without_a_value_needs_its_reason() -> None:
    with pytest.raises(ValueError, match="no reason"):
        r.measured(2026, r.FINISH, None, "count")
    row = r.measured(2026, r.MINUTES, 30.0, "minute", domain={"enumerator": "1"}, within=(25.0, 36.0), estimand="quantile")
    assert (row.lower, row.upper, row.level, row.status) == (25.0, 36.0, 0.8, "ok")
    assert r.count(2026, r.HOUR, "", 3, {"weekday": "1", "hour": "08"}).domain == (("hour", "08"), ("weekday", "1"))
