"""A question whose condition only an engine understands (imported XPath): an empty answer is «not asked», never «missing»."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.tidied import why_of
from forms.codebook import Variable
from forms.condition import parse
from forms.question import Choice, Label

WORD = Label("Câu", "Question")
CHOICES = (Choice("yes", WORD), Choice("dk", WORD, "dont_know"))
ASKED = Variable("q", "m/q", "code", WORD, CHOICES, parse("a = 1"), True, False, None, (), False, None, "", {})
ANSWERS = {"a": np.array(["1", "1", "1", "0"], dtype=object), "q": np.array(["yes", "dk", None, None], dtype=object)}


def test_a_condition_of_ours_tells_missing_from_not_asked() -> None:
    assert list(why_of(ASKED, ANSWERS, 4)) == ["answered", "dont_know", "missing", "not_asked"]


def test_raw_xpath_leaves_open_whether_it_was_asked() -> None:
    raw = replace(ASKED, asked_raw="(count(${r}) > 1)")
    assert list(why_of(raw, ANSWERS, 4)) == ["answered", "dont_know", "not_asked", "not_asked"]
