"""Which workers a piece of work is worth."""

from __future__ import annotations

from collections.abc import Iterable

from sphinx_amts.workers.cluster import Cluster
from sphinx_amts.workers.contract import Here, Workers
from sphinx_amts.workers.processes import Processes, cores

SHARE = 200_000
"""Bytes of text for each process at least: two seconds of work, twice what it takes to
start one. What is less is done in this process."""


def shares(
    sizes: Iterable[int], number: int | None = None, share: int | None = None
) -> int:
    """Return how many workers documents of some sizes in bytes are worth.

    They are ``number`` at most, or as many as there are processors, but two; each has
    a ``share`` in bytes, `SHARE` where none is said.
    """
    share = share or SHARE
    most = max(2, number or cores())
    size = 0
    for each in sizes:
        size += each
        if size >= most * share:
            return most
    return size // share


def workers_for(
    worth: int, number: int | None = None, scheduler: str | None = None
) -> Workers:
    """Return the workers for what is worth so many; raises `AmtsError`.

    ``number`` of them at most, or as many as there are processors; or those of the
    Dask cluster whose ``scheduler`` is at an address.
    """
    if scheduler:
        return Cluster(scheduler)
    number = min(number or cores(), worth)
    return Processes(number) if number > 1 else Here()
