"""The lines of the table that come from surveys: people (II.1), awareness (II.3), the National Strategy's indicator.

Imports entries, surveyed and the plan's records.  Rows are named by key, verdicts are the rows' own; nothing is interpolated.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forms.question import Label

from .entries import (
    BASELINE,
    LATEST,
    NO_BASELINE,
    NO_DATA,
    NO_SURVEY,
    NO_VERDICT,
    NOT_DUE_LABEL,
    RESULT_ONLY,
    UNSIGNED,
    Known,
    entry,
    filled,
    joined,
    planned_of,
)
from .surveyed import verdict_label

HOUSEHOLDS = Label("khảo sát hộ gia đình", "household survey")
_PEOPLE = (
    (
        "people_any", "exposed2_any",
        Label("Người dân được truyền thông từ 02 lần trở lên, mọi cách", "Residents reached twice or more, any channel"),
    ),
    (
        "people_face", "exposed2_face",
        Label("Người dân được truyền thông trực tiếp từ 02 lần trở lên", "Residents reached face to face twice or more"),
    ),
    (
        "people_recalled", "recalled",
        Label("Người dân nhớ được ít nhất một nội dung", "Residents who recall at least one message"),
    ),
)  # fmt: skip


def people(known: Known) -> Iterator[dict[str, Any]]:
    """II.1 for residents, three readings."""
    planned = planned_of(known, known.count("II.1_received"))
    for part, indicator, label in _PEOPLE:
        yield _from_survey(known, "II.1", part, label, planned, indicator, RESULT_ONLY)


def _survey_source(year: int) -> Label:
    return Label(f"khảo sát hộ gia đình năm {year}", f"household survey of {year}")


def _from_survey(
    known: Known, target: str, part: str, label: Label, planned: Label, indicator: str, state: Label, *, headline: bool = False,
    note: Label | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A level of this year's survey; in a year without one, the last survey's row stands beside and nothing is interpolated."""
    row = known.surveys.level(indicator, known.year)
    if row is not None:
        return entry(
            target,
            part,
            label,
            planned,
            state=state,
            source=_survey_source(known.year),
            key=row.key,
            headline=headline,
            missing=note,
        )
    state, gone = known.unsurveyed()
    earlier = [w for w in known.surveys.waves if w < known.year and known.surveys.level(indicator, w) is not None]
    if not earlier:
        return entry(target, part, label, planned, state=state, source=HOUSEHOLDS, headline=headline, missing=joined(gone, note))
    last = known.surveys.level(indicator, earlier[-1])
    return entry(
        target, part, label, planned, state=state, source=_survey_source(earlier[-1]), headline=headline,
        also=[last.key] if last else [], progress=filled(LATEST, year=earlier[-1]), missing=joined(gone, note),
    )  # fmt: skip


def awareness(known: Known) -> Iterator[dict[str, Any]]:
    """II.3: the reading that the decision names first, then the four results; verdicts are the rows' own.

    Without a signed decision no line has a verdict, only its result (decision 5).
    """
    target, signed = known.target("II.3"), known.plan.target_ii3
    year = max(target.values)
    asked = target.values[year]
    base = min(known.plan.waves)
    planned = Label(
        f"tăng từ {asked.low:g} - {asked.high or asked.low:g}% đến năm {year} so với năm {base}",
        f"up by {asked.low:g}-{asked.high or asked.low:g}% by {year} against {base}",
    )
    share = f"reach{signed.threshold:g}"
    named = (
        known.surveys.compared("score" if signed.outcome == "score" else share),
        "diff" if signed.reading == "points" else "rel",
    )
    rows = [(i, e, known.surveys.target(i, e)) for i in map(known.surveys.compared, ("score", share)) for e in ("rel", "diff")]
    last = bool(known.surveys.waves) and known.surveys.waves[-1] == known.year
    head = next((r for i, e, r in rows if (i, e) == named), None)
    label = Label("Nhận thức về bình đẳng giới của người dân", "Awareness of gender equality among residents")
    if head is None or not last:
        yield _not_measured(known, label, planned, base)
        return
    state = verdict_label(head.state)
    if state != NOT_DUE_LABEL and not signed.signed:
        state = UNSIGNED
    source = _survey_source(known.year)
    yield entry(
        "II.3", "score", label, planned, state=state, source=source, headline=True, key=head.key, also=_scores(known, named[0])
    )
    for indicator, estimand, row in rows:
        if row is not None:
            state = verdict_label(row.state)
            if state != NOT_DUE_LABEL and not signed.signed:
                state = NO_VERDICT
            yield entry(
                "II.3",
                "reading",
                _reading(indicator, estimand, signed.threshold),
                planned,
                state=state,
                source=source,
                key=row.key,
            )


def _scores(known: Known, indicator: str) -> list[str]:
    found = [known.surveys.level(indicator, w) for w in known.surveys.waves]
    return [r.key for r in found if r is not None]


def _not_measured(known: Known, label: Label, planned: Label, base: int) -> dict[str, Any]:
    """A year that closes no comparison: the baseline stands beside, the score is never interpolated."""
    last = max(known.target("II.3").values)
    rows = [r for w in known.surveys.waves if (r := known.surveys.level("score", w)) is not None and w <= known.year]
    have = any(r.wave == base for r in rows)
    progress = filled(BASELINE if have else NO_BASELINE, year=base)
    due = known.year >= last and known.kind != "halfyear"
    state = NO_DATA if due else NOT_DUE_LABEL
    now = next((r for r in rows if r.wave == known.year), None)
    missing = None if now else known.unsurveyed()[1] or NO_SURVEY
    return entry(
        "II.3", "score", label, planned, state=state, source=_survey_source(rows[-1].wave) if rows else HOUSEHOLDS, headline=True,
        key=now.key if now else "", also=[r.key for r in rows if r is not now], progress=progress,
        missing=missing,
    )  # fmt: skip


def _reading(indicator: str, estimand: str, threshold: float) -> Label:
    what = (
        Label("Điểm nhận thức", "Awareness score") if indicator.startswith("score")
        else Label(f"Tỷ lệ người đạt từ {threshold:g} điểm trở lên", f"Share with {threshold:g} points or more")
    )  # fmt: skip
    how = Label("thay đổi tương đối", "relative change") if estimand == "rel" else Label("thay đổi tuyệt đối", "absolute change")
    return Label(f"{what.vi}, {how.vi}", f"{what.en}, {how.en}")


def strategy(known: Known) -> Iterator[dict[str, Any]]:
    """The National Strategy's indicator; its measure is a proposal and says so."""
    s = known.plan.strategy
    if s is None:
        return
    last = max(s.values)
    planned = Label(
        "; ".join(f"{v:g}% đến năm {y}" for y, v in sorted(s.values.items())),
        "; ".join(f"{v:g}% by {y}" for y, v in sorted(s.values.items())),
    )
    state = RESULT_ONLY if known.year >= last else NOT_DUE_LABEL
    yield _from_survey(known, s.id, "strategy", s.wording, planned, s.indicator, state, headline=True, note=s.note)
