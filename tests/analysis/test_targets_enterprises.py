"""Target II.1 of enterprises: weighted where a sample was drawn, else a bare count; «do not know» is never a «no»."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from analysis.sampling.lists import SELECTED_COLUMNS
from analysis.targets.counted import Asked
from analysis.targets.enterprises import DRAW, FORM, LIST, practice_of, read_enterprises
from analysis.targets.make import found_of
from forms import codebook, load_plan, load_questionnaire, province_folder, questionnaire_folder
from forms.errors import BdgError
from forms.returns.make import STAMP
from tests.analysis.returned_folder import inputs, wrote

PLAN = load_plan(province_folder("51"))
BOOK = codebook(load_questionnaire(questionnaire_folder(FORM)))
ASKED = Asked(PLAN, (), 2027, date(2027, 12, 31), whole_year=True)
PATHS = {v.name: v.path for v in BOOK.variables}
TWO, ONE, NONE = {"comm_any": "counted", "comm_total": "2"}, {"comm_any": "counted", "comm_total": "1"}, {"comm_any": "no"}
UNCOUNTED = {"comm_any": "uncounted", "comm_two": "yes"}
UNKNOWN = [{"comm_any": "dk"}, {"comm_any": "ref"}, {"comm_any": "uncounted", "comm_two": "dk"}]


def sent(home: Path, answers: Mapping[str, Mapping[str, str]], year: int = 2027) -> Path:
    """Submissions as JSON pages of a server, one an enterprise."""
    rows = []
    for number, (code, given) in enumerate(answers.items()):
        flat = {"consent": "yes", "enterprise_code": code, "year": str(year), "wave": str(year), **given}
        one: dict[str, object] = {
            "__id": f"uuid:00000000-0000-4000-8000-{number:012d}",
            "__system": {"formVersion": BOOK.version},
        }
        flat["questionnaire_digest"] = BOOK.digest
        for name in PATHS:
            at: dict[str, object] = one
            *groups, leaf = PATHS[name].split("/")
            for group in groups:
                inner = at.setdefault(group, {})
                assert isinstance(inner, dict)
                at = inner
            at[leaf] = flat.get(name)
        rows.append(one)
    home.mkdir(parents=True, exist_ok=True)
    path = home / "Submissions.json"
    path.write_text(json.dumps({"value": rows}, ensure_ascii=False), encoding="utf-8")
    return path


def drawn(home: Path, strata: Mapping[str, tuple[int, list[str]]], source: str = STAMP) -> None:
    """list_sample.csv and list_draw.json.  strata: name -> (enterprises on the list, those drawn)."""
    rows = [
        {
            "unit_id": u, "stratum": h, "size": "", "p": len(some) / n, "certainty": int(len(some) == n), "n_pop": n,
            "n_drawn": len(some),
        }
        for h, (n, some) in strata.items() for u in some
    ]  # fmt: skip
    wrote(home / LIST, SELECTED_COLUMNS, rows)
    (home / DRAW).write_text(json.dumps({"source": [source]}), encoding="utf-8")


def test_without_a_sample_enterprises_are_counted_and_nothing_is_inferred(tmp_path: Path) -> None:
    some = {f"e{i}": TWO for i in range(9)} | {f"n{i}": NONE for i in range(6)} | {f"d{i}": u for i, u in enumerate(UNKNOWN)}
    found = read_enterprises(sent(tmp_path, some), PLAN, ASKED)
    assert {r.category: r.estimate for r in found.rows} == {"yes": 9, "reported": 15, "units": 18}
    assert {r.kind for r in found.rows} == {"count"}
    assert found.rows[0].n_missing == {"dont_know": 2, "refused": 1}
    assert found.line["said"].vi == "9/15 doanh nghiệp trả lời được"
    assert "không suy ra cho mọi doanh nghiệp" in found.line["missing"].vi
    assert all(r.status == "caution" for r in found.rows)


def test_the_weighted_share_is_the_one_of_the_book(tmp_path: Path) -> None:
    """Stratified simple random sampling without replacement, Cochran (1977) eq. 5.6 and 5.10, worked out here.

    Small: 40 on the list, 10 drawn, 8 answered, 5 yes.  Big: all 6 drawn, 6 answered, 3 yes: no sampling variance.
    """
    small, big = [f"s{i}" for i in range(10)], [f"b{i}" for i in range(6)]
    drawn(tmp_path, {"small": (40, small), "big": (6, big)})
    some = {u: TWO if i < 5 else ONE for i, u in enumerate(small[:8])} | {
        u: UNCOUNTED if i < 3 else NONE for i, u in enumerate(big)
    }
    found = read_enterprises(sent(tmp_path, some), PLAN, ASKED)
    share = next(r for r in found.rows if r.kind == "level")
    n, means, answered, variances = {"small": 40, "big": 6}, {"small": 5 / 8, "big": 3 / 6}, {"small": 8, "big": 6}, {}
    for h in n:
        variances[h] = means[h] * (1 - means[h]) * answered[h] / (answered[h] - 1)
    estimate = sum(n[h] * means[h] for h in n) / 46
    variance = sum((n[h] / 46) ** 2 * (1 - answered[h] / n[h]) * variances[h] / answered[h] for h in n)
    assert share.estimate == pytest.approx(100 * estimate)
    assert share.se == pytest.approx(100 * variance**0.5)
    assert (share.n, share.publish, found.line["key"]) == (14, "hide", share.key), "14 answered: fewer than 25"


def test_a_refusal_leaves_the_share_and_declining_is_counted(tmp_path: Path) -> None:
    codes = [f"e{i}" for i in range(30)]
    drawn(tmp_path, {"all": (300, codes)})
    some = {u: TWO if i < 20 else ONE for i, u in enumerate(codes[:26])} | {codes[26]: {"comm_any": "dk"}}
    some |= {"x": {"consent": "no", "enterprise_code": "", "year": ""}}
    found = read_enterprises(sent(tmp_path, some), PLAN, ASKED)
    share = next(r for r in found.rows if r.kind == "level")
    assert share.estimate == pytest.approx(100 * 20 / 26)
    assert (share.n, share.n_missing["dont_know"]) == (26, 1)
    assert share.publish != "show", "26 answered"
    assert found.line["missing"].vi == "1 doanh nghiệp không biết hoặc không trả lời; 1 doanh nghiệp không đồng ý trả lời"


def test_another_year_is_another_report(tmp_path: Path) -> None:
    assert _refused(sent(tmp_path, {"a": TWO}, year=2026)) == ("DATA-201", "2026")


def test_codes_that_do_not_fit(tmp_path: Path) -> None:
    """Two forms with one code; a code that was never drawn."""
    path = sent(tmp_path, {"a": TWO, "b": TWO})
    path.write_text(path.read_text(encoding="utf-8").replace('"b"', '"a"'), encoding="utf-8")
    assert _refused(path) == ("DATA-209", "a")
    other = sent(tmp_path / "o", {"a": TWO, "z": TWO})
    drawn(tmp_path / "o", {"all": (9, ["a", "b"])})
    assert _refused(other) == ("DATA-209", "z")


def _refused(path: Path) -> tuple[str, str]:
    with pytest.raises(BdgError) as caught:
        read_enterprises(path, PLAN, ASKED)
    return caught.value.problems[0].code, caught.value.problems[0].got


def test_no_code_of_an_enterprise_leaves(tmp_path: Path) -> None:
    """The results hold counts and keys; and a real list is not mixed with practice units."""
    codes = [f"DN-SECRET-{i:02d}" for i in range(12)]
    path = sent(tmp_path / "e", dict.fromkeys(codes, TWO))
    drawn(tmp_path / "e", {"all": (50, codes)})
    found = found_of(inputs(tmp_path, enterprise=path))
    assert b"SECRET" not in found.results.json_bytes()
    line = next(x for x in found.results.texts["dashboard"] if x["part"] == "enterprises")
    assert line["key"] in {r.key for r in found.results.rows if r.indicator == "II.1_enterprise"}
    drawn(tmp_path / "e", {"all": (50, codes)}, source="Cục Thuế")
    with pytest.raises(BdgError) as caught:
        found_of(inputs(tmp_path / "b", enterprise=path, units=tmp_path / "units.csv"))
    assert caught.value.problems[0].code == "DATA-206"
    assert practice_of(path) is False
