"""How the time of some work grows with its input.

A clock alone would tell more of the machine than of the work. So the work is done in
this process with the garbage collector off, only this process's own time counts, the
input is made so large that the time can be measured, and what looks suspicious is
measured again: the least of several times is the work's own. One jump may still be the
machine's, whose caches and pages of memory come to their end; two in a row are not.
"""

from __future__ import annotations

import gc
import itertools
import os
import time
from collections.abc import Callable
from typing import Any

LIMIT = 2.5
"""Times that work of twice the size may take. Sorting takes 2.2 times, and what leaves
the processor's cache a little more than twice; the square would be 4."""
LEAST_S = 0.002 if os.name != "nt" else 0.05
"""That the smallest input should take; the clock of Windows ticks every 16 ms."""
DOUBLINGS = 3
TRIES = 20  # of a suspicious case; of those that crowd the cache, 8 were too few
MOST = 1 << 22  # of what counts as the size

Work = Callable[[Any], object]


def seconds(work: Work, made: Any) -> float:
    """Return the processor time of doing some work once."""
    began = time.process_time()
    work(made)
    return time.process_time() - began


def growth(
    work: Work, make: Callable[[int], Any], start: int = 16
) -> tuple[list[int], list[float]]:
    """Return sizes, each twice the one before, and the time for each in seconds."""
    gc.disable()
    try:
        size = start
        while seconds(work, make(size)) < LEAST_S and size < MOST:
            size *= 2
        sizes = [size << doubling for doubling in range(DOUBLINGS + 1)]
        times = _times(work, [make(each) for each in sizes])
        if _jumps(times)[-1] and is_linear(times):
            sizes.append(sizes[-1] * 2)
            times = _times(work, [make(each) for each in sizes])
        return sizes, times
    finally:
        gc.enable()


def _times(work: Work, inputs: list[Any]) -> list[float]:
    times = [seconds(work, each) for each in inputs]
    for _ in range(TRIES):
        if not any(_jumps(times)):
            break
        again = [seconds(work, each) for each in inputs]
        times = list(map(min, times, again))
    return times


def _jumps(times: list[float]) -> list[bool]:
    """Tell of each doubling whether it takes `LIMIT` times as long."""
    return [
        after >= LIMIT * max(before, LEAST_S / 2)
        for before, after in itertools.pairwise(times)
    ]


def is_linear(times: list[float]) -> bool:
    """Tell whether the time does not jump, but for once."""
    jumps = _jumps(times)
    return not any(map(all, itertools.pairwise(jumps)))
