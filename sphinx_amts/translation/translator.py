"""Finds translations of one pair, and has an engine make what is missing.

::

    look  ->  to_send  ->  ask  ->  matches of what was sent  ->  complete
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from sphinx_amts.engines.contract import Engine, Meter
from sphinx_amts.memory.people import Match, People
from sphinx_amts.memory.store import Store
from sphinx_amts.memory.unit import Origin
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.terms import NO_TERMS, RequiredTerms
from sphinx_amts.translation.asking import MEMORY, Asker, Order, Problems, Session
from sphinx_amts.translation.known import Known, Look, Shelf, all_shelves
from sphinx_amts.translation.ladder import Fault, Ladder, Outcome, Rung
from sphinx_amts.translation.sharing import Asking, Sharing

Report = Callable[[int], object]
"""Is told how many more segments are done."""


def silent(done: int) -> None:
    """Report to nobody."""


class Bill(NamedTuple):
    """What one engine was asked for in this build, and under which name."""

    engine: str
    signature: str
    tariff: str
    meter: Meter
    made: set[str]  # keys of the segments that it translated


class Quote(NamedTuple):
    """Who would translate segments now, and what it would be sent."""

    engine: str
    tariff: str
    segments: Sequence[Segment]
    requests: int
    characters: int  # as they are paid for


class Translating(Protocol):
    """What a book needs of whatever translates it: in real time, or by jobs.

    `Translator` describes the members.
    """

    pair: LanguagePair
    store: Store
    problems: Problems
    sharing: Sharing
    least_documents: int
    """From how many documents on their texts should be asked for together."""

    @property
    def engine_name(self) -> str:
        """The engine's name."""

    @property
    def known(self) -> Known:
        """What people and the store have."""

    @property
    def wants_all(self) -> bool:
        """Whether the texts of all documents should be asked for at once."""

    @property
    def down(self) -> str:
        """Why nothing is asked; empty if it is."""

    @property
    def failure(self) -> str:
        """Why a segment got no answer, the first time."""

    @property
    def identity(self) -> str:
        """What changes when the same text might be translated otherwise."""

    def may_ask(self, key: str) -> bool:
        """Tell whether this segment could still be translated in this build."""

    def is_on_its_way(self, key: str) -> bool:
        """Tell whether a later build will get a translation that was asked for."""

    def is_settled(self, key: str) -> bool:
        """Tell whether nothing more can be had for a segment in this build."""

    def to_send(self, looks: Iterable[Look]) -> list[Segment]:
        """Return, once each, what should be asked for."""

    def pieces(self, look: Look) -> list[Segment]:
        """Return what is not known of a segment, whether it may be asked for or not."""

    def ask(
        self, segments: Sequence[Segment], report: Report = silent
    ) -> dict[str, Match]:
        """Have segments translated; return what is known of them now."""

    def ask_for_all(
        self, segments: Sequence[Segment], report: Report = silent
    ) -> dict[str, Match]:
        """As `ask`, where these are what all documents lack."""

    def complete(self, look: Look, made: Mapping[str, Match]) -> Look:
        """Return a look with what was made since."""

    def collect(self) -> None:
        """Take in what was asked for in earlier builds."""

    def quote(self, segments: Sequence[Segment]) -> Quote:
        """Return who would translate these now, and what it would be sent."""

    def worth(self, segments: Sequence[Segment]) -> Quote:
        """Return what segments that are known would have cost."""

    def characters(self, segments: Iterable[Segment]) -> int:
        """Return what segments have in characters, each in a request of its own."""

    def bills(self) -> list[Bill]:
        """Return what was asked for in this build."""

    def check_pair(self) -> None:
        """Raise `UnsupportedPair` for a pair that is never translated."""


