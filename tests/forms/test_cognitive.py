"""The guide for cognitive interviews: every item that needs evidence, its own probes, and nothing filled in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forms.digests import wordings
from forms.evidence import GROUPS, PEOPLE, read_evidence
from forms.kit.cognitive import cognitive, probes, words
from forms.kit.page import Bullets, Grid, Heading, Page, Para, Questions
from forms.load import load_questionnaire
from forms.question import DRAFT, Questionnaire
from tests.forms.writing import SCORED, with_evidence, write_form


def grids(page: Page) -> list[Grid]:
    return [b for b in page.blocks if isinstance(b, Grid)]


def test_every_scored_item_stands_in_the_guide_once_with_the_code_of_its_wording(household: Questionnaire) -> None:
    page = cognitive(household, "vi")
    asked = [b.rows[0] for b in page.blocks if isinstance(b, Questions)]
    scored = [q for _, q in household.questions() if q.score]
    assert [(a.number, a.text) for a in asked] == [(q.name, q.label.vi) for q in scored]
    heads = [b.text for b in page.blocks if isinstance(b, Heading) and b.level == 2]
    assert heads == [f"Câu {name} · mã lời văn {code}" for name, code in wordings(household).items()]
    assert [len(a.options) for a in asked] == [len(household.choices(q)) for q in scored]


def test_every_item_has_probes_of_its_own_and_every_phrase_stands_in_it(household: Questionnaire) -> None:
    """A phrase that no longer stands in its item would be asked about in vain."""
    w = words("vi")
    items = {q.name: q for _, q in household.questions() if q.score}
    assert set(w.terms) == set(items)
    for name, question in items.items():
        assert w.terms[name]
        assert [t for t in w.terms[name] if t.lower() not in question.label.vi.lower()] == []
        kind = {"K": "right", "A": "likert", "V": "story"}[question.score.scale if question.score else ""]
        assert probes(household, question, w)[len(w.terms[name]) :] == w.rows(kind)


def test_a_phrase_that_left_the_item_is_not_probed(tmp_path: Path) -> None:
    scored = SCORED.replace("name: k1", "name: k08").replace("Men and", "Women and")
    form = load_questionnaire(write_form(tmp_path, scored=scored.replace("Nam nữ có quyền như nhau.", "Ai cũng có quyền.")))
    question = next(q for _, q in form.questions() if q.name == "k08")
    assert not any("«" in p and "quyền ngang nhau" in p for p in probes(form, question, words("vi")))


def test_nothing_is_filled_in_that_only_people_can_know(household: Questionnaire) -> None:
    for page in (cognitive(household, "vi"), cognitive(household, "en")):
        *notes, summary, back = grids(page)
        assert all(cell == "" for grid in notes for row in grid.rows for cell in row)
        assert {len(grid.rows) for grid in notes} == {PEOPLE}
        assert all(row[1:-1] == ("",) * 7 for row in summary.rows)
        assert all(row[1:] == ("",) * 5 for row in back.rows)


def test_the_summary_is_the_file_that_evidence_reads(household: Questionnaire, tmp_path: Path) -> None:
    """Copied as it stands and filled in, each line is a record that counts."""
    summary = grids(cognitive(household, "vi"))[-2]
    lines = [summary.head, *((r[0], "2026-08-01", str(PEOPLE), str(GROUPS), "", "", "", "", r[-1]) for r in summary.rows)]
    path = tmp_path / "cognitive.csv"
    path.write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")
    assert {r.item: r.counts(wordings(household)[r.item]) for r in read_evidence(path)} == dict.fromkeys(
        wordings(household), True
    )


def test_the_numbers_asked_for_are_those_that_are_checked(household: Questionnaire) -> None:
    for lang in ("vi", "en"):
        strong = [b.text for b in cognitive(household, lang).blocks if isinstance(b, Para) and b.role == "strong"][0]  # noqa: RUF015
        assert [int(n) for n in re.findall(r"\d+", strong)][:2] == [PEOPLE, GROUPS]


def test_a_form_that_scores_nothing_is_tried_as_a_whole(tmp_path: Path) -> None:
    bare = SCORED.partition("  - name: k1")[0] + SCORED[SCORED.index("  - name: ways") :]
    page = cognitive(load_questionnaire(write_form(tmp_path, scored=bare)), "vi")
    assert words("vi").rows("whole") in [b.items for b in page.blocks if isinstance(b, Bullets)]
    assert page.stamps == (DRAFT,)


def test_the_stamp_goes_with_the_evidence(tmp_path: Path) -> None:
    assert cognitive(load_questionnaire(with_evidence(write_form(tmp_path))), "vi").stamps == ()


@pytest.mark.parametrize("name", ["right", "story", "likert", "whole", "rules"])
def test_both_languages_say_the_same_number_of_things(name: str) -> None:
    assert len(words("vi").rows(name)) == len(words("en").rows(name)) > 0


def test_no_probe_asks_about_the_person_s_own_life() -> None:
    """Hypothetical only: none of the probes says «Ông/Bà đã từng» (have you ever) or asks for what happened at home."""
    w = words("vi")
    said = " ".join([*w.rows("right"), *w.rows("story"), *w.rows("likert"), *(t for ts in w.terms.values() for t in ts)])
    assert "đã từng" not in said
    assert "ở nhà mình" not in said
