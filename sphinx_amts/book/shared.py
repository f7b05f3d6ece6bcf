"""The shared memory of a book, looked at and filled by hand: status, push, pull."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from sphinx_amts.aws.errors import Access
from sphinx_amts.book.book import Book
from sphinx_amts.book.purpose import Collect
from sphinx_amts.config import Settings
from sphinx_amts.errors import AmtsError, Denied, TagError
from sphinx_amts.memory.shared import (
    NOTHING,
    READ_PRICE,
    STORAGE_PRICE,
    WRITE_PRICE,
    Held,
    Place,
    SharedMemory,
    fits,
    read_units,
    write_units,
)
from sphinx_amts.text.segment import Segment
from sphinx_amts.translation.cost import MILLION, dollars
from sphinx_amts.translation.known import Shelf
from sphinx_amts.translation.sharing import PORTION, Sharing, read_row
from sphinx_amts.translation.translator import Report

GIGABYTE = 10**9


def memory_of(settings: Settings) -> SharedMemory:
    """Open the shared memory of a book; raises `AmtsError` where it has none."""
    if not settings.shared_memory:
        raise AmtsError(
            "amts_shared_memory names no table. Set it in conf.py, for instance to"
            " 'dynamodb://books?region=eu-west-1', or give --memory."
        )
    access = Access(settings.aws_region, settings.aws_profile)
    return SharedMemory(Place.parse(settings.shared_memory), access)


@dataclass(frozen=True)
class Overview:
    """What there is to say of a table; None where the identity may not know."""

    memory: str
    region: str
    may_read: bool
    may_write: bool
    status: str | None = None
    items: int | None = None  # as of some hours ago
    bytes: int | None = None  # the same
    is_on_demand: bool | None = None
    expires: bool | None = None  # whether what runners leave behind does

    @classmethod
    def of(cls, memory: SharedMemory) -> Overview:
        """Look at a table; raises `EngineUnavailable`."""
        may_read = memory.may_read()
        may_write = memory.may_write()
        said: tuple[Any, ...] = (None,) * 5
        try:
            about, expires = memory.about()
            said = (*about, expires)
        except Denied:
            pass  # of who only builds, that is not wanted
        region = memory.table.access.region or ""
        return cls(str(memory), region, may_read, may_write, *said)

    @property
    def role(self) -> str:
        """What the identity is there.

        >>> Overview("dynamodb://books", "eu-west-1", True, False).role
        'reader'
        """
        if not self.may_read:
            return "stranger"
        return "runner" if self.may_write else "reader"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "role": self.role}

    def lines(self) -> Iterator[str]:
        """Yield it for people."""
        yield f"{self.memory}, region {self.region!r}"
        may = {
            "stranger": "may do nothing: see the policies for shared memories",
            "reader": "may read; what it has translated stays on its machine",
            "runner": "may read and write",
        }
        yield f"  this identity {may[self.role]}"
        if self.items is None or self.bytes is None:
            yield "  what it holds may not be known: dynamodb:DescribeTable is denied"
            return
        price = self.bytes / GIGABYTE * STORAGE_PRICE
        yield (
            f"  {self.status}, some hours ago {self.items:,} items in"
            f" {self.bytes:,} bytes, {dollars(price)} a month"
        )
        if not self.is_on_demand:
            yield "  it is not paid on demand: many runners need its capacity"
        if not self.expires:
            yield (
                "  what runners leave behind does not expire: run"
                " `sphinx-amts memory create` once more"
            )


@dataclass(frozen=True)
class Moved:
    """What has been read, or moved, of one language."""

    language: str
    units: int  # that the book needs, and people do not have
    shared: int  # of them, in the table
    moved: int = 0
    unusable: int = 0
    too_long: int = 0
    request_units: int = 0
    price: float = 0.0  # US dollars, on demand

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    def line(self, done: str = "") -> str:
        """Return it for people; ``done`` is what was done with those that moved."""
        parts = [f"{self.shared:,} of {self.units:,} units are there"]
        if done:
            parts.insert(0, f"{self.moved:,} units {done}")
        if self.unusable:
            parts.append(f"{self.unusable:,} cannot be used")
        if self.too_long:
            parts.append(f"{self.too_long:,} are longer than DynamoDB takes")
        cost = f"{self.request_units:,} request units, {_price(self.price)}"
        return f"{self.language}: {', '.join([*parts, cost])}"


def _price(price: float) -> str:
    return dollars(price) if price >= 0.01 else "less than $0.01"


Wanted = Mapping[str, Segment]
"""Segments by the store's keys."""


