"""May this household be replaced, and by which reserve?  One release at a time, so that replacement cannot be fudged.

Imports released (the lines), sample, findings; the form's result codes come in as its choice list.  Of a submission it sees
the household and the result, never a person.

A replacement chosen by the enumerator selects whoever is easy to find.  So the reserve is the next one of the hamlet's own
random order; whoever was not found needs the planned number of visits (survey.yaml, `visits`), any other final result at
least one; a household is replaced once, and never after a complete interview (Lohr 2022, Sampling: Design and Analysis,
3rd ed., ch. 8; Lynn 2004, «The use of substitution in surveys», The Survey Statistician 49).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from forms.codebook import Codebook
from forms.errors import refuse
from forms.question import Label, Questionnaire
from forms.submission import Submission
from forms.survey import SurveyPlan

from ..findings import Finding
from .release_file import Household, Release, append, broken, head, read, released_bytes, replaced
from .sample import Drawn

__all__ = [
    "Release", "Rules", "append", "broken", "check", "check_field", "head", "read", "release", "released_bytes", "replaced",
    "returned", "rules_of",
]  # fmt: skip

INTERVIEWED = ("completed", "partial")
"""Results of the form that are an interview: no reserve stands in for them."""
NOT_FOUND = ("nobody_home", "absent", "language")
"""Results that only time can make final: they need all planned visits; every other one is final at the first."""

_DO = {
    "release_chain": "Tìm bản gốc của releases.csv; không dùng tệp đã sửa | Find the original file; do not use an edited one",
    "release_reserve": "Hộ không phải hộ dự phòng của mẫu: bỏ phiếu của hộ này | Not a reserve of the sample: drop its form",
    "release_order": "Hỏi giám sát viên vì sao bỏ qua hộ dự phòng đứng trước | Ask why an earlier reserve was passed over",
    "release_twice": "Một hộ chỉ được thay một lần: bỏ phiếu của hộ thừa | One replacement a household: drop the other form",
    "release_household": "Hộ được thay không có trong mẫu hoặc chưa được cấp | The replaced household was never issued",
    "release_reason": "Bổ sung lý do theo danh mục kết quả của phiếu | Give a reason from the form's result codes",
    "release_visits": "Đến lại đủ số lần trước khi thay hộ | Make the planned visits before a replacement",
    "release_who": "Bổ sung mã điều tra viên | Give the enumerator's code",
    "release_time": "Kiểm tra ngày ghi của các dòng | Check the dates of the lines",
    "reserve_unreleased": "Bỏ phiếu, hoặc lập quyết định có lý do | Drop the form, or decide with a reason",
    "replaced_interviewed": "Giữ phiếu của hộ chính, bỏ phiếu của hộ dự phòng | Keep the first household's form, drop the other",
    "reserve_silent": "Đòi phiếu của hộ dự phòng, kể cả khi không gặp | Ask for the reserve's form, also without contact",
    "replaced_silent": "Đòi phiếu ghi kết quả của hộ bị thay | Ask for the form with the replaced household's result",
    "release_differs": "So lý do trong releases.csv với kết quả trên phiếu | Compare the reason with the form's result",
}  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """What a release must satisfy.  reasons: code -> label, from the form's list `result`; visits: from survey.yaml."""

    reasons: Mapping[str, Label]
    visits: int

    def needed(self, reason: str) -> int:
        """Visits that a reason needs."""
        return self.visits if reason in NOT_FOUND else 1


def rules_of(form: Questionnaire, plan: SurveyPlan) -> Rules:
    """The rules of a form and a plan: every result of the form that is no interview is a reason."""
    labels = {c.code: c.label for c in form.lists["result"].choices}
    return Rules({code: label for code, label in labels.items() if code not in INTERVIEWED}, plan.selection.visits)


