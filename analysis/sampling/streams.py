"""The random numbers of a draw: a stream of its own for each wave, purpose and place, so that adding one moves no other.

Imports numpy only.  The seed is public and recorded; the seal (sampling/seal.py) is secret until the later wave is in the
field and enters that wave's streams, so that nobody can work out its hamlets from the seed and the frame.  The permanent
random numbers of households belong to no wave and are never sealed: they must be the same in every wave.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

PSU_ORDER, PSU_START, KEEP, SELECT, PRN = range(5)


@dataclass(frozen=True)
class Streams:
    """The streams of one draw.  base: the wave whose sample must follow from the public seed alone.  seal: hex, or None."""

    seed: int
    base: int
    seal: str | None = None

    def of(self, wave: int, purpose: int, name: str) -> np.random.Generator:
        """The generator of a wave (0: none), a purpose and a place; the seal is mixed in for later waves."""
        word = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
        entropy = [self.seed, wave, purpose, word]
        if self.seal is not None and wave not in (0, self.base):
            entropy.append(int.from_bytes(hashlib.sha256(f"bdg draw {self.seal}".encode()).digest(), "big"))
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
