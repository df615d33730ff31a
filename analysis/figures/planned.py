"""The figures of a planned sample from what results.json carries: texts["power"]["curves"] in, figures with their words out.

Imports power (its two figures) and the records of analysis.power.curves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from matplotlib.figure import Figure

from ..power.curves import Curve, Curves, Plane
from ..power.prices import Prices
from .power import cost_plane, power_curves
from .wording import Lang, say

_PLANE = (
    "Mức tăng thật nhỏ nhất chứng minh được theo cỡ mẫu và chi phí", "Smallest true rise that is proven, by sample size and cost",
)  # fmt: skip


def planned(raw: Mapping[str, Any], *, stamp: str = "", lang: Lang = "vi") -> Iterator[tuple[str, str, Figure, str]]:
    """(name, caption, figure, alt text) of power over the true rise, and of what every size proves at what cost."""
    of = curves_of(raw)
    for name, caption, draw in (
        ("power_curves", say(lang, "Khả năng kết luận theo mức tăng thật", "Power over the true rise"), power_curves),
        ("cost_plane", say(lang, *_PLANE), cost_plane),
    ):
        figure, alt = draw(of, stamp=stamp, lang=lang)
        yield name, caption, figure, alt


def curves_of(raw: Mapping[str, Any]) -> Curves:
    """The record as results.json carries it (protocol.make.plain).  KeyError, TypeError when it is another shape."""
    return Curves(
        **{k: v for k, v in raw.items() if k not in ("curves", "plane")},
        curves=tuple(Curve(_whole(c["plan"]), c["claim"], tuple(c["rise"]), tuple(c["power"])) for c in raw["curves"]),
        plane=_plane(raw["plane"]),
    )


def _plane(raw: Mapping[str, Any]) -> Plane:
    return Plane(
        psus=tuple(raw["psus"]),
        households=tuple(raw["households"]),
        rise=tuple(tuple(row) for row in raw["rise"]),
        marks=tuple(_whole(mark) for mark in raw["marks"]),
        marked={_whole(mark): rise for mark, rise in raw["marked"]},
        costs=tuple(raw["costs"]),
        prices=Prices(**raw["prices"]),
        best=raw["best"],
    )


def _whole(pair: Any) -> tuple[int, int]:
    first, second = pair
    return int(first), int(second)
