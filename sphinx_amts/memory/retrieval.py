"""Pairs of the memory for a text: the most similar, or those that have its phrases.

`Retrieval` finds what is like a text as a whole. Texts are alike as far as they share
runs of characters, the rare ones counting most. Runs know nothing of words: they do for
languages without blanks and for any ending. A query looks up its rarest runs only, and
compares the few pairs that share the most of them in full.

`Phrasebook` chooses examples for an engine. No pair is like a paragraph, and the ones
nearest to its sentences are much like each other. So it takes pairs one by one, each
for what it has of the text's phrases that those before it have not.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import heapify, heappop, heapreplace, nlargest
from math import log, sqrt
from typing import NamedTuple

from sphinx_amts.memory.people import People
from sphinx_amts.memory.phrases import phrase_numbers
from sphinx_amts.memory.unit import Similar, TranslationUnit
from sphinx_amts.text.sentences import UNSPACED
from sphinx_amts.text.tagged import parse, plain

RUN, UNSPACED_RUN = 4, 2
"""Characters of a run; in scripts without blanks, where a character says more."""
MAX_RUNS = 24  # of a query that are looked up
MAX_SHARED = 1000
"""Pairs that may share a run; one that more of them have tells little."""
MAX_COMPARED = 25  # pairs that are compared in full
MIN_SIMILARITY = 0.15
"""From 0 to 1. Below it, two sentences share little but endings."""


MAX_SHARING = 200
"""Pairs that may have a phrase; one that more of them have tells little."""
MAX_CHOSEN_FROM = 300  # pairs, by what each has alone
LENGTH_POWER = 0.5
"""How much its length counts against a pair: 0 is not at all, 1 in full."""
AGAIN = 0.5  # what a phrase is worth once more
MAX_REMEMBERED = 100_000
"""Phrases, and units, that are remembered from one text to the next: a book
uses its words again and again. Some 10 MB."""


class Retrieval:
    """Pairs of one language pair, found by what their sources are like."""

    def __init__(self, pairs: Iterable[tuple[str, str]], language: str) -> None:
        """Index pairs of tagged texts, each source in ``language`` (BCP 47) once."""
        is_unspaced = language.partition("-")[0] in UNSPACED
        self._run = UNSPACED_RUN if is_unspaced else RUN
        self._pairs = list(dict(pairs).items())
        self._places: dict[str, array[int]] = {}
        for number, (source, _) in enumerate(self._pairs):
            for run in self._runs(source):
                found = self._places.get(run)
                if found is None:
                    found = self._places[run] = array("I")
                found.append(number)
        self._sums = [0.0] * len(self._pairs)  # of the weights of each pair's runs
        for found in self._places.values():
            weight = self._weight(len(found))
            for number in found:
                self._sums[number] += weight

    def __len__(self) -> int:
        return len(self._pairs)

    def find(self, source: str, count: int) -> list[Similar]:
        """Return at most ``count`` pairs for a tagged text, the most similar first."""
        runs = self._runs(source)
        known = sorted(
            (len(self._places[run]), run) for run in runs if run in self._places
        )
        shared: Counter[int] = Counter()
        for size, run in known[:MAX_RUNS]:
            if size <= MAX_SHARED:
                shared.update(self._places[run])
        candidates = nlargest(MAX_COMPARED, shared.items(), key=lambda each: each[1])
        weights = {run: self._weight(len(self._places.get(run, ()))) for run in runs}
        examples = [self._example(number, weights) for number, _ in candidates]
        found = [each for each in examples if each.similarity >= MIN_SIMILARITY]
        return nlargest(count, found, key=lambda each: each.similarity)

    def _example(self, number: int, weights: Mapping[str, float]) -> Similar:
        source, target = self._pairs[number]
        common = sum([weights[run] for run in self._runs(source) & weights.keys()])
        norm = sqrt(sum(weights.values()) * self._sums[number])
        return Similar(source, target, common / norm if norm else 0.0)

    def _weight(self, count: int) -> float:
        """Return how much a run of so many pairs tells: more, the fewer they are."""
        return log(1 + len(self._pairs) / (1 + count))

    def _runs(self, tagged: str) -> set[str]:
        text = f" {' '.join(plain(parse(tagged)).lower().split())} "
        size = self._run
        return {text[place : place + size] for place in range(len(text) - size + 1)}


class Phrasebook:
    """Pairs of one language pair, chosen so that together they have a text's phrases.

    The numbers above were chosen on one chapter of a book and hold for the others; see
    ``benchmarks/examples.py``.
    """

    def __init__(self, people: People) -> None:
        """Choose among all units, also a machine's."""
        self._people = people
        self._having: dict[int, Sequence[int]] = {}  # ids of units, by the phrase
        self._remembered: dict[int, _Unit | None] = {}  # by their ids

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Phrasebook:
        """Index pairs of tagged texts; of those with one source the last counts."""
        return cls(People.of(TranslationUnit(*pair) for pair in pairs))

    def choose(self, source: str, budget: int, count: int) -> list[Similar]:
        """Return pairs for a tagged text, the most telling first.

        At most ``count``, of ``budget`` characters together, both sides counted. Their
        similarity is the share of the text's phrases that each adds, 0 to 1.
        """
        found = self._units_with({*phrase_numbers(source)})
        every = self._people.units
        worth = {each: log(1 + every / (1 + len(found[each]))) for each in found}
        all_ = sum(worth.values())
        units, gains = self._promising(found, worth)
        shared: dict[int, list[int]] = {unit: [] for unit in units}
        for phrase, having in found.items():
            for unit in shared.keys() & having:
                shared[unit].append(phrase)
        chosen: list[tuple[int, float]] = []

        def gain(unit: int) -> float:
            total = 0.0  # added up as above, in any version of Python
            for phrase in shared[unit]:
                total += worth[phrase]
            return total

        # No gain ever grows: who is best with what was gained before, and still is with
        # what is gained now, is best of all.
        best = [
            (-gains[k] / each.root, n, k) for n, (k, each) in enumerate(units.items())
        ]
        heapify(best)
        while best and len(chosen) < count:
            _gain, place, unit = best[0]
            if units[unit].length > budget:
                heappop(best)
                continue
            heapreplace(best, (-gain(unit) / units[unit].root, place, unit))
            if best[0][2] != unit:
                continue
            heappop(best)
            chosen.append((units[unit].key, gain(unit) / all_))
            budget -= units[unit].length
            for phrase in shared[unit]:
                worth[phrase] *= AGAIN
        pairs = self._people.best("exact", [key for key, _share in chosen])
        return [
            Similar(pair.source, pair.target, share)
            for key, share in chosen
            if (pair := pairs.get(key))
        ]

    def _promising(
        self, found: Mapping[int, Sequence[int]], worth: Mapping[int, float]
    ) -> tuple[dict[int, _Unit], dict[int, float]]:
        """Return units that may be chosen, by their ids, and what each has alone.

        Of one source there is one.
        """
        gains: dict[int, float] = {}
        for phrase, having in found.items():
            for unit in having:
                gains[unit] = gains.get(unit, 0.0) + worth[phrase]
        known = self._known(gains)
        best = nlargest(
            MAX_CHOSEN_FROM, known, key=lambda unit: gains[unit] / known[unit].root
        )
        once = {known[unit].key: unit for unit in reversed(best)}
        return {unit: known[unit] for unit in once.values()}, gains

    def _units_with(self, phrases: Collection[int]) -> dict[int, Sequence[int]]:
        """Return which units have phrases, of those that neither none nor many have."""
        if len(self._having) > MAX_REMEMBERED:
            self._having.clear()
        if new := [each for each in phrases if each not in self._having]:
            self._having |= dict.fromkeys(new, ())
            for phrase, having in self._people.units_with(new).items():
                if len(having) <= MAX_SHARING:
                    self._having[phrase] = having
        return {each: units for each in phrases if (units := self._having[each])}

    def _known(self, units: Collection[int]) -> dict[int, _Unit]:
        """Return what matters of units, of those that are still there."""
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.clear()
        if new := [each for each in units if each not in self._remembered]:
            self._remembered |= dict.fromkeys(new, None)
            keys = self._people.numbers("exact", new)
            for each, length in self._people.numbers("length", keys).items():
                root = float(length**LENGTH_POWER)
                self._remembered[each] = _Unit(keys[each], length, root)
        return {each: unit for each in units if (unit := self._remembered[each])}


class _Unit(NamedTuple):
    """What matters of a pair that may be chosen."""

    key: int  # one for each source
    length: int  # characters, both sides counted
    root: float  # what these count against it
