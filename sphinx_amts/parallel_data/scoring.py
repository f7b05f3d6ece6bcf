"""What it is worth that sentences of a source and of a target are each other's.

A bead is worth the logarithm of how much likelier its two sides are as translations of
each other than alone (Moore 2002), the prior of its type, how far its lengths are off,
and what ends with a paragraph. Nothing depends on the languages.

The weights were chosen on 1,377 sentences whose alignment was written down by hand:
English to Chinese and Italian, documents alone and small books, as they are and with
sentences dropped, joined and moved; mean F of beads and links .9734. Differences under
.002 may be chance. The comment at a weight has what other values give, as
``benchmarks/aligner.py GOLD SOURCE TARGET --weights`` prints it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from math import fsum, inf, log1p

from sphinx_amts.parallel_data.lexicon import ALIKE, Lexicon, Table, Words
from sphinx_amts.parallel_data.words import Sentence

PRIORS = {
    # Sentences of the source, of the target: logarithm of their share of beads, which
    # was measured as -3.4 to -4.0 for two of one side, -6.0 for two of both, and from
    # -5.0 on for more. With (1, 2) and (2, 1): -2.5 .971, -3.5 .970, -4 .969.
    (1, 1): 0.0,
    (1, 2): -3.0,
    (2, 1): -3.0,
    (2, 2): -7.0,
    (1, 3): -5.0,
    (3, 1): -5.0,
    (1, 4): -7.0,
    (4, 1): -7.0,
}
FOUND = 4.0  # odds that a word has its counterpart; 1.5 .968, 8 .972
NOT_FOUND = -0.45  # what a word is worth that has none; -.35 .970, -.55 .972
UNKNOWN = 0.2  # share of it for a word of which nothing was learnt; .1 .969, .3 .974
LENGTH_SCALE = 15.0  # variance for each character; 10 .971, 20 .973, 30 .972
END_BONUS = 1.5
"""Both sides end their blocks; as much against it where one does. 0 .970, 2.25 .971."""
CROSS_MALUS = 3.0  # each border of blocks inside a bead; 0 .971, 1.5 .972, 4.5 .973
LANDMARK = 8.0
"""Two landmarks that are the same. It changes no figure, and holds texts in their place
that have no words to tell by."""
LOPSIDED = -8.0
"""Worth of its lengths below which a bead of several sentences is not looked at: -3
.972, none .973 at a quarter more time."""
CELLS = 10_000  # pairs of sentences that are remembered; a band has some hundreds

HEARD = 0.5
"""Probability that a word of an engine's translation is people's, too; .2 finds the
same, and so does half of the words."""
_FEW = 1e-5  # share of a word that was never seen
_NOTHING: Mapping[str, float] = {}
Heard = Mapping[str, Words]
"""What an engine makes of source texts, in words of the target, by the texts."""
NO_WORDS: Words = frozenset()
_NOTHING_HEARD: Heard = {}
_Cell = tuple[Mapping[str, float], Mapping[str, float]]


class Scorer:
    """What beads of one document are worth. Sums over runs are differences of sums."""

    def __init__(
        self,
        sources: Sequence[Sentence],
        targets: Sequence[Sentence],
        lexicon: Lexicon,
        ratio: float,
        heard: Heard = _NOTHING_HEARD,
    ) -> None:
        self.sources = sources
        self.targets = targets
        self.expected = [
            _expected(
                each.words,
                lexicon.forward,
                lexicon.target_shares,
                heard.get(each.text, NO_WORDS),
            )
            for each in sources
        ]
        """Of each source: how much likelier than by chance a target's word is."""
        self._backward = [
            _expected(each.words, lexicon.backward, lexicon.source_shares)
            for each in targets
        ]
        source_known, target_known = lexicon.known
        self._source_weights = [
            len(each.words)  # each should be found, as far as an engine tells
            if each.text in heard
            else _weight(each.words, source_known)
            for each in sources
        ]
        self._target_weights = [_weight(each.words, target_known) for each in targets]
        self._source_length = _sums(each.length for each in sources)
        self._target_length = _sums(each.length / ratio for each in targets)
        self._source_ends = _sums(each.is_last for each in sources)
        self._target_ends = _sums(each.is_last for each in targets)
        self._cell = lru_cache(CELLS)(self._explained)

    def _explained(self, i: int, j: int) -> _Cell:
        """Return what a source expects of a target's words, and the other way."""
        source, target = self.sources[i].words, self.targets[j].words
        ahead, back = self.expected[i], self._backward[j]
        return (
            {word: ahead[word] for word in ahead.keys() & target},
            {word: back[word] for word in back.keys() & source},
        )

    def words(self, sources: Sequence[int], targets: Sequence[int]) -> float:
        """Return what the words of some sentences of both sides are worth."""
        if len(sources) == len(targets) == 1:
            forward, backward = self._cell(sources[0], targets[0])
        else:
            cells = [self._cell(i, j) for i in sources for j in targets]
            forward = _merged([ahead for ahead, _ in cells])
            backward = _merged([back for _, back in cells])
        one = 1 / (1 + sum([len(self.sources[i].words) for i in sources]))
        other = 1 / (1 + sum([len(self.targets[j].words) for j in targets]))
        worth = fsum([log1p(one * value) for value in forward.values()])
        worth += fsum([log1p(other * value) for value in backward.values()])
        weight = sum([self._source_weights[i] for i in sources])
        weight += sum([self._target_weights[j] for j in targets])
        return worth / 2 + NOT_FOUND * weight

    def length(self, i: int, m: int, j: int, n: int) -> float:
        """Return what the lengths of a bead are worth; at most nothing."""
        source = self._source_length[i + m] - self._source_length[i]
        target = self._target_length[j + n] - self._target_length[j]
        mean = (source + target) / 2 or 1.0
        return -((source - target) ** 2) / (mean * LENGTH_SCALE)

    def bead(self, i: int, m: int, j: int, n: int) -> float:
        """Return what a bead of prose is worth; one kind only."""
        length = self.length(i, m, j, n)
        if m + n > 2 and length < LOPSIDED:
            return -inf
        words = self.words(range(i, i + m), range(j, j + n))
        return PRIORS[m, n] + words + length + self._ends(i, m, j, n)

    def _ends(self, i: int, m: int, j: int, n: int) -> float:
        """Return what the borders of blocks say about a bead."""
        source_end, target_end = self.sources[i + m - 1], self.targets[j + n - 1]
        worth = END_BONUS
        if not (source_end.is_last and target_end.is_last):
            worth = -END_BONUS if source_end.is_last or target_end.is_last else 0.0
        if m > 1 or n > 1:
            crossed = self._source_ends[i + m - 1] - self._source_ends[i]
            crossed += self._target_ends[j + n - 1] - self._target_ends[j]
            worth -= CROSS_MALUS * crossed
        return worth

    def landmarks(self, i: int, j: int) -> float:
        """Return what it is worth that two landmarks are the same."""
        one, other = self.sources[i].words, self.targets[j].words
        if not one and not other:
            return LANDMARK / 4
        return LANDMARK * (2 * len(one & other) / (len(one) + len(other)) - 0.3)


