"""A memory that many runners share: what one has paid for, the others have, too.

It is a table of DynamoDB with two kinds of items:

===============  =======================================================================
a unit's key     ``unit_row``: what the store holds under this key; or ``held_by``: the
                 runner that is about to ask for it. The first row stays.
a runner's name  ``runs_until``: its lease. It is renewed as long as the runner lives,
                 and with it all that is held by the runner.
===============  =======================================================================

A row never expires. What is held and the names of runners have ``expires_at``, by which
DynamoDB clears away what runners leave behind that were killed.

Nothing here trusts what it reads: rows are text, and whoever takes one has to check it.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from sphinx_amts.addresses import SHARED_MEMORY
from sphinx_amts.aws.errors import Access
from sphinx_amts.aws.table import MAX_ITEM_BYTES, About, Change, Item, Table
from sphinx_amts.errors import Denied, EngineUnavailable

LEASE_S = 60.0
"""After which a runner that gives no sign counts as gone. Clocks of runners may differ
by three quarters of it."""
SIGNS = 4  # that a runner gives during its lease
LEFT_S = 24 * 3600
"""After which DynamoDB may delete what a runner has left behind."""
MAX_ROW_BYTES = MAX_ITEM_BYTES - 1024  # the names of attributes, and who holds it
WRITE_BYTES, READ_BYTES = 1024, 4096
"""Of an item, for one request unit."""
WRITE_PRICE, READ_PRICE = 0.625, 0.125
"""US dollars for a million request units on demand, in us-east-1, as of November 2026:
https://aws.amazon.com/dynamodb/pricing/on-demand/"""
STORAGE_PRICE = 0.25  # the same, for a gigabyte and month

ROW, HOLDER, UNTIL, EXPIRES = "unit_row", "held_by", "runs_until", "expires_at"
"""The attributes of items."""
_RUNNER = "runner:"
_PROBE = "probe"  # a key that no item ever has


@dataclass(frozen=True)
class Place:
    """Where a shared memory is."""

    table: str
    region: str | None = None
    lease_s: float = LEASE_S

    @classmethod
    def parse(cls, address: str) -> Place:
        """Read an address that the setting has taken.

        >>> Place.parse("dynamodb://books?region=eu-west-1")
        Place(table='books', region='eu-west-1', lease_s=60.0)
        """
        found = re.fullmatch(SHARED_MEMORY, address)
        if found is None:
            raise ValueError("not an address of a shared memory")
        options = dict(parse_qsl(found["options"] or ""))
        lease_s = float(options.get("lease_s", LEASE_S))
        return cls(found["table"], options.get("region"), lease_s)

    def __str__(self) -> str:
        options = {"region": self.region} if self.region else {}
        return (
            f"dynamodb://{self.table}" + ("?" if options else "") + (urlencode(options))
        )


class Held(NamedTuple):
    """What the table has of a key."""

    row: str | None = None
    holder: str = ""  # who is about to ask for it; see `SharedMemory.gone`


NOTHING = Held()


