"""What a request for estimates answers: rows, a tidy frame, and the covariance of everything in it.

Imports results (Row), joint, levels; pandas only when a frame is asked for.  Sees numbers by domain, never a person.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from .joint import Joint, name_of
from .results import Row
from .units import FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from .trend import Trend

Values = Sequence[Any] | NDArray[Any]

ROW_FIELDS = tuple(f.name for f in fields(Row))
SHOWN = (
    "indicator", "category", "wave", "base_wave", "estimand", "estimate", "se", "lower", "upper", "df", "n", "psus", "strata",
)  # fmt: skip
ALWAYS = frozenset({"wave", "estimand", "estimate", "se", "lower", "upper", "n", "status"})
LAST = ("unit", "interval", "deff", "p_value", "status", "reason", "method", "design")


@dataclass(frozen=True, eq=False)
class Estimates(Sequence[Row]):
    """The estimates of one request, in order: by variable, grouping, domain, then wave.

    columns: name -> k values; the fields of Row, and whatever else the method knows (se_independent, ...).
    covariance: how to make the joint record: of all k levels, or of the differences of a change; None for quantiles.
    degrees: degrees of freedom of what is made of some of them (by index); None = those of the joint record.
    """

    columns: Mapping[str, Values]
    covariance: Callable[[], Joint] | None = None
    degrees: Callable[[Sequence[int]], float] | None = None

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The estimates as rows of results."""
        names = [name for name in self.columns if name in ROW_FIELDS]
        return tuple(
            Row(**dict(zip(names, values, strict=True))) for values in zip(*(plain(self.columns[n]) for n in names), strict=True)
        )

    def __len__(self) -> int:
        return len(self.columns["estimate"])

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]

    @cached_property
    def joint(self) -> Joint:
        """All levels (or all differences) with their covariance, also those not given in the rows.

        BdgError STAT-014 when the method has none (quantiles).
        """
        if self.covariance is None:
            what = str(self.columns["estimand"][0]) if len(self) else ""
            raise refuse("STAT-014", got=what, what=what)
        return self.covariance()

    @property
    def vcov(self) -> FloatArray:
        """(k, k) covariance over domains, indicators and waves."""
        return self.joint.vcov

    def contrast(
        self, what: Sequence[float] | Mapping[str, float] | Callable[[FloatArray], Any], name: str = "contrast"
    ) -> Joint:
        """A linear contrast (k weights, or name -> weight) or a smooth function of all k estimates (delta method).

        Names are those of `joint.names`, for example 'score sex=female 2026'.  R: `svycontrast`.
        """
        joint = self.joint
        if callable(what):
            return joint.smooth(lambda v: np.atleast_1d(np.asarray(what(v), dtype=np.float64)), (name,))
        if isinstance(what, Mapping):
            absent = [key for key in what if key not in joint.names]
            if absent:
                raise refuse("STAT-011", got_name=absent[0], argument="contrast", choices=", ".join(joint.names[:12]))
            weights = [float(what.get(key, 0.0)) for key in joint.names]
        else:
            weights = [float(w) for w in what]
        if len(weights) != len(joint.names):
            wanted = f"{len(joint.names)} weights"
            raise refuse("STAT-011", got_name=f"{len(weights)} weights", argument="contrast", choices=wanted)
        used = [i for i, w in enumerate(weights) if w != 0.0]
        made = joint.pick(used).linear(np.array([weights[i] for i in used]), (name,))
        return replace(made, df=self.degrees(used)) if self.degrees is not None else made

    def trend(self, confidence: float = 0.95) -> tuple[tuple[str, Trend | None], ...]:
        """The line through the waves of each level (by GLS, see trend.py): name and Trend, None where it cannot be drawn."""
        from .trend import trend

        joint, rows = self.joint, self.rows
        found: dict[tuple[Any, ...], list[int]] = {}
        for i, row in enumerate(rows):
            found.setdefault((row.indicator, row.category, row.domain), []).append(i)
        out = []
        for (indicator, category, domain), at in found.items():
            df = self.degrees(at) if self.degrees is not None else joint.df
            given = all(rows[i].status != "not_estimable" for i in at)
            line = trend(joint.pick(at), tuple(rows[i].wave for i in at), df, confidence) if given and len(at) > 1 else None
            out.append((name_of(f"{indicator} {category}".strip(), domain, ""), line))
        return tuple(out)

    def simultaneous(self, confidence: float = 0.95) -> Estimates:
        """The rows of `joint` with max-t limits that hold for all of them at once: for naming single groups (decision 4).

        Rows that cannot be given take no part.  p_value: adjusted, the smallest level at which the limits leave zero out.
        """
        from .simultaneous import together

        first = [i for i, e in enumerate(plain(self.columns["estimand"])) if e not in ("rel", "log_ratio", "log_odds")]
        columns = {name: [plain(values)[i] for i in first] for name, values in self.columns.items()}
        return replace(self, columns=together(columns, self.joint, confidence))

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A tidy frame: a row an estimate, a column for every grouping, units and method beside the numbers."""
        import pandas as pd

        domains = plain(self.columns.get("domain", ()))
        groups = tuple(dict.fromkeys(name for domain in domains for name, _ in domain))
        extra = tuple(name for name in self.columns if name not in ROW_FIELDS)
        put: dict[str, Any] = {"indicator": plain(self.columns.get("indicator", ()))}
        for name in groups:
            put[name] = [dict(domain).get(name) for domain in domains]
        for name in (*SHOWN[1:], *extra, *LAST):
            values = self.columns.get(name)
            if values is not None and (name in ALWAYS or not _blank(values)):
                put[name] = values if isinstance(values, np.ndarray) else list(values)
        return pd.DataFrame(put)

    def _repr_html_(self) -> str:
        return str(self.frame.to_html(index=False, float_format=lambda v: f"{v:.4g}", na_rep="-"))


def plain(values: Values) -> Sequence[Any]:
    """Numbers as Python's, NaN as None: what a Row holds."""
    if isinstance(values, np.ndarray):
        listed: list[Any] = values.tolist()
        return [None if isinstance(v, float) and math.isnan(v) else v for v in listed] if values.dtype == np.float64 else listed
    return values


def _blank(values: Values) -> bool:
    return not isinstance(values, np.ndarray) and all(v is None or v == "" for v in values)
