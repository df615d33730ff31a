"""Random questionnaires, and a process that lets JavaRosa ask them.

Run as `python -m tests.forms.random_forms`: a line of JSON in (a form's XML, its records, a seed), a line of JSON out (what was
asked, tried and refused, and the submissions).  None of these forms has list files, so one process may hold many of them.
"""

from __future__ import annotations

import base64
import json
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal

from hypothesis import strategies as st

from forms.condition import Both, Chose, Compare, Condition, Either, Not
from forms.question import Choice, ChoiceList, Label, Question, Questionnaire, Section

DAY = date(2026, 10, 12)
ROOT = Path(__file__).parents[2]


def _list(name: str, *codes: str) -> ChoiceList:
    why: dict[str, Literal["dont_know", "refused"]] = {"dk": "dont_know", "ref": "refused"}
    return ChoiceList(name, tuple(Choice(c, Label(f"{c} ạ", f"{c} e"), why.get(c)) for c in codes))


LISTS = {
    "yes": _list("yes", "yes", "no", "dk"),
    "num": _list("num", "1", "2", "3plus", "ref"),
    "ways": _list("ways", "a", "b", "c", "none", "ref"),
}
NUMBERS = ("-3", "-1", "0", "1", "2", "3", "7", "18", "2.5", "17.5", "-0.5")
OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
NUMERIC = ("integer", "decimal", "calculate")


@dataclass
class Sketch:
    """A questionnaire while it is drawn: what may be referred to, innermost scope last."""

    draw: Any
    seen: list[Question] = field(default_factory=list)
    number: int = 0

    def name(self) -> str:
        self.number += 1
        return f"q{self.number}"

    def of(self, *types: str) -> list[Question]:
        return [q for q in self.seen if q.type in types]


def leaf(s: Sketch, itself: Question | None = None) -> Condition:
    """One comparison that makes sense for the question's type; `itself` is the question whose answer is judged."""
    pool = [itself] if itself else s.seen
    q = s.draw(st.sampled_from(pool))
    name = "." if itself else q.name
    others = [o for o in s.seen if o.type == q.type and o.list == q.list and o.name != q.name]
    if q.type in NUMERIC:
        others = [o for o in s.of(*NUMERIC) if o.name != q.name]
    if others and s.draw(st.booleans()):
        ops = OPERATORS if q.type in (*NUMERIC, "date") else ("=", "!=")
        return Compare(name, s.draw(st.sampled_from(ops)), s.draw(st.sampled_from(others)).name, other=True)
    if q.type in NUMERIC:
        return Compare(name, s.draw(st.sampled_from(OPERATORS)), s.draw(st.sampled_from(NUMBERS)))
    if q.type in ("select_one", "select_multiple"):
        code = s.draw(st.sampled_from([c.code for c in LISTS[q.list or ""].choices]))
        plain = q.type == "select_one" and s.draw(st.booleans())
        return Compare(name, s.draw(st.sampled_from(("=", "!="))), code) if plain else Chose(name, code)
    words = ("2026-10-12", "2026-10-13") if q.type == "date" else ("x", "Xa", "xa-1")
    return Compare(name, s.draw(st.sampled_from(("=", "!="))), s.draw(st.sampled_from(words)))


def tree(s: Sketch, depth: int, itself: Question | None = None) -> Condition:
    """A condition about what stands before (or about the answer itself)."""
    kind = s.draw(st.sampled_from(("leaf", "leaf", "not", "both", "either"))) if depth else "leaf"
    if kind == "leaf":
        return leaf(s, itself if itself and s.draw(st.integers(0, 2)) else None) if s.seen else leaf(s, itself)
    if kind == "not":
        return Not(tree(s, depth - 1, itself))
    parts = tuple(tree(s, depth - 1, itself) for _ in range(s.draw(st.integers(2, 3))))
    return Both(parts) if kind == "both" else Either(parts)


