"""Sharing with other runners what one of them has paid for.

Before an engine is asked::

    fetch      take in what the shared memory has of what is missing
    asking     hold a portion of the rest, ask for that and put what came; then the next
               portion; at last wait for what others hold

What others put is checked as the rows of a store are, and kept in the store; whatever
is wrong with the shared memory, the build goes on alone. Who only looks does the first
and never the second.
"""

from __future__ import annotations

import logging
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice

from sphinx_amts.aws.errors import Access
from sphinx_amts.aws.table import READ_AT_ONCE
from sphinx_amts.errors import Denied, EngineUnavailable, NoAccount, TagError
from sphinx_amts.memory.normal import optional_tags
from sphinx_amts.memory.people import Match
from sphinx_amts.memory.shared import NOTHING, Held, Place, SharedMemory
from sphinx_amts.memory.unit import Origin, TranslationUnit
from sphinx_amts.text.check import check
from sphinx_amts.text.segment import Segment, text_key
from sphinx_amts.translation.asking import Problems
from sphinx_amts.translation.known import Known, Shelf
from sphinx_amts.warnings_ import Subtype

logger = logging.getLogger(__name__)

Report = Callable[[int], object]

PORTION = 1000
"""Segments that a runner holds at a time: enough for requests from all threads of an
engine, and few enough to leave others their part of a book that has ten thousand."""
TRIES = 3
"""To hold a segment that somebody else changes each time; then it is asked for."""
FIRST_PAUSE_S, LAST_PAUSE_S = 0.25, 5.0
"""Between looks at what others hold, half as long again each time that nothing came."""
PATIENCE_S = 1800.0
"""For how long a runner waits for others that live and bring nothing."""


