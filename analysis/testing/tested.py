"""The outcome of one test: what was computed, its reference distribution, its p value, and the estimate behind it.

Standard library and the words of results.py; pandas only when a frame is asked for.  Never sees persons or PSUs.
"""

from __future__ import annotations

import html
import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

from ..results import Status

if TYPE_CHECKING:
    import pandas as pd

_NUMBERS = ("statistic", "df", "ddf", "p_value", "estimate", "se", "lower", "upper")
_DIGITS = 4


@dataclass(frozen=True)
class Tested:
    """One test.  R: class `htest`.

    method: the test in words, with the rule that made its p value.  symbol: t, F, X-squared, z.
    statistic, df, ddf: the value and the degrees of freedom of its reference distribution; df is the numerator of an F
    or the only one (of t, chi-squared), ddf the denominator, None when there is none; inf is allowed for both.
    estimate, se, lower, upper: the effect tested (`effect` names it) in the unit of y, None for tests without one.
    n: people who take part, unweighted.  confidence: of the interval.
    Every number is None when status is not_estimable; `reason` says why («tiếng Việt | English»).
    """

    __test__: ClassVar[bool] = False  # pytest collects classes by their first four letters

    method: str
    statistic: float | None
    df: float | None
    ddf: float | None = None
    p_value: float | None = None
    estimate: float | None = None
    se: float | None = None
    lower: float | None = None
    upper: float | None = None
    n: int = 0
    status: Status = "ok"
    reason: str = ""
    symbol: str = ""
    effect: str = ""
    confidence: float = 0.95

    def __post_init__(self) -> None:
        """ValueError (our bug) when a number stands where there is none, or a NaN where there is one."""
        given = [getattr(self, name) for name in _NUMBERS]
        if self.status == "not_estimable":
            if any(v is not None for v in given) or not self.reason:
                raise ValueError(f"{self.method}: not estimable, so no number and a reason")
        elif any(v is not None and math.isnan(v) for v in given):
            raise ValueError(f"{self.method}: NaN with status {self.status}")

    @property
    def frame(self) -> pd.DataFrame:
        """One row, a column for each field."""
        import pandas as pd

        return pd.DataFrame([{f.name: getattr(self, f.name) for f in fields(self)}])

    def __str__(self) -> str:
        """One line, as a report's annex prints it."""
        if self.status == "not_estimable":
            return f"{self.method}: {self.reason}"
        found = f"{self.symbol or 'statistic'}({self._degrees()}) = {_short(self.statistic)}"
        if self.p_value is not None:
            found += f", p {'< ' if self.p_value < 10**-_DIGITS else '= '}{max(self.p_value, 10**-_DIGITS):.{_DIGITS}f}"
        if self.estimate is not None:
            found += f"; {self.effect or 'estimate'} {_short(self.estimate)}"
            if self.lower is not None and self.upper is not None:
                found += f" [{_short(self.lower)}; {_short(self.upper)}]"
        return f"{self.method}: {found}; n = {self.n}" + (f" ({self.reason})" if self.reason else "")

    def _repr_html_(self) -> str:
        shown: dict[str, Any] = {"n": self.n, "status": self.status}
        if self.status != "not_estimable":
            shown = {self.symbol or "statistic": _short(self.statistic), "df": self._degrees(), "p": _short(self.p_value)}
            if self.estimate is not None:
                shown |= {self.effect or "estimate": _short(self.estimate), "se": _short(self.se)}
                shown[f"{100 * self.confidence:g} %"] = f"{_short(self.lower)}; {_short(self.upper)}"
            shown |= {"n": self.n, "status": self.status}
        if self.reason:
            shown["reason"] = self.reason
        head = "".join(f"<th>{html.escape(name)}</th>" for name in shown)
        body = "".join(f"<td>{html.escape(str(value))}</td>" for value in shown.values())
        return f"<table><caption>{html.escape(self.method)}</caption><tr>{head}</tr><tr>{body}</tr></table>"

    def _degrees(self) -> str:
        return ", ".join(_short(v) for v in (self.df, self.ddf) if v is not None)


def untested(method: str, reason: str, *, n: int = 0, symbol: str = "", effect: str = "", confidence: float = 0.95) -> Tested:
    """A test that the data do not allow, with the reason."""
    return Tested(
        method, None, None, n=n, status="not_estimable", reason=reason, symbol=symbol, effect=effect, confidence=confidence
    )


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"
