"""What a wave costs.  Standard library only: sees two unit prices, never a quotation or a person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Prices:
    """Cost of reaching a hamlet and of one interview; known: False when they are interviews, not money."""

    cluster: float
    interview: float
    known: bool

    def cost(self, psus: float, households: float) -> float:
        """Of one wave: psus (cluster + households interview)."""
        return psus * (self.cluster + households * self.interview)