class Translator:
    """Translates while somebody waits.

    ``read_people`` is called when the first text is looked for; the engine is loaded
    when the first is missing.
    """

    least_documents = 2

    def __init__(
        self,
        pair: LanguagePair,
        engine: Engine,
        store: Store,
        read_people: Callable[[], People],
        order: Order,
        terms: RequiredTerms = NO_TERMS,
        sharing: Sharing | None = None,
    ) -> None:
        self.pair = pair
        self.sharing = sharing or Sharing()
        self.engine = engine
        self.store = store
        self.asker = Asker(engine, pair, order)
        self.problems = order.problems
        self.made: set[str] = set()  # keys that the engine translated in this build
        self._failed: set[str] = set()  # keys that got no answer in it
        self._read_people = read_people
        self._known: Known | None = None
        traits = engine.traits
        self.ladder = Ladder(
            traits.limits, engine.size, engine.characters, pair, traits.repeats, terms
        )

    # What is known

    @property
    def known(self) -> Known:
        """What people and the store have, under the engine's signature as it is now."""
        signature = self.asker.signature
        if self._known is None or self._known.shelves[0].signature != signature:
            before = self._known
            read = (lambda: before.people) if before else self._read_people
            self._known = Known(read, _shelves(self))
        return self._known

    @property
    def shelf(self) -> Shelf:
        """Where what the engine makes is kept."""
        signature = self.asker.signature
        return Shelf(
            self.store,
            self.pair,
            signature,
            self.engine.name,
            terms=self.ladder.terms,
        )

    @property
    def engine_name(self) -> str:
        """The engine's name."""
        return self.engine.name

    @property
    def wants_all(self) -> bool:
        """Whether the texts of all documents should be asked for at once."""
        return self.engine.traits.wants_all and not self.asker.down

    @property
    def down(self) -> str:
        """Why the engine is not asked; empty if it is."""
        return self.asker.down

    @property
    def failure(self) -> str:
        """Why a segment got no answer, the first time."""
        return self.asker.failure

    @property
    def identity(self) -> str:
        """What changes when the same text might be translated otherwise."""
        if self.engine.name == MEMORY:
            others = [shelf.signature for shelf in self.known.shelves[1:]]
            return " ".join([self.asker.signature, *others])
        return self.asker.signature

    def may_ask(self, key: str) -> bool:
        """Tell whether the engine could still translate this segment in this build."""
        return key not in self._failed and self.asker.may_ask()

    def is_on_its_way(self, key: str) -> bool:
        """Tell whether a translation has been asked for that a later build will get."""
        return False

    def is_settled(self, key: str) -> bool:
        """Tell whether nothing more can be had for a segment in this build."""
        return self.known.find_key(key) is not None or not self.may_ask(key)

    # What is asked for

    def to_send(self, looks: Iterable[Look]) -> list[Segment]:
        """Return, once each, what the engine should be asked for.

        Of a segment that people know in part, the other sentences.
        """
        wanted = {
            piece.key: piece
            for look in looks
            if self.may_ask(look.segment.key)
            for piece in self.pieces(look)
        }
        return [piece for piece in wanted.values() if piece.key not in self._failed]

    def pieces(self, look: Look) -> list[Segment]:
        """Return what is not known of a segment, whether it may be asked for or not."""
        if not look.parts:
            return [look.segment] if look.lacks else []
        return [
            part.segment
            for part in look.parts
            if part.match is None and self.known.of_machine(part.segment) is None
        ]

    def ask(
        self, segments: Sequence[Segment], report: Report = silent
    ) -> dict[str, Match]:
        """Have the engine translate ``segments``; keep the results and return them.

        ``report`` is called with how many more are done. Never raises for the engine's
        sake: what failed stays missing, and `problems` says why.
        """
        if not segments:
            return {}
        before = self.asker.signature
        session = self.asker.open()
        if session is None:
            return {}
        found: dict[str, Match] = {}
        with session:
            if self.asker.signature != before:  # more exact: perhaps all is known
                looks = self.known.look_all(segments)
                found = {k: each.match for k, each in looks.items() if each.match}
                segments = self.to_send(looks.values())
                found.update(self.sharing.fetch_all(self.known, segments))
                segments = [each for each in segments if each.key not in found]
            return {**found, **_divide(self, segments, session, report)}

    def ask_for_all(
        self, segments: Sequence[Segment], report: Report = silent
    ) -> dict[str, Match]:
        """As `ask`, where these are what all documents lack."""
        return self.ask(segments, report)

    def complete(self, look: Look, made: Mapping[str, Match]) -> Look:
        """Return a look with what was made since; nothing is looked up again."""
        known = self.known.of_machine
        if look.parts:
            found = {
                part.segment.key: match
                for part in look.parts
                if part.match is None
                and (match := made.get(part.segment.key, known(part.segment)))
            }
            return self.known.compose(look, found)
        return look._replace(match=made.get(look.segment.key, look.match))

    def collect(self) -> None:
        """Take in what was asked for in earlier builds; here, nothing waits."""

    def keep(self, targets: Sequence[tuple[Segment, str]]) -> dict[str, Match]:
        """Keep targets that the engine made; return them as matches."""
        self.shelf.put(targets)
        found = {
            segment.key: Match(target, Origin.MACHINE) for segment, target in targets
        }
        self.known.remember(found)
        self.made.update(found)
        return found

    def refuse(self, reasons: Sequence[tuple[Segment, str]]) -> dict[str, Match]:
        """Keep that the engine's targets were not taken; return that as matches."""
        self.shelf.refuse(reasons)
        found = {segment.key: Match(refusal=reason) for segment, reason in reasons}
        self.known.remember(found)
        return found

    def give_up(self, lost: Mapping[str, str]) -> None:
        """Ask no more for these segments in this build."""
        self._failed.update(lost)
        for reason in lost.values():
            self.asker.note_failure(reason)

    # What it costs

    def quote(self, segments: Sequence[Segment]) -> Quote:
        """Return what the engine would be sent for segments at first."""
        requests = self.ladder.plan(segments)
        return Quote(
            self.engine.name,
            self.engine.traits.tariff or self.engine.name,
            segments,
            len(requests),
            self.ladder.cost(requests),
        )

    def worth(self, segments: Sequence[Segment]) -> Quote:
        """Return what segments that are known would have cost."""
        return self.quote(segments)

    def characters(self, segments: Iterable[Segment]) -> int:
        """Return what segments have in characters, each in a request of its own."""
        return self.ladder.cost([each.source] for each in segments)

    def bills(self) -> list[Bill]:
        """Return what was asked for in this build."""
        tariff = self.engine.traits.tariff or self.engine.name
        asker = self.asker
        name = self.engine.name
        return [Bill(name, asker.signature, tariff, asker.meter, self.made)]

    def check_pair(self) -> None:
        """Raise `UnsupportedPair` for a pair that the engine never translates."""
        self.engine.check_pair(self.pair)


