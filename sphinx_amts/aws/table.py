"""A table of DynamoDB: items of text and whole numbers, read in batches.

An item is changed on a condition, or it is not changed and comes back as it is. Reading
and changing ask again for what the service had no room for; what else botocore asks
again for, it does by itself.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from sphinx_amts.aws.client import ask, open_client
from sphinx_amts.aws.errors import Access, Fault, Trouble, trouble_of, unavailable
from sphinx_amts.errors import EngineUnavailable

T = TypeVar("T")
S = TypeVar("S")

KEY = "unit_key"
"""The attribute that finds an item. No attribute's name is one of DynamoDB's words:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html"""
READ_AT_ONCE = 100
"""Keys in one request of BatchGetItem, the service's limit."""
MAX_ITEM_BYTES = 400 * 1024
"""Of an item with the names of its attributes, the service's limit:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
THREADS = 16
"""That ask at the same time: a single one has some 200 answers a second, and a new
table on demand takes 4,000 writes a second."""
READ_TIMEOUT_S = 10.0
"""Until a call is given up; an answer takes some hundredths of a second."""
ATTEMPTS = 4
"""Calls for one request, by botocore."""
ROUNDS = 8
"""Requests for one thing while the service has no room, each some calls of botocore."""
FIRST_PAUSE_S, LAST_PAUSE_S = 0.1, 5.0
"""Between those, twice as long each time."""

CREATE_S = 300.0
"""Until a new table is not waited for any longer; most are ready in some seconds."""
CREATE_POLL_S = 1.0  # between two looks at it

_REFUSED = "ConditionalCheckFailedException"
_ABSENT = "ResourceNotFoundException"
_THERE = "ResourceInUseException"
_READY = "ACTIVE"
_NUMBER = re.compile("-?[0-9]{1,18}")

Item = Mapping[str, "str | int"]
"""Attributes by their names."""


@dataclass(frozen=True)
class Change:
    """What is to become of an item, and on which condition.

    ``condition`` and ``values`` are as DynamoDB has them; the names in ``values`` begin
    with a colon.
    """

    key: str
    expression: str
    condition: str = ""
    values: Item = field(default_factory=dict)


class About(NamedTuple):
    """What the service tells of a table."""

    status: str
    items: int  # as of some hours ago
    bytes: int  # the same
    is_on_demand: bool


class Table:
    """One table; every method raises `EngineUnavailable`.

    ``make`` says how the table is made where there is none. Threads may share it, but
    not processes.
    """

    def __init__(self, name: str, access: Access, make: str) -> None:
        self.name = name
        self._make = make
        self._client = open_client(
            "dynamodb",
            access,
            connections=THREADS,
            attempts=ATTEMPTS,
            read_timeout_s=READ_TIMEOUT_S,
        )
        region = str(self._client.meta.region_name)
        self.access = Access(region, access.profile)

    def __str__(self) -> str:
        return f"table {self.name!r}"

    # Items

    def read(self, keys: Iterable[str], *, is_exact: bool = False) -> dict[str, Item]:
        """Return the items of those keys that there are.

        ``is_exact``: with what was written a moment ago, which costs twice as much.
        """
        every = list(dict.fromkeys(keys))
        parts = [
            every[start : start + READ_AT_ONCE]
            for start in range(0, len(every), READ_AT_ONCE)
        ]
        found: dict[str, Item] = {}
        for items in _in_threads(lambda part: self._read(part, is_exact), parts):
            found.update(items)
        return found

    def _read(self, keys: Sequence[str], is_exact: bool) -> dict[str, Item]:
        left = [{KEY: {"S": key}} for key in keys]
        found: dict[str, Item] = {}
        pauses = _pauses()
        while left:
            asked = {self.name: {"Keys": left, "ConsistentRead": is_exact}}
            items, still = self._demand(
                "batch_get_item", self._some, RequestItems=asked
            )
            found.update((str(item.get(KEY, "")), item) for item in items)
            if len(still) < len(left):
                pauses = _pauses()  # it goes on: an answer has an end, too
            left = still
            if left:
                self._pause(pauses)
        return found

    def _some(self, answer: Any) -> tuple[list[Item], list[Any]]:
        """Read an answer: items, and keys that are to be asked for again."""
        left = answer.get("UnprocessedKeys", {}).get(self.name, {})
        items = answer["Responses"].get(self.name, ())
        return list(map(_item, items)), list(left.get("Keys", ()))

    def change(self, changes: Sequence[Change]) -> list[Item | None]:
        """Make changes; return for each None, or the item where it does not apply."""
        return list(_in_threads(self._change, changes))

    def _change(self, change: Change) -> Item | None:
        members: dict[str, Any] = {}
        if change.values:
            members["ExpressionAttributeValues"] = _typed(change.values)
        if change.condition:
            members["ConditionExpression"] = change.condition
            members["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        pauses = _pauses()
        while True:
            try:
                self._client.update_item(
                    TableName=self.name,
                    Key={KEY: {"S": change.key}},
                    UpdateExpression=change.expression,
                    **members,
                )
                return None
            except Exception as error:
                trouble = trouble_of(error, "dynamodb:UpdateItem", self.access)
                if trouble.name == _REFUSED:
                    return _item(getattr(error, "response", {}).get("Item", {}))
                if trouble.fault is not Fault.THROTTLED:
                    raise self._error(trouble) from None
            self._pause(pauses)

    # The table

    def create(self, expiring: str) -> bool:
        """Make the table, paid on demand, and wait for it; False where it is there.

        ``expiring`` is the attribute with the time, in seconds, after which an item may
        be deleted.
        """
        made = ask(
            self._client,
            "create_table",
            self.access,
            dict,
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": KEY, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": KEY, "AttributeType": "S"}],
        )
        is_new = not isinstance(made, Trouble)
        if isinstance(made, Trouble) and made.name != _THERE:
            raise self._error(made)
        end = time.monotonic() + CREATE_S
        while self.about().status != _READY:
            if time.monotonic() > end:
                raise EngineUnavailable(
                    f"DynamoDB, {self}: it is not ready yet. Run this again later."
                )
            time.sleep(CREATE_POLL_S)
        if self.expiring() != expiring:
            self._demand(
                "update_time_to_live",
                dict,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": expiring},
            )
        return is_new

    def expiring(self) -> str:
        """Return the attribute by which items expire; empty where none does."""
        answer = self._demand("describe_time_to_live", dict)
        about = answer.get("TimeToLiveDescription", {})
        is_on = about.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
        return str(about.get("AttributeName", "")) if is_on else ""

    def about(self) -> About:
        """Return what the service tells of it; raises for one that is not ours."""
        table = self._demand("describe_table", lambda answer: answer["Table"])
        if table.get("KeySchema") != [{"AttributeName": KEY, "KeyType": "HASH"}]:
            raise EngineUnavailable(
                f"DynamoDB, {self}: it has another key than {KEY!r}, so it is no shared"
                " memory. Name another table in amts_shared_memory."
            )
        mode = table.get("BillingModeSummary", {}).get("BillingMode", "")
        return About(
            str(table.get("TableStatus", "")),
            int(table.get("ItemCount", 0)),
            int(table.get("TableSizeBytes", 0)),
            mode == "PAY_PER_REQUEST",
        )

    # Errors

    def _demand(self, method: str, read: Callable[[Any], T], **members: Any) -> T:
        if "RequestItems" not in members:
            members["TableName"] = self.name
        pauses = _pauses()
        while True:
            answer = ask(self._client, method, self.access, read, **members)
            if not isinstance(answer, Trouble):
                return answer
            if answer.fault is not Fault.THROTTLED:
                raise self._error(answer)
            self._pause(pauses)

    def _error(self, trouble: Trouble) -> EngineUnavailable:
        if trouble.name == _ABSENT:
            return EngineUnavailable(
                f"there is no {self} of DynamoDB in {self.access}. {self._make}"
            )
        error = unavailable(trouble)
        return type(error)(f"DynamoDB, {self}: {error}")

    def _pause(self, pauses: Iterator[float]) -> None:
        """Wait before the next round; raises `EngineUnavailable` after the last."""
        pause_s = next(pauses, None)
        if pause_s is None:
            raise EngineUnavailable(
                f"DynamoDB, {self}: it is asked too often. Try again later; if the"
                " table is not paid on demand, raise its capacity."
            )
        time.sleep(pause_s)


def _pauses() -> Iterator[float]:
    """Yield how long to wait after each of the rounds."""
    for number in range(ROUNDS):
        longest = min(FIRST_PAUSE_S * 2**number, LAST_PAUSE_S)
        yield longest * random.uniform(0.5, 1.0)


def _in_threads(do: Callable[[S], T], every: Sequence[S]) -> Iterator[T]:
    """Do a thing for each in few threads; yields in order, raises the first error."""
    if len(every) < 2:
        yield from map(do, every)
        return
    pool = ThreadPoolExecutor(min(THREADS, len(every)), "amts-table")
    try:
        yield from pool.map(do, every)
    finally:
        pool.shutdown(cancel_futures=True)


def _typed(values: Item) -> dict[str, dict[str, str]]:
    """Write values as DynamoDB has them."""
    return {
        name: {"N": str(value)} if isinstance(value, int) else {"S": value}
        for name, value in values.items()
    }


def _item(typed: Mapping[str, Any]) -> Item:
    """Read an item: what is neither text nor a whole number is left out.

    >>> _item({"a": {"S": "text"}, "b": {"N": "12"}, "c": {"N": "1.5"}, "d": "?"})
    {'a': 'text', 'b': 12}
    """
    found: dict[str, str | int] = {}
    for name, value in typed.items():
        if not isinstance(value, Mapping):
            continue
        text, number = value.get("S"), value.get("N")
        if isinstance(text, str):
            found[name] = text
        elif isinstance(number, str) and _NUMBER.fullmatch(number):
            found[name] = int(number)
    return found
