"""Which sentences of a translation go with which of its source.

The walk, for a book:

1. **Blocks** are paired by dynamic programming over length and over words that are
   written alike, landmarks (code, formulas, images) by what is in them.
2. **Sentences** are paired in a band around that path, and a lexicon is learnt.
3. The same again with the lexicon, which is learnt once more.
4. Each document is aligned with it; what is left over is paired across, if it has
   moved and its words are clear.

A bead is worth the logarithm of how much likelier its two sides are as translations of
each other than alone (Moore 2002), the prior of its type, how far its lengths are off,
and what ends with a paragraph. Nothing depends on the languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import exp, inf, log, log1p

from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.parallel_data.lexicon import ALIKE, Lexicon, Table
from sphinx_amts.parallel_data.words import Sentence, sentences

PRIORS = {
    # Sentences of the source, of the target: logarithm of their share of beads.
    (1, 1): 0.0,
    (1, 0): -5.0,
    (0, 1): -5.0,
    (1, 2): -3.5,
    (2, 1): -3.5,
    (2, 2): -7.0,
    (1, 3): -5.0,
    (3, 1): -5.0,
}
EXPLAINED = 0.6
"""Share of a sentence's words that have a counterpart; the rest is chance."""
UNKNOWN = 0.2
"""What a word counts of which nothing was learnt, when it finds no counterpart."""
LENGTH_SCALE = 20.0  # characters; thrice the variance of Gale and Church's model
MAX_LENGTH_MALUS = 5.0
MAX_MERGED_MALUS = 3.0  # of a bead with several sentences: it is to mend lengths
END_BONUS = 1.5  # both sides end their blocks; as much against it where only one does
CROSS_MALUS = 3.0  # each border of blocks inside a bead
LEVEL_MALUS = 2.0  # titles of different levels
LANDMARK = 8.0  # two landmarks that are the same
LANDMARK_ALONE = -0.5  # books for several frameworks have other code
BAND = 8  # sentences around the path of blocks
BLOCK_BAND = 100  # blocks around the diagonal
MOVED = 3.0  # worth from which on leftovers are paired across
MOVED_REACH = 300  # leftovers that are looked at for each
IN_PLACE = 3.0  # logarithm of the odds of a bead in its place, whatever its words
PASSES = 2  # over the book to learn from
FIRST_PAIRS = 4000  # enough for a lexicon that the next pass begins with
BEAM = 40.0  # worth that a path may be behind the best; beyond, it never recovers

_FEW = 1e-5  # share of a word that was never seen
_UNEXPLAINED = log(1 - EXPLAINED) / 2
_MOVES = [move for move in PRIORS if min(move)]
_NOTHING: Mapping[str, float] = {}
_NOWHERE = (-inf, 0, 0)
_Cell = tuple[dict[str, float], dict[str, float]]
_State = tuple[float, int, int]  # worth so far, and the move that led here


@dataclass(frozen=True)
class Bead:
    """Sentences that go with each other; one side may be empty."""

    sources: tuple[int, ...]  # places in the document's sentences, ascending
    targets: tuple[int, ...]
    quality: float = 0.0  # 0 to 1: how likely the sentence that fits least belongs
    is_moved: bool = False  # paired across others


