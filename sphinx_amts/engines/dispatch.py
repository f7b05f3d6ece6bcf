"""Many requests to a service over threads, each again as often as it is worth it.

Threads share one client; each call waits for its turn at one
`sphinx_amts.aws.pace.Pace`. What is worth repeating goes back to the queue:

=============  ========================================================================
throttled      after a pause of all calls, as often as it takes
fault          after a pause of its own; while others are answered, a few times
no answer      once more: each time may be paid for
not reachable  as a fault; if it was never reached, for a few seconds
refused        never; the texts of the request are asked for one by one
all else       never, and no other request either
=============  ========================================================================

Without any answer for the engine's patience it gives up.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from sphinx_amts.aws.client import CONNECT_TIMEOUT_S, open_client
from sphinx_amts.aws.errors import Access, Fault, Trouble
from sphinx_amts.aws.pace import Pace
from sphinx_amts.engines.contract import (
    Answer,
    Engine,
    Meter,
    Untranslated,
    refused,
)
from sphinx_amts.errors import EngineError, EngineUnavailable
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.tagged import byte_length

REACH_S = 3.0
"""How long to try to reach the service for the first time."""
MAX_REFUSED = 8
"""Requests that may be refused before the first is answered; after that it is no matter
of their texts."""
FIRST_BACKOFF_S, LAST_BACKOFF_S = 0.25, 8.0
"""Between the calls of one request, twice as long each time."""
OVER_THE_CAP = "amts_max_characters is reached."

Answers = list[str | Untranslated]


class Request(Protocol):
    """What one request holds, and how its answer is read."""

    @property
    def text(self) -> str:
        """What is sent and, by its length, paid for."""

    @property
    def count(self) -> int:
        """How many texts it is made of."""

    def read(self, answer: str) -> Answers:
        """Return the answers in what came back."""


class Sender(Protocol):
    """Makes one call."""

    def send(self, request: Any) -> str | Trouble:
        """Return what the service says to a request, or why it says nothing."""


class ServiceEngine(Engine):
    """What the engines have in common whose calls are made here.

    The processes in which Sphinx reads documents know nothing of each other: each of
    ``processes`` has its share of the rate.
    """

    def __init__(
        self,
        *,
        requests_per_second: float,
        bytes_per_second: float | None = None,
        threads: int,
        patience_s: float,
        read_timeout_s: float,
        processes: int,
    ) -> None:
        self.requests_per_second = requests_per_second
        self.bytes_per_second = bytes_per_second
        self.threads = threads
        self.patience_s = patience_s
        self.read_timeout_s = read_timeout_s
        self.was_answered = False
        self._processes = processes
        self._made_in = self._process = os.getpid()
        self._client: Any = None
        self._pace: Pace | None = None

    def translate(self, sources: Sequence[str], pair: LanguagePair) -> Answers:
        """Translate tagged texts in one request."""
        (answer,) = self.answers([sources], pair, Meter())
        return list(answer.targets)

    def pace(self) -> Pace:
        """Return what all calls of this process wait for."""
        self._notice_fork()
        if self._pace is None or self._pace.is_stopped:
            share = 1 if self._process == self._made_in else self._processes
            per_second = self.bytes_per_second and self.bytes_per_second / share
            self._pace = Pace(self.requests_per_second / share, per_second)
        return self._pace

    def client(self, service: str, access: Access) -> Any:
        """Return the client of this process; raises `EngineUnavailable`."""
        self._notice_fork()
        if self._client is None:
            self._client = open_client(
                service,
                access,
                connections=self.threads,
                attempts=1,
                read_timeout_s=self.read_timeout_s,
            )
        return self._client

    def _notice_fork(self) -> None:
        """Forget what was made before a fork: it is of no use."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._client = self._pace = None


@dataclass
class Call:
    """One request on its way, perhaps several times."""

    number: int
    request: Request
    attempts: int = 0
    answered_before: int = 0  # other requests, when this one failed first
    bytes: int = field(init=False)
    characters: int = field(init=False)

    def __post_init__(self) -> None:
        self.bytes = byte_length(self.request.text)
        self.characters = len(self.request.text)

    def refused(self, reason: str, *, is_broken: bool = False) -> Answers:
        """Return the answers where the service will never give one."""
        return refused(reason, self.request.count, is_broken=is_broken)

    def failed(self, reason: str) -> Answers:
        """Return the answers where the next build may have more luck."""
        return [Untranslated(reason)] * self.request.count