class Sharing:
    """What one build has of a shared memory; nothing, where there is no ``place``.

    What is wrong is told once: to `Problems`, or where a fork of a repository is meant
    to be without, in the log.
    """

    def __init__(
        self,
        place: Place | None = None,
        access: Access | None = None,
        problems: Problems | None = None,
    ) -> None:
        self.place = place
        self.can_write = True
        self.is_over = place is None  # or not begun
        self._access = access or Access()
        self._problems = Problems() if problems is None else problems  # empty is false
        self._memory: SharedMemory | None = None
        self._process = 0  # in which it was opened
        self._before: dict[str, Held] = {}  # by the store's key: what is of no use

    @property
    def memory(self) -> SharedMemory | None:
        """The memory of this process, if it can be used."""
        if self.is_over or self.place is None:
            return None
        if self._memory is None or self._process != os.getpid():
            try:
                self._memory = SharedMemory(self.place, self._access)
                self._process = os.getpid()
            except EngineUnavailable as error:
                self.stop(error)
                return None
        return self._memory

    def stop(self, error: EngineUnavailable) -> None:
        """Go on without it, and say so once."""
        self.is_over = True
        if isinstance(error, NoAccount):  # a fork of a repository is meant to have none
            logger.info("sphinx_amts: %s is not used: no AWS credentials", self.place)
            return
        message = f"the shared memory {self.place} is not used in this build: {error}"
        self._problems.add(Subtype.SHARED, message)

    def stop_writing(self, error: EngineUnavailable) -> None:
        """Only read it from now on, where that is all that is allowed."""
        if not isinstance(error, Denied):
            self.stop(error)
        elif self.can_write:
            self.can_write = False
            logger.info(
                "sphinx_amts: %s is only read: it may not be written", self.place
            )

    # Reading

    def fetch(
        self, shelf: Shelf, segments: Iterable[Segment], *, again: bool = False
    ) -> dict[str, Match]:
        """Take in what the memory has of segments; return that by their keys.

        Each is looked for once, unless ``again``.
        """
        wanted = {shelf.key(each.key): each for each in segments}
        if not again:
            wanted = {k: each for k, each in wanted.items() if k not in self._before}
        memory = self.memory if wanted else None
        if memory is None:
            return {}
        try:
            held = memory.read(wanted)
        except EngineUnavailable as error:
            self.stop(error)
            return {}
        found = self.take(shelf, wanted, held)
        if found:
            logger.info("sphinx_amts: %d segments came from %s", len(found), self.place)
        return found

    def fetch_all(self, known: Known, segments: Iterable[Segment]) -> dict[str, Match]:
        """Take in what the memory has of segments for any shelf of what is known."""
        found: dict[str, Match] = {}
        if self.is_over:
            return found
        left = list(segments)
        for shelf in known.shelves:
            found.update(self.fetch(shelf, left))
            left = [each for each in left if each.key not in found]
        known.remember(found)
        return found

    def take(
        self, shelf: Shelf, wanted: Mapping[str, Segment], held: Mapping[str, Held]
    ) -> dict[str, Match]:
        """Keep the rows that can be used; ``wanted`` and ``held`` by the store's keys.

        Of the others it is remembered what they are, so that they can be replaced.
        """
        found, rows = {}, {}
        for key, segment in wanted.items():
            what = held.get(key, NOTHING)
            match = self._match(shelf, segment, what.row)
            if match is not None and what.row is not None:
                found[segment.key], rows[segment.key] = match, what.row
                what = NOTHING  # it is in the store: not kept twice
            self._before[key] = what
        shelf.take(rows)
        return found

    def _match(self, shelf: Shelf, segment: Segment, row: str | None) -> Match | None:
        if row is None:
            return None
        try:
            return read_row(shelf, segment, row)
        except (ValueError, TagError) as error:
            self._problems.add(
                Subtype.SHARED,
                f"the shared memory {self.place} has entries that cannot be used. They"
                " count as unknown, and are replaced by who may write there. See who"
                " has written there",
            )
            logger.debug("sphinx_amts: %s: %s", segment.key, error)
            return None

    def before(self, keys: Iterable[str]) -> dict[str, Held]:
        """Return what was last read under the store's keys."""
        return {key: self._before.get(key, NOTHING) for key in keys}

    # Writing

    def put(self, shelf: Shelf, segments: Mapping[str, Segment]) -> dict[str, Match]:
        """Put what the store has of segments; return what others put before, by key."""
        memory = self.memory if self.can_write and segments else None
        if memory is None:
            return {}
        stored = {key: shelf.store.get(key) for key in segments}
        rows = {key: row for key, row in stored.items() if row is not None}
        try:
            others = memory.put(rows, self.before(rows))
        except EngineUnavailable as error:
            self.stop_writing(error)
            return {}
        wanted = {key: segments[key] for key in others}
        return self.take(shelf, wanted, {key: Held(row) for key, row in others.items()})

    @contextmanager
    def asking(
        self,
        shelf: Shelf,
        segments: Sequence[Segment],
        report: Report,
        *,
        portion: int = PORTION,
        patience_s: float | None = None,
    ) -> Iterator[Asking]:
        """Divide what is to be asked for among all who ask now."""
        with ExitStack() as stack:
            memory = self.memory if self.can_write and segments else None
            if memory is not None:
                try:
                    stack.enter_context(memory.running())
                except EngineUnavailable as error:
                    self.stop_writing(error)
            asking = Asking(self, shelf, segments, report, portion, patience_s)
            stack.callback(asking.release)
            yield asking


