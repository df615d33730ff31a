"""Figures of the survey report from results: what each takes, what it hides, both languages, nothing where nothing is."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from fixture import HIDDEN_VALUE, build

from analysis.results import Results, Row
from reports import pictures, pictures_answers, pictures_sample
from reports.document import Picture
from reports.lookup import Lookup
from reports.tongue import EN, VI, Tongue

CODES = ("1", "2", "3", "4", "5", "dk", "ref")
WORDS = {
    "1": "Rất không đồng ý", "2": "Không đồng ý", "3": "Nửa chừng", "4": "Đồng ý", "5": "Rất đồng ý", "dk": "Không biết",
    "ref": "Không trả lời",
}  # fmt: skip
CHANNELS = {"meeting": ("Họp thôn", "Meeting"), "tv": ("Ti vi", "Television"), "dk": ("Không nhớ", "Do not remember")}
CONTACTS = {"completed": 1203, "refused": 90, "absent": 40, "nobody_home": 30, "moved": 9, "not_found": 8}


def share(indicator: str, category: str, wave: int, value: float, **more: Any) -> Row:
    given: dict[str, Any] = {"estimate": value, "lower": value - 1, "upper": value + 1, "n": 1200, **more}
    return Row("share", indicator, "proportion", wave, "percent", category=category, **given)


def _answers(waves: tuple[int, ...]) -> tuple[list[Row], dict[str, Any]]:
    rows, told = [], {}
    for i in range(1, 7):
        name = f"item_a{i:02d}"
        told[name] = {
            "label": {"vi": name, "en": name}, "reverse": i % 2 == 0,
            "codes": {c: {"vi": WORDS[c], "en": f"Answer {c}", "why": c if c in ("dk", "ref") else None} for c in CODES},
        }  # fmt: skip
        rows += [share(name, c, w, v) for w in waves for c, v in zip(CODES, (10, 15, 20, 25, 30, 2, 1), strict=True)]
    told["exp_channels"] = {"codes": {c: {"vi": vi, "en": en, "why": None} for c, (vi, en) in CHANNELS.items()}}
    rows += [share("exp_channels", c, w, 10.0 + 5 * i) for w in waves for i, c in enumerate(CHANNELS)]
    return rows, told


def _sample(waves: tuple[int, ...]) -> list[Row]:
    rows = []
    for w in waves:
        for sex in ("male", "female"):
            for i, age in enumerate(("a15", "a16_30", "a31_59", "a60")):
                for method in ("known total", "before calibration"):
                    rows.append(Row("diagnostic", "age_sex", "proportion", w, "percent", category=f"{sex}*{age}", n=1203,
                                    estimate=5.0 + 5 * i, level=None, method=method))  # fmt: skip
        for q, value in (("0", 0.3), ("0.25", 0.7), ("0.5", 0.9), ("0.75", 1.2), ("1", 3.1)):
            rows.append(Row("diagnostic", "weights", "quantile", w, "ratio", domain=(("stratum", "t1"),), category=q, n=600,
                            estimate=value, level=None))  # fmt: skip
        for method, value in (("before", 90.0), ("control", 100.0), ("after", 100.0)):
            rows.append(Row("diagnostic", "margin sex", "total", w, "person", category="male", n=600, estimate=value, level=None,
                            method=method))  # fmt: skip
    return rows


def full(**options: Any) -> Results:
    """The fixture with everything that figures may need."""
    made = build(**options)
    waves = tuple(int(w) for w in made.texts["waves"])
    rows, told = _answers(waves)
    groups = {"khu_vuc": {"1": "1"}, "area": {"1": "urban", "2": "rural", "3": "island"}}
    shapes = {c: [f"{20 * i} 0 {20 * i + 20} 0 {20 * i + 20} 40"] for i, c in enumerate("123")}
    about = {w: {**x, "response": {**x["response"], "contacts": CONTACTS}} for w, x in made.texts["waves"].items()}
    texts = {**made.texts, "answers": told, "areas": {"shapes": shapes, "groups": groups}, "waves": about}
    return replace(made, rows=(*made.rows, *rows, *_sample(waves)), texts=texts)


def every(results: Results, tongue: Tongue = VI, stamp: str = "GIẢ LẬP") -> dict[str, Picture | None]:
    look = Lookup(results, tongue)
    made = {
        "levels": pictures.levels(look, stamp), "changed": pictures.changed(look, stamp), "slopes": pictures.slopes(look, stamp),
        "items": pictures.moved(look, "A", stamp), "opinions": pictures_answers.opinions(look, stamp),
        "channels": pictures_answers.channels(look, stamp), "people": pictures_sample.people(look, stamp),
        "response": pictures_sample.response(look, stamp), "zones": pictures_sample.zones(look, stamp),
        "weights": pictures_sample.weights(look, stamp), "totals": pictures_sample.totals(look, look.wave, stamp),
    }  # fmt: skip
    assert len({p.anchor for p in made.values() if p}) == len([p for p in made.values() if p])
    return made


@pytest.fixture(scope="module")
def two() -> dict[str, Picture | None]:
    return every(full())


@pytest.fixture(scope="module")
def english() -> dict[str, Picture | None]:
    return every(full(), EN, "SIMULATED")


def texts(picture: Picture) -> list[str]:
    """What is written in the vector form."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", picture.svg.decode())


