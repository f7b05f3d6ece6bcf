"""Measure the aligner by a gold alignment, and what each of its weights is good for.

Usage::

    python benchmarks/aligner.py GOLD SOURCE TARGET [--harder SEED] [--weights]

SOURCE and TARGET are folders of documents with the same paths. GOLD has for some of
them a file ``PATH.tsv``, made by hand. Each of its lines is a bead: the numbers of the
sentences of the source, a tab, those of the target, each list with spaces between, and
empty where a sentence has no counterpart::

    1<TAB>1
    2 3<TAB>2
    <TAB>3

Sentences are numbered from 1 in the order of the document, as ``--sentences PATH``
shows them; code, formulas and pictures have no number. What a file does not name is not
counted, so a doubtful sentence or a table may be left out.

Three books are measured: all documents together, each folder of the first level alone,
and each document alone; the last two also with the words of all other folders, as
``--lexicon`` gives them. *Strict* is precision and recall of whole beads, *link* of
pairs of sentences. In brackets are 95 % intervals, drawn over documents. ``--harder``
drops, joins and moves sentences first, at random, which makes a translation that is
freer than most and whose alignment is known. ``--weights`` tries other values of each
weight, and prints the mean F for documents alone and folders, plain and harder.
``--heard`` measures what an engine's translation adds, as ``--engine`` has it.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

from sphinx_amts.commands.reading import READER
from sphinx_amts.parallel_data import (
    align,
    guide,
    leftovers,
    lexicon,
    scoring,
    search,
    words,
)
from sphinx_amts.parallel_data.align import Aligner, Alignment
from sphinx_amts.parallel_data.blocks import Block, Kind
from sphinx_amts.parallel_data.scoring import Heard
from sphinx_amts.parallel_data.words import sentences
from sphinx_amts.text.sentences import join_sentences, split_sentences
from sphinx_amts.text.tagged import TaggedText, equivalents_of

DRAWS = 1000  # of documents, for the intervals
DROPPED, JOINED, SWAPPED = 0.03, 0.07, 0.02
"""Shares of sentences without their counterpart, of those joined with the one before,
and of paragraphs that change places; about thrice what translations have."""
SEED = 1  # of the harder texts that weights are measured with

WEIGHTS: Sequence[tuple[Any, str, Sequence[Any]]] = [
    (scoring, "PRIORS", [{(1, 2): -2.5, (2, 1): -2.5}, {(1, 2): -4.0, (2, 1): -4.0}]),
    (scoring, "PRIORS", [{(2, 2): -5.5}, {(1, 3): -4.0, (3, 1): -4.0}]),
    (scoring, "PRIORS", [{(1, 3): -6.5, (3, 1): -6.5}, {(1, 4): -5.5, (4, 1): -5.5}]),
    (scoring, "FOUND", [1.5, 8.0]),
    (scoring, "NOT_FOUND", [-0.35, -0.55]),
    (scoring, "UNKNOWN", [0.1, 0.15, 0.25, 0.3]),
    (scoring, "LENGTH_SCALE", [10.0, 20.0, 30.0]),
    (scoring, "END_BONUS", [0.0, 0.75, 2.25]),
    (scoring, "CROSS_MALUS", [0.0, 1.5, 4.5]),
    (scoring, "LANDMARK", [0.0, 4.0]),
    (scoring, "LOPSIDED", [-3.0, -100.0]),
    (scoring, "ALIKE", [0.25, 0.9]),
    (search, "GAP", [-4.0, -6.0]),
    (search, "GAP_GOES_ON", [-5.0, -3.0, -1.5]),
    (guide, "CLEAR", [1.0, 6.0]),
    (guide, "COMMON", [5, 40]),
    (guide, "TRIED", [1, 5]),
    (guide, "BAND", [2, 8]),
    (guide, "FAR", [10, 40]),
    (leftovers, "MOVED", [0.0, 1.5, 4.5, 100.0]),
    (lexicon, "ROUNDS", [1, 3]),
    (lexicon, "MAX_SHARE", [0.1, 0.4]),
    (lexicon, "MIN_PROBABILITY", [0.01, 0.05]),
    (align, "PASSES", [1, 3]),
    (align, "FIRST_PAIRS", [500]),
    (words, "STEM", [4, 8]),
]
"""Where each weight is, its name, and what else it might be; of `PRIORS` a part."""

Bead = tuple[tuple[int, ...], tuple[int, ...]]
Blocks = Sequence[Block]


@dataclass(frozen=True)
class Book:
    """Documents on both sides, and the gold beads of some of them."""

    documents: Mapping[str, tuple[Blocks, Blocks]]
    gold: Mapping[str, Sequence[Bead]]

    @classmethod
    def read(cls, gold: Path, source: Path, target: Path) -> Book:
        """Read all documents that both sides have."""
        documents = {}
        for path in sorted(source.rglob("*")):
            other = target / path.relative_to(source)
            if path.suffix in READER.suffixes and other.is_file():
                name = path.relative_to(source).with_suffix("").as_posix()
                documents[name] = READER.read_file(path), READER.read_file(other)
        beads = {
            path.relative_to(gold).with_suffix("").as_posix(): read_beads(path)
            for path in sorted(gold.rglob("*.tsv"))
        }
        if missing := beads.keys() - documents.keys():
            raise SystemExit(f"no such documents: {', '.join(sorted(missing))}")
        for name, each in beads.items():
            _check(name, each, documents[name])
        return cls(documents, beads)

    def harder(self, seed: int) -> Book:
        """Return the book with sentences dropped, joined and moved."""
        documents, gold = dict(self.documents), dict(self.gold)
        for name in gold:
            documents[name], gold[name] = harder(documents[name], gold[name], seed)
        return Book(documents, gold)

    def parts(self, kind: str) -> list[list[str]]:
        """Return the names of the documents of each book of a kind."""
        if kind == "whole":
            return [list(self.documents)]
        if kind == "document":
            return [[name] for name in self.gold]
        folders = sorted({name.split("/")[0] for name in self.gold})
        return [
            [name for name in self.documents if name.split("/")[0] == folder]
            for folder in folders
        ]


def read_beads(path: Path) -> list[Bead]:
    """Read a file of gold beads."""
    lines = path.read_text(encoding="utf-8").splitlines()
    sides = [line.split("\t") for line in lines if line.strip()]
    return [
        (tuple(map(int, source.split())), tuple(map(int, target.split())))
        for source, target in sides
    ]


def _check(name: str, beads: Sequence[Bead], sides: tuple[Blocks, Blocks]) -> None:
    for number, side in enumerate(sides):
        seen = [place for bead in beads for place in bead[number]]
        count = sum(each.is_prose for each in sentences(side))
        if len(set(seen)) < len(seen) or max(seen) > count:
            raise SystemExit(f"{name}: a number is there twice, or beyond {count}")


@dataclass(frozen=True)
class Score:
    """How many beads and links there are: right, found, and wanted."""

    beads: tuple[int, int, int] = (0, 0, 0)
    links: tuple[int, int, int] = (0, 0, 0)
    covered: float = 0.0  # characters of the source in beads with both sides
    characters: float = 0.0

    def __add__(self, other: Score) -> Score:
        """Return both together."""
        return Score(
            tuple(map(sum, zip(self.beads, other.beads, strict=True))),
            tuple(map(sum, zip(self.links, other.links, strict=True))),
            self.covered + other.covered,
            self.characters + other.characters,
        )

    def figures(self) -> list[float]:
        """Return precision and recall of beads, then of links, and the links' F."""
        found = []
        for right, there, wanted in (self.beads, self.links):
            found += [right / max(1, there), right / max(1, wanted)]
        return [*found, _f(self.links)]