class Dispatch:
    """Has calls made by threads, and gives out what they bring as it comes.

    ``_changed`` guards everything that the threads share.
    """

    CLOSE_S = 5.0  # how long to wait for threads when nobody wants their answers

    def __init__(
        self,
        engine: ServiceEngine,
        sender: Sender,
        calls: Iterable[Call],
        most: int,
        meter: Meter,
    ) -> None:
        """Get ready to make ``calls``, each taken when it is its turn.

        So an iterator may decide then what to put into the next call. It must be quick,
        since threads wait for it. ``most`` is how many there can be.
        """
        self._engine = engine
        self._meter = meter
        self._sender = sender
        self._pace = engine.pace()
        self._changed = threading.Condition()
        self._calls = iter(calls)
        # To be made again, each with the time from which it may be.
        self._waiting: list[tuple[float, int, Call]] = []
        self._open = 0  # calls that are taken and not settled
        self._has_more = True
        self._is_over = False
        self._answered = 0
        self._refused = 0
        self._answered_at = self._began_at = time.monotonic()
        self._final: EngineError | None = None
        self._results: SimpleQueue[Answer | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"amts-{number}", daemon=True)
            for number in range(min(engine.threads, most))
        ]

    def run(self) -> Iterator[Answer]:
        """Yield the answers to each call; raises what ended it before the last."""
        for thread in self._threads:
            thread.start()
        try:
            # Threads put None when all is done, or when nothing more will be.
            while (result := self._results.get()) is not None:
                yield result
            self._join(CONNECT_TIMEOUT_S + self._engine.read_timeout_s)
            yield from self._rest()
        finally:
            self._stop(None)
            self._join(self.CLOSE_S)
        if self._final is not None:
            raise self._final

    def _rest(self) -> Iterator[Answer]:
        """Yield what came in while others had already given up."""
        while True:
            try:
                result = self._results.get_nowait()
            except Empty:
                return
            if result is not None:
                yield result

    def _join(self, within_s: float) -> None:
        end = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _stop(self, error: EngineError | None) -> None:
        """Make no further calls; ``error`` is the reason, unless all is done."""
        with self._changed:
            if not self._is_over:
                self._pace.stop()
                self._final = self._final or error
            self._end()

    def _end(self) -> None:
        self._is_over = True
        self._changed.notify_all()
        self._results.put(None)

    def _work(self) -> None:
        try:
            meter = self._meter
            while (call := self._next_call()) is not None:
                if not meter.spend(call.characters):
                    self._settle(call, call.failed(OVER_THE_CAP))
                    continue
                began = self._pace.wait(call.bytes)
                if began is None:
                    meter.give_back(call.characters)
                    return
                self._make(call, began)
        except Exception as error:  # a fault of ours; its text may hold anything
            self._stop(EngineUnavailable(f"it failed: {type(error).__name__}"))

    def _next_call(self) -> Call | None:
        """Return the next call that may be made; None if there will be no more."""
        with self._changed:
            while not self._is_over:
                if self._has_more:
                    if (call := next(self._calls, None)) is not None:
                        self._open += 1
                        return call
                    self._has_more = False
                if not self._open:
                    self._end()
                elif not self._waiting:
                    self._changed.wait()
                elif (pause_s := self._waiting[0][0] - time.monotonic()) > 0:
                    self._changed.wait(pause_s)
                else:
                    return heappop(self._waiting)[2]
            return None

    def _make(self, call: Call, began: float) -> None:
        call.attempts += 1
        found = self._sender.send(call.request)
        if isinstance(found, str):
            self._pace.end(began)
            with self._changed:
                self._answered += 1
                self._answered_at = time.monotonic()
            self._engine.was_answered = True
            self._settle(call, call.request.read(found))
            return
        self._pace.end(began, found.fault, found.retry_after_s)
        if not found.may_be_paid:
            self._meter.give_back(call.characters)
        if found.fault is Fault.FINAL or self._is_hopeless(found):
            self._stop(_for_all(found.error))
        elif found.fault is Fault.TEXT:
            self._refused += 1
            reason, is_broken = str(found.error), found.is_broken
            self._settle(call, call.refused(reason, is_broken=is_broken))
        elif self._is_exhausted(call, found):
            self._settle(call, call.failed(str(found.error)))
        else:
            self._put_back(call, found)

    def _settle(self, call: Call, answers: Answers) -> None:
        self._results.put(Answer(call.number, answers))
        with self._changed:
            self._open -= 1
            if not self._open and not self._has_more and not self._is_over:
                self._end()

    def _is_hopeless(self, trouble: Trouble) -> bool:
        """Tell whether nothing has been answered for too long."""
        now = time.monotonic()
        if trouble.fault is Fault.TEXT:
            return not self._engine.was_answered and self._refused >= MAX_REFUSED
        if trouble.fault is Fault.UNREACHABLE and not self._engine.was_answered:
            return now - self._began_at > REACH_S
        return now - self._answered_at > self._engine.patience_s

    def _is_exhausted(self, call: Call, trouble: Trouble) -> bool:
        """Tell whether a call failed too often while others were answered."""
        if trouble.fault is Fault.THROTTLED:
            call.attempts -= 1  # it was not made
            return False
        if call.attempts == 1:
            call.answered_before = self._answered
        is_alone = self._answered > call.answered_before
        return call.attempts >= trouble.attempts and (is_alone or trouble.is_costly)

    def _put_back(self, call: Call, trouble: Trouble) -> None:
        pause_s = 0.0
        if trouble.fault is not Fault.THROTTLED:  # for which the pace pauses all
            longest = min(FIRST_BACKOFF_S * 2 ** (call.attempts - 1), LAST_BACKOFF_S)
            pause_s = max(longest * random.uniform(0.5, 1.0), trouble.retry_after_s)
        with self._changed:
            due = time.monotonic() + pause_s
            heappush(self._waiting, (due, call.number, call))
            self._changed.notify()


def _for_all(error: EngineError) -> EngineUnavailable:
    """Return the error that holds for every request."""
    if isinstance(error, EngineUnavailable):
        return error
    reason = str(error).rstrip(".")
    return EngineUnavailable(f"{reason}. That was so with every request.")
