"""sample.csv: the record, its file and what is refused."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.sampling.sample import SAMPLE_COLUMNS, Drawn, hamlets_of, read_sample, sample_bytes, waves_of
from forms.errors import BdgError

ROW = Drawn(2026, "h1", "A1", "005", "21025", 0.1, 0.2, 0, 30, 100, "main", None, 0.25, 0.5, None)
ROWS = (ROW, replace(ROW, ssu="006", status="reserve", reserve_order=1), replace(ROW, psu="A2", p_psu=0.3, overlap_of=2022))


def read(tmp_path: Path, text: bytes | str) -> tuple[Drawn, ...]:
    (tmp_path / "sample.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_sample(tmp_path / "sample.csv")


def test_round_trip(tmp_path: Path) -> None:
    kept = tuple(replace(r, extra={"doi": "1"}) for r in ROWS)
    assert read(tmp_path, sample_bytes(kept)) == kept
    assert sample_bytes(kept).decode().splitlines()[0] == ",".join((*SAMPLE_COLUMNS, "doi"))
    assert waves_of(kept) == (2026,)
    assert list(hamlets_of(kept, 2026)) == ["A1", "A2"]


def test_round_kind_may_be_absent_and_is_then_real(tmp_path: Path) -> None:
    lines = [line.rsplit(",", 1)[0] for line in sample_bytes(ROWS).decode().splitlines()]
    assert {d.round_kind for d in read(tmp_path, "\n".join(lines) + "\n")} == {"real"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (",0.1,0.2,", ",1.5,0.2,", "DATA-002"),
        (",0.1,0.2,", ",0,0.2,", "DATA-002"),
        (",0.1,0.2,", ",nan,0.2,", "DATA-002"),
        (",0.25,0.5,", ",1.0,0.5,", "DATA-002"),
        (",main,", ",chính,", "DATA-002"),
        ("006", "005", "DATA-003"),
        (",0.1,0.2,0,30,100,reserve", ",0.4,0.2,0,30,100,reserve", "DATA-009"),
        ("A2,005,21025", "A1,007,21028", "DATA-009"),
        (",,real\n2026,h1,A2", ",,practice\n2026,h1,A2", "DATA-009"),
        ("p_psu", "p", "DATA-001"),
    ],
)
def test_what_is_refused(tmp_path: Path, old: str, new: str, code: str) -> None:
    text = sample_bytes(ROWS).decode()
    assert old in text
    with pytest.raises(BdgError) as fault:
        read(tmp_path, text.replace(old, new))
    assert fault.value.problems[0].code == code
    assert fault.value.exit_code == 11


def test_an_empty_or_absent_file(tmp_path: Path) -> None:
    with pytest.raises(BdgError, match="DATA-001"):
        read(tmp_path, sample_bytes(()))
    with pytest.raises(BdgError, match="DATA-001"):
        read_sample(tmp_path / "none.csv")


# ---- whatever the file holds ---------------------------------------------------------------------------------------

PROBABILITY = st.floats(1e-9, 1.0, exclude_min=True)
TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=8).map(
    lambda s: unicodedata.normalize("NFC", s)
)
DRAWN = st.builds(
    Drawn, st.sampled_from([2026, 2030]), st.just("h1"), st.just("A1"), TEXT, st.just("21025"), st.just(0.25), PROBABILITY,
    st.just(0), st.one_of(st.none(), st.integers(0, 99)), st.one_of(st.none(), st.integers(0, 999)),
    st.sampled_from(["main", "reserve"]), st.one_of(st.none(), st.integers(0, 9)), st.floats(0, 1, exclude_max=True),
    st.floats(0, 1, exclude_max=True), st.just(None), st.just("practice"), st.fixed_dictionaries({"note": TEXT}),
)  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(DRAWN, min_size=1, max_size=5, unique_by=lambda d: d.key))
def test_what_is_written_is_read_back_to_the_last_digit(rows: list[Drawn], tmp_path: Path) -> None:
    """Ids with quotes, commas or marks stay text; probabilities keep every bit."""
    assert read(tmp_path, sample_bytes(rows)) == tuple(rows)
