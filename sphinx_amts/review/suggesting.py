"""What engines say when a translator asks them: one segment, the price first."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import entry_points
from typing import Any

from sphinx_amts.engines.contract import Budget, Engine, EngineSetup
from sphinx_amts.engines.registry import ENTRY_POINTS, make_engine
from sphinx_amts.errors import AmtsError
from sphinx_amts.memory.people import People
from sphinx_amts.review.answers import NotThereError, UnwritableError
from sphinx_amts.review.subject import Subject
from sphinx_amts.text.segment import Segment
from sphinx_amts.translation.asking import MEMORY, Order, Problems
from sphinx_amts.translation.cost import Receipts, cost_of, rate_of
from sphinx_amts.translation.known import UNREAL
from sphinx_amts.translation.translator import Translator


class Suggesting:
    """Asks engines, in a thread of its own: stores and models belong to one."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._translators: dict[str, Translator] = {}
        self._thread = ThreadPoolExecutor(1, "engines")

    def engines(self) -> list[dict[str, Any]]:
        """Return the engines that can be asked here, the book's own first."""
        return self._thread.submit(lambda: list(self._engines())).result()

    def suggest(
        self, segment: Segment, name: str, *, confirmed: bool
    ) -> dict[str, Any]:
        """Return what an engine makes of a segment, or what that would cost.

        Where it costs something, or may, nothing is asked before that is confirmed.
        Raises `NotThereError` and `UnwritableError`.
        """
        ask = self._thread.submit(self._suggest, segment, name, confirmed)
        return ask.result()

    def _engines(self) -> Iterator[dict[str, Any]]:
        for name in self._names():
            try:
                translator = self._translator(name)
            except AmtsError:
                continue  # what it needs is not set, or not installed
            yield {"name": name, "costs": self._costs(translator)}

    def _names(self) -> list[str]:
        own = self._subject.settings.engine
        found = sorted(point.name for point in entry_points(group=ENTRY_POINTS))
        others = [each for each in found if each not in (*UNREAL, MEMORY)]
        return list(dict.fromkeys([*([own] if own != MEMORY else []), *others]))

    def _suggest(self, segment: Segment, name: str, confirmed: bool) -> dict[str, Any]:
        if name not in self._names():
            raise NotThereError(f"there is no engine {name!r} to ask here")
        try:
            translator = self._translator(name)
            translator.check_pair()
        except AmtsError as error:
            raise UnwritableError(str(error)) from error
        subject = self._subject
        prices = subject.settings.prices
        match = translator.known.find(segment)
        price: float | None = 0.0
        if match is None or not match.target:
            price = cost_of(translator.quote([segment]), subject.pair, prices).price
            if self._costs(translator) and not confirmed:
                return {"price": price, "engine": name}
            match = self._ask(translator, segment)
        return {"target": match.target, "engine": name, "price": price or 0.0}

    def _ask(self, translator: Translator, segment: Segment) -> Any:
        subject = self._subject
        settings = subject.settings
        receipts = Receipts(
            subject.pair,
            translator.bills,
            subject.folder / settings.cache_dir,
            settings.prices,
            translator.problems,
        )
        try:
            match = translator.ask([segment]).get(segment.key)
        finally:
            receipts.save()
        if match is None or not match.target:
            reasons = [each.message for each in translator.problems][-1:]
            reason = (match.refusal if match else "") or "".join(reasons)
            raise UnwritableError(f"it has no answer: {reason or translator.failure}")
        return match

    def _costs(self, translator: Translator) -> bool:
        """Tell whether asking costs something, or may."""
        if translator.engine_name in UNREAL:
            return False
        traits, subject = translator.engine.traits, self._subject
        rate = rate_of(traits.tariff, subject.pair, subject.settings.prices)
        return bool(rate) if rate is not None else traits.leaves_machine

    def _translator(self, name: str) -> Translator:
        """Return what asks an engine, without people's units; raises `AmtsError`."""
        if name not in self._translators:
            self._translators[name] = self._make(name)
        return self._translators[name]

    def _make(self, name: str) -> Translator:
        subject = self._subject
        settings = dataclasses.replace(subject.settings, engine=name)
        setup = EngineSetup(settings.engine_options, vars(settings), subject.folder)
        engine = make_engine(name, setup)
        if not isinstance(engine, Engine):
            raise NotThereError(f"engine {name!r} answers with jobs, not at once")
        order = Order(
            Problems(), Budget(settings.max_characters), timeout_s=settings.timeout_s
        )
        return Translator(
            subject.pair,
            engine,
            subject.store(),
            lambda: People.of([]),
            order,
            subject.terms,
        )
