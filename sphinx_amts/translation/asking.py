"""Asking an engine in one build: what it was sent, what went wrong, whether it may be.

Whether an engine may be asked is decided once, by who makes the `Asker`: a command that
only looks forbids it, and so does a build whose memory files are damaged. Nobody can
allow it later.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sphinx_amts.engines.contract import Answer, Budget, Engine, Meter
from sphinx_amts.engines.worker import Worker
from sphinx_amts.errors import EngineUnavailable, SettingError
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.warnings_ import Subtype

MEMORY = "memory"
"""The engine that makes nothing: what people and other engines have made is all."""


class Problem(NamedTuple):
    """What a user must be told."""

    subtype: Subtype
    message: str


class Problems:
    """What a user must be told, in order. It only grows; each is told once."""

    def __init__(self) -> None:
        self._all: list[Problem] = []

    def add(self, subtype: Subtype, message: str) -> None:
        """Add a problem, unless it is there."""
        problem = Problem(subtype, message)
        if problem not in self._all:
            self._all.append(problem)

    def __iter__(self) -> Iterator[Problem]:
        return iter(tuple(self._all))

    def __len__(self) -> int:
        return len(self._all)

    def since(self, count: int) -> list[Problem]:
        """Return the problems that came after the first ``count``."""
        return self._all[count:]


class Order(NamedTuple):
    """What a build says about asking, for all its engines."""

    problems: Problems
    budget: Budget
    forbidden: str = ""  # why nothing may be asked; empty if it may
    timeout_s: float | None = None  # for one answer, in the place of the engine's own


def no_order() -> Order:
    """Return the order of who may ask without a limit."""
    return Order(Problems(), Budget())


class Switch:
    """Whether something is asked. It goes off for good: at the start, or at a fault."""

    def __init__(self, order: Order) -> None:
        self.problems = order.problems
        self.is_forbidden = bool(order.forbidden)
        self.down = order.forbidden  # why it is not asked, or not any more
        self.failure = order.forbidden  # why a segment got no answer, the first time

    def stop(self, subtype: Subtype, message: str) -> None:
        """Ask no more in this build, and say why, once."""
        if not self.down:
            self.down = self.failure = message
            self.problems.add(subtype, message)

    def stop_at_cap(self, engine: str, meter: Meter, left_out: int) -> None:
        """Ask no more: so many segments would be over the cap."""
        self.stop(
            Subtype.COST,
            f"engine {engine!r} was sent {meter.characters:,} characters; {left_out}"
            " more segments would be over amts_max_characters"
            f" ({meter.budget.max_characters:,}). Raise it to have them translated",
        )

    def note_failure(self, reason: str) -> None:
        """Remember why a segment got no answer, the first time."""
        self.failure = self.failure or reason


class Asker(Switch):
    """Asks one engine for one pair.

    Once it has failed, it is not asked again in this build.
    """

    def __init__(self, engine: Engine, pair: LanguagePair, order: Order) -> None:
        super().__init__(order)
        self.engine = engine
        self.pair = pair
        self._order = order
        leaves = engine.traits.leaves_machine
        self.meter = Meter(order.budget if leaves else None)
        self._made_in = os.getpid()
        self._prepared_in = 0  # process id
        self._signature: str | None = None

    @property
    def timeout_s(self) -> float:
        """How long the engine may take from one answer to the next."""
        traits = self.engine.traits
        own = None if traits.keeps_time else self._order.timeout_s
        return own or traits.limits.timeout_s

    @property
    def signature(self) -> str:
        """The engine's signature for this pair."""
        if self._signature is None:
            try:
                self._signature = self.engine.signature(self.pair)
            except Exception as error:
                self.stop(Subtype.ENGINE, self._words_for(error))
                self._signature = self.engine.name
        return self._signature

    def may_ask(self) -> bool:
        """Tell whether the engine could still translate something."""
        return not self.down and self.engine.name != MEMORY

    def open(self) -> Session | None:
        """Get the engine ready in this process; None where it cannot be asked.

        To be closed: `signature` may have become more exact by it.
        """
        if self._is_capped_elsewhere():
            self.stop(
                Subtype.COST,
                f"engine {self.engine.name!r} is not asked while documents are read in"
                " parallel, so that amts_max_characters holds. Build again",
            )
        if self.down:
            return None
        session = Session(self)
        if self._prepared_in != os.getpid():
            try:
                session.worker.call(lambda: self.engine.prepare(self.pair))
                self._signature = self.engine.signature(self.pair)
            except BaseException as error:
                session.close()
                if not isinstance(error, Exception):
                    raise
                self.stop(Subtype.ENGINE, self._words_for(error))
                return None
            self._prepared_in = os.getpid()
        return session

    def _is_capped_elsewhere(self) -> bool:
        """Tell whether this is a fork, whose characters nobody else would count."""
        has_cap = self.meter.budget.max_characters is not None
        return has_cap and os.getpid() != self._made_in

    def _words_for(self, error: Exception) -> str:
        name = self.engine.name
        if isinstance(error, EngineUnavailable | SettingError):
            return f"engine {name!r}: {error}"
        if isinstance(error, ContractError):
            return f"engine {name!r} {error} The engine has a fault."
        if isinstance(error, TimeoutError):
            return (
                f"engine {name!r} gave no answer in {self.timeout_s:g} s."
                " Set amts_timeout_s if it needs longer."
            )
        return f"engine {name!r} failed: {type(error).__name__}: {error}"

    def fail(self, error: Exception) -> None:
        """Ask no more because of an error."""
        self.stop(Subtype.ENGINE, self._words_for(error))


class Session:
    """One thread in which an engine answers, for as long as it is open."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self.worker = Worker()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the thread."""
        self.worker.close()

    def answers(self, requests: Sequence[Sequence[str]]) -> Iterator[Answer]:
        """Have requests answered; yield each answer.

        Ends before the last where the engine fails or breaks the contract;
        `Asker.down` then says why. A target is text or `Untranslated` or nonsense.
        """
        asker, waiting = self._asker, set(range(len(requests)))
        iterator: Iterator[Answer] | None = None

        def begin() -> Iterator[Answer]:
            return iter(asker.engine.answers(requests, asker.pair, asker.meter))

        try:
            iterator = self.worker.call(begin, asker.timeout_s)
            while waiting:
                answer = self._next(iterator, requests, waiting)
                waiting.remove(answer.request)
                yield answer
        except Exception as error:
            asker.fail(error)
        finally:
            self.worker.end(iterator)

    def _next(
        self,
        iterator: Iterator[Any],
        requests: Sequence[Sequence[str]],
        waiting: Collection[int],
    ) -> Answer:
        """Return the next answer, for one of the requests that are ``waiting``."""
        found = self.worker.call(lambda: next(iterator, None), self._asker.timeout_s)
        if found is None:
            raise ContractError(f"left {len(waiting)} requests without an answer.")
        number, targets = found
        if number not in waiting:
            raise ContractError(f"answered a request {number!r} that does not wait.")
        if len(targets) != len(requests[number]):
            raise ContractError(
                f"answered {len(targets)} segments for {len(requests[number])}."
                " Nothing of it was used;"
            )
        return Answer(number, targets)


class ContractError(Exception):
    """The engine did something that the contract does not know."""
