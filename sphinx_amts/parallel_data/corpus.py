"""A book in both languages on its way to a file of pairs, and what is said about it.

The walk: `learn` from some of the bitexts, make pairs of all of them with `aligned`,
check each and put it into the file with `fill`. Files that hold both sides need no
aligning: `of_units` and `of_messages`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sphinx_amts.formats.tmx import Entry
from sphinx_amts.parallel_data.align import Aligner, Alignment, Document
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.parallel_data.checks import ACTIONS, Checks, Finding, excerpt
from sphinx_amts.parallel_data.known import both_texts
from sphinx_amts.parallel_data.lexicon import Words
from sphinx_amts.parallel_data.pair_file import PairFile
from sphinx_amts.parallel_data.pairs import Pair, Texts, paired_blocks
from sphinx_amts.parallel_data.scoring import Heard
from sphinx_amts.text.languages import LanguagePair

LEARNED = 400
"""Documents that are learnt from at most, evenly taken: more of a book change nothing,
and the time and the memory that learning takes stay the same."""


@dataclass
class Bitext:
    """A document in both languages, read when it is needed."""

    name: str
    read_source: Callable[[], Sequence[Block]]
    read_target: Callable[[], Sequence[Block]]

    @cached_property
    def document(self) -> Document:
        """Both sides, kept once they have been read."""
        return self.read_source(), self.read_target()

    def read(self) -> Document:
        """Return both sides and keep them no longer."""
        document = self.document
        del self.document
        return document


@dataclass
class Report:
    """What was found."""

    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)  # of findings, by code
    documents: int = 0
    source_characters: int = 0
    covered_characters: int = 0  # of these, what has a counterpart

    @property
    def covered(self) -> float | None:
        """The share of the source that has a counterpart; None of what has no text."""
        if not self.source_characters:
            return None
        return self.covered_characters / self.source_characters

    def begin(self) -> None:
        """Count a document."""
        self.documents += 1

    def add(self, *findings: Finding) -> None:
        """Take what was found."""
        self.counts.update(each.code for each in findings)
        self.findings += findings

    def add_lost(self, code: str, document: str, line: int, text: str) -> None:
        """Take a finding about a text that no pair has."""
        self.add(Finding(code, ACTIONS[code], document, line, excerpt(text)))

    def measure(self, name: str, document: Document, alignment: Alignment) -> None:
        """Take how much of a document has a counterpart."""
        self.documents += 1
        for bead in alignment.beads:
            sources = [alignment.sources[i] for i in bead.sources]
            targets = [alignment.targets[j] for j in bead.targets]
            length = sum(each.length for each in sources)
            self.source_characters += length
            self.covered_characters += length if targets else 0
            if sources and targets:
                continue
            for side, alone in zip(document, (sources, targets), strict=True):
                for each in alone:
                    self.add_lost("P106", name, side[each.block].line, each.text)


def sample(bitexts: Sequence[Bitext]) -> Sequence[Bitext]:
    """Return what is learnt from."""
    step = -(-len(bitexts) // LEARNED)
    return bitexts[::step]


def learn(
    bitexts: Iterable[Bitext],
    known: Iterable[tuple[Words, Words]] = (),
    heard: Heard | None = None,
) -> Aligner:
    """Learn from bitexts, which stay in memory until they are taken.

    ``known`` are the words of pairs that people have already, ``heard`` is what an
    engine makes of the sources' sentences.
    """
    return Aligner.learn((each.document for each in bitexts), list(known), heard)


def aligned(
    aligner: Aligner,
    bitexts: Iterable[Bitext],
    pair: LanguagePair,
    report: Report,
    *,
    by_sentence: bool,
) -> Iterator[Pair]:
    """Yield the pairs of bitexts, by sentence or by paragraph."""
    for each in bitexts:
        document = each.read()
        alignment = aligner.align(*document)
        report.measure(each.name, document, alignment)
        texts = Texts(each.name, *document, pair)
        yield from (
            texts.sentences(alignment) if by_sentence else texts.paragraphs(alignment)
        )


def of_units(
    units: Iterable[Entry], name: str, pair: LanguagePair, report: Report
) -> Iterator[Pair]:
    """Yield the pairs of a memory or a table; ``name`` is the file's."""
    report.begin()
    for unit in units:
        texts = both_texts(unit, pair)
        if all(texts):
            source, target = (Block.of_text(text, unit.kinds) for text in texts)
            yield paired_blocks(source, target, pair, name, unit.line)
        else:
            first = next(iter(unit.texts.values()), "")
            report.add_lost("P106", name, unit.line, first)


def of_messages(
    messages: Iterable[tuple[Block, Block, int]],
    name: str,
    pair: LanguagePair,
    report: Report,
) -> Iterator[Pair]:
    """Yield the pairs of a catalog, of whose messages the lines are known."""
    report.begin()
    for source, target, line in messages:
        yield paired_blocks(source, target, pair, name, line)


def fill(file: PairFile, pairs: Iterable[Pair], checks: Checks, report: Report) -> None:
    """Check pairs and put into a file what is to be kept."""
    for each in pairs:
        kept, findings = checks.run(each)
        report.add(*findings)
        if kept is not None and (lost := file.add(kept)):
            report.add_lost("P105", *lost, each.source)