class Scorer:
    """What beads of one document are worth. Sums over runs are differences of sums."""

    def __init__(
        self,
        sources: Sequence[Sentence],
        targets: Sequence[Sentence],
        lexicon: Lexicon,
        ratio: float,
    ) -> None:
        self.sources = sources
        self.targets = targets
        self._forward = [
            _expected(each.words, lexicon.forward, lexicon.target_shares)
            for each in sources
        ]
        self._backward = [
            _expected(each.words, lexicon.backward, lexicon.source_shares)
            for each in targets
        ]
        self._cells: dict[tuple[int, int], _Cell] = {}
        self._source_words = _sums(len(each.words) for each in sources)
        self._target_words = _sums(len(each.words) for each in targets)
        source_known, target_known = lexicon.known
        self._source_known = _sums(len(each.words & source_known) for each in sources)
        self._target_known = _sums(len(each.words & target_known) for each in targets)
        self._source_length = _sums(each.length for each in sources)
        self._target_length = _sums(each.length / ratio for each in targets)
        self._source_ends = _sums(each.is_last for each in sources)
        self._target_ends = _sums(each.is_last for each in targets)

    def _cell(self, i: int, j: int) -> _Cell:
        """Return what a source expects of a target's words, and the other way."""
        found = self._cells.get((i, j))
        if found is None:
            source, target = self.sources[i].words, self.targets[j].words
            ahead, back = self._forward[i], self._backward[j]
            found = self._cells[i, j] = (
                {word: ahead[word] for word in ahead.keys() & target},
                {word: back[word] for word in back.keys() & source},
            )
        return found

    def words(self, i: int, m: int, j: int, n: int) -> float:
        """Return what the words of a bead are worth."""
        source_count = self._source_words[i + m] - self._source_words[i]
        target_count = self._target_words[j + n] - self._target_words[j]
        forward, backward = self._cell(i, j)
        if m > 1 or n > 1:
            cells = [self._cell(k, q) for k in range(i, i + m) for q in range(j, j + n)]
            forward = _merged([ahead for ahead, _ in cells])
            backward = _merged([back for _, back in cells])
        one, other = 1 / (source_count + 1), 1 / (target_count + 1)
        worth = sum([log1p(one * value) for value in forward.values()])
        worth += sum([log1p(other * value) for value in backward.values()])
        known = self._source_known[i + m] - self._source_known[i]
        known += self._target_known[j + n] - self._target_known[j]
        count = UNKNOWN * (source_count + target_count) + (1 - UNKNOWN) * known
        return worth / 2 + _UNEXPLAINED * count

    def length(self, i: int, m: int, j: int, n: int) -> float:
        """Return what the lengths of a bead are worth; at most nothing."""
        source = self._source_length[i + m] - self._source_length[i]
        target = self._target_length[j + n] - self._target_length[j]
        mean = (source + target) / 2 or 1.0
        return -min((source - target) ** 2 / (mean * LENGTH_SCALE), MAX_LENGTH_MALUS)

    def bead(self, i: int, m: int, j: int, n: int) -> float:
        """Return what a bead of prose is worth, its place apart; one kind only."""
        length = self.length(i, m, j, n)
        if m + n > 2 and length < -MAX_MERGED_MALUS:
            return -inf
        return PRIORS[m, n] + self.words(i, m, j, n) + length

    def ends(self, i: int, m: int, j: int, n: int) -> float:
        """Return what the borders of blocks say about a bead."""
        source_end, target_end = self.sources[i + m - 1], self.targets[j + n - 1]
        worth = END_BONUS
        if not (source_end.is_last and target_end.is_last):
            worth = -END_BONUS if source_end.is_last or target_end.is_last else 0.0
        if m > 1 or n > 1:
            crossed = self._source_ends[i + m - 1] - self._source_ends[i]
            crossed += self._target_ends[j + n - 1] - self._target_ends[j]
            worth -= CROSS_MALUS * crossed
        if source_end.level != target_end.level:
            worth -= LEVEL_MALUS
        return worth

    def landmarks(self, i: int, j: int) -> float:
        """Return what it is worth that two landmarks are the same."""
        one, other = self.sources[i].words, self.targets[j].words
        if not one and not other:
            return LANDMARK / 4
        return LANDMARK * (2 * len(one & other) / (len(one) + len(other)) - 0.3)


def _sums(values: Iterable[float]) -> list[float]:
    return [0, *accumulate(values)]


def _merged(parts: Sequence[dict[str, float]]) -> dict[str, float]:
    merged = dict(parts[0])
    for part in parts[1:]:
        for word, value in part.items():
            merged[word] = merged.get(word, 0.0) + value
    return merged


def _expected(
    words: frozenset[str], table: Table, shares: Mapping[str, float]
) -> dict[str, float]:
    """Return how much likelier than by chance each word is beside these words.

    It is still to be divided by how many these words are.
    """
    sums: dict[str, float] = {}
    for word in words:
        for other, value in table.get(word, _NOTHING).items():
            sums[other] = sums.get(other, 0.0) + value
    for word in words:
        if word in shares and sums.get(word, 0.0) < ALIKE:
            sums[word] = ALIKE
    odds = EXPLAINED / (1 - EXPLAINED)
    return {word: odds * value / shares.get(word, _FEW) for word, value in sums.items()}


def search(
    scorer: Scorer, rows: Sequence[tuple[int, int]], *, is_blocks: bool = False
) -> list[Bead]:
    """Return the best monotone path; ``rows`` gives each source's range of targets.

    ``rows[i]`` holds the targets that may have been passed before source ``i``, both
    ends included, for ``i`` from 0 to the number of sources.
    """
    sources, targets = scorer.sources, scorer.targets
    source_runs, target_runs = _runs(sources), _runs(targets)
    source_nulls, target_nulls = map(_nulls, (sources, targets))
    best: list[dict[int, _State]] = [{} for _ in rows]
    best[0][0] = (0.0, 0, 0)
    for i, (low, high) in enumerate(rows):
        row = best[i]
        floor = max([score for score, _, _ in row.values()], default=0.0) - BEAM
        for j in range(low, high + 1):
            score = row.get(j, _NOWHERE)[0]
            if score == -inf:
                continue
            if j < high:
                _offer(row, j + 1, score + target_nulls[j], 0, 1)
            if i == len(sources):
                continue
            if rows[i + 1][0] <= j <= rows[i + 1][1]:
                _offer(best[i + 1], j, score + source_nulls[i], 1, 0)
            if j == len(targets) or sources[i].kind is not targets[j].kind:
                continue
            if score < floor:
                continue
            if not sources[i].is_prose:
                if rows[i + 1][0] <= j + 1 <= rows[i + 1][1]:
                    _offer(best[i + 1], j + 1, score + scorer.landmarks(i, j), 1, 1)
                continue
            for m, n in _MOVES:
                if m > source_runs[i] or n > target_runs[j]:
                    continue
                if rows[i + m][0] <= j + n <= rows[i + m][1]:
                    worth = score + scorer.bead(i, m, j, n)
                    if not is_blocks:
                        worth += scorer.ends(i, m, j, n)
                    _offer(best[i + m], j + n, worth, m, n)
    return _trace(best, len(sources), len(targets))


