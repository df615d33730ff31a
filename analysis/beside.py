"""A second process for figures: it loads matplotlib while the first one computes, and draws while the first one writes.

Standard library; the figures are imported where they are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager


def ready() -> None:
    """Load what drawing needs."""
    from . import figures

    del figures


@contextmanager
def beside() -> Iterator[Executor]:
    """A process that is already loading what drawing needs; what is submitted to it must be a module's function."""
    with _pool() as pool:
        pool.submit(int)  # a process starts with its first task
        yield pool


def _pool() -> Executor:
    """A process, or a thread where the system allows no second process (no semaphores, no shared memory)."""
    try:
        return ProcessPoolExecutor(1, initializer=ready)
    except (OSError, ImportError, NotImplementedError):
        return ThreadPoolExecutor(1)
