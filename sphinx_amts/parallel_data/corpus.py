"""A book in both languages on its way to a file of pairs, document by document.

The walk: `learn` from some of the bitexts, have workers `make` each document's pairs
and check them, and put them into the file with `fill`, in the order of the documents.
Files that hold both sides need no aligning: `of_units` and `of_messages`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from sphinx_amts.formats.tmx import Entry
from sphinx_amts.parallel_data.align import Aligner, Alignment, Cut, Document, Parts
from sphinx_amts.parallel_data.bitexts import Bitext
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.parallel_data.checks import ACTIONS, Checks, Finding
from sphinx_amts.parallel_data.finished import Finished
from sphinx_amts.parallel_data.known import both_texts
from sphinx_amts.parallel_data.lexicon import Words
from sphinx_amts.parallel_data.made import Made, Step
from sphinx_amts.parallel_data.pair_file import Form, PairFile
from sphinx_amts.parallel_data.pairs import Pair, Texts, paired_blocks
from sphinx_amts.parallel_data.report import Report, lost
from sphinx_amts.parallel_data.scoring import Heard
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.workers.contract import Lost, Workers


@dataclass(frozen=True)
class Making:
    """How pairs are made; the same for all documents."""

    aligner: Aligner
    checks: Checks
    form: Form
    by_sentence: bool  # or by paragraph

    def digest(self) -> str:
        """Return what tells this from any other way to make pairs."""
        checks = self.checks
        actions = sorted((code, each.value) for code, each in checks.actions.items())
        rest = (str(checks.pair), checks.min_quality, actions, self.form)
        return f"{self.aligner.digest()} {self.by_sentence} {rest}"


class _Read(NamedTuple):
    """A document that has been learnt from."""

    name: str
    digest: str
    cut: Cut


class _Task(NamedTuple):
    bitext: Bitext
    read: _Read | None  # where it need not be read any more


class Learner(NamedTuple):
    """An aligner, and by their names the documents that it has learnt from.

    A document is taken out when its pairs are made.
    """

    aligner: Aligner
    documents: dict[str, _Read]


def learn(
    workers: Workers,
    bitexts: Iterable[Bitext],
    known: Iterable[tuple[Words, Words]] = (),
    heard: Heard | None = None,
) -> Learner:
    """Learn from bitexts, which stay in memory until their pairs are made.

    ``known`` are the words of pairs that people have already, ``heard`` is what an
    engine makes of the sources' sentences.
    """
    read = workers.map(_cut, bitexts, None)
    found = {each.name: each for each in read if not isinstance(each, Lost)}
    cuts = [each.cut for each in found.values()]
    aligner = Aligner.learn_from(cuts, list(known), heard, workers)
    return Learner(aligner, found)


def _cut(bitext: Bitext, _: None) -> _Read:
    return _Read(bitext.name, bitext.digest(), Cut.of(bitext.read()))


def results(
    workers: Workers,
    bitexts: Sequence[Bitext],
    learner: Learner,
    making: Making,
    finished: Finished,
) -> Iterator[tuple[str, Made | Lost]]:
    """Yield the name of each document and what became of it, in their order.

    What is ``finished`` already is taken from there, and what is made is put there.
    """
    finished.begin(making.digest(), partial(_digests, workers, bitexts))
    done = finished.names()
    tasks = (
        _Task(each, learner.documents.pop(each.name, None))
        for each in bitexts
        if each.name not in done
    )
    made = workers.map(make, tasks, making)
    for bitext in bitexts:
        if bitext.name in done:
            yield bitext.name, finished.get(bitext.name)
            continue
        result = next(made)
        if isinstance(result, Made):
            finished.put(bitext.name, result)
        yield bitext.name, result


def _digests(
    workers: Workers, bitexts: Iterable[Bitext], names: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield the digests of documents with some names."""
    chosen = [each for each in bitexts if each.name in names]
    found = workers.map(_digest, chosen, None)
    for bitext, each in zip(chosen, found, strict=True):
        if not isinstance(each, Lost):
            yield bitext.name, each


def _digest(bitext: Bitext, _: None) -> str:
    return bitext.digest()


def make(task: _Task, making: Making) -> Made:
    """Make the pairs of a document and check them; raises `FileError`."""
    bitext, read = task
    if read is None:
        digest = bitext.digest()  # before it is read, so that no later change is lost
        document = bitext.read()
        parts = Parts.of(*document)
    else:
        _, digest, cut = read
        document, parts = cut.document.value, cut.parts.value
    alignment = making.aligner.align_parts(parts)
    texts = Texts(bitext.name, *document, making.checks.pair)
    sentence = making.by_sentence
    pairs = texts.sentences(alignment) if sentence else texts.paragraphs(alignment)
    lengths = [
        sum(alignment.sources[i].length for i in b.sources) for b in alignment.beads
    ]
    covered = [
        n for n, bead in zip(lengths, alignment.beads, strict=True) if bead.targets
    ]
    return Made(
        digest,
        sum(lengths),
        sum(covered),
        list(_without(bitext.name, document, alignment)),
        list(steps(pairs, making.checks, making.form)),
    )


def _without(name: str, document: Document, alignment: Alignment) -> Iterator[Finding]:
    """Yield what has no counterpart."""
    for bead in alignment.beads:
        if bead.sources and bead.targets:
            continue
        sources = [alignment.sources[i] for i in bead.sources]
        targets = [alignment.targets[j] for j in bead.targets]
        for side, alone in zip(document, (sources, targets), strict=True):
            for each in alone:
                yield lost("P106", name, side[each.block].line, each.text)


def steps(pairs: Iterable[Pair], checks: Checks, form: Form) -> Iterator[Step]:
    """Check pairs, and put into the form of a file what is to be kept."""
    for each in pairs:
        kept, findings = checks.run(each)
        yield Step(None if kept is None else form.row(kept), findings)


def fill(
    file: PairFile, made: Iterable[tuple[str, Made | Lost]], report: Report
) -> list[str]:
    """Put what documents have become into a file; return those that were lost."""
    without = []
    for name, each in made:
        if isinstance(each, Lost):
            without.append(name)
            continue
        report.begin(each.characters, each.covered)
        report.add(*each.without)
        put(file, each.steps, report)
    return without


def put(file: PairFile, made: Iterable[Step], report: Report) -> None:
    """Put pairs into a file, of which a later one takes an earlier one's place."""
    for row, findings in made:
        report.add(*findings)
        if row is not None and (replaced := file.put(row)):
            report.add(Finding("P105", ACTIONS["P105"], *replaced, row.excerpt))


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
            report.add(lost("P106", name, unit.line, first))


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
