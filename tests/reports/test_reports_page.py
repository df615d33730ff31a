"""BaoCao.html as a screen reader, a phone and a person without a network meet it."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from reading import STAMP, Tag, named, page

from reports import html, numbers
from reports.document import Document, Heading, labels

ALL = pytest.mark.parametrize("name", ["two", "one", "signed"])
HALVES = pytest.mark.parametrize("name", ["two", "one", "signed", "two en", "one en", "signed en"])
Pages = dict[str, tuple[Tag, ...]]
Documents = dict[str, Document]
CSS = (html.TEMPLATES / "survey.css").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(folders: dict[str, Path]) -> Pages:
    return {name: page(next(folder.glob("*.html"))) for name, folder in folders.items()}


def half(tags: tuple[Tag, ...], language: str) -> tuple[Tag, ...]:
    """The elements of one language, its article first."""
    at = {tags[i].attributes["lang"]: i for i in range(len(tags)) if tags[i].name == "article"}
    return tags[at["vi"] : at["en"]] if language == "vi" else tags[at["en"] :]


@pytest.fixture(scope="module")
def halves(pages: Pages) -> Pages:
    return {n: half(t, "vi") for n, t in pages.items()} | {f"{n} en": half(t, "en") for n, t in pages.items()}


@pytest.fixture(scope="module")
def composed(documents: Documents, english: Documents) -> Documents:
    return dict(documents) | {f"{n} en": d for n, d in english.items()}


@ALL
def test_language_title_and_one_heading_of_the_page(pages: Pages, documents: Documents, name: str) -> None:
    tags = pages[name]
    assert next(named(tags, "html")).attributes["lang"] == "vi"
    (title,) = named(tags, "title")
    assert documents[name].subject in title.text
    assert (STAMP in title.text) is (name != "signed")
    assert next(t for t in named(tags, "meta") if t.attributes.get("name") == "viewport")


@ALL
def test_both_languages_stand_on_the_page_and_the_switch_needs_no_program(pages: Pages, name: str) -> None:
    tags = pages[name]
    assert [t.attributes["lang"] for t in named(tags, "article")] == ["vi", "en"]
    choices = list(named(tags, "input"))
    assert [c.attributes for c in choices] == [
        {"type": "radio", "name": "tongue", "id": "tieng-viet", "checked": ""},
        {"type": "radio", "name": "tongue", "id": "english"},
    ]
    assert all("label" in c.path and "fieldset" in c.path and "main" in c.path for c in choices)
    assert [t.text for t in named(tags, "legend")] == ["Ngôn ngữ / Language"]
    assert [t.attributes.get("lang", "vi") for t in named(tags, "label")] == ["vi", "en"]
    hiding = (
        'main:has(#tieng-viet:checked) > article[lang="en"], main:has(#english:checked) > article[lang="vi"] { display: none; }'
    )
    assert hiding in CSS.split("@media print")[0]  # on paper too: what is chosen is printed
    assert ".tongues { display: none; }" in CSS.split("@media print")[1]


@ALL
def test_a_page_of_one_language_has_no_switch(documents: Documents, tmp_path: Path, name: str) -> None:
    path = tmp_path / "one.html"
    path.write_bytes(html.write(documents[name]))
    tags = page(path)
    assert not list(named(tags, "input", "fieldset", "label"))
    assert len(list(named(tags, "article"))) == 1


@HALVES
def test_one_heading_of_each_language(halves: Pages, composed: Documents, name: str) -> None:
    (first,) = named(halves[name], "h1")
    kind = "REPORT" if name.endswith("en") else "BÁO CÁO"
    assert " ".join(first.text.split()) == f"{kind} {composed[name].subject}"
    assert halves[name][0].attributes["aria-labelledby"] == first.attributes["id"]


@HALVES
def test_headings_never_skip_a_level_and_are_those_of_the_report(halves: Pages, composed: Documents, name: str) -> None:
    found = list(named(halves[name], "h1", "h2", "h3", "h4", "h5", "h6"))
    levels = [int(t.name[1]) for t in found]
    assert all(b - a <= 1 for a, b in pairwise(levels))
    texts = [t.text for t in found]
    for block in composed[name].all_blocks():
        if isinstance(block, Heading):
            assert block.text in texts
    assert all(t.text.strip() for t in found)


@ALL
def test_the_first_stop_of_the_keyboard_jumps_to_the_text(pages: Pages, name: str) -> None:
    tags = pages[name]
    body = [t for t in tags if "body" in t.path]
    assert (body[0].name, body[0].attributes) == ("a", {"class": "skip", "href": "#noi-dung"})
    (main,) = named(tags, "main")
    assert main.attributes == {"id": "noi-dung", "tabindex": "-1"}
    assert ".skip:focus { left: 0; }" in CSS
    assert ":focus-visible { outline: 3px solid" in CSS


@ALL
def test_landmarks(pages: Pages, name: str) -> None:
    tags = pages[name]
    assert [len(list(named(tags, n))) for n in ("header", "nav", "main")] == [2, 2, 1]
    assert [t.attributes["aria-label"] for t in named(tags, "nav")] == ["Mục lục", "Contents"]
    for region in (t for t in tags if t.attributes.get("role") == "region"):
        about = region.attributes.get("aria-labelledby")
        assert region.attributes.get("aria-label") or any(t.attributes.get("id") == about and t.text.strip() for t in tags)
        assert region.attributes["tabindex"] == "0"


@ALL
def test_ids_are_unique_and_every_inner_link_arrives(pages: Pages, name: str) -> None:
    ids = [t.attributes["id"] for t in pages[name] if "id" in t.attributes]
    assert len(ids) == len(set(ids))
    for link in named(pages[name], "a"):
        assert link.attributes["href"][0] == "#"
        assert link.attributes["href"][1:] in ids
        assert link.text.strip()


@ALL
def test_nothing_comes_from_outside(pages: Pages, name: str) -> None:
    assert not list(named(pages[name], "script", "link", "iframe", "object", "embed", "form", "base"))
    for tag in pages[name]:
        assert not [k for k in tag.attributes if k.startswith("on") or k in {"style", "srcset", "action"}]
        for key in ("src", "href"):
            assert not re.match(r"(?:https?:)?//|(?!data:)\w+:", tag.attributes.get(key, ""))
    assert not re.search(r"url\(|@import|expression\(", CSS)


@HALVES
def test_every_cell_of_a_table_has_a_head_above_and_beside_it(halves: Pages, composed: Documents, name: str) -> None:
    tags = halves[name]
    assert all(t.attributes.get("scope") in {"col", "colgroup", "row", "rowgroup"} for t in named(tags, "th"))
    tables = list(named(tags, "table"))
    captions = list(named(tags, "caption"))
    assert len(tables) == len(captions) == len(composed[name].tables())
    names = labels(composed[name])
    for table, record, caption in zip(tables, composed[name].tables(), captions, strict=True):
        assert table.attributes["id"] == ("en-" if name.endswith("en") else "") + record.anchor
        assert caption.text.startswith(f"{names[record.anchor]}. {record.caption}")
    at = [tags.index(t) for t in tables] + [len(tags)]
    for (a, b), record in zip(pairwise(at), composed[name].tables(), strict=True):
        inside = tags[a:b]
        grouped = any(c.group for c in record.columns)
        heads = [t for t in named(inside, "th") if "thead" in t.path and t.attributes["scope"] == "col"]
        tall, flat = ([t.text for t in heads if bool(t.attributes.get("rowspan")) is r] for r in (True, False))
        assert tall == [c.label for c in record.columns if grouped and not c.group]
        assert flat == [c.label for c in record.columns if c.group or not grouped]
        over = [t for t in named(inside, "th") if t.attributes["scope"] == "colgroup"]
        assert sum(int(t.attributes.get("colspan", "1")) for t in over) == sum(bool(c.group) for c in record.columns)
        beside = [t.text for t in named(inside, "th") if t.attributes["scope"] == "row"]
        assert beside == [r.cells[0].text for r in record.rows if not r.group]


@HALVES
def test_pictures_are_described_with_the_numbers_of_the_report(halves: Pages, composed: Documents, name: str) -> None:
    images = list(named(halves[name], "img"))
    assert len(images) == len(composed[name].pictures()) >= 1
    for image, picture in zip(images, composed[name].pictures(), strict=True):
        assert image.attributes["alt"] == picture.alt
        assert image.attributes["src"].startswith("data:image/svg+xml;base64,")
        assert "figure" in image.path
        assert len(picture.alt) > 100
    assert len(list(named(halves[name], "figcaption"))) == len(images)


@HALVES
def test_numbers_of_sentences_and_cells_name_their_rows(halves: Pages, composed: Documents, name: str) -> None:
    keyed = {k for t in halves[name] for k in t.attributes.get("data-key", "").split()}
    wanted = {k for t in composed[name].tables() for k in t.keys}
    assert wanted <= keyed
    for span in named(halves[name], "span"):
        if re.search("KTC 95%:|95% CI:", span.text) and "p" in span.path:
            assert span.attributes.get("data-key"), span.text


@ALL
def test_practice_is_said_before_anything_else_or_not_at_all(pages: Pages, name: str) -> None:
    stamps = [t for t in pages[name] if t.attributes.get("class") in {"stamp", "watermark"}]
    assert [t.text for t in stamps] == ([] if name == "signed" else [STAMP, STAMP])
    if stamps:
        stamps.sort(key=lambda t: t.attributes["class"])
        assert stamps[0].attributes["role"] == "note"
        assert stamps[1].attributes["aria-hidden"] == "true"


def _light(colour: str) -> float:
    full = colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])
    parts = [int(full[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _pairs() -> list[tuple[str, str, str]]:
    """(selector, text colour, ground) of every rule on the screen; what a rule does not set comes from the body."""
    named_colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", CSS))
    screen = CSS.split("@media print")[0]
    found = []
    for selector, inside in re.findall(r"([^{}@]+)\{([^{}]*)\}", screen):
        if selector.strip() == ":root" or ("color:" not in inside and "background:" not in inside):
            continue

        def value(name: str, default: str, inside: str = inside) -> str:
            m = re.search(rf"(?<![\w-]){name}: (?:var\(--(\w+)\)|(#[0-9a-f]+))", inside)
            return default if m is None else named_colours[m[1]] if m[1] else m[2]

        found.append((selector.strip(), value("color", named_colours["ink"]), value("background", named_colours["ground"])))
    return found


@pytest.mark.parametrize(("selector", "ink", "ground"), _pairs(), ids=[p[0] for p in _pairs()])
def test_contrast_is_at_least_that_of_wcag_aa(selector: str, ink: str, ground: str) -> None:
    high, low = sorted((_light(ink), _light(ground)), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5, selector


def test_contrast_of_links_and_notes_on_tinted_ground() -> None:
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", CSS))
    for ink in ("ink", "quiet", "link"):
        high, low = sorted((_light(colours[ink]), _light(colours["tint"])), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, ink


def test_the_page_fits_a_phone_and_paper() -> None:
    assert "@media (max-width: 30rem)" in CSS
    assert re.search(r"\.scroll \{ overflow-x: auto;", CSS)
    assert re.search(r"@page \{ size: A4; margin: 20mm 15mm 20mm 30mm; \}", CSS)
    printed = CSS.split("@media print")[1]
    assert "thead { display: table-header-group; }" in printed
    assert "tr, figure { break-inside: avoid; }" in printed
    assert "nav, .skip { display: none; }" in printed


@ALL
def test_blanks_for_people_are_marked_on_the_page_too(halves: Pages, name: str) -> None:
    marks = [t.text for t in named(halves[name], "mark")]
    assert marks == ["....../KH-UBND", "ngày ...... tháng ...... năm ......"]
    judged = [t for t in halves[name] if t.attributes.get("class") == "judgement"]
    assert len(judged) >= 4
    assert all("Cơ quan soạn thảo viết" in t.text for t in judged)
    assert judged[-1].text.endswith("./.")
    assert sum(t.text.count("./.") for t in named(halves[name], "p")) == 1


@ALL
def test_the_frame_of_the_office_is_the_same_as_on_paper(halves: Pages, documents: Documents, name: str) -> None:
    frame = documents[name].frame
    (office,) = named(halves[name], "header")
    for text in (
        frame.superior,
        frame.agency,
        numbers.draft_number(frame.symbol),
        numbers.place_and_date(frame.place),
        "DỰ THẢO",
    ):
        assert text in office.text
    whole = next(named(halves[name], "article")).text
    for recipient in frame.recipients:
        assert recipient.rstrip(".;") in whole
    assert "Kính gửi: Bộ Nội vụ; Ủy ban nhân dân tỉnh." in whole
