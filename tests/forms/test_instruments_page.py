"""docs/instruments.md against the forms: every form, every row it feeds; and its recipe for a split half-sample, carried out."""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
import typer
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import bdg
from analysis.design import Design, Lonely
from forms.build import load
from forms.codebook import codebook
from forms.condition import holds
from forms.help_card import FILE, LOCAL
from forms.load import province_folder, questionnaire_folder
from forms.question import Questionnaire
from tests.forms import instrument_rows
from tests.forms.writing import ROOT

TEXT = instrument_rows.PAGE.read_text(encoding="utf-8")
DESIGN = Design("stratum", "psu", "w", "wave", Lonely("fail", "fail"), "domain")


@pytest.fixture(scope="module")
def forms() -> dict[str, Questionnaire]:
    """The six shipped forms by letter."""
    return instrument_rows.shipped()


def lines(first: str) -> list[list[str]]:
    """The cells of the table that has this cell in its first column's first row."""
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("|")]
    start = next(i for i, cells in enumerate(found) if cells[0] == first)
    width = len(found[start])
    table = []
    for cells in found[start:]:
        if len(cells) != width:
            break
        table.append(cells)
    return table


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", TEXT)


# ---- what it says of the forms


def test_every_form_stands_in_the_table_as_it_is(forms: dict[str, Questionnaire]) -> None:
    said = {cells[0]: cells[1:] for cells in lines("A")[: len(forms)]}
    assert set(said) == set(forms)
    for (letter, form), folder in zip(forms.items(), instrument_rows.FOLDERS, strict=True):
        place, name, title, _, mode, excel = said[letter]
        assert (place, name, title, mode) == (f"`{folder}`", f"`{form.id}`", form.title.vi, f"`{form.mode}`")
        assert excel == (f"`{form.excel}`" if form.excel else "-")


def test_no_form_is_left_out() -> None:
    folders = {p.parent.name for p in (ROOT / "forms" / "questionnaires").glob("*/form.yaml")}
    assert folders == set(instrument_rows.FOLDERS)


def test_every_row_that_a_form_feeds_stands_on_the_page(forms: dict[str, Questionnaire]) -> None:
    """Read back cell by cell, and the whole table as it would be made now."""
    rows = TEXT.partition(instrument_rows.BEGIN)[2].partition(instrument_rows.END)[0].strip().splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    said = {(row, letter): tuple(re.findall(r"`([^`]+)`", names)) for row, letter, names in cells}
    assert said == {(row, letter): names for letter, form in forms.items() for row, names in form.serves.items()}
    assert instrument_rows.page(TEXT, forms) == TEXT, "python -m tests.forms.instrument_rows"


def test_every_target_of_the_plan_is_fed(forms: dict[str, Questionnaire]) -> None:
    plan = yaml.safe_load((province_folder("51") / "plan.yaml").read_text(encoding="utf-8"))
    fed = {row for form in forms.values() for row in form.serves}
    assert {t["id"] for t in plan["targets"]} <= fed
    strange = {
        row for row in fed if re.match(r"I|V", row) and not re.fullmatch(r"II\.[1-5]|III\.[1-7]|IV|V\.([1-9]|1[0-2])", row)
    }
    assert strange == set()


def test_results_of_a_convention_are_the_forms_own(forms: dict[str, Questionnaire]) -> None:
    (result,) = (q for _, q in forms["F"].questions() if q.name == "result")
    codes = set(re.findall(r", '([a-z_]+)'", result.calculate or ""))
    assert {cells[0].strip("`") for cells in lines("`not_applicable`")[:4]} == codes


def test_the_rules_on_the_page_are_those_on_the_form(forms: dict[str, Questionnaire]) -> None:
    text = {q.name: q.label.vi for _, q in forms["E"].questions()}
    for words in ("có ngày, có địa điểm hoặc kênh, có nội dung và có đối tượng xác định", "phát lại không tính thêm"):
        assert words in TEXT
        assert words in text["com_definition"] + text["com_repost_rule"]
    for name in re.findall(r"`((?:com|am|tr)_\w+)`", TEXT):
        assert name in text or name in forms["E"].lists, name


def test_files_and_codes_named_on_the_page_exist() -> None:
    assert FILE in TEXT
    assert LOCAL in TEXT
    catalogue = yaml.safe_load((ROOT / "forms" / "errors.yaml").read_text(encoding="utf-8"))
    assert set(re.findall(r"\b[A-Z]{3,4}-\d{3}\b", TEXT)) <= set(catalogue)
    for path in re.findall(r"`((?:forms|tests|docs)/[\w./]+\.(?:py|yaml|md))`", TEXT):
        assert (ROOT / path).exists(), path


def test_commands_on_the_page_exist() -> None:
    found = set(re.findall(r"`(bdg [a-z ]+)", TEXT))
    assert len(found) >= 4
    for shown in found:
        command: Any = typer.main.get_command(bdg.app)
        for word in shown.split()[1:]:
            assert word in command.commands, shown
            command = command.commands[word]


def test_both_languages_stand_side_by_side() -> None:
    """Vietnamese first in every heading; every table of words has both languages."""
    for head in re.findall(r"(?m)^#+ (.*)$", re.sub(r"(?ms)^```.*?^```", "", TEXT)):
        assert " / " in head, head
    for cells in lines("Ai, việc gì / Who, what")[2:]:
        assert all(" / " in cell for cell in (cells[0], cells[2])), cells[0]


