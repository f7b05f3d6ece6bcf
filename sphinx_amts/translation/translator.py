"""The hall: segments come in, the memory is asked, then the engine, then all is kept.

A segment that the engine does not bring back whole climbs down a ladder:

1. as it is, with many others in one request;
2. alone (not for an engine that repeats itself);
3. its inline tags emptied: their words are translated as texts of their own;
4. sentence by sentence, emptied too;
5. the source is kept, and the refusal remembered under the engine's signature, so that
   the same text is not paid for again.

The requests of one rung go to the engine together; each one's results are kept as soon
as they are there.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import time
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, cast

from sphinx_amts.engines.contract import (
    Engine,
    Limits,
    Meter,
    Untranslated,
    translate_in_turn,
)
from sphinx_amts.engines.packing import Recipe, Size, pack, pack_texts
from sphinx_amts.engines.worker import Worker
from sphinx_amts.errors import EngineUnavailable, SettingError, TagError
from sphinx_amts.memory.compose import Part, cut, holds, put_together, sentences_of
from sphinx_amts.memory.people import Match, People, text_keys
from sphinx_amts.memory.store import Store
from sphinx_amts.memory.unit import Origin, TranslationUnit, unit_key
from sphinx_amts.text.check import check
from sphinx_amts.text.hollow import hollow
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.sentences import join_sentences, split_sentences
from sphinx_amts.text.tagged import byte_length, count_words
from sphinx_amts.warnings_ import Subtype

if TYPE_CHECKING:
    from sphinx_amts.memory.similar import FuzzyIndex, Nearest

_NO_ANSWER = Untranslated("no answer")


class Hall:
    """Finds and makes translations of one language pair.

    ``read_people`` is called when the first text is looked for, ``engine`` loaded when
    the first is missing. ``notices`` gathers what a user must be told, in order;
    whoever shows them clears it.
    """

    def __init__(
        self,
        pair: LanguagePair,
        engine: Engine,
        store: Store,
        read_people: Callable[[], People],
        *,
        timeout_s: float | None = None,
        max_characters: int | None = None,
    ) -> None:
        self.pair = pair
        self.store = store
        self._read_people = read_people
        self.engine = engine
        self.notices: list[tuple[Subtype, str]] = []
        self.made: set[str] = set()  # keys that the engine translated in this build
        self.down = ""  # why the engine is not asked any more
        self.failure = ""  # why it could not translate a segment, the first time
        self._timeout_s = timeout_s
        self._known: dict[str, Match] = {}
        self._partial: set[str] = set()  # keys of what people know in part, so far
        self._composed: dict[str, str] = {}  # for the store, see `keep_derived`
        self._failed: set[str] = set()
        self._made_in = os.getpid()
        self._loaded_in = 0  # process id
        self._last_request_s = 0.0
        self._signature: str | None = None
        self.limits = getattr(engine, "limits", None) or Limits()
        self._size: Size = getattr(engine, "size", byte_length)
        sends = getattr(engine, "sends", True)
        self.meter = Meter(max_characters if sends else None)
        with contextlib.suppress(AttributeError):  # of an engine that has slots
            engine.meter = self.meter
        self.version = ""  # of what customises the engine, kept with each unit
        self.helpers: tuple[Hall, ...] = ()  # which translate some of it, at a cost

    def stop(self, subtype: Subtype, message: str) -> None:
        """Ask the engine no more in this build, and say why, once."""
        if not self.down:
            self.down = self.failure = message
            self.notices.append((subtype, message))

    @cached_property
    def people(self) -> People:
        """People's units."""
        return self._read_people()

    def find(self, segment: Segment) -> Match | None:
        """Return what is known of a segment: its target, or that it was refused."""
        match = self._known.get(segment.key)
        if match is None:
            match = self._find(segment)
            if match is not None and segment.key not in self._partial:
                self._known[segment.key] = match
        return match

    def find_key(self, key: str) -> Match | None:
        """As `find`, for a segment of which only the key is known."""
        exact = self._known.get(key) or self.people.find_exactly(key)
        if self.people.has_human:
            if exact is not None and exact.origin.is_human:
                return exact
            return self._derived(key) or exact or self._stored(key)
        match = exact or self._stored(key)
        if match is not None:
            self._known[key] = match  # as `find` would
        return match

    def is_improvable(self, key: str, texts: Collection[str] = ()) -> bool:
        """Tell whether people know part of a segment of which only the key is left.

        A segment's key leads to whole units in their exact form only. ``texts`` are its
        `text_keys`, where nobody has translated it.
        """
        if not self.people.has_human:
            return False
        match = self.find_key(key)
        if match is not None and match.origin.is_human:
            return False
        return self.people.knows_any(texts or text_keys(self._source(key)))

    def _source(self, key: str) -> str:
        """Return the source of a segment that has a translation; empty if unknown."""
        if source := self.people.source(key):
            return source
        for stored in (self._key(key), self._derived_key(key)):
            with contextlib.suppress(ValueError, AttributeError):
                source = json.loads(self.store.get(stored) or "{}").get("source")
                if isinstance(source, str):
                    return source
        return ""

    def _find(self, segment: Segment) -> Match | None:
        """Ask people's whole units, then their sentences, then the store."""
        people = self.people
        exact = people.find_exactly(segment.key)
        if not people.has_human or (exact is not None and exact.origin.is_human):
            return exact or self._stored(segment.key)
        if derived := self._derived(segment.key):
            return derived
        match = people.find(segment)
        if match is not None and match.origin.is_human:
            self._derive(segment, match)
            return match
        parts = self.parts(segment)
        whole = match or self._stored(segment.key)
        self._partial.discard(segment.key)
        if not parts or (whole is not None and holds(whole, parts)):
            return whole
        found = [part.match or self._of_engine(part.segment) for part in parts]
        matches = [match for match in found if match is not None and not match.refusal]
        if len(matches) < len(parts):
            is_refused = any(each is not None and each.refusal for each in found)
            # A committed memory serves whoever cannot ask: no sentence that happens to
            # stand in another unit too is a reason to send the rest.
            is_enough = match is not None and all(
                part.match is None or part.match.is_part for part in parts
            )
            if not is_refused and not is_enough:
                self._partial.add(segment.key)
            return whole
        try:
            match = put_together(segment, parts, matches, self.pair.target)
        except TagError:
            return whole
        self._derive(segment, match)
        return match

    def parts(self, segment: Segment) -> list[Part]:
        """Return the parts of a segment, where people know some of them."""
        return cut(segment, self.people, self.pair.source)

    def _of_engine(self, part: Segment) -> Match | None:
        return self._known.get(part.key) or self._stored(part.key)

    def _derived(self, key: str) -> Match | None:
        """Return what an earlier build made of people's units as they are now."""
        text = self.store.get(self._derived_key(key))
        try:
            values = json.loads(text or "{}")
            if values.get("people") == self.people.digest:
                return Match.from_json(text or "")
        except (ValueError, AttributeError):
            pass  # not what we keep there
        return None

    def _derive(self, segment: Segment, match: Match) -> None:
        """Note for `keep_derived` what cannot be found by the segment's key alone."""
        unit = {
            "source": segment.source,
            "target": match.target,
            "origin": match.origin.value,
            "people": self.people.digest,
        }
        text = json.dumps(unit, ensure_ascii=False)
        self._composed[self._derived_key(segment.key)] = text

    def _derived_key(self, key: str) -> str:
        return "people:" + self._key(key)

    def keep_derived(self) -> None:
        """Keep what was made of people's units, found again by its key alone."""
        self.store.put(self._composed)
        self._composed.clear()

    def cut(self, segments: Iterable[Segment]) -> list[Segment]:
        """Return, once each, what to send for segments that lack a translation.

        A segment that people know in part is sent by its other sentences.
        """
        wanted: dict[str, Segment] = {}
        for segment in segments:
            pieces = [segment]
            if segment.key in self._partial:
                pieces = [
                    part.segment
                    for part in self.parts(segment)
                    if part.match is None
                    and self._of_engine(part.segment) is None
                    and part.segment.key not in self._failed
                ]
            wanted.update((piece.key, piece) for piece in pieces)
        return list(wanted.values())

    def human_words(self, segment: Segment, match: Match | None) -> int:
        """Return how many words of a segment have a translation by people."""
        if match is None or match.refusal or match.origin is Origin.MACHINE:
            return 0
        if match.origin.is_human:
            return count_words(segment.source)
        return sum(
            count_words(part.segment.source)
            for part in self.parts(segment)
            if part.match is not None and part.match.origin.is_human
        )

    def stale(self, segment: Segment) -> list[tuple[Segment, Nearest]]:
        """Return what people translated in an earlier form: text now, unit then.

        The whole segment, if it is like a unit; else those of its sentences that are,
        without those that people know.
        """
        if not self.people.has_human:
            return []
        parts = self.parts(segment)
        unknown = [part.segment for part in parts if part.match is None]
        if not parts:
            if nearest := self._fuzzy.nearest(segment.source):
                return [(segment, nearest)]
            if self.people.by_sentence:
                unknown = sentences_of(segment)
        return [
            (text, nearest)
            for text in unknown
            if (nearest := self._fuzzy.nearest(text.source))
        ]

    @cached_property
    def _fuzzy(self) -> FuzzyIndex:
        from sphinx_amts.memory.similar import FuzzyIndex  # for books of people's only

        return FuzzyIndex(self.people.human_rows())

    def may_ask(self, key: str) -> bool:
        """Tell whether the engine could still translate this segment in this build."""
        return (
            not self.down and key not in self._failed and self.engine.name != "memory"
        )

    def lacks(self, segment: Segment) -> bool:
        """Tell whether a segment has no translation, or people know it in part only."""
        return self.find(segment) is None or segment.key in self._partial

    def is_settled(self, key: str) -> bool:
        """Tell whether nothing more can be had for a segment in this build."""
        return self.find_key(key) is not None or not self.may_ask(key)

    def read_ahead(self, keys: Iterable[str]) -> None:
        """Get ready to look for these segments: many at a time are found faster."""
        if not self.people.has_human:  # else most are looked for in other places first
            unknown = [self._key(key) for key in keys if key not in self._known]
            self.store.read_ahead(unknown)

    def missing(self, segments: Iterable[Segment]) -> list[Segment]:
        """Return, once each, the segments that the engine should be asked for."""
        unique = {segment.key: segment for segment in segments}
        self.read_ahead(unique)
        return [
            segment
            for key, segment in unique.items()
            if self.lacks(segment) and self.may_ask(key)
        ]

    def collect(self) -> object:
        """Take in what was asked for in earlier builds; here, nothing waits."""
        return None

    def offer(self, segments: Sequence[Segment]) -> tuple[Hall, Sequence[Segment]]:
        """Return who would translate these now, and which of them."""
        return self, segments

    def fill_all(
        self,
        segments: Sequence[Segment],
        report: Callable[[int], None] = lambda done: None,
    ) -> None:
        """As `fill`, where these are what all documents lack."""
        self.fill(segments, report)

    @property
    def edition(self) -> str:
        """What changes when better translations came in by another way than `fill`."""
        return ""

    def is_on_its_way(self, key: str) -> bool:
        """Tell whether a translation has been asked for that a later build will get."""
        return False

    def fill(
        self,
        segments: Sequence[Segment],
        report: Callable[[int], None] = lambda done: None,
    ) -> None:
        """Have the engine translate ``segments`` and keep the results.

        ``report`` is called with how many more are done. Never raises for the engine's
        sake: what failed stays missing, and `notices` says why.
        """
        if not segments:
            return
        if self.meter.max_characters is not None and os.getpid() != self._made_in:
            self.stop(
                Subtype.COST,
                f"engine {self.engine.name!r} is not asked while documents are read in"
                " parallel, so that amts_max_characters holds. Build again",
            )
            return
        self._worker = Worker()
        try:
            self._fill(segments, report)
        finally:
            self._worker.close()

    def _fill(self, segments: Sequence[Segment], report: Callable[[int], None]) -> None:
        before = self._signature
        if not self._load():
            return
        if self._signature != before:  # it became more exact: perhaps all is known
            segments = self.missing(segments)
        waiting = {segment.key: segment for segment in segments}
        reasons: dict[str, str] = {}
        for rung in self._rungs():
            recipes = [
                recipe for segment in waiting.values() if (recipe := rung(segment))
            ]
            is_alone = rung is _alone
            affordable = self._affordable(recipes, is_alone)
            groups = pack(affordable, self.limits, self._size, alone=is_alone)
            for done in self._cook(groups, reasons):
                for key in done:
                    waiting.pop(key, None)
                report(len(done))
            if len(affordable) < len(recipes):
                self._stop_at_cap(len(recipes) - len(affordable))
            if self.down:
                return
        self._refuse(waiting.values(), reasons)
        report(len(waiting))

    def plan(self, segments: Iterable[Segment]) -> list[list[str]]:
        """Return the requests that `fill` would send for ``segments`` at first."""
        return self._requests(pack(self.recipes(segments), self.limits, self._size))

    def recipes(self, segments: Iterable[Segment]) -> list[Recipe]:
        """Return how ``segments`` are asked for at first."""
        whole = self._rungs()[0]
        return [recipe for segment in segments if (recipe := whole(segment))]

    def take(
        self, segments: Sequence[Segment], answers: Mapping[str, object]
    ) -> dict[str, str]:
        """Keep answers that were given elsewhere to the texts of `recipes`.

        Returns the reason against each segment, by its key, that was not kept: it came
        back, but not whole, unless `is_lost` says that it did not come back.
        """
        reasons: dict[str, str] = {}
        self._settle(self.recipes(segments), answers, reasons)
        return reasons

    def is_lost(self, key: str) -> bool:
        """Tell whether a segment got no answer in this build."""
        return key in self._failed

    def characters(self, requests: Iterable[Sequence[str]]) -> int:
        """Return the characters of requests as they are paid for."""
        count = getattr(self.engine, "characters", lambda texts: sum(map(len, texts)))
        return sum(count(request) for request in requests)

    def _affordable(self, recipes: list[Recipe], alone: bool) -> list[Recipe]:
        """Return the first of ``recipes``, as many as may still be sent."""
        left = self.meter.left
        if left == float("inf"):
            return recipes

        def cost(count: int) -> int:
            groups = pack(recipes[:count], self.limits, self._size, alone=alone)
            return self.characters(self._requests(groups))

        count = bisect_right(range(len(recipes) + 1), left, key=cost) - 1
        while cost(count) > left:  # more texts may pack better
            count -= 1
        return recipes[:count]

    def _stop_at_cap(self, left_out: int) -> None:
        sent, cap = self.meter.characters, self.meter.max_characters
        self.stop(
            Subtype.COST,
            f"engine {self.engine.name!r} was sent {sent:,} characters;"
            f" {left_out} more segments would be over amts_max_characters ({cap:,})."
            " Raise it to have them translated",
        )

    def _rungs(self) -> list[Callable[[Segment], Recipe | None]]:
        limit, target = self.limits.max_bytes, self.pair.target

        def whole(segment: Segment) -> Recipe:
            if limit and self._size(segment.source) > limit:
                return _by_sentence(segment, target)
            return _alone(segment)

        def emptied(segment: Segment) -> Recipe | None:
            taken = hollow(segment.source)
            if not taken.inner:
                return None
            return Recipe(segment, tuple(dict.fromkeys(taken.sources())), taken.fill)

        def sentences(segment: Segment) -> Recipe | None:
            parts = split_sentences(segment.source)
            return _by_sentence(segment, target) if len(parts) > 1 else None

        repeats = getattr(self.engine, "repeats", False)
        alone: list[Callable[[Segment], Recipe | None]] = [] if repeats else [_alone]
        return [whole, *alone, emptied, sentences]

    def _cook(
        self, groups: Sequence[Sequence[Recipe]], reasons: dict[str, str]
    ) -> Iterator[set[str]]:
        """Ask for all groups; yield the keys that are settled, kept or given up."""
        requests = self._requests(groups)
        place = {text: number for number, each in enumerate(requests) for text in each}
        waiting = [{place[text] for text in _texts(group)} for group in groups]
        owners: list[list[int]] = [[] for _ in requests]
        for owner, numbers in enumerate(waiting):
            for number in numbers:
                owners[number].append(owner)
        found: dict[str, object] = {}
        begun: dict[int, None] = {}  # groups with some of their answers
        for number, answers in self._answers(requests):
            found.update(zip(requests[number], answers, strict=True))
            for owner in owners[number]:
                begun[owner] = None
                waiting[owner].remove(number)
                if not waiting[owner]:
                    del begun[owner]
                    yield self._settle(groups[owner], found, reasons)
        for owner in begun:  # of an engine that stopped half-way
            yield self._settle(groups[owner], found, reasons)

    def _requests(self, groups: Iterable[Sequence[Recipe]]) -> list[list[str]]:
        """Return the requests for groups; a text that several need is in the first."""
        requests: list[list[str]] = []
        seen: set[str] = set()
        for group in groups:
            new = [text for text in _texts(group) if text not in seen]
            requests += pack_texts(new, self.limits, self._size)
            seen.update(new)
        return requests

    def _settle(
        self,
        group: Sequence[Recipe],
        found: Mapping[str, object],
        reasons: dict[str, str],
    ) -> set[str]:
        """Keep a group's targets; return the keys that are settled.

        Not settled is what came back, but not whole: ``reasons`` then says why.
        """
        settled: set[str] = set()
        units: dict[str, Match] = {}
        kept: dict[str, str] = {}
        for recipe in group:
            segment = recipe.segment
            if self._is_lost(recipe, found):
                self._failed.add(segment.key)
                settled.add(segment.key)
                continue
            try:
                answers = {text: _checked(text, found[text]) for text in recipe.sources}
                target = check(segment.source, recipe.build(answers))
            except TagError as error:
                reasons[segment.key] = str(error)
                continue
            settled.add(segment.key)
            units[segment.key] = Match(target, Origin.MACHINE)
            kept[self._key(segment.key)] = self._unit(segment, target=target)
        self.store.put(kept)
        self._known.update(units)
        self.made.update(units)
        return settled

    def _is_lost(self, recipe: Recipe, found: Mapping[str, object]) -> bool:
        """Tell whether a recipe lacks an answer; `failure` then says why."""
        is_lost = False
        for text in recipe.sources:
            answer = found.get(text, _NO_ANSWER)
            if isinstance(answer, Untranslated):
                if answer.is_broken:
                    continue
                self.failure = self.failure or answer.reason
            elif isinstance(answer, str):
                continue
            else:
                self.failure = f"{type(answer).__name__} in place of text"
            is_lost = True
        return is_lost

    def _refuse(self, segments: Iterable[Segment], reasons: Mapping[str, str]) -> None:
        kept = {}
        for segment in segments:
            reason = reasons.get(segment.key, "no target")
            self._known[segment.key] = Match(refusal=reason)
            kept[self._key(segment.key)] = self._unit(segment, refusal=reason)
        self.store.put(kept)

    def _unit(self, segment: Segment, *, target: str = "", refusal: str = "") -> str:
        return TranslationUnit(
            source=segment.source,
            target=target,
            origin=Origin.MACHINE,
            kinds=",".join(tag.kind for tag in segment.tags),
            engine=self.engine.name,
            date=datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
            version=self.version,
            refusal=refusal,
        ).to_json()

    def unit(self, key: str) -> TranslationUnit | None:
        """Return all that is kept of a machine's translation of a segment."""
        try:
            return TranslationUnit.from_json(self.store.get(self._key(key)) or "")
        except ValueError:
            return None

    def _stored(self, key: str) -> Match | None:
        text = self.store.get(self._key(key))
        if text is None:
            return None
        try:
            return Match.from_json(text)
        except ValueError:
            return None

    @property
    def signature(self) -> str:
        """The engine's signature for this pair."""
        if self._signature is None:
            try:
                self._signature = self.engine.signature(self.pair)
            except Exception as error:
                self.stop(Subtype.ENGINE, self._failure(error))
                self._signature = self.engine.name
        return self._signature

    def _key(self, key: str) -> str:
        return unit_key(key, self.pair, self.signature)

    def _load(self) -> bool:
        """Get the engine ready in this process; tell whether it can be asked."""
        if self.down:
            return False
        if self._loaded_in == os.getpid():
            return True
        try:
            load = getattr(self.engine, "load", None)
            if load is not None:
                self._worker.call(lambda: load(self.pair))
            signature = self.engine.signature(self.pair)
        except Exception as error:
            self.stop(Subtype.ENGINE, self._failure(error))
            return False
        self._signature = signature
        self._loaded_in = os.getpid()
        return True

    def _answers(
        self, requests: Sequence[Sequence[str]]
    ) -> Iterator[tuple[int, Sequence[object]]]:
        """Have requests answered; yield each one's number and as many answers.

        Ends before the last where the engine fails or breaks the contract; `down` then
        says why. An answer is text or `Untranslated` or nonsense.
        """
        waiting = set(range(len(requests)))
        iterator: Iterator[tuple[int, Sequence[object]]] | None = None
        try:
            iterator = self._worker.call(lambda: self._begin(requests), self.timeout_s)
            while waiting:
                number, answers = self._next(iterator, requests, waiting)
                waiting.remove(number)
                yield number, answers
        except Exception as error:
            self.stop(Subtype.ENGINE, self._failure(error))
        finally:
            self._worker.end(iterator)

    def _begin(
        self, requests: Sequence[Sequence[str]]
    ) -> Iterator[tuple[int, Sequence[object]]]:
        default = partial(translate_in_turn, self.engine)
        return iter(getattr(self.engine, "translate_all", default)(requests, self.pair))

    def _next(
        self,
        iterator: Iterator[tuple[int, Sequence[object]]],
        requests: Sequence[Sequence[str]],
        waiting: Collection[int],
    ) -> tuple[int, Sequence[object]]:
        """Return the next answers, for one of the requests that are ``waiting``."""
        self._wait_for_turn()
        found = self._worker.call(lambda: next(iterator, None), self.timeout_s)
        if found is None:
            raise _ContractError(f"left {len(waiting)} requests without an answer.")
        number, answers = found
        if number not in waiting:
            raise _ContractError(f"answered a request {number!r} that does not wait.")
        if not getattr(self.engine, "meters", False):
            self.meter.take(self.characters([requests[number]]))
        if len(answers) != len(requests[number]):
            raise _ContractError(
                f"answered {len(answers)} segments for {len(requests[number])}."
                " Nothing of it was used;"
            )
        return number, answers

    @property
    def timeout_s(self) -> float:
        """How long the engine may take from one answer to the next."""
        keeps_time = getattr(self.engine, "keeps_time", False)
        return (not keeps_time and self._timeout_s) or self.limits.timeout_s

    def _failure(self, error: Exception) -> str:
        name = self.engine.name
        if isinstance(error, EngineUnavailable | SettingError):
            return f"engine {name!r}: {error}"
        if isinstance(error, _ContractError):
            return f"engine {name!r} {error} The engine has a fault."
        if isinstance(error, TimeoutError):
            return (
                f"engine {name!r} gave no answer in {self.timeout_s:g} s."
                " Set amts_timeout_s if it needs longer."
            )
        return f"engine {name!r} failed: {type(error).__name__}: {error}"

    def _wait_for_turn(self) -> None:
        rate = self.limits.max_requests_per_s
        if rate:
            pause_s = self._last_request_s + 1 / rate - time.monotonic()
            if pause_s > 0:
                time.sleep(pause_s)
        self._last_request_s = time.monotonic()


class _ContractError(Exception):
    """The engine did something that the contract does not know."""


def _checked(source: str, answer: object) -> str:
    """Return an answer that can take the source's place; raises `TagError`."""
    if isinstance(answer, Untranslated):
        raise TagError(answer.reason)
    return check(source, cast(str, answer))


def _texts(group: Sequence[Recipe]) -> Iterable[str]:
    """Return the texts that a group needs, each once."""
    return dict.fromkeys(text for recipe in group for text in recipe.sources)


def _alone(segment: Segment) -> Recipe:
    source = segment.source
    return Recipe(segment, (source,), lambda targets: targets[source])


def _by_sentence(segment: Segment, language: str) -> Recipe:
    parts = [hollow(part) for part in split_sentences(segment.source)]
    sources = dict.fromkeys(text for part in parts for text in part.sources())
    return Recipe(
        segment,
        tuple(sources),
        lambda targets: join_sentences(
            [part.fill(targets) for part in parts], language
        ),
    )
