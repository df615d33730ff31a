"""What the survey protocol still leaves open: each gap with the file that holds it and who can fill it.

Imports the forms records (plan, survey, question).  Decides nothing and fills nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forms.plan import Plan
from forms.question import Label
from forms.survey import SurveyPlan

OFFICE = Label("Sở Nội vụ", "The department in charge")
COMPETENT = Label("Cấp có thẩm quyền phê duyệt", "The authority that approves")
FINANCE = Label("Sở Nội vụ, theo thẩm định của cơ quan tài chính", "The department, as appraised by the finance office")
COMMUNES = Label("Sở Nội vụ, với Ủy ban nhân dân cấp xã", "The department, with the communes")
ETHNIC = Label(
    "Sở Nội vụ, theo danh sách của cơ quan công tác dân tộc", "The department, from the list of the ethnic affairs office"
)
STATISTICS = Label("Sở Nội vụ, với cơ quan thống kê", "The department, with the statistics office")


@dataclass(frozen=True)
class Gap:
    """One thing that nobody has decided or brought.  where: file and field; who: who can fill it."""

    id: str
    what: Label
    where: str
    who: Label


@dataclass(frozen=True)
class Known:
    """What the protocol has besides the two plan files.

    framed: the sample by stratum; zones: khu vực of every commune; draft: scored items not yet tested with people.
    """

    framed: bool
    zones: bool
    draft: int


def gaps(plan: Plan, survey: SurveyPlan, known: Known) -> tuple[Gap, ...]:
    """Everything that is still open, in the order of the document."""
    return (
        *_plan(plan), *_decision(plan), *_windows(plan, survey), *_sample(known), *_appraisal(survey), *_work(survey),
        *_money(survey),
    )  # fmt: skip


def _plan(plan: Plan) -> Iterator[Gap]:
    if not plan.number or not plan.date:
        yield Gap(
            "plan", Label("Số, ngày ban hành của Kế hoạch", "Number and date of the plan"), "plan.yaml: number, date", OFFICE
        )


def _decision(plan: Plan) -> Iterator[Gap]:
    open_ = [n for n in ("decided_by", "document", "date") if not getattr(plan.target_ii3, n)]
    if open_:
        what = Label(
            "Văn bản thống nhất cách tính mục tiêu II.3 (người quyết định, số, ngày)",
            "The written agreement on how target II.3 is computed (who, number, date)",
        )
        yield Gap("decision", what, f"plan.yaml: target_ii3 ({', '.join(open_)})", COMPETENT)


def _windows(plan: Plan, survey: SurveyPlan) -> Iterator[Gap]:
    for year in sorted(survey.waves):
        wave = plan.waves.get(year)
        if wave is None or wave.field_start is None or wave.field_end is None:
            what = Label(f"Thời gian thu thập thông tin kỳ năm {year}", f"Fieldwork dates of wave {year}")
            yield Gap(f"window_{year}", what, f"plan.yaml: waves.{year}", OFFICE)


def _sample(known: Known) -> Iterator[Gap]:
    if not known.framed:
        what = Label("Khung thôn, tổ dân phố và phân bổ mẫu theo tầng", "Frame of hamlets and the sample by stratum")
        yield Gap("frame", what, "frame.csv", COMMUNES)
    if not known.zones:
        what = Label("Khu vực I, II, III của từng xã", "Zone I, II or III of every commune")
        yield Gap("zones", what, "places.csv: khu_vuc", ETHNIC)
    if known.draft:
        what = Label("Kết quả thử nghiệm phiếu với người dân", "Results of testing the form with people")
        yield Gap("testing", what, "evidence/cognitive.csv", OFFICE)


def _appraisal(survey: SurveyPlan) -> Iterator[Gap]:
    if not survey.protocol.appraisal:
        what = Label("Phương án có phải thẩm định hay không", "Whether the protocol needs appraisal")
        yield Gap("appraisal", what, "survey.yaml: protocol.appraisal", STATISTICS)


def _work(survey: SurveyPlan) -> Iterator[Gap]:
    about = survey.protocol
    named: Sequence[tuple[str, object, Label]] = (
        ("fieldwork_days", about.fieldwork_days, Label("Số ngày thực địa", "Days of fieldwork")),
        ("organiser", about.organiser, Label("Đơn vị thu thập thông tin", "Who does the fieldwork")),
        ("teams", about.teams, Label("Số tổ điều tra", "Number of teams")),
    )
    for name, value, what in named:
        if not value:
            yield Gap(name, what, f"survey.yaml: protocol.{name}", OFFICE)
    undated = [label for label, when in about.steps if not when]
    if undated:
        what = Label("Thời gian của các bước tiến hành", "Dates of the steps")
        yield Gap("steps", what, f"survey.yaml: protocol.steps ({len(undated)}/{len(about.steps)})", OFFICE)


def _money(survey: SurveyPlan) -> Iterator[Gap]:
    lines = survey.protocol.budget
    for name, empty, what in (
        ("quantity", [b for b in lines if not b.quantity], Label("Số lượng của dòng kinh phí", "Quantities of budget lines")),
        ("price", [b for b in lines if b.price is None], Label("Đơn giá của dòng kinh phí", "Unit prices of budget lines")),
    ):
        if empty:
            yield Gap(name, what, f"survey.yaml: protocol.budget.{name} ({len(empty)}/{len(lines)})", FINANCE)
    if survey.costs.cluster is None or survey.costs.interview is None:
        what = Label(
            "Chi phí một địa bàn, một phỏng vấn (để cân đối cỡ mẫu)",
            "Cost of a hamlet and of an interview (to balance the sample)",
        )
        yield Gap("costs", what, "survey.yaml: costs", FINANCE)
