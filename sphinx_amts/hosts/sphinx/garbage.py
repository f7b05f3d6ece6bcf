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


def keep() -> None:
    """Leave all that there is out of the search, until `release`.

    What is garbage by then would stay, and is let go of first.
    """
    if hasattr(gc, "freeze"):  # CPython
        gc.collect()
        gc.freeze()


def search_rarely() -> None:
    """Search after many more objects, for a process that is going to end soon."""
    gc.set_threshold(_RARE)


def release() -> None:
    """Have everything searched again, for a process that goes on."""
    if hasattr(gc, "unfreeze"):
        gc.unfreeze()
