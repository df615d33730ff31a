"""Every rule: a form that fails it, with file, line and question named, and forms beside it that pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from forms.errors import catalogue
from forms.lint.rules import RULES
from tests.forms.linting import FILES, changed, codes, found, of_rule
from tests.forms.writing import line_of

Change = tuple[str, str, str]
FIRST, SCORED, LISTS, FORM = "10_first.yaml", "20_scored.yaml", "lists.yaml", "form.yaml"
LONG = "Ông/Bà nghe qua cách nào? " + "Xin kể hết mọi cách mà Ông/Bà còn nhớ được trong mười hai tháng vừa qua. " * 6
THREE = "location-priority=balanced location-min-interval=60 location-max-age=120"
_TAIL = "  - {code: paper, vi: Báo giấy, en: Newspaper}\n  - {code: meeting, vi: Họp thôn, en: Hamlet meeting}\n"
_LOUD = "  - {code: loud, vi: Loa của thôn, en: Loudspeaker}\n"
FIVE_WAYS = f"vi: Ti vi, en: Television}}\n  - {{code: radio, vi: Ra-đi-ô, en: Radio}}\n{_TAIL}{_LOUD}"
FOUR_TURNED = f"vi: Ra-đi-ô, en: Radio}}\n  - {{code: radio, vi: Ti vi, en: Television}}\n{_TAIL}"

# code, changes, the line that must be named, a word of the finding
FAILING: list[tuple[str, tuple[Change, ...], tuple[str, str], str]] = [
    ("LINT-001", ((SCORED, "multiline", "mutliline"),), (SCORED, "name: remark"), "multiline"),
    (
        "LINT-001",
        ((FIRST, "    repeat: ${size}\n", "    repeat: ${size}\n    appearance: fieldlist\n"),),
        (FIRST, "section: child"),
        "field-list",
    ),
    ("LINT-002", ((FIRST, ". <= today()", ". <= today() and . != '2026–01–01'"),), (FIRST, "name: born"), "U+2013"),
    ("LINT-002", ((LISTS, "vi: Ti vi", 'vi: "Ti\\u00a0vi"'),), (LISTS, "Ti\\u00a0vi"), "U+00A0"),
    ("LINT-003", ((FIRST, "name: born", "name: Born"),), (FIRST, "name: Born"), "Born"),
    ("LINT-003", ((FIRST, "name: born", "name: " + "b" * 33),), (FIRST, "name: bbb"), "33"),
    ("LINT-003", ((FIRST, "name: born", "name: using"),), (FIRST, "name: using"), "stata"),
    ("LINT-003", ((SCORED, "name: ways", "name: ways_" + "x" * 20),), (SCORED, "name: ways"), "meeting"),
    ("LINT-004", ((FIRST, "name: born", "name: ways_tv"),), (SCORED, "name: ways"), "ways_tv"),
    ("LINT-004", ((FIRST, "name: born", "name: child"),), (FIRST, "name: child"), "child"),
    ("LINT-004", ((FIRST, "name: born", "name: m2_k1"),), (SCORED, "name: k1"), "m2_k1"),
    (
        "LINT-005",
        ((SCORED, "    appearance: multiline\n", "    appearance: multiline\n    parameters: max-pixels=9\n"),),
        (SCORED, "name: remark"),
        "max-pixels",
    ),
    (
        "LINT-005",
        ((SCORED, "    appearance: multiline\n", "    appearance: multiline\n    range: [1, 2]\n"),),
        (SCORED, "name: remark"),
        "range",
    ),
    (
        "LINT-005",
        ((FIRST, "  - {name: draw", "  - {name: audit, type: audit, parameters: location-priority=balanced}\n  - {name: draw"),),
        (FIRST, "name: audit"),
        "location-max-age",
    ),
    (
        "LINT-006",
        ((FIRST, "once(int(random() * 1000))", "int(once(random()) * 1000)"),),
        (FIRST, "name: draw"),
        "once(int(random()",
    ),
    ("LINT-006", ((FIRST, "once(int(random() * 1000))", "int(random() * 1000)"),), (FIRST, "name: draw"), "random"),
    ("LINT-007", ((FIRST, "    only_if: size > 0\n", ""),), (FIRST, "section: child"), "size > 0"),
    ("LINT-007", ((FIRST, "    only_if: size > 0\n", "    only_if: age >= 18\n"),), (FIRST, "section: child"), "size > 0"),
    (
        "LINT-008",
        (
            (FIRST, "    value_type: int\n    calculate: ${age} * 12", "    calculate: ${age} * 12"),
            (FIRST, "only_if: size > 0", "only_if: size > 0 and months2 > 9"),
            (
                FIRST,
                "  - section: child\n",
                "  - {name: months2, type: calculate, calculate: '${age} * 12'}\n  - section: child\n",
            ),
        ),
        (FIRST, "name: months2"),
        "value_type",
    ),
    ("LINT-009", ((FIRST, "${age} * 12", "pulldata('ages', 'months', 'age', ${age})"),), (FIRST, "name: months"), "pulldata()"),
    (
        "LINT-010",
        ((SCORED, "Ông/Bà tin nguồn nào nhất?", "Ông/Bà tiếp cận nguồn nào nhất?"),),
        (SCORED, "name: source"),
        "đến được",
    ),
    (
        "LINT-010",
        ((SCORED, "Nam nữ có quyền như nhau.", "Luật bảo đảm bình đẳng giới ở mọi nơi."),),
        (SCORED, "name: k1"),
        "nam nữ bình đẳng",
    ),
    (
        "LINT-011",
        (
            (SCORED, "Việc nhà là việc chung.", "Vợ nên nấu cơm và chồng nên kiếm tiền."),
            (SCORED, "Bếp núc là phần của phụ nữ.", "Phụ nữ nấu cơm và chăm con."),
        ),
        (SCORED, "name: a2"),
        "nấu … và chăm",
    ),
    ("LINT-011", ((SCORED, "Ông/Bà tin nguồn nào nhất?", "Ông/Bà tin nguồn nào? Vì sao?"),), (SCORED, "name: source"), "2 ?"),
    (
        "LINT-012",
        (
            (
                LISTS,
                '  - {code: f, vi: Sai, en: "False"}\n  - {code: dk, vi: Không biết, en: Do not know, why: dont_know}\n',
                '  - {code: f, vi: Sai, en: "False"}\n',
            ),
        ),
        (SCORED, "name: k1"),
        "dont_know",
    ),
    ("LINT-012", ((SCORED, "name: source", "name: religion"),), (SCORED, "name: religion"), "refused"),
    ("LINT-013", ((SCORED, '    order: fixed\n    order_why: "từ gần đến xa"\n', ""),), (SCORED, "name: ways"), "5 lựa chọn"),
    ("LINT-013", ((SCORED, '    order_why: "từ gần đến xa"\n', ""),), (SCORED, "name: ways"), "order_why"),
    (
        "LINT-013",
        ((SCORED, '    order: fixed\n    order_why: "từ gần đến xa"\n', "    order: random\n"),),
        (SCORED, "name: ways"),
        "other, none, ref",
    ),
    ("LINT-014", ((SCORED, "Ông/Bà nghe qua cách nào?", LONG.strip()),), (SCORED, "name: ways"), "<= 0.8"),
    (
        "LINT-015",
        ((SCORED, "Ông/Bà muốn nói thêm gì?", "Ông/Bà " + "muốn nói thêm " * 15 + "gì?"),),
        (SCORED, "name: remark"),
        "48",
    ),
    ("LINT-016", ((SCORED, "{scale: A, reverse: true}", "{scale: A}"),), (SCORED, "name: a1"), "2 xuôi"),
    (
        "LINT-017",
        ((SCORED, "    list: sources\n", "    list: sources\n    only_if: age < 15\n"),),
        (SCORED, "name: source"),
        "${age} < 15",
    ),
    (
        "LINT-017",
        ((SCORED, "    list: sources\n", "    list: sources\n    only_if: consent = no\n"),),
        (SCORED, "name: source"),
        "consent",
    ),
    (
        "LINT-018",
        ((FIRST, "    range: [0, 9]\n", "    range: [0, 9]\n    must: . > ${age}\n    must_message: {vi: Nhiều, en: Many}\n"),),
        (FIRST, "name: size"),
        "0..9",
    ),
    (
        "LINT-019",
        ((LISTS, "  - {code: none, vi: Không cách nào, en: None}\n", "  - {code: none, vi: Mạng, en: Net}\n"),),
        (LISTS, "vi: Mạng"),
        "none: Mạng",
    ),
    (
        "LINT-019",
        (
            (
                LISTS,
                "  - {code: dk, vi: Không biết, en: Do not know, why: dont_know}\n",
                "  - {code: dk, vi: Không biết, en: Do not know}\n  - {code: dk2, vi: Chịu, en: No idea, why: dont_know}\n",
            ),
        ),
        (LISTS, "code: dk, vi: Không biết, en: Do not know}"),
        "dk",
    ),
    (
        "LINT-019",
        (
            (
                LISTS,
                FIVE_WAYS,
                FOUR_TURNED,
            ),
            (SCORED, '    order: fixed\n    order_why: "từ gần đến xa"\n', ""),
        ),
        (LISTS, "sources:\n"),
        "Ti vi",
    ),
    ("LINT-020", ((SCORED, "Anything to add?", "Ông/Bà muốn nói thêm gì?"),), (SCORED, "name: remark"), "Ông/Bà"),
    ("LINT-020", ((SCORED, "Anything to add?", "Anything muốn thêm?"),), (SCORED, "name: remark"), "muốn thêm"),
    ("LINT-020", ((SCORED, "Ông/Bà muốn nói thêm gì?", "Is there anything to add?"),), (SCORED, "name: remark"), "Is there"),
    (
        "LINT-021",
        ((FIRST, "    type: note\n", "    type: note\n    required: true\n"),),
        (FIRST, "name: welcome"),
        "required: false",
    ),
    (
        "LINT-022",
        ((FIRST, '    must_message: {vi: "Ngày phải trước hôm nay.", en: "Before today."}\n', ""),),
        (FIRST, "name: born"),
        "must_message",
    ),
    (
        "LINT-023",
        ((LISTS, "  - {code: none, vi: Không cách nào, en: None}\n", "  - {code: nothing, vi: Không có cách nào, en: None}\n"),),
        (LISTS, "code: nothing"),
        "nothing",
    ),
    (
        "LINT-024",
        ((FIRST, '    constraint: . <= today()\n    must_message: {vi: "Ngày phải trước hôm nay.", en: "Before today."}\n', ""),),
        (FIRST, "name: born"),
        "today()",
    ),
    ("LINT-024", ((FIRST, "    range: [15, 110]\n", ""),), (FIRST, "name: age"), "range"),
    ("LINT-025", ((LISTS, "vi: Báo giấy, en: Newspaper", "vi: Ti vi, en: TV set"),), (LISTS, "code: tv"), "tv: Ti vi"),
    ("LINT-025", ((LISTS, '  - {code: "no", vi: Không, en: "No"}\n', ""),), (LISTS, 'code: "yes"'), ">= 2"),
    (
        "LINT-027",
        ((FIRST, "constraint: . <= today()", "constraint: decimal-date-time(.) <= decimal-date-time(string(today()))"),),
        (FIRST, "name: born"),
        "decimal-date-time(.)",
    ),
    (
        "LINT-026",
        (
            (FIRST, "    repeat: ${size}\n    only_if: size > 0\n", "    repeat: '5'\n"),
            (
                FIRST,
                '        ask: {vi: "Tuổi của trẻ?", en: "Age of the child?"}\n',
                '        ask: {vi: "Tuổi của trẻ?", en: "Age of the child?"}\n'
                + "".join(
                    f'      - {{name: c{i}, type: text, ask: {{vi: "Trẻ nói gì ({i})?", en: "What did the child say ({i})?"}}}}\n'
                    for i in range(20)
                ),
            ),
        ),
        (FORM, "id: clean"),
        "<= 20",
    ),
]

# beside them: the same places, worded so that the rule has nothing to say
PASSING: list[tuple[str, tuple[Change, ...]]] = [
    ("LINT-001", ((SCORED, "multiline", "multiline w2"),)),
    ("LINT-001", ((SCORED, "    list: sources\n", "    list: sources\n    appearance: columns-3 no-buttons\n"),)),
    ("LINT-002", ((FIRST, ". <= today()", ". <= today() and 'Tuổi' != 'đã'"),)),
    ("LINT-003", ((SCORED, "name: ways", "name: ways_" + "x" * 13),)),
    ("LINT-004", ((FIRST, "name: born", "name: ways_x"),)),
    (
        "LINT-005",
        (
            (
                FIRST,
                "  - {name: draw",
                f"  - {{name: audit, type: audit, parameters: {THREE}}}\n  - {{name: draw",
            ),
        ),
    ),
    ("LINT-006", ((FIRST, "once(int(random() * 1000))", "once(random())"),)),
    ("LINT-007", ((FIRST, "    only_if: size > 0\n", ""), (FIRST, "range: [0, 9]", "range: [1, 9]"))),
    ("LINT-007", ((FIRST, "    only_if: size > 0\n", "    only_if: size >= 1 and age > 20\n"),)),
    ("LINT-008", ((FIRST, "    value_type: int\n    calculate: ${age} * 12", "    calculate: string(${age})"),)),
    ("LINT-009", ((FIRST, "${age} * 12", "instance('x')/root/item[name = ${age}]/months"),)),
    ("LINT-010", ((SCORED, "Nam nữ có quyền như nhau.", "Luật Bình đẳng giới nói về quyền của nam nữ."),)),
    ("LINT-010", ((SCORED, "Ông/Bà tin nguồn nào nhất?", "Điều tra viên ghi: tiếp cận nguồn nào?"),)),
    ("LINT-011", ((SCORED, "Bếp núc là phần của phụ nữ.", "Bếp núc, giặt giũ và con cái là phần của phụ nữ."),)),
    ("LINT-011", ((SCORED, "Việc nhà là việc chung.", "Vợ và chồng cùng làm việc nhà."),)),
    ("LINT-012", ((SCORED, "name: source", "name: religions"),)),
    ("LINT-013", ((SCORED, '    read_out: true\n    order: fixed\n    order_why: "từ gần đến xa"\n', ""),)),
    ("LINT-013", ((SCORED, "    list: sources\n", "    list: sources\n    order: random\n"),)),
    ("LINT-014", ((SCORED, "Ông/Bà nghe qua cách nào?", LONG.strip()), (FORM, "mode: interviewer", "mode: office"))),
    ("LINT-015", ((SCORED, "Ông/Bà muốn nói thêm gì?", "Ông/Bà " + "muốn nói thêm " * 10 + "gì?"),)),
    ("LINT-017", ((SCORED, "    list: sources\n", "    list: sources\n    only_if: age < 16 or size = 9\n"),)),
    (
        "LINT-018",
        ((FIRST, "    range: [0, 9]\n", "    range: [0, 20]\n    must: . > ${age}\n    must_message: {vi: Nhiều, en: Many}\n"),),
    ),
    (
        "LINT-019",
        ((LISTS, "  - {code: none, vi: Không cách nào, en: None}\n", "  - {code: none, vi: Chưa nghe lần nào, en: None}\n"),),
    ),
    ("LINT-020", ((LISTS, "vi: Ti vi, en: Television", "vi: Facebook, en: Facebook"),)),
    ("LINT-022", ((FIRST, "    range: [15, 110]\n", "    range: [16, 110]\n"),)),
    (
        "LINT-023",
        ((LISTS, "  - {code: none, vi: Không cách nào, en: None}\n", "  - {code: free, vi: Không gian mạng, en: The net}\n"),),
    ),
    ("LINT-024", ((FIRST, "    range: [15, 110]\n", "    must: . >= 15 and . < 110\n    must_message: {vi: Tuổi, en: Age}\n"),)),
]


def test_the_clean_form_is_clean(tmp_path: Path) -> None:
    assert codes(changed(tmp_path)) == []


@pytest.mark.parametrize(
    ("code", "changes", "line", "said"), FAILING, ids=[f"{f[0]} {f[2][1][:20]} {n}" for n, f in enumerate(FAILING)]
)
def test_a_form_that_fails(tmp_path: Path, code: str, changes: tuple[Change, ...], line: tuple[str, str], said: str) -> None:
    folder = changed(tmp_path, *changes)
    told = [p for p in found(folder) if p.code == code]
    assert told, codes(folder)
    file, needle = line
    first = line_of(folder, file, needle.strip()) + needle.count("\n")
    places = [p.place for p in told]
    assert any(place == file or place.startswith(f"{file}:{first} (") for place in places), (places, first)
    assert said in "\n".join(p.text() for p in told)
    assert all(p.expected and p.got for p in told)


@pytest.mark.parametrize(("code", "changes"), PASSING, ids=[f"{p[0]} {n}" for n, p in enumerate(PASSING)])
def test_a_form_beside_it_that_passes(tmp_path: Path, code: str, changes: tuple[Change, ...]) -> None:
    assert [p.text() for p in of_rule(code, changed(tmp_path, *changes))] == []


def test_one_change_is_told_by_one_rule_only(tmp_path: Path) -> None:
    """A rule that fires beside another on the same mistake would bury it; the few pairs that belong together are named."""
    together = {
        "LINT-003": {"LINT-004"},
        "LINT-014": {"LINT-015"},
        "LINT-023": {"LINT-019"},
        "LINT-018": {"LINT-017"},
        "LINT-025": {"LINT-019"},
    }
    for number, (code, changes, _, _) in enumerate(FAILING):
        others = set(codes(changed(tmp_path / str(number), *changes))) - {code}
        assert others <= together.get(code, set()), (code, changes, others)


def test_every_rule_has_a_failing_form_and_a_catalogue_entry() -> None:
    assert {f[0] for f in FAILING} == set(RULES) == {c for c in catalogue() if c.startswith("LINT-")}
    assert len(RULES) >= 20


def test_the_passages_of_the_clean_form_are_yaml() -> None:
    assert all(text.endswith("\n") and "\t" not in text for text in FILES.values())