def release(
    sample: Sequence[Drawn], releases: Sequence[Release], wave: int, psu: str, household: str, reason: str, visits: int, who: str,
    day: date, *, rules: Rules, interviewed: Collection[Household] = (),
) -> Release:  # fmt: skip
    """The line to append: the hamlet's next reserve in the place of a household.  Nothing is written.

    interviewed: households known to have a complete interview.
    BdgError DATA-055 (the lines so far do not hold together), DATA-050 (no such household was issued), DATA-051 (replaced
    already, or interviewed), DATA-052 (no such reason), DATA-053 (too few visits), DATA-054 (no reserve left), DATA-002 (the
    enumerator's code is empty, or the day lies before the last line's).
    """
    place = f"{wave} {psu} {household}"
    if bad := [f for f in check(releases, sample) if f.severity == "red"]:
        raise refuse("DATA-055", "releases.csv", expected="0", got=f"{bad[0].check}: {bad[0].got}", seq=len(releases) + 1)
    issued = {d.key for d in sample if d.status == "main"} | {r.reserve for r in releases}
    if (wave, psu, household) not in issued:
        raise refuse("DATA-050", place, expected="main | released", got=household, ssu=household, psu=psu)
    if by := [r.ssu for r in releases if r.replaced == (wave, psu, household)]:
        raise refuse("DATA-051", place, expected="0", got=by[0], ssu=household)
    if (wave, psu, household) in interviewed:
        raise refuse("DATA-051", place, expected=" | ".join(rules.reasons), got=INTERVIEWED[0], ssu=household)
    if reason not in rules.reasons:
        raise refuse("DATA-052", "--reason", expected=" | ".join(rules.reasons), got=reason)
    if visits < rules.needed(reason):
        raise refuse("DATA-053", "--visits", expected=f"≥ {rules.needed(reason)}", got=visits, reason=rules.reasons[reason].vi)
    if not who.strip():
        raise refuse("DATA-002", "--who", expected="mã điều tra viên / enumerator code", column="who")
    if releases and day < releases[-1].time:
        raise refuse("DATA-002", "--day", expected=f"≥ {releases[-1].time}", got=day, column="time")
    if (reserve := _next(sample, releases, wave, psu)) is None:
        drawn = len([d for d in sample if (d.wave, d.psu, d.status) == (wave, psu, "reserve")])
        raise refuse("DATA-054", place, expected="≥ 1", got=f"0/{drawn}", psu=psu)
    return Release(
        len(releases) + 1, day, wave, psu, reserve.ssu, household, reason, visits, who.strip(), head(releases)
    )  # fmt: skip


def _next(sample: Sequence[Drawn], releases: Sequence[Release], wave: int, psu: str) -> Drawn | None:
    """The hamlet's first reserve in order that was not released."""
    gone = {r.reserve for r in releases}
    left = [d for d in sample if (d.wave, d.psu, d.status) == (wave, psu, "reserve") and d.key not in gone]
    return min(left, key=lambda d: (d.reserve_order or 0, d.ssu), default=None)


# ---- what is wrong with the lines ------------------------------------------------------------------------------------------

_Severity = Literal["red", "yellow", "info"]


def check(releases: Sequence[Release], sample: Sequence[Drawn], rules: Rules | None = None) -> tuple[Finding, ...]:
    """Findings about the lines themselves, in file order.  rules: without them reasons and visits are only asked to be there.

    Red: the chain is broken, a line releases no reserve of the sample, one out of order, one twice, or replaces a household
    that was never issued, or twice.  Yellow: reason, visits, enumerator, dates.
    """
    found = [_found("release_chain", "red", r, str(r.seq), "prev_sha256") for r in broken(releases)]
    status = {d.key: d.status for d in sample}
    done: list[Release] = []
    for r in releases:
        found += [_found(name, "red", r, expected, got) for name, expected, got in _placed(r, done, sample, status)]
        found += [_found(name, "yellow", r, expected, got) for name, expected, got in _said(r, done, rules)]
        done.append(r)
    return tuple(found)


def _placed(
    r: Release, done: Sequence[Release], sample: Sequence[Drawn], status: Mapping[Household, str]
) -> Iterator[tuple[str, str, str]]:
    """What makes a line's household the wrong one."""
    before = {d.reserve for d in done}
    if status.get(r.reserve) != "reserve":
        yield "release_reserve", "reserve", r.ssu
    elif r.reserve in before:
        yield "release_twice", "1", r.ssu
    elif (first := _next(sample, done, r.wave, r.psu)) is not None and first.ssu != r.ssu:
        yield "release_order", first.ssu, r.ssu
    if status.get(r.replaced) != "main" and r.replaced not in before:
        yield "release_household", "main | released", r.replaces
    if r.replaced in {d.replaced for d in done}:
        yield "release_twice", "1", r.replaces


