"""The contract of an engine, and how one is found by name.

An engine turns tagged texts (see `sphinx_amts.text.tagged`) of one language into
another. It never sees documents, memories or settings of other rooms.
"""

from __future__ import annotations

import inspect
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from sphinx_amts.errors import (
    EngineError,
    EngineUnavailable,
    SegmentError,
    UnsupportedPair,
)
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.tagged import byte_length

__all__ = [
    "Engine",
    "EngineError",
    "EngineSetup",
    "EngineUnavailable",
    "Limits",
    "Meter",
    "SegmentError",
    "UnsupportedPair",
    "Untranslated",
    "translate_in_turn",
]

ENTRY_POINTS = "sphinx_amts.engines"


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
class Untranslated:
    """Stands in an answer for one segment that the engine could not translate."""

    reason: str
    is_broken: bool = False
    """Whether an answer came, but not whole: the text is then asked for in other ways
    (alone, without inline tags, by sentence), and at last refused. Otherwise it is left
    to the next build."""


@dataclass(frozen=True)
class EngineSetup:
    """What an engine may know of the settings."""

    options: Mapping[str, Any] = field(default_factory=dict)  # amts_engine_options
    settings: Mapping[str, Any] = field(default_factory=dict)  # others, without amts_
    base: Path = Path()  # where relative paths in settings start
    processes: int = 1  # forked ones that may ask at the same time


class Meter:
    """Counts what one build sends, over all threads, and ends it at a limit.

    ``requests`` and ``characters`` are what may have to be paid for.
    """

    def __init__(self, max_characters: int | None = None) -> None:
        self.max_characters = max_characters
        self.requests = 0
        self.characters = 0
        self._changing = threading.Lock()

    @property
    def left(self) -> float:
        """Characters that may still be sent."""
        if self.max_characters is None:
            return float("inf")
        return self.max_characters - self.characters

    def take(self, characters: int) -> bool:
        """Count a request that is to be sent; False where it must not be."""
        with self._changing:
            if characters > self.left:
                return False
            self.requests += 1
            self.characters += characters
            return True

    def give_back(self, characters: int) -> None:
        """Take out a request that was not translated, so that nobody pays for it."""
        with self._changing:
            self.requests -= 1
            self.characters -= characters


class Engine(ABC):
    """Turns sources into targets.

    ``translate`` gets tagged texts that fit ``limits`` and answers with as many texts
    in the same order, each with the source's tags, an `Untranslated` in the place of
    one that failed. It raises `EngineUnavailable` where nothing can be translated now.
    """

    name: ClassVar[str] = ""
    limits: Limits = Limits()
    gathers: ClassVar[bool] = True
    """Whether it gains from getting the texts of all documents at once."""
    repeats: ClassVar[bool] = False
    """Whether a text's answer is the same in any company, so that asking for it alone
    again is of no use."""
    sends: ClassVar[bool] = True
    """Whether texts leave this machine, so that ``amts_max_characters`` holds."""
    meters: ClassVar[bool] = False
    """Whether it counts every request by its ``meter`` itself, repetitions too.
    Otherwise each request is counted once, when it is answered."""
    keeps_time: ClassVar[bool] = False
    """Whether it gives up by itself, after ``amts_timeout_s``, a call that brings
    nothing, so that an answer which still comes in does not count as none. Only the
    time of its ``limits`` then holds for the engine as a whole."""
    meter: Meter = Meter()
    defers: ClassVar[bool] = False
    """Whether it answers hours later, by jobs: see `sphinx_amts.translation.jobs`."""

    @property
    def tariff(self) -> str:
        """The name that its price goes by in ``amts_prices``."""
        return self.name

    @classmethod
    def from_setup(cls, setup: EngineSetup) -> Engine:
        """Make one from the settings; options become arguments of the constructor.

        A constructor that takes nothing but ``options`` gets them as a dictionary.
        """
        parameters = inspect.signature(cls).parameters.values()
        positional = [
            each
            for each in parameters
            if each.default is each.empty
            and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
            and each.name not in setup.options
        ]
        if [each.name for each in positional] == ["options"]:
            return cls(dict(setup.options))  # type: ignore[call-arg]
        return cls(**setup.options)

    def signature(self, pair: LanguagePair) -> str:
        """Return all that can change a translation, in one line of text.

        Must be cheap: it is asked for in every build, also where nothing is missing.
        """
        return self.name

    def check_pair(self, pair: LanguagePair) -> None:  # noqa: B027, most take any
        """Raise `UnsupportedPair` for a pair that is known never to be translated.

        Must be cheap, and ask nobody.
        """

    def load(self, pair: LanguagePair) -> None:  # noqa: B027, most need nothing
        """Get ready to translate; called once before the first `translate`.

        May take long and download; `signature` may become more exact by it. Raises
        `EngineUnavailable`.
        """

    @abstractmethod
    def translate(
        self, sources: Sequence[str], pair: LanguagePair
    ) -> list[str | Untranslated]:
        """Translate tagged texts; see the class."""

    def translate_all(
        self, requests: Sequence[Sequence[str]], pair: LanguagePair
    ) -> Iterator[tuple[int, list[str | Untranslated]]]:
        """Translate many requests; yield the number of each with its answers.

        In any order, each as soon as it is there: what was yielded is kept whatever
        happens next. An engine that can do many at a time does so here; this one does
        one after the other, each when its turn is asked for.
        """
        yield from translate_in_turn(self, requests, pair)

    def size(self, source: str) -> int:
        """Return the bytes that one tagged text adds to a request, at the most.

        Must be cheap. To be overridden where tags travel in another form.
        """
        return byte_length(source)

    def characters(self, request: Sequence[str]) -> int:
        """Return the characters of one request as they are paid for.

        To be overridden where tags travel in another form.
        """
        return sum(map(len, request))


def translate_in_turn(
    engine: Engine, requests: Sequence[Sequence[str]], pair: LanguagePair
) -> Iterator[tuple[int, list[str | Untranslated]]]:
    """Translate requests by `Engine.translate`, each when its turn is asked for."""
    for number, request in enumerate(requests):
        yield number, _translate_one(engine, request, pair)


def _translate_one(
    engine: Engine, request: Sequence[str], pair: LanguagePair
) -> list[str | Untranslated]:
    """Send one request; where a `SegmentError` is the answer, each text by itself."""
    try:
        return list(engine.translate(list(request), pair))
    except SegmentError as error:
        if len(request) == 1:
            return [Untranslated(str(error))]
    limits = getattr(engine, "limits", None) or Limits()
    rate = limits.max_requests_per_s
    answers: list[str | Untranslated] = []
    for source in request:
        time.sleep(1 / rate if rate else 0)
        answers += _translate_one(engine, [source], pair)
    return answers