def test_every_figure_is_made_and_names_only_rows_that_exist(two: dict[str, Picture | None]) -> None:
    keys = {r.key for r in full().rows}
    for name, picture in two.items():
        assert picture is not None, name
        assert set(picture.keys) <= keys, name
        assert picture.png.startswith(b"\x89PNG"), name
        assert "GIẢ LẬP" in texts(picture), name
        assert picture.alt.startswith(f"{picture.caption}. "), name
        assert bool(picture.keys) is (name != "response"), name


def test_no_hidden_number_in_any_text_of_any_figure(two: dict[str, Picture | None], english: dict[str, Picture | None]) -> None:
    hidden = re.compile(rf"{HIDDEN_VALUE:.1f}|{HIDDEN_VALUE:.0f}[,.]|7[.,]4 \(|6[.,]2 \(0")
    for made in (two, english):
        for name, picture in made.items():
            assert picture is not None
            assert not hidden.search(picture.alt), name
            assert not [t for t in texts(picture) if hidden.search(t)], name
    assert two["slopes"] is not None
    assert "15 tuổi: (*)" in texts(two["slopes"])


def test_english_figures_have_no_vietnamese_of_ours_and_no_png(english: dict[str, Picture | None]) -> None:
    """Labels that the fixture has in one language only are its own matter."""
    ours = re.compile(r"khoảng tin cậy|Nguồn|Đường|Thanh|hộ |Phỏng vấn|Quyền số|bình đẳng|điểm phần trăm|Bản đồ|năm 20")
    for name, picture in english.items():
        assert picture is not None
        assert picture.png == b""
        assert not [t for t in texts(picture) if ours.search(t)], (name, [t for t in texts(picture) if ours.search(t)])


def test_opinions_stand_with_the_egalitarian_end_at_the_right(two: dict[str, Picture | None]) -> None:
    picture = two["opinions"]
    assert picture is not None
    told = texts(picture)
    first = told.index("Đồng ý là thái độ bình đẳng")
    second = told.index("Không đồng ý là thái độ bình đẳng")
    keys = [t for t in told if t in WORDS.values()]
    assert first < second
    assert keys == [WORDS[c] for c in "12345"] + [WORDS[c] for c in "54321"]


def test_channels_keep_the_order_of_the_form_whatever_their_shares(two: dict[str, Picture | None]) -> None:
    picture = two["channels"]
    assert picture is not None
    at = [picture.alt.index(vi) for vi, _ in CHANNELS.values()]
    assert at == sorted(at)
    assert "Họp thôn, 2026: 10,0 (9,0 - 11,0); Họp thôn, 2030: 10,0 (9,0 - 11,0)" in picture.alt


@pytest.mark.usefixtures("no_png")
@pytest.mark.parametrize(
    ("contacts", "said"),
    [
        (CONTACTS, "1.380 (dừng ở đây: không tìm thấy 8; đã chuyển đi 9)"),
        ({**CONTACTS, "moved": 2}, "1.373 (dừng ở đây: không tìm thấy (*); đã chuyển đi (*))"),
        ({**CONTACTS, "refused": 3}, "1.293 (dừng ở đây: không tìm thấy (*); đã chuyển đi 9)"),
        ({**CONTACTS, "refused": None}, "(*) (dừng ở đây: không tìm thấy (*); đã chuyển đi 9)"),
    ],
)
def test_the_flow_gives_no_small_count_away(contacts: dict[str, int | None], said: str) -> None:
    """A single small count is hidden with the smallest other one, and no step stands between that would give it back."""
    results = full(waves=(2026,))
    about = {"2026": {"response": {"contacts": contacts, "interviewed": 1203}}}
    picture = pictures_sample.response(Lookup(replace(results, texts={**results.texts, "waves": about})), "")
    assert picture is not None
    assert f"Hộ trong mẫu: {said}" in picture.alt
    small = [n for n in contacts.values() if n is not None and 0 < n < 5]
    steps = [int(x.replace(".", "")) for x in re.findall(r": ([\d.]+) \(", picture.alt)]
    lost = [a - b for a, b in pairwise(steps)]
    assert not set(small) & set(lost)
    assert "Phỏng vấn xong: 1.203" in picture.alt


def test_a_map_needs_every_group_of_one_variable_on_it(two: dict[str, Picture | None]) -> None:
    picture = two["zones"]
    assert picture is not None
    assert "theo khu vực sống" in picture.caption
    assert "Thành thị" in picture.alt
    assert "không phải địa giới pháp lý" in picture.alt
    results = full()
    for areas in ({}, {"shapes": {}, "groups": {}}, {**results.texts["areas"], "groups": {"area": {"1": "urban"}}}):
        assert pictures_sample.zones(Lookup(replace(results, texts={**results.texts, "areas": areas})), "") is None


@pytest.mark.usefixtures("no_png")
def test_one_wave_has_no_figure_of_change() -> None:
    made = every(full(waves=(2026,)))
    assert {name for name, p in made.items() if p is None} == {"changed", "slopes", "items"}


@pytest.mark.usefixtures("no_png")
def test_results_of_an_older_run_have_the_figures_they_allow() -> None:
    """No shares, no areas, no result codes: those figures are absent, nothing fails."""
    made = every(build())
    assert {name for name, p in made.items() if p is not None} == {"levels", "changed", "slopes", "items"}


@pytest.mark.usefixtures("no_png")
def test_the_report_holds_each_figure_once_under_its_section() -> None:
    from reports import compose

    document = compose.build(full())
    anchors = [p.anchor for p in document.pictures()]
    assert anchors == [
        "response_flow", "pyramid", "channels", "opinions", "scores_figure", "map", "items_K", "items_A", "forest", "slopes",
        "weights_figure", "totals_2026", "totals_2030",
    ]  # fmt: skip
