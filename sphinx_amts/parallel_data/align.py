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

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from math import exp
from typing import NamedTuple

from sphinx_amts.parallel_data import guide
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.parallel_data.leftovers import pair_moved
from sphinx_amts.parallel_data.lexicon import Lexicon, Pairs
from sphinx_amts.parallel_data.scoring import Heard, Scorer
from sphinx_amts.parallel_data.search import Bead, search
from sphinx_amts.parallel_data.words import Sentence, sentences
from sphinx_amts.workers.contract import Held, Here, Lost, Workers, whole

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
        workers: Workers | None = None,
    ) -> Aligner:
        """Learn from documents, which are held in memory meanwhile.

        ``known`` are the words of pairs from elsewhere, such as a long book's memory;
        ``heard`` is what an engine makes of the sources' sentences. ``workers`` share
        the work; raises `AmtsError` where a document is lost.
        """
        workers = workers or Here()
        cuts = list(whole(workers.map(_cut, documents, None)))
        return cls.learn_from(cuts, known, heard, workers)

    @classmethod
    def learn_from(
        cls,
        book: Sequence[Cut],
        known: Pairs = (),
        heard: Heard | None = None,
        workers: Workers | None = None,
    ) -> Aligner:
        """Learn from documents that have been cut; workers go through them.

        A document whose worker dies is not learnt from.
        """
        workers = workers or Here()
        known = known[:: 1 + len(known) // MAX_KNOWN]
        lexicon = Lexicon.empty(
            chain((each.words.value[0] for each in book), (one for one, _ in known)),
            chain((each.words.value[1] for each in book), (two for _, two in known)),
        )
        lengths = [(each.source_length, each.target_length) for each in book]
        aligner = cls(lexicon.learn(known, workers), _ratio(lengths), heard)
        passes = 1 if known else PASSES
        for number in range(passes):
            found = workers.map(_pairs, [each.parts for each in book], aligner)
            pairs = [
                pair._replace(
                    source=_interned(pair.source), target=_interned(pair.target)
                )
                for each in found
                if not isinstance(each, Lost)
                for pair in each
            ]
            ratio = _ratio([each.lengths for each in pairs])  # what has a counterpart
            if number < passes - 1:
                pairs = pairs[:: 1 + len(pairs) // FIRST_PAIRS]
            words = [(each.source, each.target) for each in pairs]
            aligner = cls(lexicon.learn([*known, *words], workers), ratio, heard)
        return aligner

    def digest(self) -> str:
        """Return what tells this aligner from any that finds something else."""
        tables = [
            sorted((word, sorted(row.items())) for word, row in table.items())
            for table in (self.lexicon.forward, self.lexicon.backward)
        ]
        shares = [
            sorted(each.items())
            for each in (self.lexicon.source_shares, self.lexicon.target_shares)
        ]
        heard = sorted((text, sorted(words)) for text, words in self.heard.items())
        whole = repr((tables, shares, heard, self.ratio))
        return sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()

    def pairs(self, parts: Parts) -> Iterator[tuple[list[Sentence], list[Sentence]]]:
        """Yield both sides of each bead."""
        for bead in self._beads(parts):
            if bead.sources and bead.targets:
                yield (
                    [parts.sources[i] for i in bead.sources],
                    [parts.targets[j] for j in bead.targets],
                )

    def align(self, source: Sequence[Block], target: Sequence[Block]) -> Alignment:
        """Align one document; what was learnt need not have been from it."""
        return self.align_parts(Parts.of(source, target))

    def align_parts(self, parts: Parts) -> Alignment:
        """Align a document that has been cut."""
        return Alignment(parts.sources, parts.targets, self._beads(parts))

    def _beads(self, parts: Parts) -> list[Bead]:
        scorer = Scorer(
            parts.sources, parts.targets, self.lexicon, self.ratio, self.heard
        )
        found = search(scorer, guide.rows(scorer))
        prose = [bead for bead in found if _is_prose(bead, parts)]
        return [_graded(bead, scorer) for bead in pair_moved(prose, scorer)]


@dataclass(frozen=True)
class Parts:
    """A document cut into sentences."""

    sources: list[Sentence]
    targets: list[Sentence]

    @classmethod
    def of(cls, source: Sequence[Block], target: Sequence[Block]) -> Parts:
        """Cut a document."""
        return cls(sentences(source), sentences(target))


@dataclass(frozen=True)
class Cut:
    """A document to learn from, and what of it counts before anything is paired."""

    document: Held[Document]
    parts: Held[Parts]
    words: Held[tuple[Counter[str], Counter[str]]]  # sentences that have a word
    source_length: int  # characters of prose that are no blanks
    target_length: int

    @classmethod
    def of(cls, document: Document) -> Cut:
        """Cut a document."""
        parts = Parts.of(*document)
        (sources, source_length), (targets, target_length) = (
            _counted(side) for side in (parts.sources, parts.targets)
        )
        held = Held(document), Held(parts), Held((sources, targets))
        return cls(*held, source_length, target_length)


class _Learnt(NamedTuple):
    """A pair that is learnt from: the words of both sides, and their lengths."""

    source: tuple[str, ...]  # a set, in what takes a tenth of its memory
    target: tuple[str, ...]
    lengths: tuple[int, int]


def _cut(document: Document, _: None) -> Cut:
    return Cut.of(document)


def _pairs(parts: Held[Parts], aligner: Aligner) -> list[_Learnt]:
    return [
        _Learnt(
            _union(source),
            _union(target),
            (sum(s.length for s in source), sum(t.length for t in target)),
        )
        for source, target in aligner.pairs(parts.value)
    ]


def _counted(sentences: Iterable[Sentence]) -> tuple[Counter[str], int]:
    """Count the words of prose, and its length."""
    prose = [each for each in sentences if each.is_prose]
    words = Counter(word for each in prose for word in each.words)
    return words, sum(each.length for each in prose)


def _union(sentences: Iterable[Sentence]) -> tuple[str, ...]:
    return tuple(frozenset().union(*(each.words for each in sentences)))


def _interned(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(sys.intern, words))  # each document came with its own


def _ratio(lengths: Iterable[tuple[int, int]]) -> float:
    source = target = 0
    for one, other in lengths:
        source += one
        target += other
    return target / source if source and target else 1.0


def _is_prose(bead: Bead, parts: Parts) -> bool:
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