def _f(counts: tuple[int, int, int]) -> float:
    return 2 * counts[0] / max(1, counts[1] + counts[2])


def score(alignment: Alignment, gold: Sequence[Bead]) -> Score:
    """Compare the beads of a document with the gold ones."""
    known = [{place for bead in gold for place in bead[side]} for side in (0, 1)]
    found = {
        bead
        for bead in _numbered(alignment)
        if all(not bead[side] or known[side] & {*bead[side]} for side in (0, 1))
    }
    sets = [{bead for bead in beads if all(bead)} for beads in (found, gold)]
    links = [{(i, j) for a, b in beads for i in a for j in b} for beads in sets]
    lengths = [
        (sum(alignment.sources[i].length for i in bead.sources), bool(bead.targets))
        for bead in alignment.beads
    ]
    return Score(
        (len(sets[0] & sets[1]), len(sets[0]), len(sets[1])),
        (len(links[0] & links[1]), len(links[0]), len(links[1])),
        sum(length for length, is_covered in lengths if is_covered),
        sum(length for length, _ in lengths),
    )


def _numbered(alignment: Alignment) -> Iterator[Bead]:
    numbers = [
        {place: n for n, place in enumerate(_prose(side), 1)}
        for side in (alignment.sources, alignment.targets)
    ]
    for bead in alignment.beads:
        yield (
            tuple(numbers[0][i] for i in bead.sources),
            tuple(numbers[1][j] for j in bead.targets),
        )