def question(s: Sketch) -> Question:
    """A question of any type, with whatever conditions it may carry."""
    types = ("select_one", "select_one", "select_multiple", "integer", "decimal", "date", "text", "calculate", "note")
    kind = s.draw(st.sampled_from(types))
    name = s.name()
    q = Question(name, kind, Label(f"Câu {name}", f"Question {name}"), f"random:{name}")
    if kind in ("select_one", "select_multiple"):
        q = replace(q, list=s.draw(st.sampled_from(("yes", "num"))) if kind == "select_one" else "ways")
    if kind == "integer" and s.draw(st.booleans()):
        low = s.draw(st.integers(-2, 3))
        q = replace(q, range=(low, low + s.draw(st.integers(0, 20))))
    if kind == "decimal" and s.draw(st.booleans()):
        q = replace(q, range=(0, 18))
    if kind == "calculate":
        q = replace(q, value_type=s.draw(st.sampled_from(("int", "decimal"))), calculate=calculation(s))
    parts = s.of("integer", "decimal")
    if kind in ("integer", "decimal") and not q.range and len(parts) > 1 and s.draw(st.integers(0, 2)) == 0:
        several = tuple(p.name for p in parts[-2:])
        q = replace(q, sum_of=several if kind == "decimal" or all(p.type == "integer" for p in parts[-2:]) else ())
    if s.seen and s.draw(st.booleans()):
        q = replace(q, only_if=tree(s, 2))
    if kind not in ("calculate", "note"):
        q = replace(q, required=s.draw(st.booleans()))
        if s.draw(st.integers(0, 3)) == 0:
            q = replace(q, must=tree(s, 1, q), must_message=Label("Sai rồi.", "Wrong."))
    return q if kind not in ("calculate", "note") else replace(q, required=False)


def calculation(s: Sketch) -> str:
    """A number made of what was said before."""
    found = ["1"]
    found += [f"coalesce(${{{q.name}}}, 0) + 1" for q in s.of("integer")]
    found += [f"coalesce(${{{q.name}}}, 0) * 2" for q in s.of("decimal")]
    found += [f"count-selected(${{{q.name}}})" for q in s.of("select_multiple")]
    found += [f"if(${{{q.name}}} = '1', 18, 2)" for q in s.of("select_one")]
    return str(s.draw(st.sampled_from(found)))


def items(s: Sketch, depth: int, most: int = 5) -> tuple[Question | Section, ...]:
    """What a section holds: questions, groups in groups, repeats in repeats."""
    found: list[Question | Section] = []
    for _ in range(s.draw(st.integers(1, most))):
        kind = s.draw(st.sampled_from(("question", "question", "question", "group", "repeat"))) if depth else "question"
        if kind == "question":
            new = question(s)
            found.append(new)
            if new.type != "note":
                s.seen.append(new)
        elif kind == "group":
            found.append(section(s, depth - 1))
        else:
            found += repeat(s, depth - 1)
    return tuple(found)


def section(s: Sketch, depth: int) -> Section:
    """A group, asked always or under a condition."""
    name = s.name()
    only_if = tree(s, 2) if s.seen and s.draw(st.booleans()) else None
    return Section(name, Label(f"Phần {name}", f"Part {name}"), items(s, depth, 3), f"random:{name}", only_if)


def repeat(s: Sketch, depth: int) -> list[Question | Section]:
    """A number and as many rows; what is inside is not referred to from outside."""
    count = Question(s.name(), "integer", Label("Mấy?", "How many?"), "random", range=(0, 3))
    s.seen.append(count)
    before = list(s.seen)
    name = s.name()
    inside = items(s, depth, 3)
    s.seen[:] = before
    more = Compare(count.name, ">", "0")
    label = Label(f"Dòng {name}", f"Row {name}")
    return [count, Section(name, label, inside, f"random:{name}", more, repeat=f"${{{count.name}}}")]


def tree_text(tree: Condition) -> str:
    """A tree in the grammar of the questionnaires, every group in brackets."""
    match tree:
        case Compare(name, op, value, other):
            return f"{name} {op} {f'${{{value}}}' if other else value}"
        case Chose(name, value):
            return f"chose({name}, {value})"
        case Not(of):
            return f"not ({tree_text(of)})"
        case Both(of):
            return " and ".join(f"({tree_text(p)})" for p in of)
        case Either(of):
            return " or ".join(f"({tree_text(p)})" for p in of)


