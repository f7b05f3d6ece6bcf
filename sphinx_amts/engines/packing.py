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
    room: list[tuple[float, float]] = []
    first_open = 0
    for index in order:
        size, count = sizes[index], len(attempts[index].sources)
        for number in range(first_open, len(groups)):
            bytes_left, segments_left = room[number]
            if size <= bytes_left and count <= segments_left:
                break
        else:
            number = len(groups)
            groups.append([])
            room.append((max_bytes, max_segments))
        groups[number].append(index)
        bytes_left, segments_left = room[number]
        room[number] = (bytes_left - size, segments_left - count)
        while first_open < len(groups) and (
            room[first_open][0] < 1 or room[first_open][1] < 1
        ):
            first_open += 1
    return [[attempts[i] for i in sorted(group)] for group in sorted(groups, key=min)]


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