class Asking:
    """One asking of an engine: what this runner asks for, and what it waits for.

    Segments go by the store's keys. Without a memory that can be written, all of them
    are asked for at once.
    """

    def __init__(
        self,
        sharing: Sharing,
        shelf: Shelf,
        segments: Sequence[Segment],
        report: Report,
        portion: int,
        patience_s: float | None,
    ) -> None:
        self.found: dict[str, Match] = {}
        """What others asked for, by the segments' own keys."""
        self._sharing = sharing
        self._shelf = shelf
        self._report = report
        self._portion = portion
        self._patience_s = PATIENCE_S if patience_s is None else patience_s
        # Each runner begins elsewhere, so that they do not ask for each portion at the
        # same time; what belongs together stays so.
        begin = random.randrange(len(segments)) if self._memory and segments else 0
        turned = [*segments[begin:], *segments[:begin]]
        self._free = {shelf.key(each.key): each for each in turned}
        self._tries: dict[str, int] = {}
        self._mine: dict[str, Segment] = {}
        self._others: dict[str, Segment] = {}  # that others hold
        self._gone: set[str] = set()  # other runners that are not waited for
        self._pause_s = FIRST_PAUSE_S
        self._came_at = time.monotonic()

    @property
    def _memory(self) -> SharedMemory | None:
        return self._sharing.memory if self._sharing.can_write else None

    def portions(self) -> Iterator[Sequence[Segment]]:
        """Yield what to ask for, until all is settled or in vain."""
        while self._free or self._others:
            if not self._free:
                self._wait()
            if mine := self._next():
                yield mine
                self.release()
                self._came_at = time.monotonic()

    def first(self) -> Sequence[Segment]:
        """Return the first portion, for who does not wait for others."""
        return self._next()

    def settle(self, segments: Iterable[Segment]) -> dict[str, Match]:
        """Put what the engine made of segments; return what others made before."""
        if self._memory is None:
            return {}
        done = {self._shelf.key(each.key): each for each in segments}
        found = self._sharing.put(self._shelf, done)
        for key in done:
            self._mine.pop(key, None)
        return found

    def release(self) -> None:
        """Hold nothing any longer: what got no answer here may get it elsewhere."""
        mine, self._mine = self._mine, {}
        if mine and (memory := self._memory) is not None:
            try:
                memory.release(mine)
            except EngineUnavailable as error:
                self._sharing.stop_writing(error)

    def rest(self) -> list[Segment]:
        """Return what is neither asked for nor found."""
        return [*self._free.values(), *self._others.values()]

    # What is this runner's

    def _next(self) -> list[Segment]:
        """Hold a portion of what is free; return what was got."""
        memory = self._memory
        if memory is None:
            mine = self.rest()
            self._free, self._others = {}, {}
            return mine
        part = dict(islice(self._free.items(), self._portion))
        try:
            refused = memory.hold(self._before(part))
        except EngineUnavailable as error:
            self._sharing.stop_writing(error)
            return []  # the next time, there is no memory any more
        for key in part:
            del self._free[key]
        self._mine = {key: each for key, each in part.items() if key not in refused}
        mine = list(self._mine.values())
        self._sort({key: part[key] for key in refused}, refused)
        return mine + self._given_up()

    def _before(self, keys: Iterable[str]) -> dict[str, Held]:
        """Return how keys were, without the holders that may still ask."""
        return {
            key: what if what.holder in self._gone else Held(what.row)
            for key, what in self._sharing.before(keys).items()
        }

    def _sort(self, segments: Mapping[str, Segment], now: Mapping[str, Held]) -> None:
        """Put segments where they belong by what the memory has."""
        found = self._sharing.take(self._shelf, segments, now)
        self.found.update(found)
        if found:
            self._report(len(found))
        for key, segment in segments.items():
            self._others.pop(key, None)
            holder = now.get(key, NOTHING).holder
            if segment.key in found:
                continue
            if holder and holder not in self._gone:
                self._others[key] = segment  # at the end: others are looked at next
            else:
                self._tries[key] = self._tries.get(key, 0) + 1
                self._free[key] = segment

    def _given_up(self) -> list[Segment]:
        """Return what could not be held in several tries: it is asked for all the same.

        So nobody who writes into the memory keeps a build from its end.
        """
        tired = [key for key in self._free if self._tries.get(key, 0) > TRIES]
        return [self._free.pop(key) for key in tired]

    # What others hold

    def _wait(self) -> None:
        """Wait a little, then look what has become of some that others hold."""
        time.sleep(self._pause_s)
        part = dict(islice(self._others.items(), READ_AT_ONCE))
        try:
            came = self._look(part)
        except EngineUnavailable as error:
            self._sharing.stop(error)
            return
        if came:
            self._pause_s, self._came_at = FIRST_PAUSE_S, time.monotonic()
        else:
            self._pause_s = min(self._pause_s * 1.5, LAST_PAUSE_S)

    def _look(self, part: Mapping[str, Segment]) -> bool:
        """Look at a part of what others hold; tell whether any of it came."""
        memory = self._memory
        if memory is None:
            return False
        count = len(self.found)
        now = memory.read(part)
        holders = {each.holder for each in now.values() if each.holder}
        is_enough = time.monotonic() - self._came_at > self._patience_s
        self._gone |= holders if is_enough else memory.gone(holders)
        self._sort(part, now)
        return len(self.found) > count


def read_row(shelf: Shelf, segment: Segment, row: str) -> Match | None:
    """Read a row as the store's are read; None where it lacks terms that there are now.

    It has to be a machine's, of this text. Raises `ValueError` and `TagError`.
    """
    unit = TranslationUnit.from_json(row)
    if unit.origin is not Origin.MACHINE:
        raise ValueError("it is no machine's")
    if not segment.key.startswith(f"{text_key(unit.source)}:"):
        raise ValueError("it is of another text")
    match = shelf.match(row)
    if match is not None and not match.refusal:
        check(segment.source, match.target, optional_tags(segment.tags))
    return match