class SharedMemory:
    """Rows by key, for whoever may read the table; see the module.

    Every method raises `EngineUnavailable`, and `Denied` where the identity may not do
    it. Processes may not share it.
    """

    def __init__(self, place: Place, access: Access) -> None:
        self.place = place
        region = place.region or access.region
        access = Access(region, access.profile)
        self.table = Table(
            place.table, access, "Make it with `sphinx-amts memory create`."
        )
        self.runner = _name()
        self.too_long = 0
        """Rows that DynamoDB does not take for their length."""

    def __str__(self) -> str:
        return str(self.place)

    # Rows

    def read(self, keys: Iterable[str]) -> dict[str, Held]:
        """Return what there is of keys."""
        return {key: _held(item) for key, item in self.table.read(keys).items()}

    def put(
        self, rows: Mapping[str, str], before: Mapping[str, Held]
    ) -> dict[str, str]:
        """Put rows, unless others were faster; return the others'.

        ``before`` has what was read of the keys, and was of no use.
        """
        whole = {key: row for key, row in rows.items() if fits(row)}
        self.too_long += len(rows) - len(whole)
        changes = [
            _put(key, row, before.get(key, NOTHING).row) for key, row in whole.items()
        ]
        found = zip(whole, self.table.change(changes), strict=True)
        others = {key: _held(item).row for key, item in found if item is not None}
        return {key: row for key, row in others.items() if row is not None}

    # Who asks

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have a lease for as long as the context lasts."""
        # A name of its own: others may know the one before as gone.
        self.runner = _name()
        self._sign()
        over = threading.Event()

        def renew() -> None:
            while not over.wait(self.place.lease_s / SIGNS):
                with suppress(EngineUnavailable):  # others then take over
                    self._sign()

        thread = threading.Thread(target=renew, name="amts-lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            with suppress(EngineUnavailable):
                self._sign(0.0)

    def _sign(self, lease_s: float | None = None) -> None:
        lease_s = self.place.lease_s if lease_s is None else lease_s
        now = time.time()
        self.table.change(
            [
                Change(
                    self.runner,
                    f"SET {UNTIL} = :until, {EXPIRES} = :expires",
                    # Thousandths, since numbers are whole.
                    values={
                        ":until": int((now + lease_s) * 1000),
                        ":expires": int(now) + LEFT_S,
                    },
                )
            ]
        )

    def hold(self, keys: Mapping[str, Held]) -> dict[str, Held]:
        """Hold keys, each as it was when it was read; return those that were not got.

        With what the table has of them now. What a runner holds that is not there any
        more is taken over by naming it as the holder.
        """
        changes = [self._hold(key, before) for key, before in keys.items()]
        found = zip(keys, self.table.change(changes), strict=True)
        return {key: _held(item) for key, item in found if item is not None}

    def _hold(self, key: str, before: Held) -> Change:
        values: dict[str, str | int] = {":runner": self.runner}
        free = f"attribute_not_exists({HOLDER}) OR {HOLDER} = :runner"
        if before.holder:
            values[":holder"] = before.holder
            free += f" OR {HOLDER} = :holder"
        expression = f"SET {HOLDER} = :runner"
        if before.row is not None:
            values[":row"] = before.row
            return Change(key, expression, f"{ROW} = :row AND ({free})", values)
        values[":expires"] = int(time.time()) + LEFT_S
        expression += f", {EXPIRES} = :expires"
        condition = f"attribute_not_exists({ROW}) AND ({free})"
        return Change(key, expression, condition, values)

    def release(self, keys: Iterable[str]) -> None:
        """Hold keys no longer."""
        values = {":runner": self.runner}
        condition = f"{HOLDER} = :runner"
        self.table.change(
            [Change(key, f"REMOVE {HOLDER}", condition, values) for key in keys]
        )

    def gone(self, runners: Iterable[str]) -> set[str]:
        """Return those of some runners whose lease has expired."""
        every = set(runners)
        now = time.time() * 1000
        items = self.table.read(every, is_exact=True)
        alive = {name for name, item in items.items() if _until(item) > now}
        return every - alive

    # The table

    def create(self) -> bool:
        """Make the table; False where it is there."""
        return self.table.create(EXPIRES)

    def about(self) -> tuple[About, bool]:
        """Return what the service tells, and whether what is left behind expires."""
        return self.table.about(), self.table.expiring() == EXPIRES

    def may_read(self) -> bool:
        """Tell whether the identity may read rows."""
        try:
            self.table.read([_PROBE])
        except Denied:
            return False
        return True

    def may_write(self) -> bool:
        """Tell whether the identity may put rows; nothing is put."""
        never = f"attribute_exists({ROW})"
        try:
            self.table.change([Change(_PROBE, f"REMOVE {HOLDER}", never)])
        except Denied:
            return False
        return True


def _name() -> str:
    return _RUNNER + secrets.token_hex(8)


def _put(key: str, row: str, before: str | None) -> Change:
    values = {":row": row}
    condition = f"attribute_not_exists({ROW}) OR {ROW} = :row"
    if before is not None:
        values[":before"] = before
        condition += f" OR {ROW} = :before"
    expression = f"SET {ROW} = :row REMOVE {HOLDER}, {EXPIRES}"
    return Change(key, expression, condition, values)


def _held(item: Item) -> Held:
    row, holder = item.get(ROW), item.get(HOLDER)
    return Held(
        row if isinstance(row, str) else None,
        holder if isinstance(holder, str) else "",
    )


def _until(item: Item) -> int:
    until = item.get(UNTIL)
    return until if isinstance(until, int) else 0


def fits(row: str) -> bool:
    """Tell whether DynamoDB takes a row: one of text that is not too long."""
    try:
        return len(row.encode()) <= MAX_ROW_BYTES
    except UnicodeEncodeError:
        return False


def write_units(rows: Iterable[str]) -> int:
    """Return the request units of putting rows.

    >>> write_units(["a" * 1024, "a" * 1025])
    3
    """
    return sum(map(_units(WRITE_BYTES), rows))


def read_units(rows: Iterable[str]) -> int:
    """Return the request units of reading rows that may be a little old.

    Half a unit for each part; what is not there costs as much as what is short.

    >>> read_units(["", "a", "a" * 4097])
    2
    """
    return -(-sum(map(_units(READ_BYTES), rows)) // 2)


def _units(size: int) -> Callable[[str], int]:
    return lambda row: max(1, -(-len(row.encode()) // size))