def _prose(side: Sequence[words.Sentence]) -> list[int]:
    return [place for place, each in enumerate(side) if each.is_prose]


def heard_of(source: Path, made: Path) -> Heard:
    """Return what an engine made of each sentence of the sources; aligned for it."""
    book = Book.read(made, source, made)
    aligner = Aligner.learn(list(book.documents.values()))
    found: dict[str, lexicon.Words] = {}
    for sides in book.documents.values():
        alignment = aligner.align(*sides)
        for bead in alignment.beads:
            targets = [alignment.targets[j].words for j in bead.targets]
            made_words = frozenset().union(*targets)
            for i in bead.sources:
                text = alignment.sources[i].text
                found[text] = found.get(text, frozenset()) | made_words
    return found


def measure_heard(book: Book, heard: Heard, kind: str) -> None:
    """Print the figures of the documents that an engine has, without it and with it."""
    names = [
        name
        for name, (source, _) in book.documents.items()
        if name in book.gold and _is_heard(source, heard)
    ]
    some = Book(book.documents, {name: book.gold[name] for name in names})
    show(kind, measure(some, kind), 0.0)
    show(f"{kind} with engine", measure(some, kind, heard=heard), 0.0)


def _is_heard(source: Blocks, heard: Heard) -> bool:
    prose = [each.text in heard for each in sentences(source) if each.is_prose]
    return sum(prose) > len(prose) / 4  # `harder` makes many others; titles recur


def measure(
    book: Book, kind: str, *, has_lexicon: bool = False, heard: Heard | None = None
) -> dict[str, Score]:
    """Align all books of a kind; return the score of each document with gold beads."""
    scores = {}
    for names in book.parts(kind):
        folder = names[0].split("/")[0]
        known = _others(book, folder) if has_lexicon else ()
        documents = [book.documents[name] for name in names]
        aligner = Aligner.learn(documents, known, heard)
        for name in names:
            if name in book.gold:
                alignment = aligner.align(*book.documents[name])
                scores[name] = score(alignment, book.gold[name])
    return scores


def _others(book: Book, folder: str) -> lexicon.Pairs:
    """Return the words of all beads of the other folders, as a lexicon has them."""
    if folder not in _OTHERS:
        documents = [
            sides
            for name, sides in book.documents.items()
            if name.split("/")[0] != folder
        ]
        aligner = Aligner.learn(documents)
        _OTHERS[folder] = [
            (
                frozenset().union(*(found.sources[i].words for i in bead.sources)),
                frozenset().union(*(found.targets[j].words for j in bead.targets)),
            )
            for found in (aligner.align(*each) for each in documents)
            for bead in found.beads
            if bead.sources and bead.targets and bead.quality >= 0.5
        ]
    return _OTHERS[folder]


_OTHERS: dict[str, lexicon.Pairs] = {}


