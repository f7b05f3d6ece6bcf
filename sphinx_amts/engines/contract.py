"""The contract of engines: what one is, what it tells of itself, how it answers.

::

    Engine            answers requests, one after the other or many at a time
    └── SimpleEngine  translates the texts of one request: what the guide shows
    JobService        answers hours later, by jobs

An engine turns tagged texts (see `sphinx_amts.text.tagged`) of one language into
another. It never sees documents, memories or settings of other rooms. All that is asked
of it stands here; `sphinx_amts.engines.registry` takes nothing else in.
"""

from __future__ import annotations

import inspect
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from sphinx_amts.aws.pace import Pace
from sphinx_amts.errors import SegmentError
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.tagged import byte_length


@dataclass(frozen=True)
class Limits:
    """What one engine takes; ``None`` is no limit."""

    max_bytes: int | None = None  # per request, as `Engine.size` counts them
    max_segments: int | None = None  # per request
    max_requests_per_s: float | None = None
    timeout_s: float = 120.0  # without any answer, until the engine counts as gone
    in_order: bool = False
    """Whether a request has texts in the book's order, for who reads them together.
    Otherwise they are put into as few requests as will do."""


@dataclass(frozen=True)
class Traits:
    """What an engine is like."""

    limits: Limits = Limits()
    wants_all: bool = True
    """Whether it gains from getting the texts of all documents at once."""
    repeats: bool = False
    """Whether a text's answer is the same in any company, so that asking for it alone
    again is of no use."""
    keeps_time: bool = False
    """Whether it gives up by itself, after ``amts_timeout_s``, a call that brings
    nothing, so that an answer which still comes in does not count as none. Only the
    time of its ``limits`` then holds for the engine as a whole."""
    leaves_machine: bool = True
    """Whether texts leave this machine, so that ``amts_max_characters`` holds."""
    tariff: str = ""
    """The name that its price goes by in ``amts_prices``."""


@dataclass(frozen=True)
class Untranslated:
    """Stands in an answer for one segment that the engine could not translate."""

    reason: str
    is_broken: bool = False
    """Whether an answer came, but not whole: the text is then asked for in other ways
    (alone, without inline tags, by sentence), and at last refused. Otherwise it is left
    to the next build."""
    is_shared: bool = False
    """Whether it is the answer to all texts of a request, each of which may do alone,
    even where the engine repeats itself."""


class Answer(NamedTuple):
    """The answer to one request."""

    request: int  # its place in the list of requests
    targets: Sequence[str | Untranslated]  # as many as it has texts, in their order


@dataclass(frozen=True)
class EngineSetup:
    """What an engine may know of the settings."""

    options: Mapping[str, Any] = field(default_factory=dict)  # amts_engine_options
    settings: Mapping[str, Any] = field(default_factory=dict)  # others, without amts_
    base: Path = Path()  # where relative paths in settings start
    processes: int = 1  # forked ones that may ask at the same time


class Budget:
    """What one build may send, over all its engines and threads."""

    def __init__(self, max_characters: int | None = None) -> None:
        self.max_characters = max_characters
        self._spent = 0
        self._changing = threading.Lock()

    @property
    def left(self) -> float:
        """Characters that may still be sent."""
        if self.max_characters is None:
            return float("inf")
        return self.max_characters - self._spent

    def spend(self, characters: int) -> bool:
        """Count what is to be sent; False where that would be too much."""
        with self._changing:
            if characters > self.left:
                return False
            self._spent += characters
            return True

    def give_back(self, characters: int) -> None:
        """Take out what was not sent after all."""
        with self._changing:
            self._spent -= characters