# ---- the bridge: the recipe for the form


MINISTRY = """\
section: my
label: {vi: "Câu của Bộ", en: "The ministry's questions"}
only_if: consent = yes and form_arm = 2
questions:
  - {name: q_ministry, type: select_one, list: truth, ask: {vi: "Câu hỏi của Bộ.", en: "A question of the ministry."}}
"""


def test_the_recipe_gives_each_half_its_questionnaire(tmp_path: Path) -> None:
    """The page's own lines, put into a copy of form A: it still checks, and each arm is asked one questionnaire of the two."""
    cover, own, ministry = blocks("yaml")
    folder = tmp_path / "household"
    shutil.copytree(questionnaire_folder("household"), folder)
    shutil.copytree(questionnaire_folder("bank"), tmp_path / "bank")
    (field,) = yaml.safe_load(cover)
    path = folder / "00_cover.yaml"
    path.write_text(path.read_text(encoding="utf-8") + f"  - {field}\n".replace("'name'", "name"), encoding="utf-8")
    for name in re.findall(r"\d\d_\w+\.yaml", own):
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count("\nonly_if: consent = yes\n") == 1, name
        (folder / name).write_text(text.replace("only_if: consent = yes", own.splitlines()[1]), encoding="utf-8")
    (file,) = re.findall(r"\d\d_\w+\.yaml", ministry)
    assert ministry.splitlines()[1] in MINISTRY
    (folder / file).write_text(MINISTRY, encoding="utf-8")
    book = codebook(load(folder))
    for arm in "12":
        said = {"consent": "yes", "form_arm": arm}
        asked = {v.name for v in book.variables if v.asked_if is None or holds(v.asked_if, said)}
        assert ("q_ministry" in asked) is (arm == "2")
        assert {"k01", "a01"} <= asked if arm == "1" else not {"k01", "a01"} & asked
        assert "exp_any" in asked


# ---- the bridge: the estimate


def people(seed: int) -> pd.DataFrame:
    """Two waves of a small clustered survey; in 2030 half of every hamlet was asked the ministry's questionnaire."""
    rng = Random(seed)
    rows = []
    for wave in (2026, 2030):
        for psu in range(12):
            level = rng.gauss(50, 8)
            for person in range(8):
                asked = "ministry" if wave == 2030 and person % 2 else "own"
                points = level + rng.gauss(0, 10) + (4 if asked == "ministry" else 0)
                rows.append((wave, f"h{psu // 4}", f"p{psu:02d}", rng.uniform(0.5, 3), asked, points))
    return pd.DataFrame(rows, columns=["wave", "stratum", "psu", "w", "asked_form", "points"])


def difference(data: pd.DataFrame) -> tuple[float, float]:
    """With plain loops: the difference of two weighted means, and its standard error from PSU sums of influence values."""
    rows = [r for r in data.itertuples(index=False) if r.wave == 2030]
    mean, size = {}, {}
    for half in ("own", "ministry"):
        size[half] = sum(r.w for r in rows if r.asked_form == half)
        mean[half] = sum(r.w * r.points for r in rows if r.asked_form == half) / size[half]
    z: dict[str, dict[str, float]] = {}
    for r in rows:
        sign = 1 if r.asked_form == "ministry" else -1
        share = sign * r.w * (r.points - mean[r.asked_form]) / size[r.asked_form]
        z.setdefault(r.stratum, {})[r.psu] = z.setdefault(r.stratum, {}).get(r.psu, 0.0) + share
    variance = 0.0
    for sums in z.values():
        n, middle = len(sums), sum(sums.values()) / len(sums)
        variance += n / (n - 1) * sum((value - middle) ** 2 for value in sums.values())
    return mean["ministry"] - mean["own"], math.sqrt(variance)


@settings(max_examples=5)
@given(st.integers(0, 10**6))
def test_the_page_s_code_estimates_the_bridge_and_the_change(seed: int) -> None:
    """The block as printed on the page, against plain loops; the change is that of the half with the old questionnaire."""
    (code,) = blocks("python")
    data = people(seed)
    made: dict[str, Any] = {"people": data, "design": DESIGN, "print": lambda *_: None}
    exec(compile(code, "instruments.md", "exec"), made)
    value, se = difference(data)
    bridge, moved = made["bridge"], made["moved"]
    assert bridge.value[0] == pytest.approx(value)
    assert bridge.se[0] == pytest.approx(se)
    assert bridge.df == 9
    low, high = bridge.interval()[0]
    assert low < value < high
    own = data[data["asked_form"] == "own"]
    means = {w: float((d["w"] * d["points"]).sum() / d["w"].sum()) for w, d in own.groupby("wave")}
    assert moved[0].estimate == pytest.approx(means[2030] - means[2026])


def test_ignoring_the_hamlets_would_tell_another_error() -> None:
    """Why two domains of one design: the halves share hamlets, so their errors go together and the difference is surer."""
    data = people(7)
    (code,) = blocks("python")
    made: dict[str, Any] = {"people": data, "design": DESIGN, "print": lambda *_: None}
    exec(compile(code, "instruments.md", "exec"), made)
    halves, bridge = made["halves"], made["bridge"]
    at = [halves.joint.names.index(f"points asked_form={half} 2030") for half in ("own", "ministry")]
    apart = math.sqrt(sum(float(halves.vcov[i, i]) for i in at))
    assert bridge.se[0] < 0.8 * apart
