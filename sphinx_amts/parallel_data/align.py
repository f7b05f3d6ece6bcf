"""Which sentences of a translation go with which of its source.

The walk, for a book:

1. **Anchors**, sentences whose words are written alike and landmarks (code, formulas,
   images) that are the same, make a guide through each document.
2. **Sentences** are paired close to it by dynamic programming, and a lexicon is learnt.
   Where pairs from elsewhere are given, the lexicon is learnt from these instead.
3. The same again with the lexicon, which is learnt once more.
4. Each document is aligned with it; what is left over is paired across, if it has
   moved and its words are clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp

from sphinx_amts.parallel_data import guide
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.parallel_data.leftovers import pair_moved
from sphinx_amts.parallel_data.lexicon import Lexicon, Pairs
from sphinx_amts.parallel_data.scoring import Heard, Scorer
from sphinx_amts.parallel_data.search import Bead, search
from sphinx_amts.parallel_data.words import Sentence, sentences

IN_PLACE = 3.0
"""Logarithm of the odds that a bead in its place is right, whatever its words. With it,
of 100 beads with a quality above .8, 97 are right, and of those above .5 as many."""
PASSES = 2  # over the book to learn from; 3 and 5 change nothing
FIRST_PAIRS = 4000  # enough for a lexicon that the next pass begins with
MAX_KNOWN = 12_000
"""Pairs from elsewhere that are learnt from, evenly taken: a book of 140 chapters."""


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

    def __init__(
        self, lexicon: Lexicon, ratio: float = 1.0, heard: Heard | None = None
    ) -> None:
        self.lexicon = lexicon
        self.heard = heard or {}
        self.ratio = ratio  # visible characters of the target per one of the source

    @classmethod
    def learn(
        cls,
        documents: Iterable[Document],
        known: Pairs = (),
        heard: Heard | None = None,
    ) -> Aligner:
        """Learn from documents, which are held in memory meanwhile.

        ``known`` are the words of pairs from elsewhere, such as a long book's memory;
        ``heard`` is what an engine makes of the sources' sentences.
        """
        book = [_Parts.of(source, target) for source, target in documents]
        sources = [each for parts in book for each in parts.sources if each.is_prose]
        targets = [each for parts in book for each in parts.targets if each.is_prose]
        known = known[:: 1 + len(known) // MAX_KNOWN]
        lexicon = Lexicon.empty(
            [*(each.words for each in sources), *(source for source, _ in known)],
            [*(each.words for each in targets), *(target for _, target in known)],
        )
        aligner = cls(lexicon.learn(known), _ratio([(sources, targets)]), heard)
        passes = 1 if known else PASSES
        for number in range(passes):
            pairs = [pair for parts in book for pair in aligner._pairs(parts)]
            ratio = _ratio(pairs)  # without what has no counterpart
            if number < passes - 1:
                pairs = pairs[:: 1 + len(pairs) // FIRST_PAIRS]
            words = [(_union(source), _union(target)) for source, target in pairs]
            aligner = cls(lexicon.learn([*known, *words]), ratio, heard)
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
        scorer = Scorer(
            parts.sources, parts.targets, self.lexicon, self.ratio, self.heard
        )
        found = search(scorer, guide.rows(scorer))
        prose = [bead for bead in found if _is_prose(bead, parts)]
        return [_graded(bead, scorer) for bead in pair_moved(prose, scorer)]


@dataclass(frozen=True)
class _Parts:
    """A document cut into sentences."""

    sources: list[Sentence]
    targets: list[Sentence]

    @classmethod
    def of(cls, source: Sequence[Block], target: Sequence[Block]) -> _Parts:
        """Cut a document."""
        return cls(sentences(source), sentences(target))


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


def _graded(bead: Bead, scorer: Scorer) -> Bead:
    """Give a bead its quality: how sure it is of the sentence that fits least."""
    if not bead.sources or not bead.targets:
        return replace(bead, quality=0.0)
    ones, others = bead.sources, bead.targets
    whole = scorer.words(ones, others)
    whole += scorer.length(ones[0], len(ones), others[0], len(others))
    without = []
    if len(ones) > 1:
        without += [scorer.words(rest, others) for rest in (ones[1:], ones[:-1])]
    if len(others) > 1:
        without += [scorer.words(ones, rest) for rest in (others[1:], others[:-1])]
    odds = whole - max([0.0, *without]) + (0.0 if bead.is_moved else IN_PLACE)
    return replace(bead, quality=1 / (1 + exp(-max(-50.0, odds))))
