"""Decision 12 in JavaRosa itself: a household's number selects its person, whoever opens the form, when and how often.

The number travels with the household's line in households.csv; the phone draws nothing.  Expected selections are
floor(u n) + 1 in exact fractions wherever u n is not within a rounding of a whole number, and the doubles' product there.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from forms.build import Built
from forms.media import Hamlet, Household, lists
from tests.forms.writing import ROOT

HAMLET = Hamlet("GL0001", "21025", "Thôn GL-001", "rural", "1", 120)
MOST = 15  # the form's largest roster
AGES = ["71", "44", "40", "17"]
KIN = ["head", "child", "child_in_law", "grandchild"]
ROSTER = {"m_sex": ["female", "male", "female", "male"], "m_age": AGES, "m_relation": KIN}


def household(ssu: str, u: str) -> Household:
    """One household of the list with its number."""
    return Household(f"2026-GL0001-{ssu}", 2026, "GL0001", ssu, "21025", u, "practice")


def cover(one: Household) -> dict[str, list[str]]:
    """The answers up to the roster."""
    return {
        "interviewer": ["3"], "interviewer_sex": ["female"], "commune": ["21025"], "psu": ["GL0001"], "household": [one.key],
        "visit": ["1"], "contact": ["met"], "interview_language": ["vi"], "interpreter": ["none"], "hh_size": [str(MOST)],
    }  # fmt: skip


def session(folder: Path, built: Built, listed: list[Household], job: dict[str, Any]) -> dict[str, Any]:
    """A process of its own with the form and this list of households beside it."""
    folder.mkdir()
    for name, content in lists(listed, [HAMLET], {"21025": "Xã GL"}).items():
        (folder / name).write_bytes(content)
    (folder / "form.xml").write_text(built.xform.xml, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.forms.phone"], input=json.dumps({**job, "xform": str(folder / "form.xml")}),
        capture_output=True, text=True, encoding="utf-8", cwd=ROOT, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


ONE = household("014", "0.613")
"""floor(0.613 x 4) + 1 = 3: the member aged 40."""
GRID = [household(f"g{i:02d}", repr(i / 60)) for i in range(60)]
EDGES = sorted(
    {f"{u:.6f}" for n in range(2, 9) for k in range(1, n) for u in (math.floor(k / n * 1e6) / 1e6, math.ceil(k / n * 1e6) / 1e6)}
    | {"0", "0.0", "0.000001", "0.000012", "0.999999", repr(math.nextafter(1, 0)), "0.9999999999999999"}
)
EDGE = [household(f"e{i:02d}", u) for i, u in enumerate(EDGES)]
SHORT = {**cover(ONE), **ROSTER, "n_eligible": ["4"], "available": ["absent"]}
SAVED: list[dict[str, list[str]]] = [
    SHORT,
    {},
    {"visit": ["2"], "available": ["available"]},
    {"n_eligible": ["2"]},
    {"visit": ["3"]},
]


@pytest.fixture(scope="module")
def sessions(built: Built, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two processes, 50 whole interviews each; in the second the household stands elsewhere in a longer list."""
    room = tmp_path_factory.mktemp("phones")
    answers = {
        "contact": ["met"], "hh_size": ["6"], "n_eligible": ["4"], "available": ["available"], "alone": ["yes"],
        "consent": ["yes"],
    }  # fmt: skip
    job = {
        "household": asdict(ONE), "hamlet": asdict(HAMLET), "answers": answers,
        "rosters": {name: [[text] for text in texts] for name, texts in ROSTER.items()},
    }  # fmt: skip
    first = session(room / "a", built, [ONE], {"whole": {**job, "numbers": [0, 50]}, "saved": SAVED})
    second = session(
        room / "b", built, [*EDGE, ONE, *GRID],
        {"whole": {**job, "numbers": [50, 100]}, "covers": [cover(h) for h in (*GRID, *EDGE)], "most": MOST},
    )  # fmt: skip
    return first, second


def test_a_hundred_interviews_select_one_person(sessions: tuple[dict[str, Any], dict[str, Any]]) -> None:
    done = [*sessions[0]["whole"], *sessions[1]["whole"]]
    assert len({d["id"] for d in done}) == 100
    said = Counter((d["pick"], d["age"], d["sex"], d["roster"], d["select_u"], d["result"], d["roster_changed"]) for d in done)
    assert said == {("3", "40", "female", " ".join(AGES), "0.613", "completed", "0"): 100}


def test_opening_what_was_saved_selects_the_same_person(sessions: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Saved, opened untouched, opened on the second visit: one instance, one person.  A phone that drew would draw anew."""
    first, untouched, second, *_ = sessions[0]["saved"]
    assert untouched == first
    assert second == {**first, "result": "refused"}
    assert (first["pick"], first["age"], first["result"]) == ("3", "40", "absent")


def test_a_changed_roster_is_kept_and_flagged(sessions: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Two members instead of four: floor(0.613 x 2) + 1 = 2, the first entry is remembered, and stays so when opened again."""
    *_, changed, again = sessions[0]["saved"]
    assert (changed["n_first"], changed["roster_changed"], changed["pick"], changed["age"]) == ("4", "1", "2", "44")
    assert again == changed


def test_every_member_is_selected_equally_often(sessions: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """60 numbers spread evenly over [0, 1): each of n members by 60 / n of them, for every n that divides 60."""
    found = sessions[1]["picks"][: len(GRID)]
    for n in (1, 2, 3, 4, 5, 6, 10, 12, 15):
        assert Counter(row[n - 1] for row in found) == {str(k): 60 // n for k in range(1, n + 1)}, n


def test_boundaries_are_exact(sessions: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """The last number below k / n selects member k, the first one at or above it member k + 1; nobody beyond the last."""
    found = sessions[1]["picks"][len(GRID) :]
    assert "0.000012" in EDGES  # a list that says 1.2e-05 selects nobody: forms.media writes no exponent (test_media.py)
    wanted = [[str(math.floor(Fraction(h.select_u) * n) + 1) for n in range(1, MOST + 1)] for h in EDGE]
    assert dict(zip(EDGES, found, strict=True)) == dict(zip(EDGES, wanted, strict=True))


def test_rounding_is_the_one_of_doubles(sessions: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Analysis computes int(u n) + 1 in doubles; the engine must round as it does, at i / 60 too."""
    found = sessions[1]["picks"]
    assert found == [[str(int(float(h.select_u) * n) + 1) for n in range(1, MOST + 1)] for h in (*GRID, *EDGE)]