@st.composite
def questionnaires(draw: Any) -> Questionnaire:
    """A whole form of one to three sections, up to three deep."""
    s = Sketch(draw)
    sections = tuple(section(s, 2) for _ in range(draw(st.integers(1, 3))))
    return Questionnaire("random", Label("Thử", "Random"), "1", sections, LISTS, {})


class Javarosa:
    """The process that holds the engine."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forms.random_forms"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            encoding="utf-8", cwd=ROOT,
        )  # fmt: skip

    def ask(self, form: Questionnaire, xml: str, seed: int, interviews: int) -> list[dict[str, Any]]:
        """Interviews of one form with random answers."""
        assert self._process.stdin
        assert self._process.stdout
        job = {"xml": xml, "form": base64.b64encode(pickle.dumps(form)).decode(), "seed": seed, "interviews": interviews}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the engine's process ended"
        found: list[dict[str, Any]] = json.loads(line)
        return found

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()


def random_answer(rng: Random, q: Question, offered: tuple[str, ...]) -> str:
    """Something a person may enter, right or wrong."""
    if rng.random() < 0.15:
        return ""
    if q.type == "select_one":
        return rng.choice(offered)
    if q.type == "select_multiple":
        return " ".join(rng.sample(offered, rng.randint(1, min(3, len(offered)))))
    if q.type == "integer":
        return str(rng.choice((-3, -1, 0, 1, 2, 3, 7, 18, 19, 25)))
    if q.type == "decimal":
        return rng.choice(("-3", "-0.5", "0", "1", "1.0", "2.5", "3", "17.5", "18", "18.25", "0.1", "123456789.5"))
    if q.type == "date":
        return (DAY + timedelta(days=rng.choice((-400, -1, 0, 1, 30)))).isoformat()
    return rng.choice(("x", "Xa", "xa-1", "một hai"))


def interview(engine: Any, form: Questionnaire, rng: Random) -> dict[str, Any]:
    """One interview: every answer tried with the engine's verdict, and the submission unless nothing was accepted somewhere."""
    from forms.rehearsal.interview import kind_of
    from forms.rehearsal.values import candidates, looked_at

    questions = {q.name: q for _, q in form.questions()}
    engine.begin({})
    tried: list[tuple[str, list[int], str, str, dict[str, str]]] = []
    hidden = {q.name: "/".join((*path, q.name)) for path, q in form.questions() if q.type == "calculate"}
    given: dict[str, str] = {}
    while (stop := engine.step()) is not None:
        q = questions[stop.name]
        rows = list(stop.rows)
        if q.type == "note":
            tried.append((q.name, rows, "", "note", {}))
            continue
        counted = {name: engine.value(hidden[name]) for name in looked_at(q) if name in hidden}
        offered = engine.choices() if q.list else ()
        texts = [*(random_answer(rng, q, offered) for _ in range(6)), *candidates(q, given, DAY, form.choices(q))]
        for text in [*texts, *([] if q.required else [""])]:
            outcome = engine.answer(q.name, kind_of(q), text)
            tried.append((q.name, rows, text, outcome, counted))
            if outcome == "ok":
                given[q.name] = text
                break
        else:
            return {"tried": tried, "xml": ""}
    failed, xml = engine.finish({}, validate=True)
    return {"tried": tried, "xml": xml, "failed": failed}


def main() -> None:
    """Answer jobs until the input ends."""
    from forms.rehearsal.engine import Engine

    write: Callable[[str], int] = sys.stdout.write
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xml"
        for line in sys.stdin:
            job = json.loads(line)
            path.write_text(job["xml"], encoding="utf-8")
            form = pickle.loads(base64.b64decode(job["form"]))  # our own parent process wrote it
            engine, rng = Engine(path, Path(folder)), Random(job["seed"])
            write(json.dumps([interview(engine, form, rng) for _ in range(job["interviews"])]) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
