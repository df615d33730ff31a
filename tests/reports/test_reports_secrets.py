"""An attack on every file: a number that may not be published, or was never there, is looked for in all bytes written."""

from __future__ import annotations

import os
import random
import re
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fixture import build
from matplotlib import image
from reading import STAMP, everything, patched, prose, retold

import reports
from analysis.results import Results, Row
from reports import compose, numbers, story

TEXTS = (".html", ".txt", ".svg", ".xml", ".rels")


def png_chunks(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of each part of a PNG."""
    at = 8
    while at < len(content):
        (size,) = struct.unpack(">I", content[at : at + 4])
        yield content[at + 4 : at + 8].decode(), content[at + 8 : at + 8 + size]
        at += 12 + size


def unlikely(results: Results) -> Results:
    """Every hidden number replaced by one that stands nowhere else: a find is a leak and not a coincidence."""
    chance = random.Random(7)

    def odd(value: float | None) -> float | None:
        return None if value is None else 31_000_000 + round(chance.uniform(0, 999_999), 4)

    rows = tuple(
        replace(
            r,
            estimate=odd(r.estimate),
            lower=odd(r.lower),
            upper=odd(r.upper),
            se=odd(r.se),
            n=41_000_000 + chance.randrange(999_999),
        )
        if r.publish == "hide"
        else r
        for r in results.rows
    )
    return replace(results, rows=rows)


def traces(rows: list[Row]) -> set[str]:
    """Every way a number of these rows could be written."""
    found: set[str] = set()
    for r in rows:
        for value in (r.estimate, r.lower, r.upper, r.se):
            if value is not None:
                found |= {numbers.number(value, d) for d in (0, 1, 2)} | {f"{value:.{d}f}" for d in (0, 1, 2, 4)} | {repr(value)}
                found |= {repr(round(value, d)) for d in (2, 6)}
        found |= {numbers.whole(r.n), str(r.n)}
    return found


def is_group(r: Row) -> bool:
    return bool(r.domain)


def is_headline(r: Row) -> bool:
    return not r.domain and r.indicator in {"score", "reach60"}


CASES: dict[str, Callable[[Row], bool]] = {
    "groups": is_group,
    "one wave of every group": lambda r: is_group(r) and r.wave == 2026 and r.kind == "level",
    "changes of groups": lambda r: is_group(r) and r.kind in {"change", "target"},
    "headline": is_headline,
    "items and violence": lambda r: r.indicator == "V" or r.indicator.startswith("item_"),
    "everything": lambda _: True,
}


@pytest.mark.parametrize("case", list(CASES))
def test_what_is_hidden_is_nowhere(case: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("no_png" if case in {"groups", "headline"} else "no_drawing")
    results = unlikely(patched(build(signed=True, practice=case != "headline"), CASES[case], publish="hide", rule="n<25"))
    reports.survey(results, tmp_path / "out")
    hidden = [r for r in results.rows if r.publish == "hide"]
    assert len(hidden) > 5
    banned = traces(hidden)
    alphabet = re.compile(r"\d[\d.,]*\d")
    for name, content in everything(tmp_path / "out").items():
        if name.endswith(TEXTS):
            text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", content.decode())
            assert not banned & set(alphabet.findall(text)), (name, sorted(banned & set(alphabet.findall(text)))[:3])


@pytest.mark.usefixtures("no_png")
def test_a_report_in_which_every_group_is_hidden_is_still_a_report(tmp_path: Path) -> None:
    results = patched(build(), is_group, publish="hide", rule="n<25")
    made = reports.survey(results, tmp_path / "out")
    document = compose.build(results)
    assert len(made) == 3 + 3 * len(document.pictures())
    table = next(t for t in document.tables() if t.anchor == "scores")
    groups = [r for r in table.rows[1:] if not r.group]
    assert {c.text for r in groups for c in r.cells[1:]} == {numbers.HIDDEN}
    assert any("«(*)» không công bố" in line for line in (p.read_text(encoding="utf-8") for p in made if p.suffix == ".html"))
    by_group = [p for p in document.pictures() if p.anchor in ("scores_figure", "forest", "slopes")]
    assert len(by_group) == 3
    for picture in by_group:
        assert picture.alt.count(numbers.HIDDEN) >= len(groups)


@pytest.mark.usefixtures("no_drawing")
def test_a_hidden_wave_of_a_group_hides_its_change_for_the_other_wave_would_give_it_away() -> None:
    men = (("sex", "male"),)
    results = patched(build(), lambda r: r.domain == men and r.kind == "level" and r.wave == 2030, publish="hide")
    document = compose.build(results)
    table = next(t for t in document.tables() if t.anchor == "change_groups")
    line = next(r for r in table.rows if r.cells[0].text == "Nam")
    assert [c.mark for c in line.cells[1:]] == ["", "", "hide", "hide", "hide", "hide"]
    forest = next(p for p in document.pictures() if p.anchor == "forest")
    assert "Giới tính - Nam: (*)" in forest.alt


@pytest.mark.usefixtures("no_drawing")
@pytest.mark.parametrize(("count", "shown"), [(1, False), (4, False), (5, True), (0, True)])
def test_a_count_of_one_to_four_people_is_not_printed(count: int, shown: bool) -> None:
    results = build()
    profile = {w: {v: dict(codes) for v, codes in about.items()} for w, about in results.texts["sample_profile"].items()}
    profile["2026"]["sex"]["male"] = {"n": count, "percent_weighted": 0.4}
    table = next(t for t in compose.build(retold(results, sample_profile=profile)).tables() if t.anchor == "profile")
    line = next(r for r in table.rows if r.cells[0].text == "Nam")
    assert [c.mark == "hide" for c in line.cells[1:]] == [not shown, not shown, False, False]
    assert line.cells[1].text == ("(*)" if not shown else "-" if count == 0 else "5")


@pytest.mark.usefixtures("no_drawing")
def test_sentences_about_hidden_rows_hold_no_number() -> None:
    results = unlikely(patched(build(signed=True), is_headline, publish="hide"))
    for line in prose(compose.build(results)).splitlines():
        for sentence in re.split(r"(?<=[^\d.]\.) ", line):
            if numbers.HIDDEN in sentence and "Ký hiệu" not in sentence:
                assert not re.search(r"\d,\d", sentence), sentence
    assert story.NOT_SHOWN in prose(compose.build(results))


@pytest.mark.usefixtures("no_png")
@pytest.mark.parametrize("practice", [True, False])
def test_practice_material_is_known_by_every_file_and_real_material_by_none(practice: bool, tmp_path: Path) -> None:
    made = reports.survey(build(practice=practice, waves=(2026,)), tmp_path / "out")
    assert made
    assert all(("_GIA-LAP." in p.name) is practice for p in made)
    found = everything(tmp_path / "out")
    stamped = {n for n, c in found.items() if STAMP.encode() in c}
    if not practice:
        assert not stamped
        assert not [
            n
            for n, c in found.items()
            if re.search(r"giả lập|gia-lap|tập huấn|practice", c.decode(errors="ignore"), re.IGNORECASE)
        ]
        return
    wanted = {n for n in found if re.search(r"word/header\d|\.html$|\.svg$|html/svg|sharedStrings|worksheets/sheet", n)}
    assert wanted <= stamped
    assert "số liệu giả lập" in next(c for n, c in found.items() if n.endswith(".txt")).decode()


@pytest.mark.parametrize("name", ["two", "one", "signed"])
def test_a_picture_cut_out_of_the_report_still_says_what_it_is(folders: dict[str, Path], name: str) -> None:
    """The stamp is red and nothing else in a figure is; a PNG carries pixels and resolution only, no text."""
    for path in sorted((folders[name] / "hinh").glob("*.png")):
        assert {kind for kind, _ in png_chunks(path.read_bytes())} <= {"IHDR", "PLTE", "pHYs", "IDAT", "IEND"}
        pixels = image.imread(path)[..., :3]
        red = (pixels[..., 0] > 0.6) & (pixels[..., 1] < 0.3) & (pixels[..., 2] < 0.3)
        assert bool(red[: pixels.shape[0] // 8].sum() > 500) is (name != "signed")
        assert not red[pixels.shape[0] // 4 :].any()


def test_nothing_of_the_machine_or_the_clock_is_in_any_file(folders: dict[str, Path]) -> None:
    places = {str(Path(__file__).parents[2]), str(folders["two"].parent), tempfile.gettempdir() + os.sep, sys.prefix}
    for name, content in everything(folders["two"]).items():
        if not name.endswith(".png"):
            text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", content.decode())
            assert not [place for place in places if place in text], name
            assert not re.search(r"20[12]\d-\d\d-\d\dT\d\d:\d\d", text), name
