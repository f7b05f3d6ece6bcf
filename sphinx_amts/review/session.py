"""What is known only as long as a desk is open: what can be undone, and what is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sphinx_amts.review.item import Item, Text
from sphinx_amts.review.memory_file import Written


@dataclass(frozen=True)
class Done:
    """What was done last for a segment, and how to take it back."""

    before: Text
    units: list[Written] | None  # that the file had; None where it was not written
    after: list[Written]  # that it has
    seconds: float = 0.0  # that it took


class Session:
    """One desk from its opening on.

    ``changes`` counts what has changed: a build that began at some number knows of
    that many.
    """

    def __init__(self) -> None:
        self.changes = 0
        self._done: dict[str, list[tuple[Done, Item]]] = {}
        self._touched: dict[str, int] = {}  # keys, each with the number of its change

    def do(self, item: Item, done: Done) -> None:
        """Note what was done."""
        self._done.setdefault(item.key, []).append((done, item))

    def last(self, key: str) -> Done | None:
        """Return what was done last for a segment."""
        found = self._done.get(key)
        return found[-1][0] if found else None

    def take_back(self, key: str) -> None:
        """Note that the last was undone."""
        self._done[key].pop()

    def touch(self, items: Iterable[Item]) -> None:
        """Note that items say something else than a build has listed."""
        self.changes += 1
        for each in items:
            self._touched[each.key] = self.changes

    def is_newer(self, key: str, changes: int) -> bool:
        """Tell whether a segment has changed since there were so many changes."""
        return self._touched.get(key, 0) > changes

    def today(self) -> dict[str, Any]:
        """Return what was saved and not undone: each segment once."""
        saved = [
            (item, [done for done, _item in found if done.units is not None])
            for found in self._done.values()
            for _done, item in found[-1:]
        ]
        saved = [(item, done) for item, done in saved if done]
        return {
            "segments": len(saved),
            "words": sum(item.words for item, _done in saved),
            "seconds": round(sum(each.seconds for _i, done in saved for each in done)),
        }