def wanted(book: Book, found: Collect) -> Iterator[tuple[Shelf, Wanted]]:
    """Yield what people do not have of a collected book, in parts, by shelf."""
    known = book.translator.known
    segments: list[Segment] = []
    for look in found.looks.values():
        if look.match is None or not look.match.origin.is_human:
            parts = known.parts(look.segment)
            unknown = [part.segment for part in parts if part.match is None]
            segments += unknown or [look.segment]
    for shelf in known.shelves:
        left = iter({shelf.key(each.key): each for each in segments}.items())
        while part := dict(islice(left, PORTION)):
            yield shelf, part


class _Tally:
    """Counts what is looked at and moved of a book."""

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory
        self._units: set[str] = set()  # keys of segments
        self._shared: set[str] = set()  # those of them that the table has
        self._counts = {"moved": 0, "unusable": 0, "too_long": 0}
        self._request_units = 0
        self._price = 0.0  # US dollars, on demand

    def look(self, part: Wanted) -> dict[str, Held]:
        """Read what the table has of segments; raises `EngineUnavailable`."""
        held = self._memory.read(part)
        there = {key: each for key, each in held.items() if each.row}
        self._units.update(each.key for each in part.values())
        self._shared.update(part[key].key for key in there)
        rows = (held.get(key, NOTHING).row or "" for key in part)
        self._pay(read_units(rows), READ_PRICE)
        return there

    def put(self, part: Wanted, rows: Mapping[str, str]) -> None:
        """Put rows that the table does not have."""
        fitting = {key: row for key, row in rows.items() if fits(row)}
        others = self._memory.put(fitting, {})
        put = [row for key, row in fitting.items() if key not in others]
        self._shared.update(part[key].key for key in fitting)
        self._pay(write_units(put), WRITE_PRICE)
        self.count(moved=len(put), too_long=len(rows) - len(fitting))

    def _pay(self, units: int, price: float) -> None:
        self._request_units += units
        self._price += units * price / MILLION

    def count(self, **counts: int) -> None:
        """Count what became of units."""
        for name, number in counts.items():
            self._counts[name] += number

    def close(self, book: Book) -> Moved:
        """Sum up."""
        return Moved(
            language=book.translator.pair.target,
            units=len(self._units),
            shared=len(self._shared),
            request_units=self._request_units,
            price=self._price,
            **self._counts,
        )


def count(book: Book, found: Collect, memory: SharedMemory) -> Moved:
    """Look how much of a book is in the table; raises `EngineUnavailable`."""
    tally = _Tally(memory)
    for _shelf, part in wanted(book, found):
        tally.look(part)
    return tally.close(book)


def push(book: Book, found: Collect, memory: SharedMemory, report: Report) -> Moved:
    """Put into the table what the store has and it has not."""
    tally = _Tally(memory)
    for shelf, part in wanted(book, found):
        there = tally.look(part)
        rows = _rows(shelf, part, tally)
        tally.put(part, {key: row for key, row in rows.items() if key not in there})
        report(len(part))
    return tally.close(book)


def _rows(shelf: Shelf, segments: Wanted, tally: _Tally) -> dict[str, str]:
    """Return the rows of the store that can be used."""
    rows = {}
    for key, segment in segments.items():
        row = shelf.store.get(key)
        if row is None:
            continue
        try:
            read_row(shelf, segment, row)
            rows[key] = row
        except (ValueError, TagError):
            tally.count(unusable=1)
    return rows


def pull(book: Book, found: Collect, memory: SharedMemory, report: Report) -> Moved:
    """Put into the store what the table has and it has not."""
    tally = _Tally(memory)
    sharing = Sharing(memory.place, problems=book.problems)
    for shelf, part in wanted(book, found):
        there = tally.look(part)
        lacking = {key: part[key] for key in there if shelf.store.get(key) is None}
        taken = sharing.take(shelf, lacking, there)
        tally.count(moved=len(taken), unusable=len(lacking) - len(taken))
        report(len(part))
    return tally.close(book)