def _shelves(translator: Translator) -> list[Shelf]:
    """Return where to look: an engine that makes nothing uses what others made."""
    shelf = translator.shelf
    if translator.engine.name == MEMORY:
        return all_shelves(translator.store, translator.pair, shelf)
    return [shelf]


def _divide(
    translator: Translator,
    segments: Sequence[Segment],
    session: Session,
    report: Report,
) -> dict[str, Match]:
    """Have the engine translate what no other runner asks for at this time."""
    found: dict[str, Match] = {}
    shelf, sharing = translator.shelf, translator.sharing
    with sharing.asking(shelf, segments, report) as asking:
        for portion in asking.portions():
            found.update(_Climb(translator, session, report, asking).run(portion))
            if translator.down:
                break
        others = sharing.fetch(shelf, asking.rest(), again=True)
    others.update(asking.found)
    translator.known.remember(others)
    return {**found, **others}


class _Climb:
    """One asking: segments go up the ladder until they are settled."""

    def __init__(
        self, translator: Translator, session: Session, report: Report, asking: Asking
    ) -> None:
        self._translator = translator
        self._session = session
        self._report = report
        self._asking = asking
        self._waiting: dict[str, Segment] = {}
        self._reasons: dict[str, str] = {}
        self._faults: dict[str, Fault] = {}  # by key
        self._found: dict[str, Match] = {}

    def run(self, segments: Sequence[Segment]) -> dict[str, Match]:
        """Return what is known of the segments now."""
        self._waiting = {segment.key: segment for segment in segments}
        self._climb()
        self._settle(
            segment for key, segment in self._waiting.items() if key in self._found
        )
        return self._found

    def _climb(self) -> None:
        ladder = self._translator.ladder
        for rung in ladder.rungs():
            self._ask(rung)
            if self._translator.down:
                return
        refused = [
            (segment, self._reasons.get(key, "no target"))
            for key, segment in self._waiting.items()
            if self._faults.get(key) is not Fault.TERM
        ]
        self._found.update(self._translator.refuse(refused))
        self._report(len(refused))

    def _settle(self, segments: Iterable[Segment]) -> None:
        """Let others have what nothing better is asked for; take what they had."""
        others = self._asking.settle(segments)
        self._translator.known.remember(others)
        self._found.update(others)

    def _ask(self, rung: Rung) -> None:
        translator, ladder = self._translator, self._translator.ladder
        is_alone = rung == ladder.alone
        attempts = [
            each
            for key, segment in self._waiting.items()
            if self._is_of_use(rung, key) and (each := rung(segment))
        ]
        left = translator.asker.meter.budget.left
        affordable = ladder.affordable(attempts, left, is_alone=is_alone)
        groups = ladder.groups(affordable, is_alone=is_alone)
        for outcome in ladder.climb(groups, self._session.answers):
            self._take(outcome)
        if len(affordable) < len(attempts):
            translator.asker.stop_at_cap(
                translator.engine_name,
                translator.asker.meter,
                len(attempts) - len(affordable),
            )

    def _is_of_use(self, rung: Rung, key: str) -> bool:
        fault = self._faults.get(key)
        return fault is None or self._translator.ladder.is_of_use(rung, fault)

    def _take(self, outcome: Outcome) -> None:
        """Keep what came; what only lacks a term is kept, and waits for a better."""
        self._found.update(self._translator.keep(outcome.targets))
        self._translator.give_up(outcome.lost)
        self._reasons.update(outcome.broken)
        found = {segment.key for segment, _ in outcome.targets} | {*outcome.lost}
        waited = {key for key in found if self._faults.get(key) is Fault.TERM}
        self._report(len(found - waited))
        self._settle(
            segment
            for segment, _ in outcome.targets
            if segment.key not in outcome.faults
        )
        for key in found - outcome.faults.keys():
            self._waiting.pop(key, None)
        for key, fault in outcome.faults.items():
            if self._faults.get(key) is not Fault.TERM:  # whose target is kept
                self._faults[key] = fault