def _runs(items: Sequence[Sentence]) -> list[int]:
    """Return for each item how many of its kind stand together from it on."""
    runs = [1] * len(items)
    for i in range(len(items) - 2, -1, -1):
        if items[i].kind is items[i + 1].kind:
            runs[i] = runs[i + 1] + 1
    return runs


def _nulls(items: Sequence[Sentence]) -> list[float]:
    """Return for each item what it is worth without a counterpart."""
    return [PRIORS[1, 0] if each.is_prose else LANDMARK_ALONE for each in items]


def _offer(row: dict[int, _State], j: int, score: float, m: int, n: int) -> None:
    old = row.get(j)
    if old is None or score > old[0]:
        row[j] = (score, m, n)


def _trace(best: list[dict[int, _State]], i: int, j: int) -> list[Bead]:
    beads = []
    while i or j:
        _, m, n = best[i][j]
        beads.append(Bead(tuple(range(i - m, i)), tuple(range(j - n, j))))
        i, j = i - m, j - n
    beads.reverse()
    return beads


def diagonal(count: int, other: int, width: int) -> list[tuple[int, int]]:
    """Return rows for `search` around the diagonal."""
    width += abs(count - other) // 2
    slope = other / count if count else 0.0
    rows = []
    for i in range(count + 1):
        middle = round(i * slope)
        rows.append((max(0, middle - width), min(other, middle + width)))
    rows[0] = (0, rows[0][1])
    rows[-1] = (rows[-1][0], other)
    return rows


def band(
    path: Sequence[Bead], sources: Sequence[Sentence], targets: Sequence[Sentence]
) -> list[tuple[int, int]]:
    """Return rows for `search` around a path of blocks."""
    starts = _starts(sources), _starts(targets)
    low = [0] * (len(sources) + 1)
    high = [0] * (len(sources) + 1)
    passed = 0
    position = 0
    for bead in path:
        source_end = starts[0][bead.sources[-1] + 1] if bead.sources else position
        target_end = starts[1][bead.targets[-1] + 1] if bead.targets else passed
        for i in range(position, source_end + 1):
            low[i] = min(low[i], passed) if low[i] else passed
            high[i] = max(high[i], target_end)
        position, passed = source_end, target_end
    rows = [
        (max(0, one - BAND), min(len(targets), other + BAND))
        for one, other in zip(low, high, strict=True)
    ]
    rows[0] = (0, rows[0][1])
    rows[-1] = (rows[-1][0], len(targets))
    return rows


def _starts(items: Sequence[Sentence]) -> list[int]:
    """Return where each block begins, and the end."""
    starts: list[int] = []
    for place, item in enumerate(items):
        while len(starts) <= item.block:
            starts.append(place)
    return [*starts, len(items)]


@dataclass(frozen=True)
class Alignment:
    """The sentences and landmarks of a document, and the beads of its prose."""

    sources: list[Sentence]
    targets: list[Sentence]
    beads: list[Bead]


Document = tuple[Sequence[Block], Sequence[Block]]
"""The blocks of a source and of its translation."""


