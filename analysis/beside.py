"""A second process for figures: it loads matplotlib while the first one computes, and draws while the first one writes.

Standard library; the figures are imported in the other process only.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager


def ready() -> None:
    """Load what drawing needs."""
    from . import figures

    del figures


@contextmanager
def beside() -> Iterator[Executor]:
    """A process that is already loading what drawing needs; what is submitted to it must be a module's function."""
    with ProcessPoolExecutor(1, initializer=ready) as pool:
        pool.submit(int)  # a process starts with its first task
        yield pool
