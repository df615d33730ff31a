"""Why a number cannot be given, or only with caution: one place for the conditions and their words.

Imports numpy and results (the words of status).  Sees sums and degrees of freedom only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .results import Status
from .units import FloatArray

CAUTION_DF = 8
NEGLIGIBLE = 1e-12

NOBODY = "không có người nào thuộc nhóm trong mẫu | nobody of this group in the sample"
NO_ANSWER = "không ai trả lời câu hỏi này | nobody answered this question"
ONE_PSU = "nhóm chỉ có người trả lời ở một địa bàn điều tra | the group answered in a single PSU"
NO_DF = "không đủ địa bàn để ước lượng sai số (bậc tự do dưới 1) | too few PSUs for a standard error (df below 1)"
NO_VARIANCE = "mọi địa bàn cho cùng một giá trị, không ước lượng được sai số | no variation between PSUs: no standard error"
NO_DENOMINATOR = "mẫu số bằng 0 | the denominator is zero"
NEGATIVE = "công thức phương sai cho giá trị âm | the variance formula gave a negative value"
EXTREME = "mọi người trả lời giống nhau, khoảng tin cậy theo cỡ mẫu hiệu quả | all answers alike: interval from effective size"
FLAT_CHANGE = "phương sai của thay đổi bằng 0 | the change has no variance"
CHANGE_DF = "không đủ địa bàn (bậc tự do dưới 1) | too few PSUs (df below 1)"


@dataclass(frozen=True, eq=False)
class Flags:
    """Conditions of k estimates, each (k,) of bool; broken: the value itself is undefined."""

    silent: NDArray[np.bool_]
    empty: NDArray[np.bool_]
    broken: NDArray[np.bool_]
    one_psu: NDArray[np.bool_]
    no_df: NDArray[np.bool_]
    flat: NDArray[np.bool_]
    negative: NDArray[np.bool_]
    extreme: NDArray[np.bool_]
    few_df: NDArray[np.bool_]

    @property
    def stopped(self) -> NDArray[np.bool_]:
        """(k,) True where no number can be given."""
        return np.asarray(
            self.empty | self.broken | self.one_psu | self.no_df | self.negative | (self.flat & ~self.extreme), dtype=np.bool_
        )

    def status(self, j: int, df: float) -> tuple[Status, str]:
        """Status and reason of one estimate; the first thing that stops it is named."""
        stops = (
            (self.empty & self.silent, NO_ANSWER), (self.empty, NOBODY), (self.broken, NO_DENOMINATOR), (self.one_psu, ONE_PSU),
            (self.no_df, NO_DF), (self.negative, NEGATIVE), (self.flat & ~self.extreme, NO_VARIANCE),
        )  # fmt: skip
        for stop, reason in stops:
            if stop[j]:
                return "not_estimable", reason
        notes = [EXTREME] if self.extreme[j] else []
        if self.few_df[j]:
            notes.append(few_df(df))
        return ("caution" if notes else "ok"), "; ".join(notes)


def flags(
    sums: Mapping[str, FloatArray], psus: NDArray[np.intp], df: FloatArray, value: FloatArray, se: FloatArray, size: FloatArray,
    extreme: NDArray[np.bool_], *, replicated: bool,
) -> Flags:  # fmt: skip
    """The conditions of k estimates.  size: the magnitude against which a standard error counts as zero."""
    missing = sum((sums[kind] for kind in ("not_asked", "dont_know", "refused", "missing") if kind in sums), np.zeros(len(value)))
    empty = sums["n"] == 0
    none = np.zeros(len(value), dtype=np.bool_)
    return Flags(
        silent=missing > 0, empty=empty, broken=~empty & np.isnan(value), one_psu=none if replicated else psus == 1,
        no_df=df < 1, flat=~(se > NEGLIGIBLE * size) & ~np.isnan(se), negative=np.isnan(se) & ~np.isnan(value),
        extreme=extreme, few_df=df < CAUTION_DF,
    )  # fmt: skip


def few_df(df: float) -> str:
    """The caution for few degrees of freedom."""
    return f"ít địa bàn (bậc tự do {df:.0f}), khoảng tin cậy kém chắc chắn | few PSUs (df {df:.0f}): a rough interval"