def _sums(values: Iterable[float]) -> list[float]:
    return [0, *accumulate(values)]


def _weight(words: frozenset[str], known: frozenset[str]) -> float:
    """Return what the words of a sentence count while none finds a counterpart."""
    return UNKNOWN * len(words) + (1 - UNKNOWN) * len(words & known)


def _merged(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    merged = dict(parts[0])
    for part in parts[1:]:
        for word, value in part.items():
            merged[word] = merged.get(word, 0.0) + value
    return merged


def _expected(
    words: Words,
    table: Table,
    shares: Mapping[str, float],
    heard: Words = NO_WORDS,
) -> dict[str, float]:
    """Return how much likelier than by chance each word is beside these words.

    It is still to be divided by how many these words are; of what is ``heard`` it is
    known whatever they are. The order is the same in every process, as sums are.
    """
    sums: dict[str, float] = {}
    ordered = sorted(words)
    for word in ordered:
        for other, value in table.get(word, _NOTHING).items():
            sums[other] = sums.get(other, 0.0) + value
    for word in ordered:
        if word in shares and sums.get(word, 0.0) < ALIKE:
            sums[word] = ALIKE
    for word in sorted(heard):
        sums[word] = max(sums.get(word, 0.0), HEARD * (1 + len(words)))
    return {word: FOUND * each / shares.get(word, _FEW) for word, each in sums.items()}
