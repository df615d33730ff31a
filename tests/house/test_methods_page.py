"""docs/methods.md is what the prose and the specs give today, and says no number that the specs do not give."""

from __future__ import annotations

import pytest

from tests.house import methods_page
from tests.spec.shown import ask, shown, then, written_down


def test_the_page_of_methods_is_in_step() -> None:
    assert methods_page.PAGE.read_text(encoding="utf-8") == methods_page.page(), "python -m tests.house.refresh"


def test_every_part_of_the_page_begins_in_vietnamese() -> None:
    parts = methods_page.PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    assert len(parts) >= 11
    for part in parts:
        first = part.split("\n\n")[1]
        assert first.startswith("*Tóm tắt."), part.splitlines()[0]
        assert 2 <= first.count(". ") + first.rstrip("*").endswith(".") <= 6, first


def test_reasons_are_found_whole() -> None:
    found = methods_page.reasons()
    assert found["status.ONE_PSU"].endswith("<br>*the group answered in a single PSU*")
    assert "không xác định được thay đổi tương đối: số liệu gốc" in found["change.IMPRECISE"]
    assert all("<br>*" in text for text in found.values())


def _door(data: object, design: object, y: str, *, where: object = None) -> tuple[str, object]:
    return y, where


def test_calls_are_written_down_only_when_asked() -> None:
    assert ask(_door, None, methods_page.BASE, "y") == ("y", None)
    with written_down() as calls:
        answer = ask(_door, None, methods_page.BASE, "y", where={"sex": "f"})
        then(answer, "index", "y")
    assert [(call.name, dict(call.given)) for call in calls] == [
        ("_door", {"y": "y", "where": {"sex": "f"}}),
        ("index", {"value": "y"}),
    ]
    assert calls[1].subject is answer


def test_a_spec_that_asks_nothing_is_told() -> None:
    @shown("nothing")
    def test_silent() -> None:
        """Nothing."""

    with pytest.raises(ValueError, match="asks nothing"):
        methods_page.printed(test_silent)


@pytest.mark.parametrize("broken", ["<!-- spec: test_a_total -->\n<!-- spec: test_a_total -->\n", "reason(status.NOBODY)\n", ""])
def test_what_is_named_twice_or_never_is_told(broken: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    file = tmp_path / "methods.in.md"  # type: ignore[operator]  # pytest's own fixture
    file.write_text(f"<!-- head -->\n{broken}", encoding="utf-8")
    monkeypatch.setattr(methods_page, "SOURCE", file)
    with pytest.raises(ValueError, match="to be named once"):
        methods_page.page()


@pytest.mark.parametrize(
    ("value", "written"),
    [(3.0, "3"), (0.123456789, "0.12346"), (None, "-"), (float("nan"), "-"), ((), "all"), ((("sex", "f"),), "sex f"), ("t", "t")],
)
def test_numbers_are_short(value: object, written: str) -> None:
    assert methods_page.short(value) == written


def test_no_wrapped_line_begins_like_a_list() -> None:
    lines = methods_page.wrapped("x" * 140 + " (z1 - z2)^2 + 2 * 3 = 10 " + "y" * 138 + " - 1. 2")
    assert " ".join(lines) == "x" * 140 + " (z1 - z2)^2 + 2 · 3 = 10 " + "y" * 138 + " - 1. 2"
    assert [line[:2] for line in lines if methods_page.BEGINS.match(line)] == []
