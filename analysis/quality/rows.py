"""The rows and texts of one day's results.json: names, what each holds, and two short ways to make one.

Imports results.  Agreed between the checks (which write them) and reports/daily (which reads nothing else); sees no answer.

A number of the day is a Row of kind count (a number of things) or diagnostic (a share, a median, a forecast).  What it is about
stands in `domain`, sorted: () the whole round, ("commune", code), ("psu", id), ("enumerator", code), ("day", ISO date),
("agegroup", code) with ("sex", code), ("hour", "00".."23") with ("weekday", "1".."7", 1 Monday).  Which part of it, or which
question, stands in `category`.  An interval of the daily page is an 80 % one (level 0.8), method says how it was made.  A row
that cannot be estimated has status not_estimable and its reason, «vi | en».  state is OUTSIDE where a person should look.

indicator        categories                                     domains                      kind, unit             written by
PROGRESS         TARGET DONE RESERVE_USED REFUSED OTHER LEFT    (), commune, agegroup+sex    count, person          progress
DAY_COUNT        DONE VISITS                                    day                          count, count           progress
TEAM_COUNT       DONE (to date), DONE_DAY (that day), LEFT      enumerator                   count, count           progress
FINISH           ''  days after `day`; n: interviews wanting    ()                           diagnostic, count      progress
RESERVE          MAIN RESERVES RELEASED                         (), commune                  count, count           progress
RESERVE_REASON   result code of the form                        ()                           count, count           progress
FLOW             ISSUED WORKED MET ELIGIBLE AGREED DONE         ()                           count, count           progress
RESULT           result code of the form                        ()                           count, count           progress
RATE             rr1 con1 coop1 ref1 (AAPOR, of worked ones)    ()                           diagnostic, percent    progress
MINUTES          ''  median                                     (), enumerator               diagnostic, minute     people
DONT_KNOW        ''  of the answers asked                       (), enumerator               diagnostic, percent    people
ITEM_REFUSED     ''  of the answers asked                       (), enumerator               diagnostic, percent    people
REFUSAL          ''  of the persons and households met          (), enumerator               diagnostic, percent    people
STRAIGHT_LINE    ''  of the interviews                          (), enumerator               diagnostic, percent    people
NIGHT, SHORT     ''  of the interviews                          (), enumerator               diagnostic, percent    people
VARIANCE         ''  the interviewer's share of the variance    ()                           diagnostic, percent    people
ITEM_DK          question                                       ()                           diagnostic, percent    answers
ITEM_MISSING     question (asked, not answered, no reason)      ()                           diagnostic, percent    answers
HEAPING          question (ages, minutes)                       ()                           diagnostic, percent    answers
QUESTION_TIME    question, median minutes (audit log)           ()                           diagnostic, minute     audit
HOUR             ''  interviews begun                           hour+weekday                 count, count           audit
PLACE            INSIDE ELSEWHERE FAR MOCK NO_POSITION          (), commune                  count, count           places
DUPLICATE        SAME_HOUSEHOLD NEAR SAME_DEVICE                ()                           count, count           records
VERSION          form version; state OUTSIDE: not the one used  ()                           count, count           records
EDITED           ANY CONTENT (content, no reason given)         ()                           count, count           records
BACKCHECK        PLANNED DONE MATCHED                           ()                           count, count           backcheck
BACKCHECK_KIND   "1" "2" "3" (kind of variable), disagreement   ()                           diagnostic, percent    backcheck
BACKCHECK_ITEM   question, disagreement                         ()                           diagnostic, percent    backcheck
PLAUSIBILITY     ''  points of the round, upper: the most       ()                           diagnostic, point      points
POINTS           id of a line; upper: its most; state EXPLAINED ()                           diagnostic, point      points

In a row of an enumerator `n` is what the number rests on (interviews, or answers for DONT_KNOW; then texts["people"] says how
many interviews): under LEAST interviews it is drawn grey and never OUTSIDE.

results.texts["daily"] holds, each given by one check (T_ names below); held {submissions, deleted, erased, refused, apart,
rejected} comes from daily.py:
  day        ISO date looked at                                 round     {name, kind, wave, form, version, title: {vi, en}}
  window     {start, end} ISO dates or null                     labels    indicator -> {vi, en} (any check may add)
  communes   code -> {name, area} of the sample                 people    enumerator -> interviews
  items      question -> {vi, en}                               results   result code -> {vi, en}
  cells      [[agegroup code, vi, en], …]; sexes likewise       points    line id -> {vi, en, source}
  checks     check of a finding -> {vi, en} (any check may add)
  quota      {source}: where the cells' targets come from ('' when nobody gave margins: then there is no TARGET of cells)
  server     {pulled, there, here, state}: the last pull's time, rows on the server, rows here; absent when never pulled
  map        {shapes: {commune code: [ring, …]}, ring 'x y x y …' in whole units, y downwards; absent without outlines
A check that finds nothing gives its rows with 0; a check that could not look (no audit log, no GPS, no back-checks) gives no row,
and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ..results import Row, Unit

Domain = tuple[tuple[str, str], ...]
LEVEL = 0.8
LEAST = 10
OUTSIDE, EXPLAINED = "outside", "explained"

PROGRESS, DAY_COUNT, TEAM_COUNT, FINISH = "daily_progress", "daily_day", "daily_team", "daily_finish"
RESERVE, RESERVE_REASON = "daily_reserve", "daily_reserve_reason"
FLOW, RESULT, RATE = "daily_flow", "daily_result", "daily_rate"
MINUTES, DONT_KNOW, ITEM_REFUSED, REFUSAL = "daily_minutes", "daily_dont_know", "daily_item_refused", "daily_refusal"
STRAIGHT_LINE, NIGHT, SHORT, VARIANCE = "daily_straight_line", "daily_night", "daily_short", "daily_variance"
ITEM_DK, ITEM_MISSING, HEAPING, QUESTION_TIME = "daily_item_dk", "daily_item_missing", "daily_heaping", "daily_question_time"
HOUR, PLACE, DUPLICATE, VERSION, EDITED = "daily_hour", "daily_place", "daily_duplicate", "daily_version", "daily_edited"
BACKCHECK, BACKCHECK_KIND, BACKCHECK_ITEM = "daily_backcheck", "daily_backcheck_kind", "daily_backcheck_item"
PLAUSIBILITY, POINTS = "daily_plausibility", "daily_points"
PEOPLE = (MINUTES, DONT_KNOW, ITEM_REFUSED, REFUSAL, STRAIGHT_LINE, NIGHT, SHORT)

TARGET, DONE, DONE_DAY, RESERVE_USED, LEFT = "target", "done", "done_day", "reserve_used", "left"
REFUSED, OTHER, VISITS = "refused", "other", "visits"
MAIN, RESERVES, RELEASED = "main", "reserves", "released"
ISSUED, WORKED, MET, ELIGIBLE, AGREED = "issued", "worked", "met", "eligible", "agreed"
INSIDE, ELSEWHERE, FAR, MOCK, NO_POSITION = "inside", "elsewhere", "far", "mock", "no_position"
SAME_HOUSEHOLD, NEAR, SAME_DEVICE, ANY, CONTENT = "same_household", "near", "same_device", "any", "content"
PLANNED, MATCHED = "planned", "matched"

TEXTS = "daily"
T_DAY, T_ROUND = "day", "round"
T_WINDOW, T_LABELS, T_COMMUNES, T_PEOPLE, T_ITEMS = "window", "labels", "communes", "people", "items"
T_RESULTS, T_CELLS, T_SEXES, T_POINTS, T_CHECKS = "results", "cells", "sexes", "points", "checks"
T_MAP, T_SERVER, T_QUOTA = "map", "server", "quota"


def count(
    wave: int, indicator: str, category: str, value: float, domain: Mapping[str, str] | None = None, *,
    unit: Unit = "count", n: int = 0, state: str = "",
) -> Row:  # fmt: skip
    """A number of things; unit count or person."""
    return Row(
        "count", indicator, "total", wave, unit, domain=_sorted(domain), category=category, estimate=float(value), level=None,
        n=n, state=state,
    )  # fmt: skip


def measured(
    wave: int, indicator: str, value: float | None, unit: Unit, *, category: str = "", domain: Mapping[str, str] | None = None,
    within: tuple[float, float] | None = None, n: int = 0, method: str = "", state: str = "", reason: str = "",
    estimand: Literal["proportion", "quantile", "mean", "total", "ratio"] = "proportion",
) -> Row:  # fmt: skip
    """A share, median or forecast, with its 80 % interval if any.  value None: not estimable; the reason «vi | en» is needed."""
    if value is None and not reason:
        raise ValueError(f"{indicator}: no value and no reason")
    low, high = within or (None, None)
    return Row(
        "diagnostic", indicator, estimand, wave, unit, domain=_sorted(domain), category=category, estimate=value, lower=low,
        upper=high, level=LEVEL if within else None, n=n, method=method, state=state, reason=reason,
        status="ok" if value is not None else "not_estimable",
    )  # fmt: skip


def _sorted(domain: Mapping[str, str] | None) -> Domain:
    return tuple(sorted((domain or {}).items()))
