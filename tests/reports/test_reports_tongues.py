"""The same report in two languages: the same rows and numbers, nothing forgotten, nothing claimed in one and not in the other."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from fixture import ITEMS, build
from hypothesis import given
from hypothesis import strategies as st
from reading import patched, prose, retold, sentences

from analysis import verdict
from analysis.results import Results
from reports import numbers, story
from reports.document import Document, Heading, Judgement, Paragraph, Picture, Reference, Table, below, labels
from reports.lookup import Lookup
from reports.states import state
from reports.tongue import EN, VI

ALL = pytest.mark.parametrize("name", ["two", "one", "signed"])
Documents = dict[str, Document]
# Names of people's offices, documents, places and groups stay Vietnamese: they have no other name.
LEFT = ("Quảng Ngãi", "Sở Nội vụ", "SỞ NỘI VỤ", "NĐ-CP", "QĐ-TTg", "KH-UBND", "Công văn số 123/SNV-BĐG")
VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯà-ỹ]")


def shape(document: Document) -> list[tuple[object, ...]]:
    """What there is, without its words."""
    out: list[tuple[object, ...]] = []
    for b in document.all_blocks():
        if isinstance(b, Heading):
            out.append(("heading", b.level))
        elif isinstance(b, Table):
            out.append((b.anchor, [(c.kind, bool(c.group), c.width) for c in b.columns], len(b.notes)))
        elif isinstance(b, Picture):
            out.append((b.anchor, b.keys))
        else:
            out.append((type(b).__name__,))
    return out


@ALL
def test_both_have_the_same_parts_in_the_same_order(documents: Documents, english: Documents, name: str) -> None:
    assert shape(documents[name]) == shape(english[name])
    assert [(documents[name].language, english[name].language)] == [("vi", "en")]
    assert [len(a.blocks) for a in documents[name].annexes] == [len(a.blocks) for a in english[name].annexes]
    assert [k for k, _ in documents[name].method] == [k for k, _ in english[name].method]


@ALL
def test_each_sentence_and_cell_shows_the_same_number_of_the_same_row(
    documents: Documents, english: Documents, name: str
) -> None:
    ours, theirs = sentences(documents[name]), sentences(english[name])
    assert [s.keys for s in ours if s.keys] == [s.keys for s in theirs if s.keys]
    tagged = 0
    for a, b in zip([s for s in ours if s.keys], [s for s in theirs if s.keys], strict=True):
        one, other = ({p.tag: p.text for p in s.pieces if p.tag} for s in (a, b))
        assert set(one) == set(other)
        for tag, text in one.items():
            assert figure(text, "vi") == figure(other[tag], "en"), (tag, text, other[tag])
            tagged += 1
    assert tagged > 15
    for t, u in zip(documents[name].tables(), english[name].tables(), strict=True):
        for line, other in zip(t.rows, u.rows, strict=True):
            for c, d in zip(line.cells, other.cells, strict=True):
                assert (c.value, c.lower, c.upper, c.key, c.mark) == (d.value, d.lower, d.upper, d.key, d.mark)
                if c.value is not None:
                    assert figure(c.text, "vi") == figure(d.text, "en")
                    assert [figure(x, "vi") for x in re.split(r" (?:-|đến) ", c.below) if c.below] == [
                        figure(x, "en") for x in d.below.split(" to ") if d.below
                    ]


def figure(text: str, language: str) -> str:
    """The digits of a printed number as Python writes them."""
    plain = re.sub(r"[^\d.,\-]", "", text)
    return plain.replace(".", "").replace(",", ".") if language == "vi" else plain.replace(",", "")


@ALL
def test_nothing_of_the_english_text_was_left_in_vietnamese(english: Documents, name: str) -> None:
    document = english[name]
    words = [
        prose(document),
        document.kind,
        document.stamp,
        document.subject,
        *(b.text for b in document.all_blocks() if isinstance(b, Heading)),
    ]
    words += [b.prompt for b in document.all_blocks() if isinstance(b, Judgement)]
    for t in document.tables():
        words += [t.caption, t.unit, *below(t, "en"), *(x for c in t.columns for x in (c.label, c.group))]
        words += [c.text for r in t.rows for c in r.cells]
    words += [x for p in document.pictures() for x in (p.caption, p.alt)] + [a.title for a in document.annexes]
    for text in words:
        plain = text
        for kept in LEFT:
            plain = plain.replace(kept, "")
        assert not VIETNAMESE.search(plain), text
    assert not re.search(r"\d,\d(?!\d\d)", prose(document))  # no decimal comma
    assert "KTC" not in " ".join(words)


@ALL
def test_english_gives_no_cause_and_never_mixes_units(english: Documents, name: str) -> None:
    text = prose(english[name])
    rest = text.replace(story.MEASURES_ONLY_EN, "")
    assert not re.search(
        r"\b(because|due to|thanks to|caused?|impact|effects? of|owing|led to|result of the plan)\b", rest, re.IGNORECASE
    )
    assert not re.search(r"\d %", text)
    for s in sentences(english[name]):
        if "score" in s.text and "Share" not in s.text and "share" not in s.text:
            assert "percentage point" not in s.text or "Differences of scores" in s.text
    if name != "one":
        assert story.MEASURES_ONLY_EN in text


@ALL
def test_up_and_down_are_said_in_both_or_in_none(documents: Documents, english: Documents, name: str) -> None:
    pairs = zip([s for s in sentences(documents[name]) if s.keys], [s for s in sentences(english[name]) if s.keys], strict=True)
    for a, b in pairs:
        for vi, en in (
            ("; tăng ", "; up by "),
            ("; giảm,", "; down,"),
            ("chưa đủ bằng chứng về thay đổi", "not enough evidence of a change"),
            ("(*)", "(*)"),
        ):
            assert (vi in a.text) is (en in b.text), (a.text, b.text)


WORDS = st.sampled_from(sorted(verdict.WORDS))
LEVELS = st.floats(0.5, 60).map(lambda x: round(x, 1))


@given(WORDS, LEVELS, st.sampled_from(["%", "điểm", "điểm phần trăm"]))
def test_a_verdict_in_english_is_what_the_rule_itself_says(word: verdict.Word, level: float, unit: str) -> None:
    """The one rule words its verdict in both languages; a row carries the Vietnamese, the report says it again in English."""
    limits = {
        "high": (level + 9, level + 10), "met": (level, level + 1), "up_open": (0.1, level + 1),
        "up_not_met": (0.1, level - 0.05), "not_met": (-1.0, level - 0.05), "down_not_met": (-2.0, -1.0),
        "open": (-1.0, level + 1), "undetermined": (None, None),
    }  # fmt: skip
    low, high = limits[word]
    said = verdict.verdict(low, high, threshold=level, high=level + 5, reading="relative" if unit == "%" else "points", unit=unit)
    assert said.word == word
    assert state(said.vi, EN) == said.en
    assert state(said.vi, VI) == said.vi


def test_words_no_rule_knows_and_pairs_come_through() -> None:
    assert state("chưa đến hạn đánh giá | not due", EN) == "not due"
    assert state("chưa đến hạn đánh giá", EN) == "not due yet"
    assert state("một chữ khác", EN) == "một chữ khác"
    assert state("", EN) == ""


def test_a_label_without_english_falls_back_to_vietnamese() -> None:
    items = {n: {**about, "label": {"vi": about["label"]["vi"]}} for n, about in ITEMS.items()}
    look = Lookup(retold(build(), items=items), EN)
    assert look.indicator("item_k01") == ITEMS["k01"]["label"]["vi"]


@pytest.mark.parametrize(("publish", "status"), [("hide", "ok"), ("show", "not_estimable"), ("bracket", "ok")])
def test_flags_are_said_in_english_too(results: dict[str, Results], publish: str, status: str) -> None:
    changed = patched(
        results["two"],
        lambda r: r.kind == "level" and r.indicator == "K" and not r.domain,
        publish=publish, status=status, reason="chỉ có một địa bàn | a single PSU",
    )  # fmt: skip
    said = story.level(Lookup(changed, EN), "K", 2030)
    assert said is not None
    if publish == "hide":
        assert said.text.endswith(f"{story.NOT_SHOWN_EN}.")
    elif status != "ok":
        assert said.text.endswith("no figure (a single PSU).")
    else:
        assert re.search(r" is \(\d+\.\d points\) \(95% CI: ", said.text)


def test_titles_are_numbered_in_each_language(documents: Documents, english: Documents) -> None:
    ours, theirs = labels(documents["two"]), labels(english["two"])
    assert list(ours) == list(theirs)
    assert (ours["response"], theirs["response"]) == ("Biểu số 01", "Table 1")
    for document, names in ((documents["two"], ours), (english["two"], theirs)):
        pointed = [
            p.anchor for b in document.all_blocks() if isinstance(b, Paragraph) for p in b.parts if isinstance(p, Reference)
        ]
        assert set(pointed) <= set(names)
        at = [list(names).index(a) for a in names]
        assert all(b == a + 1 for a, b in pairwise(at))


def test_texts_numbers_are_tagged_by_their_path(results: dict[str, Results], documents: Documents) -> None:
    """A number that is no row of its own is named by the digest of its path, so that an edited Word file can be checked."""
    tags = {p.tag for s in sentences(documents["two"]) for p in s.pieces if p.tag}
    for path in ("texts/waves/2026/response/drawn", "texts/waves/2030/response/interviewed"):
        assert numbers.tag(numbers.text_key(path), "text", "", 0) in tags