def show(name: str, scores: Mapping[str, Score], seconds: float) -> None:
    """Print the figures of one kind of book."""
    whole = sum(scores.values(), Score())
    draw = random.Random(1)
    draws = [
        sum(draw.choices(list(scores.values()), k=len(scores)), Score()).figures()
        for _ in range(DRAWS)
    ]
    shown = []
    for place, figure in enumerate(whole.figures()):
        values = sorted(each[place] for each in draws)
        low, high = values[DRAWS // 40], values[-1 - DRAWS // 40]
        shown.append(f"{figure:.3f} [{low:.3f} {high:.3f}]")
    covered = whole.covered / max(1, whole.characters)
    print(
        f"{name:20} strict {shown[0]} / {shown[1]}  link {shown[2]} / {shown[3]}"
        f"  F {shown[4]}  covered {covered:.1%}  {seconds:.1f} s"
    )


def harder(
    sides: tuple[Blocks, Blocks], gold: Sequence[Bead], seed: int
) -> tuple[tuple[Blocks, Blocks], list[Bead]]:
    """Drop, join and move sentences of a document; return it with its new beads."""
    draw = random.Random(seed)
    made, numbers = [], []
    for side in (0, 1):
        simple = {b[side][0] for b in gold if len(b[0]) == len(b[1]) == 1}
        changed = list(_changed(sides[side], simple, draw))
        if side == 1:
            _swap(changed, draw)
        made.append([block for block, _ in changed])
        new: dict[int, int] = {}
        count = 0
        for _, parts in changed:
            for old in parts:
                count += 1
                new.update(dict.fromkeys(old, count))
        numbers.append(new)
    return (made[0], made[1]), _renumbered(gold, numbers)


_Changed = tuple[Block, list[list[int]]]  # with the old numbers of each new sentence


def _changed(
    blocks: Blocks, simple: set[int], draw: random.Random
) -> Iterator[_Changed]:
    count = 0
    for block in blocks:
        if not block.kind.is_prose:
            yield block, []
            continue
        texts = split_sentences(block.text)
        old = [([count + n], text) for n, text in enumerate(texts, 1)]
        count += len(texts)
        new = _joined(old, simple, draw) if block.kind is Kind.TEXT else old
        text = TaggedText(
            join_sentences(
                [text for _, text in new], "zh" if "\u3002" in block.text else "en"
            ),
            equivalents_of(block.text),
        )
        is_whole = new and len(split_sentences(text)) == len(new)
        kept = new if is_whole else old
        yield (
            replace(block, text=text) if is_whole else block,
            [numbers for numbers, _ in kept],
        )


def _joined(
    parts: Sequence[tuple[list[int], str]], simple: set[int], draw: random.Random
) -> list[tuple[list[int], str]]:
    made: list[tuple[list[int], str]] = []
    for numbers, text in parts:
        is_simple = simple.issuperset(numbers)
        if is_simple and draw.random() < DROPPED:
            continue
        before = made[-1] if made else ([], "")
        stop = {".": "; ", "\u3002": "\uff0c"}.get(before[1][-1:])
        is_joined = is_simple and stop and simple.issuperset(before[0])
        if is_joined and draw.random() < JOINED:
            made[-1] = (before[0] + numbers, f"{before[1][:-1]}{stop}{text}")
        else:
            made.append((numbers, text))
    return made


def _swap(changed: list[_Changed], draw: random.Random) -> None:
    for place in range(1, len(changed)):
        pair = changed[place - 1 : place + 1]
        is_text = all(block.kind is Kind.TEXT for block, _ in pair)
        if is_text and draw.random() < SWAPPED:
            changed[place - 1 : place + 1] = reversed(pair)


def _renumbered(
    gold: Sequence[Bead], numbers: Sequence[Mapping[int, int]]
) -> list[Bead]:
    """Give beads their new numbers; those that share a sentence become one."""
    done: list[tuple[set[int], set[int]]] = []
    for bead in gold:
        new = tuple(
            {numbers[side][place] for place in bead[side] if place in numbers[side]}
            for side in (0, 1)
        )
        for other in [each for each in done if each[0] & new[0] or each[1] & new[1]]:
            new = new[0] | other[0], new[1] | other[1]
            done.remove(other)
        if any(new):
            done.append((new[0], new[1]))
    return [(tuple(sorted(one)), tuple(sorted(other))) for one, other in done]


def measure_weights(book: Book) -> None:
    """Print the mean F of beads and links for other values of each weight."""
    books = [
        (each, kind)
        for each in (book, book.harder(SEED))
        for kind in ("folder", "document")
    ]

    def figure() -> float:
        totals = [sum(measure(*each).values(), Score()) for each in books]
        return mean(
            _f(counts) for each in totals for counts in (each.beads, each.links)
        )

    print(f"as it is: {figure():.4f}")
    for module, name, values in WEIGHTS:
        now = getattr(module, name)
        for value in values:
            is_part = isinstance(value, dict)
            setattr(module, name, {**now, **value} if is_part else value)
            print(f"{name} {now} -> {value}: {figure():.4f}", flush=True)
        setattr(module, name, now)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("gold", "source", "target"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--harder", type=int, metavar="SEED")
    parser.add_argument("--weights", action="store_true")
    parser.add_argument(
        "--heard", type=Path, help="a folder with an engine's translation of the source"
    )
    parser.add_argument("--sentences", metavar="PATH", help="print them, numbered")
    arguments = parser.parse_args()
    if arguments.sentences:
        for side in (arguments.source, arguments.target):
            found = sentences(READER.read_file(side / arguments.sentences))
            prose = [each for each in found if each.is_prose]
            print(*(f"{n}\t{each.text}" for n, each in enumerate(prose, 1)), sep="\n")
        return
    book = Book.read(arguments.gold, arguments.source, arguments.target)
    if arguments.harder is not None:
        book = book.harder(arguments.harder)
    if arguments.weights:
        measure_weights(book)
        return
    if arguments.heard:
        heard = heard_of(arguments.source, arguments.heard)
        for kind in ("folder", "document"):
            measure_heard(book, heard, kind)
        return
    for kind in ("whole", "folder", "document"):
        for has_lexicon in (False, True) if kind != "whole" else (False,):
            began = time.process_time()
            scores = measure(book, kind, has_lexicon=has_lexicon)
            name = f"{kind} with lexicon" if has_lexicon else kind
            show(name, scores, time.process_time() - began)


if __name__ == "__main__":
    main()