class Aligner:
    """Aligns documents with what it has learnt from a book."""

    def __init__(self, lexicon: Lexicon, ratio: float = 1.0) -> None:
        self.lexicon = lexicon
        self.ratio = ratio  # visible characters of the target per one of the source

    @classmethod
    def learn(cls, documents: Iterable[Document]) -> Aligner:
        """Learn from documents, which are held in memory meanwhile."""
        book = [_Parts.of(source, target) for source, target in documents]
        sources = [each for parts in book for each in parts.sources if each.is_prose]
        targets = [each for parts in book for each in parts.targets if each.is_prose]
        aligner = cls(
            Lexicon.empty([x.words for x in sources], [x.words for x in targets]),
            _ratio([(sources, targets)]),
        )
        for number in range(PASSES):
            pairs = [pair for parts in book for pair in aligner._pairs(parts)]
            ratio = _ratio(pairs)  # without what has no counterpart
            if number < PASSES - 1:
                pairs = pairs[:: 1 + len(pairs) // FIRST_PAIRS]
            words = [(_union(source), _union(target)) for source, target in pairs]
            aligner = cls(aligner.lexicon.learn(words), ratio)
        return aligner

    def _pairs(self, parts: _Parts) -> Iterator[tuple[list[Sentence], list[Sentence]]]:
        """Yield both sides of each bead."""
        for bead in self._beads(parts):
            if bead.sources and bead.targets:
                yield (
                    [parts.sources[i] for i in bead.sources],
                    [parts.targets[j] for j in bead.targets],
                )

    def align(self, source: Sequence[Block], target: Sequence[Block]) -> Alignment:
        """Align one document; what was learnt need not have been from it."""
        parts = _Parts.of(source, target)
        return Alignment(parts.sources, parts.targets, self._beads(parts))

    def _beads(self, parts: _Parts) -> list[Bead]:
        blocks = Scorer(
            parts.source_blocks, parts.target_blocks, self.lexicon, self.ratio
        )
        rows = diagonal(len(parts.source_blocks), len(parts.target_blocks), BLOCK_BAND)
        path = search(blocks, rows, is_blocks=True)
        scorer = Scorer(parts.sources, parts.targets, self.lexicon, self.ratio)
        found = search(scorer, band(path, parts.sources, parts.targets))
        prose = [bead for bead in found if _is_prose(bead, parts)]
        return [_graded(bead, scorer) for bead in pair_moved(prose, scorer)]


@dataclass(frozen=True)
class _Parts:
    """A document cut into sentences and into whole blocks."""

    sources: list[Sentence]
    targets: list[Sentence]
    source_blocks: list[Sentence]
    target_blocks: list[Sentence]

    @classmethod
    def of(cls, source: Sequence[Block], target: Sequence[Block]) -> _Parts:
        """Cut a document."""
        return cls(
            sentences(source),
            sentences(target),
            sentences(source, whole=True),
            sentences(target, whole=True),
        )


def _union(sentences: Iterable[Sentence]) -> frozenset[str]:
    return frozenset().union(*(each.words for each in sentences))


def _ratio(pairs: Iterable[tuple[Sequence[Sentence], Sequence[Sentence]]]) -> float:
    source = target = 0.0
    for one, other in pairs:
        source += sum(each.length for each in one)
        target += sum(each.length for each in other)
    return target / source if source and target else 1.0


def _is_prose(bead: Bead, parts: _Parts) -> bool:
    if bead.sources:
        return parts.sources[bead.sources[0]].is_prose
    return parts.targets[bead.targets[0]].is_prose


def pair_moved(beads: Sequence[Bead], scorer: Scorer) -> list[Bead]:
    """Pair leftovers of both sides across the others, the clearest first."""
    sources = [bead.sources[0] for bead in beads if not bead.targets]
    targets = [bead.targets[0] for bead in beads if not bead.sources]
    found = []
    for i in sources:
        near = sorted(targets, key=lambda j: abs(j - i))[:MOVED_REACH]
        found += [
            (worth, -i, -j)
            for j in near
            if scorer.sources[i].kind is scorer.targets[j].kind
            if (worth := scorer.words(i, 1, j, 1) + scorer.length(i, 1, j, 1)) >= MOVED
        ]
    partners: dict[int, int] = {}
    for _, i, j in sorted(found, reverse=True):
        if -i not in partners and -j not in partners.values():
            partners[-i] = -j
    taken = set(partners.values())
    return [
        Bead(bead.sources, (partners[bead.sources[0]],), is_moved=True)
        if not bead.targets and bead.sources[0] in partners
        else bead
        for bead in beads
        if bead.sources or bead.targets[0] not in taken
    ]


def _graded(bead: Bead, scorer: Scorer) -> Bead:
    """Give a bead its quality: how sure it is of the sentence that fits least."""
    if not bead.sources or not bead.targets:
        return replace(bead, quality=0.0)
    i, m, j, n = bead.sources[0], len(bead.sources), bead.targets[0], len(bead.targets)
    whole = scorer.words(i, m, j, n) + scorer.length(i, m, j, n)
    margins = [whole]
    for first, count in [(i, m - 1), (i + 1, m - 1)] if m > 1 else []:
        margins.append(whole - scorer.words(first, count, j, n))
    for first, count in [(j, n - 1), (j + 1, n - 1)] if n > 1 else []:
        margins.append(whole - scorer.words(i, m, first, count))
    odds = min(margins) + (0.0 if bead.is_moved else IN_PLACE)
    return replace(bead, quality=1 / (1 + exp(-max(-50.0, odds))))
