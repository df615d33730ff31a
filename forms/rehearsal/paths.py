"""What a rehearsal showed about a form: what it reached, how long each kind of path takes, where nobody can go on.

Imports the records of this room, model and sweep.  Pure: what was met goes in, a report comes out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from ..condition import holds
from ..question import HIDDEN, Label, Question, Questionnaire
from .latent import STAMP
from .model import FormModel
from .sweep import Swept
from .values import parts_of

_SAID = {
    "questions": "câu hỏi / questions",
    "choices": "lựa chọn / choices",
    "constraints": "điều kiện hợp lệ / constraints",
    "required": "câu bắt buộc / required answers",
    "messages": "thông báo theo ngôn ngữ / messages by language",
}


@dataclass(frozen=True)
class Coverage:
    """How much of one kind of thing was met. missed: (what, why not, in words; None when nobody can say why)."""

    what: str
    of: int
    met: int
    missed: tuple[tuple[str, Label | None], ...] = ()

    @property
    def complete(self) -> bool:
        """All of it, or all but what has a reason."""
        return all(reason is not None for _, reason in self.missed)


@dataclass(frozen=True)
class Length:
    """One kind of path. minutes: as if read aloud, in the pace of the interviewers."""

    name: str
    label: Label
    interviews: int
    questions_median: float
    questions_max: int
    minutes_median: float
    minutes_max: float


@dataclass(frozen=True)
class Paths:
    """The report of a rehearsal on its form.

    messages: (question, language, message) of every constraint met.  wordless: (question, language, what has no text).
    dead: questions at which nobody could give an accepted answer.  back: (question, how often an earlier answer had to be changed
    before one was accepted).  differs: (question, how the engine and our records disagree).
    """

    form: str
    digest: str
    interviews: int
    walks: int
    languages: tuple[str, ...]
    coverage: tuple[Coverage, ...]
    lengths: tuple[Length, ...]
    messages: tuple[tuple[str, str, str], ...]
    wordless: tuple[tuple[str, str, str], ...]
    dead: tuple[str, ...]
    back: tuple[tuple[str, int], ...]
    differs: tuple[tuple[str, str], ...]

    @property
    def complete(self) -> bool:
        """Everything met or explained, every text there, no dead end, no disagreement with the engine."""
        return all(c.complete for c in self.coverage) and not (self.wordless or self.dead or self.differs)

    def lines(self) -> list[str]:
        """The findings, a line each."""
        found = [_covered(c) for c in self.coverage]
        found += [_long(length) for length in self.lengths]
        found.append(f"ngõ cụt / dead ends: {', '.join(self.dead) or 'không có / none'}")
        if self.back:
            found.append("phải quay lại sửa câu trước / had to go back: " + ", ".join(f"{q} {n}" for q, n in self.back))
        if self.wordless:
            found.append("thiếu lời / no text: " + ", ".join(f"{q} ({lang}, {what})" for q, lang, what in self.wordless))
        if self.differs:
            found.append("bộ máy khác sổ mã / engine differs: " + ", ".join(f"{q}: {how}" for q, how in self.differs))
        return found


def _long(length: Length) -> str:
    return (
        f"đường đi / path {length.label.vi} ({length.label.en}): {length.interviews} phiếu, "
        f"{length.questions_median:g} câu (nhiều nhất / most {length.questions_max}), "
        f"{length.minutes_median:g} phút / minutes (dài nhất / longest {length.minutes_max:g})"
    )


def _covered(c: Coverage) -> str:
    text = f"{_SAID[c.what]}: {c.met}/{c.of}"
    unsaid = [what for what, reason in c.missed if reason is None]
    said = [f"{what} ({reason.vi} / {reason.en})" for what, reason in c.missed if reason]
    if unsaid:
        text += f"; chưa tới, chưa có lý do / not met, no reason: {', '.join(unsaid)}"
    return text + (f"; không tới được / cannot be met: {'; '.join(said)}" if said else "")


@dataclass(frozen=True)
class Walked:
    """What the report needs of a finished interview."""

    answers: Mapping[str, str]
    questions: int
    minutes: float


def report(
    form: Questionnaire, model: FormModel, interviews: Sequence[Walked], reached: Mapping[str, int],
    chosen: Mapping[str, set[str]], swept: Swept, stuck: Mapping[str, int], passed: set[str],
) -> Paths:  # fmt: skip
    """Join what people met by chance (reached, chosen) with what the sweep met."""
    visible = [q for _, q in form.questions() if q.type not in HIDDEN]
    coverage = (
        _cover("questions", _questions(visible, set(reached) | swept.reached), model),
        _cover("choices", _choices(form, visible, chosen, swept), model),
        _cover("constraints", _constraints(form, visible, swept), model),
        _cover("required", ((q.name, q.name in swept.required) for q in visible if q.required and q.type != "note"), model),
        _cover("messages", _messages(form, visible, swept), model),
    )
    messages = tuple(
        (name, language, text) for (name, _), said in swept.stopped.items() for language, text in sorted(said.items())
    )
    return Paths(
        form.id, form.digest, len(interviews), swept.walks, swept.languages, coverage, tuple(_lengths(model, interviews)),
        tuple(sorted(set(messages))), tuple(sorted(swept.wordless)),
        tuple(sorted({*stuck, *swept.stuck} - passed - swept.passed)),
        tuple((name, n) for name, n in sorted(stuck.items()) if name in passed | swept.passed),
        tuple(sorted(swept.differs)),
    )  # fmt: skip


def _cover(what: str, things: Iterator[tuple[str, bool]], model: FormModel) -> Coverage:
    seen = dict(things)
    missed = tuple((name, _reason(model, name)) for name, met in seen.items() if not met)
    return Coverage(what, len(seen), len(seen) - len(missed), missed)


def _reason(model: FormModel, name: str) -> Label | None:
    """The reason for a thing, or for the whole question it belongs to."""
    question = name.partition("=")[0].partition("!")[0].partition("@")[0]
    return model.unreachable.get(name) or model.unreachable.get(question)


def _questions(visible: Sequence[Question], reached: set[str] | frozenset[str]) -> Iterator[tuple[str, bool]]:
    yield from ((q.name, q.name in reached) for q in visible)


def _choices(
    form: Questionnaire, visible: Sequence[Question], chosen: Mapping[str, set[str]], swept: Swept
) -> Iterator[tuple[str, bool]]:
    for q in visible:
        if q.type in ("select_one", "select_multiple"):
            met = chosen.get(q.name, set()) | swept.chosen.get(q.name, frozenset())
            yield from ((f"{q.name}={c.code}", c.code in met) for c in form.choices(q))
            if q.file:
                yield f"{q.name}={q.file}", bool(met)


def _constraints(form: Questionnaire, visible: Sequence[Question], swept: Swept) -> Iterator[tuple[str, bool]]:
    for q in visible:
        yield from ((f"{q.name}!{part}", (q.name, part) in swept.stopped) for part in parts_of(form, q))


def _messages(form: Questionnaire, visible: Sequence[Question], swept: Swept) -> Iterator[tuple[str, bool]]:
    """Every message of a constraint or an empty answer, in every language, as the engine showed it when it refused."""
    for q in visible:
        for language in swept.languages:
            if parts_of(form, q):
                shown = [m for (name, _), m in swept.stopped.items() if name == q.name]
                yield f"{q.name}@{language}", any(m.get(language, "").strip() for m in shown)
            if q.required and q.type != "note":
                yield f"{q.name}@{language}, required", bool(swept.required.get(q.name, {}).get(language, "").strip())


def _lengths(model: FormModel, interviews: Sequence[Walked]) -> Iterator[Length]:
    rest = Label("mọi phiếu khác", "all others")
    kinds: dict[str, tuple[Label, list[Walked]]] = {gate.name: (gate.label, []) for gate in model.gates}
    kinds["other"] = (rest if model.gates else Label("mọi phiếu", "every form"), [])
    for one in interviews:
        name = next((gate.name for gate in model.gates if holds(gate.when, one.answers)), "other")
        kinds[name][1].append(one)
    for name, (label, found) in kinds.items():
        if found:
            questions, minutes = [w.questions for w in found], [w.minutes for w in found]
            yield Length(
                name, label, len(found), median(questions), max(questions), round(median(minutes), 1), round(max(minutes), 1)
            )


def paths_bytes(found: Paths) -> bytes:
    """paths.json."""
    document = {
        "stamp": STAMP, "form": found.form, "digest": found.digest, "complete": found.complete,
        "interviews": found.interviews, "walks": found.walks, "languages": list(found.languages),
        "coverage": [
            {"what": c.what, "of": c.of, "met": c.met,
             "missed": [{"what": what, "reason": reason and {"vi": reason.vi, "en": reason.en}} for what, reason in c.missed]}
            for c in found.coverage
        ],
        "lengths": [{**vars(length), "label": {"vi": length.label.vi, "en": length.label.en}} for length in found.lengths],
        "messages": [{"question": q, "language": lang, "text": text} for q, lang, text in found.messages],
        "no_text": [{"question": q, "language": lang, "what": what} for q, lang, what in found.wordless],
        "dead_ends": list(found.dead),
        "went_back": [{"question": q, "times": n} for q, n in found.back],
        "engine_differs": [{"question": q, "how": how} for q, how in found.differs],
    }  # fmt: skip
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
