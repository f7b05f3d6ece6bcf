"""Putting texts into requests: few, and none over an engine's limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sphinx_amts.engines.contract import Limits
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import byte_length


@dataclass(frozen=True)
class Attempt:
    """One way to a segment's target: which texts to ask for, and how to join them."""

    segment: Segment
    sources: tuple[str, ...]
    build: Callable[[Mapping[str, str]], str]


Size = Callable[[str], int]
"""Returns the bytes that a text adds to a request; see `Engine.size`."""


def pack(
    attempts: Sequence[Attempt],
    limits: Limits,
    size_of: Size = byte_length,
    *,
    alone: bool = False,
) -> list[list[Attempt]]:
    """Put attempts into as few groups as the limits ask for, each group in order.

    The largest go first into the first group with room: a few per cent over the least
    possible number of requests, where filling one after another wastes up to a half.
    With ``limits.in_order``, one is filled after another all the same.
    """
    if alone:
        return [[attempt] for attempt in attempts]
    if limits.in_order:
        return _in_order(attempts, limits, size_of)
    max_bytes = limits.max_bytes or float("inf")
    max_segments = limits.max_segments or float("inf")
    sizes = [sum(map(size_of, attempt.sources)) for attempt in attempts]
    order = sorted(range(len(attempts)), key=lambda i: (-sizes[i], i))
    groups: list[list[int]] = []
    segments_left: list[float] = []
    rooms = _Rooms(len(attempts))
    for index in order:
        size, count = sizes[index], len(attempts[index].sources)
        number = rooms.first(size)
        if number is None or segments_left[number] < count:
            number = len(groups)
            groups.append([])
            segments_left.append(max_segments)
            rooms[number] = max_bytes
        groups[number].append(index)
        segments_left[number] -= count
        left = rooms[number] - size
        rooms[number] = left if segments_left[number] >= 1 else NO_ROOM
    return [[attempts[i] for i in sorted(group)] for group in sorted(groups, key=min)]


NO_ROOM = -1.0  # of a group that nothing goes into any more


class _Rooms:
    """The bytes that groups have left: the first with enough is found in a tree."""

    def __init__(self, most: int) -> None:
        self._start = 1 << max(0, most - 1).bit_length()
        self._tree = [NO_ROOM] * (2 * self._start)

    def __getitem__(self, group: int) -> float:
        return self._tree[self._start + group]

    def __setitem__(self, group: int, room: float) -> None:
        place = self._start + group
        self._tree[place] = room
        while place > 1:
            place //= 2
            self._tree[place] = max(self._tree[2 * place : 2 * place + 2])

    def first(self, size: float) -> int | None:
        """Return the first group with room for so many bytes."""
        if self._tree[1] < size:
            return None
        place = 1
        while place < self._start:
            place *= 2
            place += self._tree[place] < size
        return place - self._start


def _in_order(
    attempts: Sequence[Attempt], limits: Limits, size_of: Size
) -> list[list[Attempt]]:
    """Put attempts into groups as they come."""
    groups: list[list[Attempt]] = []
    bytes_left = segments_left = 0.0
    for attempt in attempts:
        size, count = sum(map(size_of, attempt.sources)), len(attempt.sources)
        if not groups or size > bytes_left or count > segments_left:
            groups.append([])
            bytes_left = limits.max_bytes or float("inf")
            segments_left = limits.max_segments or float("inf")
        groups[-1].append(attempt)
        bytes_left -= size
        segments_left -= count
    return groups


def pack_texts(
    sources: Sequence[str], limits: Limits, size_of: Size = byte_length
) -> list[list[str]]:
    """Cut a list of texts where a request would be over the limits."""
    requests: list[list[str]] = []
    size = 0
    for source in sources:
        length = size_of(source)
        if (
            not requests
            or (limits.max_bytes and size + length > limits.max_bytes)
            or (limits.max_segments and len(requests[-1]) >= limits.max_segments)
        ):
            requests.append([])
            size = 0
        requests[-1].append(source)
        size += length
    return requests
