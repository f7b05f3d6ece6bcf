"""Measure how well `Doubt` finds what translators change.

Usage::

    python benchmarks/doubt.py BOOK [--chapter NAME] [--terms FILE]
        [--only SECTION...] [--signals]

``BOOK`` has three folders of chapters: ``en-origin`` the source, ``zh`` what people
made of it, ``zh-amazon-raw`` what a machine made of one chapter. The lexicon is learnt
from the other chapters.

A sentence's edits are its distance from people's, by TER with characters. It prints the
area under the curve (AUC) for finding the half that is edited most, and which share of
all edits the most doubtful 20, 30 and 50 % of the words hold. With ``--signals``, the
mean and deviation of each signal, and its own AUC.
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sacrebleu.metrics import TER

from sphinx_amts.commands.reading import READER
from sphinx_amts.engines.amazon.terminology import required_terms
from sphinx_amts.parallel_data.align import Aligner
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.parallel_data.doubt import SIGNALS, Doubt
from sphinx_amts.parallel_data.pairs import Texts
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.sentences import join_sentences
from sphinx_amts.text.tagged import count_words, parse, plain

PAIR = LanguagePair("en", "zh-CN")
SHARES = (0.2, 0.3, 0.5)
DRAWS = 1000  # of sentences, for the interval


class Row(NamedTuple):
    """A sentence of the source, a machine's and people's."""

    section: str
    source: str
    machine: str
    person: str

    @property
    def words(self) -> int:
        """Of the source."""
        return count_words(self.source)


def rows(book: Path, chapter: str) -> Iterator[Row]:
    """Yield the sentences of a chapter that all three have."""
    names = ("en-origin", "zh-amazon-raw", "zh")
    files = sorted((book / names[1] / chapter).glob("*.md"))
    read = {
        path.stem: [
            READER.read_file(book / name / chapter / path.name) for name in names
        ]
        for path in files
    }
    learnt = [
        Aligner.learn([(three[0], three[side]) for three in read.values()])
        for side in (1, 2)
    ]
    for section, three in read.items():
        yield from _joined(section, three, learnt)


def _joined(
    section: str, three: Sequence[Sequence[Block]], learnt: Sequence[Aligner]
) -> Iterator[Row]:
    """Yield the least groups of sentences that both sides have in common."""
    alignments = [
        aligner.align(three[0], side)
        for aligner, side in zip(learnt, three[1:], strict=True)
    ]
    sources = alignments[0].sources
    group = list(range(len(sources)))
    targets: list[dict[int, Sequence[int]]] = [{}, {}]
    for side, alignment in enumerate(alignments):
        for bead in alignment.beads:
            for each in bead.sources[1:]:
                old, new = group[each], group[bead.sources[0]]
                group = [new if one == old else one for one in group]
            if bead.sources:
                targets[side][bead.sources[0]] = bead.targets
    for number in dict.fromkeys(group):
        members = [each for each, own in enumerate(group) if own == number]
        if all(sources[each].is_prose for each in members):
            texts = [
                join_sentences(
                    [
                        alignment.targets[place].text
                        for each in members
                        for place in targets[side].get(each, ())
                    ],
                    PAIR.target,
                )
                for side, alignment in enumerate(alignments)
            ]
            if all(texts):
                source = " ".join(sources[each].text for each in members)
                yield Row(section, source, *texts)


def people(source: Path, target: Path, chapter: str) -> list[tuple[str, str]]:
    """Return people's pairs of sentences, without a chapter."""
    read = {
        str(path): (
            READER.read_file(path),
            READER.read_file(target / path.relative_to(source)),
        )
        for path in sorted(source.glob("*/*.md"))
        if chapter not in path.parts and (target / path.relative_to(source)).exists()
    }
    aligner = Aligner.learn(read.values())
    return [
        (pair.source, pair.target)
        for name, both in read.items()
        for pair in Texts(name, *both, PAIR).sentences(aligner.align(*both))
    ]


def auc(scores: Sequence[float], are_edited: Sequence[bool]) -> float:
    """Return how often an edited sentence has a higher score than another."""
    high = [score for score, edited in zip(scores, are_edited, strict=True) if edited]
    low = [s for s, edited in zip(scores, are_edited, strict=True) if not edited]
    wins = sum((a > b) + 0.5 * (a == b) for a in high for b in low)
    return wins / (len(high) * len(low))


def held(scores: Sequence[float], found: Sequence[Row], edits: Sequence[float]) -> str:
    """Return which share of the edits the most doubtful words hold, in per cent."""
    order = sorted(range(len(found)), key=lambda each: -scores[each])
    words = sum(row.words for row in found)
    shares = []
    for share in SHARES:
        left, holds = share * words, 0.0
        for each in order:
            part = min(1.0, left / (found[each].words or 1))
            holds += part * edits[each]
            left -= part * found[each].words
            if left <= 0:
                break
        shares.append(f"{100 * holds / sum(edits):.1f}")
    return " ".join(shares)


def interval(scores: Sequence[float], are_edited: Sequence[bool]) -> str:
    """Return what holds 95 % of the areas, over sentences drawn anew."""
    draw = random.Random(1)
    places = range(len(scores))
    found = []
    for _ in range(DRAWS):
        drawn = draw.choices(places, k=len(places))
        found.append(auc([scores[n] for n in drawn], [are_edited[n] for n in drawn]))
    found.sort()
    return f"[{found[DRAWS // 40]:.3f} {found[-1 - DRAWS // 40]:.3f}]"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("book", type=Path)
    parser.add_argument("--chapter", default="chapter_attention-mechanisms")
    parser.add_argument("--terms")
    parser.add_argument("--only", nargs="+", help="sections")
    parser.add_argument("--signals", action="store_true")
    arguments = parser.parse_args()
    book, chapter = arguments.book, arguments.chapter
    terms = required_terms(arguments.terms, Path(), PAIR)
    doubt = Doubt(people(book / "en-origin", book / "zh", chapter), terms)
    found = [
        row
        for row in rows(book, chapter)
        if not arguments.only or row.section in arguments.only
    ]
    ter = TER(asian_support=True, normalized=True)
    flat = [[plain(parse(text)) for text in row[1:]] for row in found]
    rates = [ter.sentence_score(made, [own]).score / 100 for _, made, own in flat]
    edits = [rate * len(own) for rate, (_, _, own) in zip(rates, flat, strict=True)]
    are_edited = [rate > statistics.median(rates) for rate in rates]
    scores = [doubt.of(row.source, row.machine) for row in found]
    print(
        f"{len(found)} sentences, HTER {sum(edits) / sum(len(f[2]) for f in flat):.3f},"
        f" AUC {auc(scores, are_edited):.3f} {interval(scores, are_edited)},"
        f" held {held(scores, found, edits)}"
    )
    if arguments.signals:
        signals = [doubt.signals(row.source, row.machine) for row in found]
        for name in SIGNALS:
            values = [each.get(name, 0.0) for each in signals]
            mean, deviation = statistics.mean(values), statistics.pstdev(values)
            print(
                f"{name:12} mean {mean:.4f} deviation {deviation:.4f}"
                f" AUC {auc(values, are_edited):.3f}"
            )


if __name__ == "__main__":
    main()
