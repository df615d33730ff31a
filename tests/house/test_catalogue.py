"""The error catalogue and the code that uses it: same codes, same facts, both languages."""

from __future__ import annotations

import ast
import pickle
import string
import unicodedata
from dataclasses import dataclass

from forms.errors import BdgError, Entry, catalogue, problem
from tests.house import error_page
from tests.house.tree import modules

RAISERS = {"refuse", "problem"}
FIXED = {"expected", "got"}  # shown on lines of their own, never placeholders


@dataclass(frozen=True)
class Call:
    """One refuse(…) or problem(…) in the source. facts None: given as **mapping, not readable from syntax."""

    place: str
    code: str
    facts: frozenset[str] | None


def _calls() -> list[Call]:
    found = []
    for module in modules():
        if module.path == "forms/errors.py":
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISERS:
                first = node.args[0] if node.args else None
                code = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
                names = [k.arg for k in node.keywords]
                facts = None if None in names else frozenset(n for n in names if n) - FIXED
                found.append(Call(f"{module.path}:{node.lineno}", code, facts))
    return found


def _texts(entry: Entry) -> tuple[str, ...]:
    return (entry.vi, entry.en, entry.do_vi, entry.do_en)


def _placeholders(entry: Entry) -> frozenset[str]:
    return frozenset(name for text in _texts(entry) for _, name, _, _ in string.Formatter().parse(text) if name)


def test_codes_are_written_out_where_they_are_raised() -> None:
    assert _calls()
    assert [call.place for call in _calls() if not call.code] == []


def test_every_code_that_is_raised_is_in_the_catalogue() -> None:
    assert [(call.place, call.code) for call in _calls() if call.code and call.code not in catalogue()] == []


def test_every_code_of_the_catalogue_is_raised_somewhere() -> None:
    assert sorted(set(catalogue()) - {call.code for call in _calls()}) == []


def test_the_facts_given_are_the_placeholders() -> None:
    wrong = []
    for call in _calls():
        if call.code not in catalogue() or call.facts is None:
            continue
        wanted = _placeholders(catalogue()[call.code])
        if wanted != call.facts:
            difference = {"missing": sorted(wanted - call.facts), "not said": sorted(call.facts - wanted)}
            wrong.append((call.place, call.code, difference))
    assert wrong == []


def test_every_entry_speaks_both_languages_in_nfc() -> None:
    for code, entry in catalogue().items():
        for text in _texts(entry):
            assert text.strip(), code
            assert text == unicodedata.normalize("NFC", text), code
        assert entry.vi != entry.en, code
        assert entry.do_vi != entry.do_en, code


def test_codes_have_the_form_family_and_three_digits() -> None:
    for code in catalogue():
        family, _, number = code.partition("-")
        assert family in error_page.FAMILIES
        assert len(number) == 3
        assert number.isdigit()


def test_every_entry_prints_with_its_facts() -> None:
    for code, entry in catalogue().items():
        said = problem(code, "tệp.csv, dòng 2", expected="a", got="b", **dict.fromkeys(_placeholders(entry), "X")).text()
        assert said.endswith(f"[{code}]")
        assert "{X}" not in said


def test_the_page_of_errors_is_in_step() -> None:
    assert error_page.PAGE.read_text(encoding="utf-8") == error_page.page(), "python -m tests.house.refresh"


def test_an_error_of_a_worker_process_arrives_whole() -> None:
    """The classic mistake: an exception whose arguments are its text cannot be made again, and the pool breaks instead."""
    error = BdgError([problem("DATA-003", "a.csv, dòng 3", got="x", key="x", first=2), problem("STAT-006", column="y")])
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.problems == error.problems
    assert again.exit_code == error.exit_code
