"""What reports call a stratum: names of the province's file, put together where columns make the strata, codes otherwise."""

from __future__ import annotations

import itertools
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sampling.practice import LATER, Practice, practice
from analysis.sampling.strata import COLUMNS, named, stratified
from forms import load_places, load_plan, province_folder
from forms.errors import BdgError
from forms.question import Label
from forms.survey import StratumWords, load_stratum_words, load_survey

HOME = province_folder("51")
PLAN, PLACES, WORDS = load_plan(HOME), load_places(HOME), load_stratum_words(HOME)


@pytest.fixture(scope="module")
def made() -> Practice:
    return practice(PLACES, 7)


def test_every_stratum_of_the_practice_province_has_a_name(made: Practice) -> None:
    drawn = {d.stratum for d in made.sample}
    frame = {h.stratum for h in made.frame.hamlets} | {h.stratum_in(LATER) for h in made.frame.hamlets}
    found = named(drawn | frame, WORDS, PLAN, ())
    assert set(found) == drawn | frame
    for code, label in found.items():
        assert "_" not in label.vi + label.en, code
    for wave in (2026, LATER):  # two strata of a wave never have one name
        codes = {d.stratum for d in made.sample if d.wave == wave}
        assert len({found[c].vi for c in codes}) == len({found[c].en for c in codes}) == len(codes)


CHOICES = [("zone",), ("zone", "former_province"), ("former_province", "area"), ("type",), ("area", "zone", "former_province")]


@pytest.mark.parametrize("columns", CHOICES, ids=" ".join)
def test_strata_that_survey_yaml_makes_of_columns_are_put_together(made: Practice, columns: tuple[str, ...]) -> None:
    frame = stratified(made.frame, PLACES, columns)
    codes = {h.stratum for h in frame.hamlets}
    found = named(codes, WORDS, PLAN, columns)
    assert set(found) == codes
    assert len({x.vi for x in found.values()}) == len(codes)
    if len(columns) > 1:
        assert all(label.vi.count(", ") >= len(columns) - 1 for label in found.values())


def test_the_words_of_the_plan_stand_before_those_of_the_file() -> None:
    label = named(["kon_tum.urban"], WORDS, PLAN, ("former_province", "area"))["kon_tum.urban"]
    by = {d.id: {c.code: c.label for c in d.codes} for d in PLAN.domains}
    assert label.vi == f"{by['former_province']['kon_tum'].vi}, {by['area']['urban'].vi}"
    assert label.en == f"{by['former_province']['kon_tum'].en}, {by['area']['urban'].en}"


def test_a_code_means_what_its_column_means() -> None:
    """1 is a zone in khu_vuc and a yes in dtts; 0 is outside in both."""
    assert named(["1"], WORDS, PLAN, ("khu_vuc",))["1"].vi != named(["1"], WORDS, PLAN, ("dtts",))["1"].vi
    both = named(["0.1", "1.0"], WORDS, PLAN, ("dtts", "khu_vuc"))
    assert both["0.1"].vi.startswith("Ngoài vùng")
    assert both["1.0"].vi.startswith("Vùng")
    assert all(column in {*WORDS.parts, *(d.id for d in PLAN.domains)} for column in COLUMNS)


def test_every_zone_and_kind_of_the_places_has_words() -> None:
    assert {p.zone for p in PLACES} == set(WORDS.parts["zone"])
    assert {p.type for p in PLACES} <= set(WORDS.parts["type"])


@given(
    st.lists(st.text(alphabet="abc_.", min_size=1, max_size=9), max_size=6), st.sampled_from([(), ("zone",), ("zone", "area")])
)
def test_what_has_no_words_is_left_out_and_never_guessed(codes: list[str], columns: tuple[str, ...]) -> None:
    words = StratumWords({"a": Label("Một", "One")}, {"zone": {"b": Label("Hai", "Two")}, "area": {"c": Label("Ba", "Three")}})
    plan = PLAN
    found = named(codes, words, plan, columns)
    area = {"c", *(c.code for d in plan.domains if d.id == "area" for c in d.codes)}
    expected = {
        code for code in codes
        if code == "a" or (columns == ("zone",) and code == "b")
        or (columns == ("zone", "area") and code.split(".") in [["b", x] for x in area])
    }  # fmt: skip
    assert set(found) == expected
    assert list(found) == sorted(found)


def test_names_change_no_digest_of_the_plan(tmp_path: Path) -> None:
    """A better name for a stratum must not look like another way to draw or to weigh."""
    shutil.copytree(HOME, tmp_path / "51")
    before = load_survey(tmp_path / "51").digest, load_plan(tmp_path / "51").digest
    path = tmp_path / "51" / "strata.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("Hải đảo (Lý Sơn)", "Đặc khu Lý Sơn"), encoding="utf-8")
    assert load_stratum_words(tmp_path / "51").strata["hai_dao_qn"].vi == "Đặc khu Lý Sơn"
    assert (load_survey(tmp_path / "51").digest, load_plan(tmp_path / "51").digest) == before


def test_a_province_without_the_file_prints_codes(tmp_path: Path) -> None:
    words = load_stratum_words(tmp_path)
    assert named(["do_thi_qn", "t1"], words, PLAN, ()) == {}


@pytest.mark.parametrize(
    "text",
    ["strata: {a: Một}", "strata: [a, b]", "strata: {a: {vi: Một}}", "parts: {zone: [a]}", "parts: 3", "- a", "'a'"],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "strata.yaml").write_text(text + "\n", encoding="utf-8")
    with pytest.raises(BdgError) as error:
        load_stratum_words(tmp_path)
    assert [(p.code, p.place) for p in error.value.problems] == [("PLAN-001", "strata.yaml")]


@pytest.mark.parametrize("text", ["", "strata:\nparts:\n", "strata: {}\n", "strata: {1: {vi: Một, en: One}}\r\n"])
def test_an_empty_file_or_windows_lines_are_no_fault(tmp_path: Path, text: str) -> None:
    (tmp_path / "strata.yaml").write_bytes(text.encode())
    assert set(load_stratum_words(tmp_path).strata) <= {"1"}


def test_decomposed_letters_are_composed(tmp_path: Path) -> None:
    import unicodedata

    text = unicodedata.normalize("NFD", "strata: {a: {vi: Đồng bằng, en: Plain}}\n")
    (tmp_path / "strata.yaml").write_text(text, encoding="utf-8")
    assert load_stratum_words(tmp_path).strata["a"].vi == "Đồng bằng"


def test_the_file_holds_words_of_the_office_in_both_languages() -> None:
    labels = list(itertools.chain(WORDS.strata.values(), *(of.values() for of in WORDS.parts.values())))
    assert len(labels) > 15
    for label in labels:
        assert label.vi.strip()
        assert label.en.strip()
        assert not re.search(r"[_*|]", label.vi + label.en)
        assert label.vi[:1].isupper()
