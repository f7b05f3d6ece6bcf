"""An engine of this machine, on the machines of others: each worker makes one.

It is for engines that send nothing out (`Traits.leaves_machine`): who asks a service
gains nothing by more machines, and the budget is kept where it is spent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from sphinx_amts.engines.contract import (
    Answer,
    Engine,
    EngineSetup,
    JobService,
    Meter,
    Traits,
    Untranslated,
)
from sphinx_amts.engines.registry import make_engine
from sphinx_amts.errors import EngineUnavailable
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.workers.contract import Lost, Workers

Targets = Sequence[str | Untranslated]


def spread(
    engine: Engine | JobService, name: str, setup: EngineSetup, workers: Workers
) -> Engine | JobService:
    """Return an engine that workers are, where they are elsewhere and it is local.

    ``name`` and ``setup`` are those that ``engine`` was made of.
    """
    if not workers.are_elsewhere or isinstance(engine, JobService):
        return engine
    return (
        engine if engine.traits.leaves_machine else Spread(engine, name, setup, workers)
    )


class Spread(Engine):
    """Has each request translated by whichever worker is next."""

    def __init__(
        self, engine: Engine, name: str, setup: EngineSetup, workers: Workers
    ) -> None:
        self.name = engine.name
        self._engine = engine
        self._made_of = name, setup
        self._workers = workers

    @property
    def traits(self) -> Traits:  # type: ignore[override]
        """Those of the engine."""
        return self._engine.traits

    def signature(self, pair: LanguagePair) -> str:
        """Return that of the engine; workers have to have the same."""
        return self._engine.signature(pair)

    def check_pair(self, pair: LanguagePair) -> None:
        """Raise `UnsupportedPair` for what the engine is known not to translate."""
        self._engine.check_pair(pair)

    def prepare(self, pair: LanguagePair) -> None:
        """Get the engine ready here, so that its signature is exact."""
        self._engine.prepare(pair)

    def size(self, text: str) -> int:
        """Return the bytes that one text adds to a request."""
        return self._engine.size(text)

    def characters(self, texts: Sequence[str]) -> int:
        """Return the characters of one request."""
        return self._engine.characters(texts)

    def answers(
        self, requests: Sequence[Sequence[str]], pair: LanguagePair, meter: Meter
    ) -> Iterator[Answer]:
        """Yield the answers in the order of the requests.

        Raises `EngineUnavailable` where a worker cannot translate, or would by another
        model than is here.
        """
        asked = _Asked(*self._made_of, pair, self.signature(pair))
        found = self._workers.map(_answer, requests, asked)
        for number, (request, each) in enumerate(zip(requests, found, strict=True)):
            meter.spend(self.characters(request))
            if isinstance(each, Lost):
                each = [Untranslated(each.reason)] * len(request)
            yield Answer(number, each)


class _Asked:
    """What a worker needs to know; its engine is made when it is first asked for."""

    def __init__(
        self, name: str, setup: EngineSetup, pair: LanguagePair, signature: str
    ) -> None:
        self._name = name
        self._setup = setup
        self._signature = signature
        self.pair = pair

    @cached_property
    def engine(self) -> Engine:
        """The engine of this worker; raises `EngineUnavailable`."""
        engine = make_engine(self._name, self._setup)
        assert isinstance(engine, Engine)
        engine.prepare(self.pair)
        found = engine.signature(self.pair)
        if found != self._signature:
            raise EngineUnavailable(
                f"a worker has {found} where {self._signature} is here: give all of"
                " them the same models"
            )
        return engine


def _answer(request: Sequence[str], asked: _Asked) -> Targets:
    """Translate one request."""
    (answer,) = asked.engine.answers([request], asked.pair, Meter())
    return answer.targets
