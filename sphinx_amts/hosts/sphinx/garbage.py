"""Less of Python's search for cyclic garbage where there is none to be found.

A quarter of the time of a large build goes into it: it starts whenever many objects
have been made, and walks over all that live. Work that makes objects for a while would
start it more often, and a book that is kept to the end is walked over again and again.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_RARE = 50_000
"""New objects (CPython has 700) before a search: some 10 MB."""


@contextmanager
def no_search() -> Iterator[None]:
    """Work without any search, where what is made leaves no cycles when it goes."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def keep(*, is_much: bool = False) -> None:
    """Leave all that there is out of the search, until `release`.

    What is garbage by then stays, too. Where there ``is_much``, it is let go of first,
    which takes longer than a small book's memory is worth.
    """
    if hasattr(gc, "freeze"):  # CPython
        if is_much:
            gc.collect()
        gc.freeze()


def search_rarely() -> tuple[int, int, int]:
    """Search after many more objects; return the thresholds that were there before."""
    before = gc.get_threshold()
    gc.set_threshold(_RARE)
    return before


def release(thresholds: tuple[int, int, int]) -> None:
    """Have everything searched again, and as often as before: a process goes on."""
    gc.set_threshold(*thresholds)
    if hasattr(gc, "unfreeze"):
        gc.unfreeze()


@contextmanager
def as_before() -> Iterator[None]:
    """Have all be searched afterwards as it was: an application was made for a look."""
    thresholds = gc.get_threshold()
    try:
        yield
    finally:
        release(thresholds)
