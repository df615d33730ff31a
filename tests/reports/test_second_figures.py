"""Figures read again: every mark is explained, strata have names, decimals are those of the language, pixels are matplotlib's."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from matplotlib import rc_context
from PIL import Image

from analysis import figures
from analysis.figures import AgeBand, Ages, Area, Breakdown, Figure, Item, Line, Pair, Slope, theme
from analysis.results import Results, Row
from reports import pictures_sample, rates
from reports.lookup import Lookup
from reports.tongue import EN, VI
from tests.reports.fixture import build

Drawn = tuple[Figure, str]
SHOWN: dict[str, Any] = {"estimate": 40.0, "lower": 35.0, "upper": 45.0, "n": 400}
LOOKS: dict[str, dict[str, Any]] = {
    "show": SHOWN, "bracket": {**SHOWN, "n": 40, "publish": "bracket"}, "hide": {"n": 3, "publish": "hide"},
}  # fmt: skip
BRACKET = {"vi": "hoặc kém chính xác", "en": "or imprecise"}
HIDE = {"vi": "(*): không công bố do ít quan sát", "en": "(*): not published, too few observations"}


def line(look: str, label: str = "Nhóm", heading: str = "Khối") -> Line:
    row = Row("level", "score", "mean", 2030, "point", **LOOKS[look])
    return Line(label, row, {"show": "40,0 (35,0 - 45,0)", "bracket": "(40,0) (35,0 - 45,0)", "hide": "(*)"}[look], heading)


def _slope(looks: Sequence[str], **more: Any) -> Drawn:
    slopes = tuple(Slope(f"Nhóm {i}", line(look), line("show")) for i, look in enumerate(looks))
    return figures.slope([Breakdown("Khối", slopes)], waves=("2026", "2030"), axis="điểm", **more)


def _pyramid(looks: Sequence[str], **more: Any) -> Drawn:
    bands = tuple(AgeBand(f"Tuổi {i}", (line("show"), line(look)), (line("show"), line(look))) for i, look in enumerate(looks))
    return figures.pyramid([Ages("Năm 2030", bands)], sexes=("Nam", "Nữ"), axis="%", **more)


def _areas(looks: Sequence[str], **more: Any) -> Drawn:
    shapes = {str(i): [[20 * i, 0, 20 * i + 20, 0, 20 * i + 20, 40]] for i in range(len(looks))}
    groups = [Area(line(look, f"Vùng {i}"), frozenset({str(i)})) for i, look in enumerate(looks)]
    return figures.areas(shapes, groups, **more)


KINDS: dict[str, Callable[..., Drawn]] = {
    "forest": lambda looks, **more: figures.forest([line(x) for x in looks], axis="%", **more),
    "dots": lambda looks, **more: figures.dots([line(x) for x in looks], axis="%", **more),
    "items": lambda looks, **more: figures.items([line("show")], [line(x) for x in looks], axes_words=("điểm", "%"), **more),
    "likert": lambda looks, **more: figures.likert(
        [Item(f"Câu {x}", (line("show", "Có"), line(x, "Không")), (), "Khối") for x in looks], axis="%", **more
    ),
    "pairs": lambda looks, **more: figures.pairs([Pair(x, (line(x),)) for x in looks], waves=["2030"], axis="%", **more),
    "slope": _slope, "pyramid": _pyramid, "areas": _areas,
}  # fmt: skip


def note(figure: Figure) -> str:
    """What stands under the figure, without its line ends."""
    return min((t for t in figure.texts if t.get_ha() == "left"), key=lambda t: t.get_position()[1]).get_text().replace("\n", " ")


def words(figure: Figure) -> list[str]:
    return [t.get_text() for axes in figure.axes for t in axes.texts]


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(
    "looks", [("show",), ("show", "bracket"), ("show", "hide"), ("hide",), ("bracket", "hide", "show")], ids="-".join
)
@pytest.mark.parametrize("kind", KINDS)
def test_every_mark_that_occurs_is_explained_and_no_other(kind: str, looks: tuple[str, ...], lang: str) -> None:
    figure, _ = KINDS[kind](looks, title="T", note="Nguồn", lang=lang)
    said = note(figure).lower()
    assert (BRACKET[lang] in said) is ("bracket" in looks)
    assert (HIDE[lang].lower() in said) is ("hide" in looks)
    assert said.endswith("nguồn")
    assert said.count(BRACKET[lang]) <= 1 >= said.count(HIDE[lang].lower())


def test_what_a_bracket_means_is_what_the_tables_say() -> None:
    """A group of 200 people with a wide interval stands in brackets too: the figure must not say that it is small."""
    from reports.numbers import BRACKET as MARK
    from reports.numbers import LEGEND

    table = dict(LEGEND)[MARK]
    said = theme.signs([line("bracket")], "vi")
    few = "ít quan sát (25 - 49 người) hoặc kém chính xác"
    assert few in table
    assert few in said


def test_a_breakdown_that_is_hidden_whole_has_no_frame_and_names_its_groups() -> None:
    hidden = Breakdown("Xã theo khu vực", tuple(Slope(f"Khu vực {i}", line("hide"), line("hide")) for i in "12"))
    shown = Breakdown("Giới tính", (Slope("Nữ", line("show"), line("show")),))
    figure, alt = figures.slope([shown, hidden], waves=("2026", "2030"), title="T", axis="điểm")
    assert [axes.axison for axes in figure.axes] == [True, False]
    assert words(figure)[-2:] == ["Khu vực 1: (*)", "Khu vực 2: (*)"]
    assert "Khu vực" not in alt or "(*)" in alt
    figure.canvas.draw()
    boxes = [t.get_window_extent() for t in figure.axes[1].texts]
    title = figure.axes[1]._left_title.get_window_extent()  # type: ignore[attr-defined]  # matplotlib's only name for it
    assert title.y0 >= boxes[0].y1 >= boxes[0].y0 >= boxes[1].y1 > 0


def test_no_line_runs_through_an_opinion_that_is_not_told() -> None:
    def lines(look: str) -> int:
        item = Item("Câu", (line("show", "Có"), line(look, "Không")), (), "Khối")
        return len(figures.likert([item], title="T", axis="%")[0].axes[0].lines)

    assert (lines("show"), lines("hide")) == (1, 0)


def test_the_flow_explains_its_mark() -> None:
    def said(text: str, lost: str) -> str:
        stages = (figures.Stage("Hộ", 10, text, lost), figures.Stage("Xong", 9, "9"))
        return note(figures.flow([figures.Stream("Năm", stages)], title="T", axis="Hộ", note="Nguồn")[0])

    assert said("10", "chuyển đi 1") == "Nguồn"
    assert said("(*)", "chuyển đi 1") == said("10", "chuyển đi (*)") == f"{HIDE['vi']}. Nguồn"


def margins(values: tuple[float, float], lang: str) -> list[str]:
    rows = [
        Row("diagnostic", "margin sex", "total", 2026, "person", category=c, estimate=v, method=m, n=9, level=None)
        for c, first in zip(("male", "female"), values, strict=True)
        for m, v in (("before", first), ("control", 1000.0), ("after", 1000.0))
    ]
    figure, _ = figures.margins(rows, wave=2026, lang=lang)  # type: ignore[arg-type]  # a word of the parameters above
    figure.canvas.draw()
    return [t.get_text() for t in figure.axes[0].get_xticklabels()]


@pytest.mark.parametrize(("lang", "mark", "other"), [("vi", ",", "."), ("en", ".", ",")])
@pytest.mark.parametrize("values", [(985.0, 1012.0), (908.0, 1041.0), (400.0, 1700.0), (1000.0, 1000.0)])
def test_decimals_of_an_axis_are_those_of_the_language(values: tuple[float, float], lang: str, mark: str, other: str) -> None:
    seen = "".join(margins(values, lang))
    assert other not in seen
    assert values[0] > 950 or mark not in seen or values == (908.0, 1041.0)
    assert re.fullmatch(rf"[\d{mark}\-−]+", seen)


# ---- strata --------------------------------------------------------------------------------------------------------


def strata(names: dict[str, Any]) -> Results:
    rows = []
    for code in ("mien_nui_kt", "do_thi_qn"):
        domain = (("stratum", code),)
        for q, value in (("0", 0.3), ("0.25", 0.7), ("0.5", 0.9), ("0.75", 1.2), ("1", 3.1)):
            rows.append(Row("diagnostic", "weights", "quantile", 2026, "ratio", domain=domain, category=q, n=600, estimate=value,
                            level=None))  # fmt: skip
        rows += [Row("diagnostic", "outcome", e, 2026, "percent", domain=d, category="main", n=60, estimate=85.0, level=None,
                     method="unweighted") for e in ("rr1", "rr3") for d in (domain, ())]  # fmt: skip
    for method, value in (("before", 90.0), ("control", 100.0), ("after", 100.0)):
        for category in ("male*mien_nui_kt", "male*do_thi_qn + female*do_thi_qn", "female*mien_nui_kt"):
            rows.append(Row("diagnostic", "margin sex*stratum_2026", "total", 2026, "person", category=category, n=60,
                            estimate=value, level=None, method=method))  # fmt: skip
    made = build(waves=(2026,))
    return replace(made, rows=(*made.rows, *rows), texts={**made.texts, "strata": names})


NAMES = {
    "mien_nui_kt": {"vi": "Miền núi, Kon Tum (cũ)", "en": "Mountains, Kon Tum"}, "do_thi_qn": {"vi": "Đô thị", "en": "Towns"},
}  # fmt: skip


@pytest.mark.usefixtures("no_png")
@pytest.mark.parametrize("tongue", [VI, EN], ids=["vi", "en"])
def test_strata_are_named_in_table_and_figures(tongue: Any) -> None:
    look = Lookup(strata(NAMES), tongue)
    table = rates.table(look)
    figure, total = pictures_sample.weights(look, ""), pictures_sample.totals(look, 2026, "")
    assert table is not None
    assert figure is not None
    assert total is not None
    wanted = [x[tongue.code] for x in NAMES.values()]
    assert {row.cells[0].text for row in table.rows[1:]} == set(wanted)
    for name in wanted:
        assert name in figure.alt
        assert name in total.alt
    assert not re.search(r"mien_nui|do_thi", table.rows[1].cells[0].text + figure.alt + total.alt + figure.svg.decode())


@pytest.mark.usefixtures("no_png")
@pytest.mark.parametrize("names", [{}, {"mien_nui_kt": NAMES["mien_nui_kt"]}])
def test_a_stratum_without_a_name_is_printed_as_its_code(names: dict[str, Any]) -> None:
    look = Lookup(strata(names))
    table = rates.table(look)
    figure = pictures_sample.weights(look, "")
    assert table is not None
    assert figure is not None
    first = {row.cells[0].text for row in table.rows[1:]}
    assert first == {"do_thi_qn", "Miền núi, Kon Tum (cũ)" if names else "mien_nui_kt"}
    assert "do_thi_qn" in figure.alt
    assert [r.key for r in look.results.rows] == [r.key for r in strata(NAMES).rows]  # names change no row


def test_names_with_commas_are_kept_apart() -> None:
    """`Miền núi, Kon Tum (cũ); Đô thị`: a comma inside a name must not look like the end of it."""
    rows = [
        Row("diagnostic", "margin sex*stratum_2026", "total", 2026, "person", category=c, estimate=v, method=m, n=9, level=None)
        for c in ("male*mien_nui_kt + male*do_thi_qn", "female*mien_nui_kt + female*do_thi_qn", "male*x")
        for m, v in (("before", 9.0), ("control", 10.0), ("after", 10.0))
    ]
    labels = {c: x["vi"] for c, x in NAMES.items()} | {"male": "Nam", "female": "Nữ", "x": "Ích"}
    _, alt = figures.margins(rows, wave=2026, labels=labels)
    assert "Nam · Miền núi, Kon Tum (cũ); Đô thị" in alt


# ---- pixels --------------------------------------------------------------------------------------------------------


def test_the_png_shows_what_matplotlib_itself_would_save() -> None:
    """The oracle is matplotlib's own PNG: no pixel differs by more than the colours that were dropped."""
    for kind in ("forest", "areas"):
        figure, _ = KINDS[kind](("show", "bracket"), title="Đường thẳng", stamp="GIẢ LẬP")
        made = Image.open(io.BytesIO(figures.png(figure))).convert("RGB")
        oracle = io.BytesIO()
        with theme.look(), rc_context({"figure.dpi": 300}):
            figure.savefig(oracle, format="png", dpi=300)
        told = Image.open(oracle).convert("RGB")
        assert made.size == told.size
        pairs = zip(made.tobytes()[::97], told.tobytes()[::97], strict=True)
        gaps = [abs(a - b) for a, b in pairs]
        assert max(gaps) < 48
        assert sum(gaps) / len(gaps) < 0.5


def test_a_figure_drawn_twice_and_after_its_svg_is_the_same() -> None:
    figure, _ = KINDS["dots"](("show", "hide"), title="T")
    first = figures.png(figure)
    vector = figures.lettered(figure)
    assert figures.png(figure) == first
    assert figures.lettered(figure) == vector
    again, _ = KINDS["dots"](("show", "hide"), title="T")
    assert figures.lettered(again) == vector
    assert figures.png(again) == first
