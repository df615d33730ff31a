"""Items that drift between waves: each item's change beside the scale's, and the scale's change without them.

Imports dif, change and verdict; builds its own frame of people from what the source gives, once.  A scale whose items keep
their meaning moves as one; an item that moves by itself measures something else in the later wave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..joint import Joint
from ..results import Row
from ..verdict import Reading, Verdict, verdict
from .dif import Items, dif, items_of

if TYPE_CHECKING:
    import pandas as pd

    from ..backends import Data
    from ..design import Design
    from ..estimates import Estimates

SCALE, KEPT = "scale", "scale_kept"
DIFFERENT = (
    "Tính đủ các câu thì kết luận là «{all_vi}»; bỏ các câu được hiểu hoặc trả lời khác đi giữa hai kỳ ({items}) thì kết luận là"
    " «{kept_vi}». Kết luận phụ thuộc vào các câu này. | With every item the conclusion is «{all_en}»; without the items that"
    " work differently in the two waves ({items}) it is «{kept_en}». The conclusion depends on these items."
)


@dataclass(frozen=True, eq=False)
class Drift:
    """The changes of items and scale.

    changes: rows of analysis.change for every item, "scale" and "scale_kept" (the mean of the items not flagged), all on
    0-100.  flagged: the items that function differently by wave.  verdicts: of the scale and of the scale without them;
    sentence: «tiếng Việt | English» when the two words differ, else ''.
    """

    changes: Estimates
    items: tuple[str, ...]
    flagged: tuple[str, ...]
    all_items: Verdict
    kept_items: Verdict
    sentence: str

    @property
    def beside(self) -> Joint:
        """Each item's change minus the scale's, in points, with their covariance."""
        joint = self.changes.joint
        names = [row.indicator for row in self.changes.rows if row.estimand == "diff"]
        weights = np.zeros((len(self.items), len(names)))
        for i, item in enumerate(self.items):
            weights[i, names.index(item)] += 1.0
            weights[i, names.index(SCALE)] -= 1.0
        return joint.linear(weights, self.items)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row an item, then the two scales: change, limits, change minus the scale's with its limits, flagged."""
        import pandas as pd

        beside, limits = self.beside, self.beside.interval()
        rows = []
        for row in (r for r in self.changes.rows if r.estimand == "diff"):
            one: dict[str, Any] = {
                "indicator": row.indicator,
                "change": row.estimate,
                "se": row.se,
                "lower": row.lower,
                "upper": row.upper,
            }
            given = row.indicator in self.items and row.status != "not_estimable"
            i = self.items.index(row.indicator) if given else 0
            more = (beside.value[i], beside.se[i], *limits[i]) if given else (np.nan,) * 4
            one |= dict(zip(("beside", "beside_se", "beside_lower", "beside_upper"), map(float, more), strict=True))
            rows.append(one | {"flagged": row.indicator in self.flagged, "status": row.status, "reason": row.reason})
        return pd.DataFrame(rows)

    def _repr_html_(self) -> str:
        return str(self.frame.to_html(index=False, float_format=lambda v: f"{v:.4g}", na_rep="-")) + f"<p>{self.sentence}</p>"


def drift(
    data: Data,
    design: Design,
    items: Sequence[str],
    *,
    wave: int,
    base: int,
    threshold: float,
    high: float,
    reading: Reading = "relative",
    where: Mapping[str, Any] | None = None,
    flagged: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> Drift:
    """Compare the change of a scale with that of its items, and with its change without those that drift.

    items: as in `dif`; the scale is 100 times the mean of the items answered (at least half), each on 0 to 1 by its own range
    over both waves.  flagged: the items that drift; None finds them by `dif` on the design's wave.  threshold, high: of the
    verdict, in percent (relative) or points.  Two passes over the data.  Raises BdgError as `dif` and `change` do;
    STAT-008 when the design has no such wave.
    """
    from ..change import change

    asked = items_of(data, design, items, where)
    if flagged is None:
        flagged = dif(data, design, items, [design.wave], where=where).flagged(design.wave) if design.wave else ()
    kept = [i for i, item in enumerate(items) if item not in flagged]
    frame = _frame(asked, kept)
    made = change(frame, design, [*items, SCALE, KEPT], wave=wave, base=base, confidence=confidence, reading="relative")
    ends = {row.indicator: row for row in made.rows if _decides(row, reading)}
    both = [_verdict(ends[name], reading, threshold, high) for name in (SCALE, KEPT)]
    sentence = ""
    if both[0].word != both[1].word:
        sentence = DIFFERENT.format(
            all_vi=both[0].vi, all_en=both[0].en, kept_vi=both[1].vi, kept_en=both[1].en, items=", ".join(flagged)
        )
    return Drift(made, tuple(items), tuple(flagged), both[0], both[1], sentence)


def _frame(asked: Items, kept: Sequence[int]) -> pd.DataFrame:
    """The people of the condition or not, with the design's columns; items and scales on 0-100, missing outside the condition."""
    import pandas as pd

    people, inside = asked.sub.people, asked.sub.inside
    columns = {name: people.columns[name] for name in people.design.columns}
    for j, name in enumerate(asked.names):
        columns[name] = 100 * asked.value[:, j]
    columns[SCALE] = np.where(inside, 100 * asked.score(range(len(asked.names))), np.nan)
    columns[KEPT] = np.where(inside, 100 * asked.score(kept), np.nan) if kept else np.full(len(inside), np.nan)
    return pd.DataFrame(columns)


def _decides(row: Row, reading: Reading) -> bool:
    return row.estimand == "rel" and not row.method.endswith("delta") if reading == "relative" else row.estimand == "diff"


def _verdict(row: Row, reading: Reading, threshold: float, high: float) -> Verdict:
    unit = "%" if reading == "relative" else "điểm"
    return verdict(row.lower, row.upper, threshold=threshold, high=high, reading=reading, unit=unit)
