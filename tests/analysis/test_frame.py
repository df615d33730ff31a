"""frame.csv and psu_links.csv: read, checked, linked; ids stay text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sampling.frame import Frame, Hamlet, Link, frame_bytes, link, link_bytes, read_frame
from forms import load_former, load_places, province_folder
from forms.errors import BdgError
from tests.analysis import world

DAY = date(2026, 9, 1)
COMMUNES = {p.code: p.name for p in load_places(province_folder())}
FORMER = load_former(province_folder())


def hamlet(psu: str, households: int = 100, commune: str = "21025") -> Hamlet:
    return Hamlet(psu, commune, f"Thôn {psu}", households, 300, "rural", "h1", "", "", "thử", DAY)


def write(folder: Path, frame: Frame) -> tuple[Path, Path]:
    (folder / "frame.csv").write_bytes(frame_bytes(frame))
    (folder / "psu_links.csv").write_bytes(link_bytes(frame))
    return folder / "frame.csv", folder / "psu_links.csv"


def test_round_trip_keeps_text_ids_and_unknown_columns(tmp_path: Path) -> None:
    units = (hamlet("007"), replace(hamlet("008"), extra={"ghi_chu": "Trà Bùi"}), replace(hamlet("009"), extra={"ghi_chu": ""}))
    units = (replace(units[0], extra={"ghi_chu": ""}), *units[1:])
    frame = Frame(units, (Link("007", "009", "renamed", 100, DAY, "QĐ 1"),))
    assert read_frame(*write(tmp_path, frame), communes=COMMUNES) == frame


def test_decomposed_letters_and_a_byte_order_mark(tmp_path: Path) -> None:
    import unicodedata

    text = unicodedata.normalize("NFD", frame_bytes(Frame((hamlet("A1"),))).decode())
    (tmp_path / "frame.csv").write_text("\ufeff" + text, encoding="utf-8")
    assert read_frame(tmp_path / "frame.csv").hamlets[0].hamlet == "Thôn A1"


def refused(tmp_path: Path, text: str) -> BdgError:
    (tmp_path / "frame.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BdgError) as fault:
        read_frame(tmp_path / "frame.csv", communes=COMMUNES, former=FORMER)
    assert fault.value.exit_code == 11
    return fault.value


def test_commune_codes(tmp_path: Path) -> None:
    text = frame_bytes(Frame((hamlet("A1", commune="99999"),))).decode()
    assert refused(tmp_path, text).problems[0].code == "DATA-004"
    old, new = next((o, n) for o, n in sorted(FORMER.items()) if o not in COMMUNES)
    fault = refused(tmp_path, text.replace("99999", old))
    assert fault.problems[0].code == "DATA-005"
    assert new[0] in str(fault)
    assert COMMUNES[new[0]] in str(fault)


def test_bad_cells_are_named_with_their_line(tmp_path: Path) -> None:
    text = frame_bytes(Frame((hamlet("A1"), hamlet("A2"), hamlet("A2")))).decode()
    fault = refused(tmp_path, text.replace(",rural,", ",town,", 1).replace(",100,", ",0,", 1))
    assert [p.code for p in fault.problems] == ["DATA-002", "DATA-002", "DATA-003"]
    assert "dòng 2" in fault.problems[0].place
    assert refused(tmp_path, "psu,commune\nA1,21025\n").problems[0].code == "DATA-001"


def test_links_must_name_known_units(tmp_path: Path) -> None:
    frame = Frame((hamlet("A1"),), (Link("A1", "B1", "renamed", 100, DAY, "QĐ"),))
    with pytest.raises(BdgError, match="DATA-002"):
        read_frame(*write(tmp_path, frame))


def test_what_counts_as_the_same_unit() -> None:
    names = ("old1", "new1", "old2", "big", "small", "old3", "old4", "joined", "old5", "part", "rest", "gone")
    units = tuple(hamlet(p) for p in names)
    links = (
        Link("old1", "new1", "renamed", 100, DAY, ""),
        Link("old2", "big", "split", 60, DAY, ""),
        Link("old2", "small", "split", 40, DAY, ""),
        Link("old3", "joined", "merged", 100, DAY, ""),
        Link("old4", "joined", "merged", 100, DAY, ""),
        Link("old5", "part", "split", 49, DAY, ""),
        Link("gone", "", "dissolved", 0, DAY, ""),
    )
    common = Frame(units, links).common()
    assert common["new1"] == "old1"
    assert common["big"] == "old2"
    assert common["small"] == "small"  # less than half of the old households
    assert common["joined"] == "joined"  # reaches beyond the old boundary
    assert common["part"] == "part"
    chain = Frame((*units, hamlet("new2")), (*links, Link("new1", "new2", "renamed", 100, date(2028, 1, 1), "")))
    assert chain.common()["new2"] == "old1"
    halves = Frame(units, (Link("old2", "small", "split", 50, DAY, ""), Link("old2", "big", "split", 50, DAY, ""))).common()
    assert [halves["big"], halves["small"]].count("old2") == 1  # never two units for one


def test_a_unit_exists_until_it_is_replaced() -> None:
    later = replace(hamlet("new1"), as_of=date(2029, 1, 1))
    frame = Frame((hamlet("old1"), later), (Link("old1", "new1", "renamed", 100, date(2029, 1, 1), ""),))
    assert [h.psu for h in frame.on(date(2026, 9, 1))] == ["old1"]
    assert [h.psu for h in frame.on(date(2030, 9, 1))] == ["new1"]


def test_an_unlinked_id_is_refused() -> None:
    frame = Frame((hamlet("A1"),))
    assert link(frame, [(2026, "A1")]) == {(2026, "A1"): "A1"}
    with pytest.raises(BdgError, match="DATA-006"):
        link(frame, [(2026, "A1"), (2030, "A9")])


def test_the_practice_frame_reads_back(tmp_path: Path) -> None:
    from analysis.sampling.sample import read_sample

    sample = world.write_sample(tmp_path)
    made = world.province()
    frame = read_frame(tmp_path / "frame.csv", tmp_path / "psu_links.csv", communes=COMMUNES, former=FORMER)
    assert frame == made.frame
    assert read_sample(sample) == made.sample
    assert len({h.commune for h in frame.hamlets}) == 96
    assert {h.source for h in frame.hamlets} == {"SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"}
    assert {"renamed", "merged", "split"} <= {k.kind for k in frame.links}
    assert {d.round_kind for d in made.sample} == {"practice"}
    island = {d.psu for d in made.sample if d.wave == 2026 and d.commune == "21548"}
    assert len(island) == 2


# ---- whatever the links say ----------------------------------------------------------------------------------------

NAMES = [f"u{i}" for i in range(8)]
LINK = st.builds(
    Link, st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(["renamed", "moved", "split", "merged"]),
    st.integers(0, 200), st.just(DAY), st.just(""),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(LINK, max_size=8))
def test_common_ids_are_ids_of_the_frame_and_settle(links: list[Link]) -> None:
    """Chains, circles and self-links included: each unit gets one id, a unit's root is its own root unless it lies in a circle,
    and no unit that keeps less than half of the old households, or is merged, takes the old id."""
    units = tuple(hamlet(name) for name in NAMES)
    common = Frame(units, tuple(links)).common()
    assert set(common) == set(NAMES)
    assert set(common.values()) <= set(NAMES)
    heirs = [(k.old_psu, k.new_psu) for k in links if k.kind != "merged" and 2 * k.households >= 100]
    for name, root in common.items():
        assert root == name or any(new == name for _, new in heirs)
    nothing_kept = tuple(replace(k, households=49) for k in links)
    assert Frame(units, nothing_kept).common() == {name: name for name in NAMES}