def _said(r: Release, done: Sequence[Release], rules: Rules | None) -> Iterator[tuple[str, str, str]]:
    """What a line should say and does not."""
    if not r.reason or (rules and r.reason not in rules.reasons):
        yield "release_reason", " | ".join(rules.reasons) if rules else "≥ 1", r.reason
    elif r.visits < (rules.needed(r.reason) if rules else 1):
        yield "release_visits", f"≥ {rules.needed(r.reason) if rules else 1}", str(r.visits)
    if not r.who.strip():
        yield "release_who", "≥ 1", ""
    if done and r.time < done[-1].time:
        yield "release_time", f"≥ {done[-1].time}", str(r.time)


# ---- what the field returned -----------------------------------------------------------------------------------------------


def returned(submissions: Iterable[Submission], book: Codebook) -> tuple[tuple[int, str, str, str], ...]:
    """(wave, psu, ssu, result code) of every submission, sorted; a part that a submission lacks is 0 or ''."""
    psu, ssu, result = (book[name].path for name in ("psu", "ssu", "result"))
    found = ((s.wave or 0, s.answers.get(psu) or "", s.answers.get(ssu) or "", s.answers.get(result) or "") for s in submissions)
    return tuple(sorted(found))


def check_field(
    releases: Sequence[Release], sample: Sequence[Drawn], households: Iterable[tuple[int, str, str, str]],
    common: Mapping[str, str] | None = None,
) -> tuple[Finding, ...]:  # fmt: skip
    """What the field returned against what was released, sorted by household.

    households: (wave, psu, ssu, result code), '' or left out where no form came back; of Tidy.households the columns
    wave, psu, ssu, result.  common: sample psu -> the id those households carry, where it is another.
    Red, because weights would be wrong: a form of a reserve that nobody released; a replaced household with an interview
    beside its reserve's.  Yellow: a released reserve or a replaced household without a form, a reason that the form denies.
    """
    name = common or {}
    results: dict[Household, set[str]] = {}
    for wave, psu, ssu, result in households:
        if result:
            results.setdefault((wave, psu, ssu), set()).add(result)
    waves = {wave for wave, _, _ in results}
    released = {r.reserve for r in releases}
    found: list[tuple[Household, Finding]] = []
    for d in sample:
        here = (d.wave, name.get(d.psu, d.psu), d.ssu)
        if d.status == "reserve" and d.key not in released and here in results:
            found.append((d.key, _unit("reserve_unreleased", "red", here, "", "-", _shown(results[here]))))
    for r in releases:
        if r.wave in waves:
            psu = name.get(r.psu, r.psu)
            found += [(r.replaced, f) for f in _returned(r, results.get((r.wave, psu, r.ssu), set()), psu, results)]
    return tuple(f for _, f in sorted(found, key=lambda pair: (*pair[0], pair[1].check)))


def _returned(r: Release, reserve: set[str], psu: str, results: Mapping[Household, set[str]]) -> Iterator[Finding]:
    """One release against the forms of its two households."""
    first, stand_in = (r.wave, psu, r.replaces), (r.wave, psu, r.ssu)
    said = results.get(first, set())
    if said & set(INTERVIEWED):
        level: _Severity = "red" if reserve & set(INTERVIEWED) else "yellow"
        yield _unit("replaced_interviewed", level, first, r.who, r.reason, _shown(said))
    elif not said:
        yield _unit("replaced_silent", "yellow", first, r.who, r.reason, "")
    elif r.reason not in said:
        yield _unit("release_differs", "yellow", first, r.who, r.reason, _shown(said))
    if not reserve:
        yield _unit("reserve_silent", "yellow", stand_in, r.who, "≥ 1", "0")


def _shown(codes: set[str]) -> str:
    return ", ".join(sorted(codes))


def _found(check_id: str, severity: _Severity, r: Release, expected: str, got: str) -> Finding:
    return Finding(check_id, severity, r.wave, "", r.psu, r.who, f"{r.seq}: {r.psu}-{r.ssu}", expected, got, _DO[check_id])


def _unit(check_id: str, severity: _Severity, at: Household, who: str, expected: str, got: str) -> Finding:
    wave, psu, ssu = at
    return Finding(check_id, severity, wave, "", psu, who, f"{psu}-{ssu}", expected, got, _DO[check_id])
