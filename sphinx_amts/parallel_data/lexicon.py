"""Which words of the target go with which words of the source, learnt from pairs.

IBM Model 1 (Brown et al. 1993) in both directions, over sets of words. A word that is
written alike in both languages translates itself, from the first pass on, when nothing
has been learnt yet. Figures at the weights are as in `scoring`.

Sets have another order in every process. So what is added up over them is added
exactly, and rows are sorted: the same pairs make the same lexicon everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import fsum
from typing import NamedTuple

from sphinx_amts.workers.contract import Here, Lost, Workers

ROUNDS = 2  # of expectation and maximization; 3 and 5 change nothing
MAX_SHARE = 0.2  # of the pairs that a word is in: beyond, it tells little; .4 .971
MIN_PROBABILITY = 0.02  # .01 to .05 do as well; a larger one makes smaller tables
ALIKE = 0.5  # probability that a word stands for itself, if both have it; .3 .973
MAX_WORDS = 300
"""Words of one side of a pair that is learnt from: a sentence has thirty. What has more
is a list or a passage, where any word stands beside any other."""
_NULL = ""  # the word that is in every source, for what stands for nothing

Words = frozenset[str]
Pairs = Sequence[tuple[Collection[str], Collection[str]]]
"""The words of both sides, each once."""
Counts = Mapping[str, int] | Collection[str]
"""Sentences that have a word; or one sentence."""
Table = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Lexicon:
    """How frequent words are, and what each one may stand for."""

    source_shares: Mapping[str, float]  # of the sentences that have the word
    target_shares: Mapping[str, float]
    forward: Table = field(default_factory=dict)  # source -> target -> probability
    backward: Table = field(default_factory=dict)  # target -> source -> probability

    @classmethod
    def empty(cls, sources: Iterable[Counts], targets: Iterable[Counts]) -> Lexicon:
        """Return one that knows only how frequent words are, and those alike.

        Each of the two are documents, or sentences.
        """
        return cls(_shares(sources), _shares(targets))

    @cached_property
    def known(self) -> tuple[Words, Words]:
        """The words of each side that should have a counterpart on the other."""
        alike = self.source_shares.keys() & self.target_shares.keys()
        return (
            frozenset(self.forward.keys() | alike),
            frozenset(self.backward.keys() | alike),
        )

    def learn(self, pairs: Pairs, workers: Workers | None = None) -> Lexicon:
        """Return one that has learnt from pairs of sentences; two workers can help."""
        directions = [_Direction(pairs, False), _Direction(pairs, True)]
        found = (workers or Here()).map(_table, directions, None)
        forward, backward = (
            _table(direction, None) if isinstance(table, Lost) else table
            for direction, table in zip(directions, found, strict=True)
        )
        return Lexicon(self.source_shares, self.target_shares, forward, backward)


class _Direction(NamedTuple):
    pairs: Pairs
    is_backward: bool


def _table(direction: _Direction, _: None) -> Table:
    """Learn one direction."""
    known = _informative(direction.pairs)
    if direction.is_backward:
        known = [(target, source) for source, target in known]
    return _model(known)


def _shares(documents: Iterable[Counts]) -> dict[str, float]:
    """Return for each word the share of all occurrences of words that are its own."""
    counts: Counter[str] = Counter()
    for each in documents:
        counts.update(each)  # adds numbers, or one for each word
    total = sum(counts.values()) or 1
    return {word: count / total for word, count in counts.items()}


def _informative(pairs: Pairs) -> list[tuple[Words, Words]]:
    """Take out of pairs the words that occur once, or nearly everywhere."""
    pairs = [pair for pair in pairs if max(map(len, pair)) <= MAX_WORDS]
    sources = Counter(word for source, _ in pairs for word in source)
    targets = Counter(word for _, target in pairs for word in target)
    most = max(2.0, MAX_SHARE * len(pairs))
    source_words = frozenset(
        word for word, count in sources.items() if 2 <= count <= most
    )
    target_words = frozenset(
        word for word, count in targets.items() if 2 <= count <= most
    )
    return [
        (source_words.intersection(source), target_words.intersection(target))
        for source, target in pairs
    ]


def _model(pairs: Sequence[tuple[Words, Words]]) -> Table:
    """Return the probabilities of target words given source words."""
    cells = _first_counts(pairs)
    sums = {source: sum(row.values()) for source, row in cells.items()}
    table = _normalized(cells, sums)
    for _ in range(ROUNDS - 1):
        counts: Table = {
            source: dict.fromkeys(row, 0.0) for source, row in table.items()
        }
        for sources, targets in pairs:
            rows = [(table[each], counts[each]) for each in (*sources, _NULL)]
            for target in targets:
                found = [(row[target], count) for row, count in rows if target in row]
                total = fsum([value for value, _ in found])
                for value, count in found:
                    count[target] += value / total
        sums = {each: fsum(row.values()) for each, row in counts.items()}
        table = _normalized(counts, sums)
    table.pop(_NULL, None)
    least = MIN_PROBABILITY
    return {
        source: kept
        for source, row in table.items()
        if (kept := {word: row[word] for word in sorted(row) if row[word] >= least})
    }


def _first_counts(pairs: Sequence[tuple[Words, Words]]) -> Table:
    """Count what occurs together, each target's word shared by the source's words.

    What occurs together only once is left out: it is most of all and tells least.
    """
    together: dict[str, Counter[str]] = {_NULL: Counter()}
    for sources, targets in pairs:
        for source in sources:
            together.setdefault(source, Counter()).update(targets)
        together[_NULL].update(targets)
    return {
        source: {word: float(n) for word, n in row.items() if n > 1 or source == _NULL}
        for source, row in together.items()
    }


def _normalized(counts: Table, sums: Mapping[str, float]) -> Table:
    return {
        source: {word: n / sums[source] for word, n in row.items() if n > 0.01}
        for source, row in counts.items()
    }