class Meter:
    """Counts what one engine is sent in one build, over all threads.

    ``requests`` and ``characters`` are what may have to be paid for. ``budget`` ends
    it; several meters may share one.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self.requests = 0
        self.characters = 0
        self._changing = threading.Lock()

    def spend(self, characters: int, requests: int = 1) -> bool:
        """Count a request that is to be sent; False where it must not be."""
        if not self.budget.spend(characters):
            return False
        with self._changing:
            self.requests += requests
            self.characters += characters
        return True

    def give_back(self, characters: int, requests: int = 1) -> None:
        """Take out a request that was not translated, so that nobody pays for it."""
        self.budget.give_back(characters)
        with self._changing:
            self.requests -= requests
            self.characters -= characters


def refused(
    reason: str, count: int, *, is_broken: bool = False
) -> list[str | Untranslated]:
    """Return the answers to a request of ``count`` texts that will never do.

    Each of several may do alone; with ``is_broken``, even the only one in other ways.
    """
    is_shared = count > 1
    answer = Untranslated(reason, is_broken=is_broken or is_shared, is_shared=is_shared)
    return [answer] * count


class _Made:
    """What engines and services of jobs have in common: they are made from settings."""

    name: str = ""

    @classmethod
    def from_setup(cls, setup: EngineSetup) -> Any:
        """Make one from the settings; options become arguments of the constructor.

        A constructor that takes nothing but ``options`` gets them as a dictionary.
        """
        return construct(cls, setup)

    def signature(self, pair: LanguagePair) -> str:
        """Return all that can change a translation, in one line of text.

        Must be cheap: it is asked for in every build, also where nothing is missing.
        """
        return self.name

    def check_pair(self, pair: LanguagePair) -> None:
        """Raise `UnsupportedPair` for a pair that is known never to be translated.

        Must be cheap, and ask nobody.
        """

    def prepare(self, pair: LanguagePair) -> None:
        """Get ready to translate; called once before the first request.

        May take long and download; `signature` may become more exact by it. Raises
        `EngineUnavailable`.
        """

    def size(self, text: str) -> int:
        """Return the bytes that one tagged text adds to a request, at the most.

        Must be cheap. To be overridden where tags travel in another form.
        """
        return byte_length(text)

    def characters(self, texts: Sequence[str]) -> int:
        """Return the characters of one request as they are paid for.

        To be overridden where tags travel in another form.
        """
        return sum(map(len, texts))


class Engine(_Made, ABC):
    """Turns sources into targets while somebody waits."""

    traits: Traits = Traits()

    @abstractmethod
    def answers(
        self, requests: Sequence[Sequence[str]], pair: LanguagePair, meter: Meter
    ) -> Iterator[Answer]:
        """Translate many requests; yield the answer to each.

        In any order, each as soon as it is there: what was yielded is kept whatever
        happens next. Each request is counted by ``meter`` when it is sent, repetitions
        too, and not sent where that says no. Raises `EngineUnavailable` where nothing
        more can be translated now.
        """


class SimpleEngine(Engine):
    """An engine of one method that matters, `translate`; see ``own-engine.md``.

    It may say with class attributes what it is like.
    """

    limits: Limits = Limits()
    gathers: ClassVar[bool] = True  # see `Traits.wants_all`
    repeats: ClassVar[bool] = False
    sends: ClassVar[bool] = True  # see `Traits.leaves_machine`

    @property
    def traits(self) -> Traits:  # type: ignore[override]
        """What it says of itself."""
        return Traits(
            self.limits,
            wants_all=self.gathers,
            repeats=self.repeats,
            leaves_machine=self.sends,
            tariff=self.tariff,
        )

    @property
    def tariff(self) -> str:
        """The name that its price goes by in ``amts_prices``."""
        return self.name

    def load(self, pair: LanguagePair) -> None:
        """Get ready to translate; see `Engine.prepare`."""

    def prepare(self, pair: LanguagePair) -> None:
        """Get ready to translate."""
        self.load(pair)

    @abstractmethod
    def translate(
        self, sources: Sequence[str], pair: LanguagePair
    ) -> Sequence[str | Untranslated]:
        """Translate the tagged texts of one request, which fits `limits`.

        Returns as many texts in the same order, each with the source's tags, an
        `Untranslated` in the place of one that failed. Raises `EngineUnavailable` where
        nothing can be translated now.
        """

    def translate_all(
        self, requests: Sequence[Sequence[str]], pair: LanguagePair
    ) -> Iterator[tuple[int, Sequence[str | Untranslated]]]:
        """Translate many requests; yield the number of each with its answers.

        An engine that can do many at a time does so here; this one does one after the
        other, each when its turn is asked for.
        """
        for number, request in enumerate(requests):
            try:
                with self._turn():
                    yield number, self.translate(list(request), pair)
            except SegmentError as error:
                yield number, refused(str(error), len(request))

    @cached_property
    def _pace(self) -> Pace | None:
        rate = self.limits.max_requests_per_s
        return Pace(rate) if rate else None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until a request may go."""
        began = self._pace.wait(0) if self._pace else None
        try:
            yield
        finally:
            if self._pace and began is not None:
                self._pace.end(began)

    def answers(
        self, requests: Sequence[Sequence[str]], pair: LanguagePair, meter: Meter
    ) -> Iterator[Answer]:
        """Translate many requests; each is counted once, when it is answered."""
        for number, targets in self.translate_all(requests, pair):
            if number in range(len(requests)):
                meter.spend(self.characters(requests[number]))
            yield Answer(number, targets)


class JobService(_Made, ABC):
    """Translates by jobs, which answer hours later; ``live`` is for what is little.

    It is no engine: nobody waits for it by the request.
    `sphinx_amts.translation.jobs` plans jobs, keeps account of them and takes what they
    bring; a service only does what it is told.
    """

    traits: Traits = Traits()
    live: Engine

    @abstractmethod
    def request(self, pair: LanguagePair) -> dict[str, Any]:
        """Return what a job is asked, without languages and places."""

    @abstractmethod
    def start(self, plan: Any) -> tuple[str, str]:
        """Start a job whose documents are there; return its id and its status.

        The same plan is the same job, however often it is started.
        """

    @abstractmethod
    def describe(self, job_id: str) -> Any:
        """Return what the service says of a job."""

    @abstractmethod
    def results(self, plan: Any, state: Any, code: str) -> Any:
        """Return what a job wrote in one language."""

    @abstractmethod
    def stop(self, job_id: str) -> str:
        """Ask for the end of a job; return its status."""


def construct(found: Any, setup: EngineSetup) -> Any:
    """Call a class with the options of the settings; raises `TypeError`."""
    parameters = inspect.signature(found).parameters.values()
    positional = [
        each.name
        for each in parameters
        if each.default is each.empty
        and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        and each.name not in setup.options
    ]
    if positional == ["options"]:
        return found(dict(setup.options))
    return found(**setup.options)
