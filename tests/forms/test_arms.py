"""Arms of a household: reproducible from the sample's own numbers, even, and independent of each other and of who is picked."""

from __future__ import annotations

import csv
import hashlib
import io
import random
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from forms.arms import Arms, arms
from forms.media import HOUSEHOLD, Hamlet, Household, household_row, lists
from tests.forms.writing import python

DRAWN = [(f"2026-GL{i // 20:04d}-{i % 20:03d}", repr(random.Random(i).random())) for i in range(20_000)]
FOUND = [arms(key, u) for key, u in DRAWN]
HAMLET = Hamlet("GL0001", "21025", "Thôn GL-001", "rural", "1", 120)


def chi_square(table: dict[tuple[str, ...], int]) -> float:
    """Of a table of counts against equal shares."""
    expected = sum(table.values()) / len(table)
    return sum((n - expected) ** 2 / expected for n in table.values())


def counted(rows: list[tuple[str, ...]], levels: list[list[str]]) -> dict[tuple[str, ...], int]:
    found = dict.fromkeys(product(*levels), 0)
    for row in rows:
        found[row] += 1
    return found


def test_worked_by_hand() -> None:
    """SHA-256 of «2026-GL0001-014 0.5» begins with the byte below; its three last bits, read from the right, are the arms."""
    byte = int(hashlib.sha256(b"2026-GL0001-014 0.5").hexdigest()[:2], 16)
    bits = f"{byte:08b}"[::-1]
    assert arms("2026-GL0001-014", "0.5") == Arms(*(str(int(bit) + 1) for bit in bits[:3]))


def test_one_number_however_it_is_written() -> None:
    assert len({arms("2026-GL0001-014", u) for u in ("0.5", "0.50", "0.5000", "5E-1")}) == 1
    assert arms("2026-GL0001-014", "0") == arms("2026-GL0001-014", "0.000")


def test_the_same_in_another_process() -> None:
    script = "from forms.arms import arms; print([arms(f'2026-A-{i:03d}', str(i / 64)) for i in range(64)])"
    first, second = (python("-c", script, hash_seed=seed).stdout for seed in ("1", "4711"))
    assert first == second == f"{[arms(f'2026-A-{i:03d}', str(i / 64)) for i in range(64)]}\n"


def test_all_eight_combinations_are_even() -> None:
    """Chi-square with 7 degrees of freedom: 24.3 is passed once in a thousand."""
    table = counted([(a.vignette, a.list, a.form) for a in FOUND], [["1", "2"]] * 3)
    assert chi_square(table) < 24.3


def test_no_arm_tells_who_is_picked() -> None:
    """Among two to eight members floor(u n) and each arm are independent: (n - 1) x 2 + 1 degrees of freedom, 1 in 1000."""
    limits = {2: 16.3, 3: 20.5, 4: 24.3, 5: 27.9, 6: 31.3, 7: 34.5, 8: 37.7}
    for n, limit in limits.items():
        picks = [str(int(float(u) * n)) for _, u in DRAWN]
        for arm in ("vignette", "list", "form"):
            rows = list(zip(picks, (getattr(a, arm) for a in FOUND), strict=True))
            assert chi_square(counted(rows, [[str(k) for k in range(n)], ["1", "2"]])) < limit, (n, arm)


def test_balance_within_hamlets_is_that_of_a_coin() -> None:
    """Of 20 households a hamlet the number in arm 2 has mean 10 and variance 5; over 1,000 hamlets both are near."""
    heads = [sum(a.vignette == "2" for a in FOUND[i : i + 20]) for i in range(0, len(DRAWN), 20)]
    mean = sum(heads) / len(heads)
    variance = sum((h - mean) ** 2 for h in heads) / (len(heads) - 1)
    assert abs(mean - 10) < 0.25
    assert 4.3 < variance < 5.7


@given(st.text("abcXYZ019-", min_size=1, max_size=20), st.decimals(0, "0.999999", places=6))
def test_every_household_has_three_arms(key: str, u: object) -> None:
    found = arms(key, str(u))
    assert {found.vignette, found.list, found.form} <= {"1", "2"}


# ---- in the list that goes to the phone


def listed(looked_up: frozenset[str] | None = None) -> list[dict[str, str]]:
    home = Household("2026-GL0001-014", 2026, "GL0001", "014", "21025", "0.5", "practice", panel_code="HX07", panel_sex="female")
    content = lists([home], [HAMLET], {"21025": "Xã GL"}, looked_up)["households.csv"]
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def test_the_list_carries_the_arms() -> None:
    (row,) = listed()
    assert tuple(row) == HOUSEHOLD
    arm = arms("2026-GL0001-014", "0.5")
    assert (row["vignette_arm"], row["list_arm"], row["form_arm"]) == (arm.vignette, arm.list, arm.form)
    assert row["name"] == row["key"] == "2026-GL0001-014"
    assert (row["ssu"], row["panel_code"], row["panel_sex"], row["panel_birth"]) == ("014", "HX07", "female", "")


def test_a_column_that_no_form_reads_stays_at_home() -> None:
    (row,) = listed(frozenset({"select_u", "list_arm"}))
    assert tuple(row) == ("name", "label", "key", "psu", "select_u", "list_arm")


def test_nothing_else_is_known_of_a_household() -> None:
    """A new column of the sample must not travel to a phone by itself."""
    home = Household("2026-GL0001-014", 2026, "GL0001", "014", "21025", "0.5", "real")
    assert tuple(household_row(home)) == HOUSEHOLD
    assert not {"commune", "wave", "stratum", "weight", "name_of_head", "phone"} & set(HOUSEHOLD)
