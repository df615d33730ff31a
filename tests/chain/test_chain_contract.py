"""results.json keeps the contract of docs/contract.md, checked by a second reading of that page."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chain.conftest import ROOT, Chain

KEYED = ("base_wave", "category", "design", "domain", "estimand", "indicator", "kind", "method", "wave")
LISTS = ("kind", "estimand", "unit", "status", "publish")


@pytest.fixture(scope="module")
def document(chain: Chain) -> Any:
    return json.loads((chain.analysed("plain") / "results.json").read_bytes())


@pytest.fixture(scope="module")
def page() -> dict[str, tuple[str, str]]:
    """Column -> (type, null) of the page's table of rows."""
    text = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    part = text.split("\n## results.json", 1)[1].split("\n## ", 1)[0]
    return {name: (kind, null) for name, kind, null in re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|", part, re.MULTILINE)}


def text_of(value: Any) -> str:
    """JSON by hand: names in order, no spaces, letters as they are."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ",".join(f"{text_of(k)}:{text_of(v)}" for k, v in sorted(value.items())) + "}"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert isinstance(value, int)
    return str(value)


def leaves(value: Any) -> Iterator[Any]:
    """Every plain value of a document, keys too."""
    if isinstance(value, dict):
        for name, inside in value.items():
            yield name
            yield from leaves(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from leaves(inside)
    else:
        yield value


def estimated(document: Any) -> list[Any]:
    """The rows that estimate something of the people; diagnostic ones speak of the weights and of who answered."""
    return [row for row in document["rows"] if row["kind"] != "diagnostic"]


def test_the_head_of_the_document(document: Any) -> None:
    assert set(document) == {"schema", "practice", "public", "digests", "rows", "texts", "units"}
    assert document["schema"] == "results/1"
    assert document["practice"] is True
    assert document["public"] is False
    assert set(document["digests"]) == {"plan", "questionnaire", "form", "data", "code"}
    assert len(document["rows"]) > 1000


def test_keys_name_one_row_each_and_can_be_worked_out_again(document: Any) -> None:
    keys = [row["key"] for row in document["rows"]]
    assert len(set(keys)) == len(keys)
    assert keys == sorted(keys)
    for row in document["rows"]:
        text = text_of({name: row[name] for name in KEYED})
        assert row["key"] == hashlib.sha256(text.encode("utf-8")).hexdigest()[:12], text


def test_every_row_has_the_columns_of_the_page_in_order(document: Any, page: dict[str, tuple[str, str]]) -> None:
    assert len(page) > 20
    assert {tuple(row) for row in document["rows"]} == {("key", *page)}


@pytest.mark.parametrize("name", LISTS)
def test_words_are_those_of_the_page(document: Any, page: dict[str, tuple[str, str]], name: str) -> None:
    allowed = set(re.findall(r"\w+", page[name][0]))
    found = {row[name] for row in document["rows"]}
    assert found <= allowed
    assert found


def test_cells_are_empty_only_where_the_page_allows(document: Any, page: dict[str, tuple[str, str]]) -> None:
    never = [name for name, (_, null) in page.items() if null.strip() == "never"]
    assert len(never) >= 8
    assert [(row["key"], name) for row in document["rows"] for name in never if row[name] in (None, "")] == []
    numbers = ("estimate", "se", "lower", "upper")
    assert [r["key"] for r in document["rows"] if (r["estimate"] is None) is not (r["status"] == "not_estimable")] == []
    for row in estimated(document):
        if row["status"] == "not_estimable":
            assert {row[name] for name in numbers} == {None}
            assert row["reason"]
        else:
            assert row["estimate"] is not None
            assert row["lower"] <= row["estimate"] <= row["upper"]
            assert row["se"] is not None or row["interval"] == "korn_graubard"


def test_null_is_never_nan(chain: Chain, document: Any) -> None:
    raw = (chain.analysed("plain") / "results.json").read_text(encoding="utf-8")
    assert not re.search(r"\b(NaN|Infinity)\b", raw)
    assert all(math.isfinite(value) for value in leaves(document) if isinstance(value, float))
    assert not {"nan", "NaN", "None", "<NA>"} & {value for value in leaves(document) if isinstance(value, str)}


def test_counts_are_whole_and_kinds_of_silence_are_known(document: Any) -> None:
    for row in estimated(document):
        assert set(row["n_missing"]) <= {"not_asked", "dont_know", "refused", "missing"}
        assert all(isinstance(n, int) and n >= 0 for n in (row["n"], row["psus"], row["strata"], *row["n_missing"].values()))
        assert row["psus"] >= row["strata"]
        if row["kind"] in ("level", "share"):
            assert row["psus"] <= row["n"]
            assert row["base_wave"] is None
        elif row["method"] != "kept - fresh":  # a contrast of two kinds of hamlets of one wave
            assert row["base_wave"] == 2026
            assert row["wave"] == 2030
        assert bool(row["state"]) is (row["kind"] == "target")


def test_every_domain_code_has_its_words(document: Any) -> None:
    told = document["texts"]["domains"]
    seen = {(name, code) for row in estimated(document) for name, code in row["domain"].items()}
    assert len({name for name, _ in seen}) >= 8
    for name, code in sorted(seen):
        assert told[name]["label"]["vi"]
        assert told[name]["codes"][code]["vi"], (name, code)
        assert told[name]["codes"][code]["en"], (name, code)


def test_every_indicator_has_its_words(document: Any) -> None:
    texts = document["texts"]
    for indicator in sorted({row["indicator"] for row in estimated(document)}):
        if indicator.startswith("item_"):
            about = texts["items"][indicator.removeprefix("item_").removesuffix("_cmp")]
            assert about["scale"] in ("K", "A", "V")
        else:
            about = {**texts["indicators"], **texts["answers"]}[indicator.removesuffix("_cmp")]
        assert about["label"]["vi"], indicator
        assert about["label"]["en"], indicator


def test_what_people_read_is_in_both_languages(document: Any) -> None:
    """Wherever a Vietnamese wording stands, its English stands beside it."""

    def pairs(value: Any) -> Iterator[dict[str, Any]]:
        for inside in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from pairs(inside)
        if isinstance(value, dict) and "vi" in value:
            yield value

    found = list(pairs(document["texts"]))
    assert len(found) > 100
    assert [pair for pair in found if not pair["vi"] or not pair.get("en")] == []


def test_a_change_is_the_difference_of_its_levels(document: Any) -> None:
    levels = {(r["indicator"], r["wave"], text_of(r["domain"])): r["estimate"] for r in document["rows"] if r["kind"] == "level"}
    checked = 0
    for r in document["rows"]:
        if r["kind"] in ("change", "target") and r["estimate"] is not None:
            base, now = (levels[r["indicator"], wave, text_of(r["domain"])] for wave in (2026, 2030))
            wanted = now - base if r["estimand"] == "diff" else 100 * (now / base - 1)
            assert r["estimate"] == pytest.approx(wanted, rel=1e-9, abs=1e-9)
            checked += 1
    assert checked > 100


def said(row: Any) -> str:
    """The word of the decision for the limits of a target row."""
    low, up = row["lower"], row["upper"]
    unit = "%" if row["estimand"] == "rel" else " điểm phần trăm" if row["unit"] == "percentage_point" else " điểm"
    if low is None:
        return "không xác định được thay đổi tương đối" if row["estimand"] == "rel" else "không xác định được thay đổi"
    if low >= 10:
        return f"đạt mức cao (tăng từ 15{unit} trở lên)" if low >= 15 else "đạt"
    if low > 0:
        return f"có tăng, chưa đủ căn cứ kết luận đạt mức 10{unit}" if up >= 10 else "có tăng, chưa đạt"
    return "chưa đủ căn cứ kết luận" if up >= 10 else "giảm, chưa đạt" if up < 0 else "chưa đạt"


def test_every_verdict_is_the_word_for_its_interval(document: Any) -> None:
    targets = [row for row in document["rows"] if row["kind"] == "target"]
    assert len({row["state"] for row in targets}) >= 3
    assert {(row["indicator"], row["estimand"]) for row in targets} >= {
        (i, e) for i in ("score", "reach60") for e in ("rel", "diff")
    }
    assert [(row["key"], row["state"]) for row in targets if row["state"] != said(row)] == []


def test_what_may_be_printed_follows_how_many_answered(document: Any) -> None:
    """Never more than the number of people allows; less only by a rule of precision, which the row then names."""
    order = ("show", "bracket", "hide")
    by_precision = 0
    for row in document["rows"]:
        if row["kind"] == "level" and row["n"]:
            least = "hide" if row["n"] < 25 else "bracket" if row["n"] < 50 else "show"
            assert order.index(row["publish"]) >= order.index(least), row["key"]
            if row["publish"] != least:
                by_precision += 1
                assert re.match(r"(p|mean):", row["rule"]), row["rule"]
    assert by_precision > 0
    assert {row["publish"] for row in document["rows"]} == {"show", "bracket", "hide"}


def test_no_machine_and_no_clock(chain: Chain) -> None:
    out = chain.analysed("plain")
    for path in sorted(p for p in out.rglob("*") if p.is_file()):
        body = path.read_bytes()
        for place in (str(chain.home), str(ROOT), str(Path.home()), "run-plain"):
            assert place.encode() not in body, path.name
    raw = (out / "results.json").read_text(encoding="utf-8") + (out / "findings.json").read_text(encoding="utf-8")
    assert not re.search(r"\d\d:\d\d:\d\d", raw)


def test_findings_keep_their_contract(chain: Chain) -> None:
    found = json.loads((chain.analysed("plain") / "findings.json").read_bytes())
    assert len({f["id"] for f in found}) == len(found)
    for finding in found:
        assert re.fullmatch(r"[0-9a-f]{12}", finding["id"])
        assert finding["severity"] in ("red", "yellow", "info")
        assert finding["state"] in ("open", "decided")
        assert finding["do"]
