"""The places of phrases in the database: which units have them.

Brought up to date when it is first asked: not every build looks for what is alike.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from sphinx_amts.memory.phrases import (
    BUCKET_BITS,
    EVERYWHERE,
    MAX_SHARING,
    bucket_of,
    find_places,
    make_places,
)
from sphinx_amts.memory.processes import work_beside
from sphinx_amts.memory.units_database import Damaged, tidy, transaction

UNITS = 70_000
"""Of a block. A query reads a bucket of each; a process that makes one needs half a
kilobyte for a unit."""
MANY = 20_000  # units that are worth other processes
_QUERIED = 500  # buckets at a time; SQLite takes 999 values


class Block(NamedTuple):
    """Units, by their ids, whose phrases are indexed together."""

    id: int
    first: int
    last: int
    units: int
    dead: int  # of them, that have gone since

    @property
    def is_dead(self) -> bool:
        """Whether more has gone than is left."""
        return self.dead > self.units / 2


def bring_up(connection: sqlite3.Connection) -> None:
    """Index the phrases of the units that are new."""
    if _is_due(connection):
        with transaction(connection):
            if _is_due(connection):  # another process may just have done it
                _index(connection)
        tidy(connection)


def find(
    connection: sqlite3.Connection, numbers: Collection[int]
) -> dict[int, list[int]]:
    """Return the ids of the units that have phrases, by the phrase.

    Without those that no unit has, or more than `MAX_SHARING`; some units may have gone
    since.
    """
    blocks = {block.id: block.first for block in _blocks(connection)}
    wanted: dict[int, list[int]] = {}
    for number in set(numbers):
        wanted.setdefault(bucket_of(number), []).append(number)
    found: dict[int, list[int]] = {}
    common: set[int] = set()
    for key, packed in _buckets(connection, blocks, wanted):
        first = blocks[key >> BUCKET_BITS]
        for number in wanted[bucket_of(key)]:
            places = find_places(packed, number)
            if places is None:
                common.add(number)
            elif places:
                found.setdefault(number, []).extend([first + each for each in places])
    once = {number: list(dict.fromkeys(units)) for number, units in found.items()}
    return {
        number: units
        for number, units in once.items()
        if number not in common and len(units) <= MAX_SHARING
    }


def _buckets(
    connection: sqlite3.Connection, blocks: Iterable[int], buckets: Collection[int]
) -> Iterator[tuple[int, bytes]]:
    keys = [block << BUCKET_BITS | bucket for block in blocks for bucket in buckets]
    for start in range(0, len(keys), _QUERIED):
        part = keys[start : start + _QUERIED]
        marks = ",".join("?" * len(part))
        query = f"SELECT id, places FROM phrase WHERE id IN ({marks})"
        for key, packed in connection.execute(query, part):
            if not isinstance(packed, bytes):
                raise Damaged("places that are none")
            yield key, packed


def _blocks(connection: sqlite3.Connection) -> list[Block]:
    found = connection.execute("SELECT id, first, last, units, dead FROM block")
    blocks = [Block(*row) for row in found]
    if not all(isinstance(each, int) for block in blocks for each in block):
        raise Damaged("a block that is none")
    return sorted(blocks)


def _is_due(connection: sqlite3.Connection) -> bool:
    blocks = _blocks(connection)
    last = blocks[-1].last if blocks else 0
    query = "SELECT 1 FROM row WHERE id > ? LIMIT 1"
    is_new = connection.execute(query, (last,)).fetchone() is not None
    return is_new or any(block.is_dead for block in blocks)


def _index(connection: sqlite3.Connection) -> None:
    """Index what is new, and again the last blocks that are small beside it."""
    blocks = _blocks(connection)
    dropped = []
    while any(block.is_dead for block in blocks):
        dropped.append(blocks.pop())
    query = "SELECT COUNT(*) FROM row WHERE id >= ? AND digest NOT NULL"
    first = blocks[-1].last + 1 if blocks else 1
    (new,) = connection.execute(query, (first,)).fetchone()
    while blocks and blocks[-1].units <= 2 * new:
        dropped.append(blocks.pop())
        new += dropped[-1].units
    for block in dropped:
        _drop(connection, block)
    _write(connection, blocks[-1] if blocks else Block(0, 0, 0, 0, 0), new)


def _drop(connection: sqlite3.Connection, block: Block) -> None:
    connection.execute("DELETE FROM block WHERE id = ?", (block.id,))
    keys = block.id << BUCKET_BITS, (block.id + 1 << BUCKET_BITS) - 1
    connection.execute("DELETE FROM phrase WHERE id BETWEEN ? AND ?", keys)


def _write(connection: sqlite3.Connection, before: Block, count: int) -> None:
    """Index the units behind a block; they are about ``count``."""
    (last,) = connection.execute("SELECT MAX(id) FROM row").fetchone()
    units = _units(connection, before.last + 1)
    waiting: deque[tuple[int, int]] = deque()

    def blocks() -> Iterator[tuple[int, Sequence[tuple[int, str]]]]:
        for first, part in units:
            waiting.append((first, len(part)))
            yield first, part

    made = (
        map(make_places, blocks())
        if count < MANY
        else work_beside("places", blocks(), 1)
    )
    written = []
    for number, places in enumerate(made, before.id + 1):
        first, size = waiting.popleft()
        written.append([number, first, last, size, 0])
        if len(written) > 1:
            written[-2][2] = first - 1
        rows = ((number << BUCKET_BITS | bucket, data) for bucket, data in places)
        connection.executemany("INSERT INTO phrase VALUES (?, ?)", rows)
    connection.executemany("INSERT INTO block VALUES (?, ?, ?, ?, ?)", written)


def _units(
    connection: sqlite3.Connection, first: int
) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """Yield the units of blocks, each with the first id that the block may have."""
    query = (
        "SELECT id, source FROM row JOIN text USING (id)"
        " WHERE id >= ? AND digest NOT NULL ORDER BY id"
    )
    part: list[tuple[int, str]] = []
    for unit, source in connection.execute(query, (first,)):
        if len(part) == UNITS or unit - first >= EVERYWHERE:
            yield first, part
            first, part = unit, []
        part.append((unit, source if isinstance(source, str) else ""))
    yield first, part
