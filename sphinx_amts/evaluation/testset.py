"""A test set: what people wrote, what systems wrote instead, segment by segment.

A segment is scored as readers see it: the words, and what is known to stand in the
place of its tags. A test set is made of

* files with a segment per line, as sacrebleu reads them (`of_lines`);
* units of memories, put together by their sources (`of_units`);
* documents as blocks, which are aligned (`of_documents`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sphinx_amts.errors import AmtsError, FileError
from sphinx_amts.formats.tmx import Entry
from sphinx_amts.parallel_data.align import Aligner
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.parallel_data.words import Sentence
from sphinx_amts.text.languages import matches
from sphinx_amts.text.sentences import join_sentences
from sphinx_amts.text.tagged import (
    Piece,
    Span,
    collapse,
    equivalents_of,
    escape,
    parse,
    plain,
    readable,
)
from sphinx_amts.workers.contract import Here, Workers, whole


class Text(NamedTuple):
    """One side of a segment."""

    seen: str  # as readers see it; what is scored
    marks: tuple[str, ...] = ()
    """What its tags stand for, sorted: the text of a placeholder, or its id where that
    is not known; nothing for an inline tag, of which only the number counts."""
    words: str = ""
    """What is seen but for what its tags stand for, such as code and formulas."""

    @property
    def prose(self) -> str:
        """The words alone, as tagged text without tags."""
        return escape(self.words or self.seen)


@dataclass(frozen=True)
class Article:
    """A document of a test set; all of its sequences are of one length."""

    name: str
    references: tuple[Text, ...]
    hypotheses: tuple[tuple[Text, ...], ...]  # of each system
    sources: tuple[Text, ...] = ()  # none where they are not known
    left_out: int = 0  # segments that people did not translate


@dataclass(frozen=True)
class TestSet:
    """Articles, and the names of the systems in the order of their hypotheses."""

    __test__ = False  # pytest would take it for a test

    systems: tuple[str, ...]
    articles: tuple[Article, ...]

    @property
    def lengths(self) -> list[int]:
        """The segments of each article."""
        return [len(each.references) for each in self.articles]

    @property
    def has_sources(self) -> bool:
        """Whether every segment's source is known."""
        return all(each.sources for each in self.articles)

    def references(self) -> list[str]:
        """Return the references of all articles."""
        return [text.seen for each in self.articles for text in each.references]

    def hypotheses(self, system: int) -> list[str]:
        """Return the hypotheses of a system for all articles."""
        return [text.seen for each in self.articles for text in each.hypotheses[system]]


def seen(tagged: str) -> Text:
    """Return what readers see of a tagged text.

    >>> seen('see <g id="1">the <x id="2"/></g>')
    Text(seen='see the', marks=('', '<2>'), words='see the')
    """
    pieces, known = parse(tagged), equivalents_of(tagged)
    words = collapse(readable(pieces, known)).strip()
    alone = collapse(plain(pieces)).strip()
    return Text(words, tuple(sorted(_marks(pieces, known))), alone)


def _marks(pieces: Sequence[Piece], known: Mapping[int, str]) -> Iterator[str]:
    for piece in pieces:
        if isinstance(piece, int):
            yield "".join(known.get(piece, f"<{piece}>").split())
        elif isinstance(piece, Span):
            yield ""
            yield from _marks(piece.children, known)


def read_lines(path: Path) -> tuple[Text, ...]:
    """Read a file with a segment per line; raises `FileError`."""
    try:
        with path.open(encoding="utf-8") as file:
            lines = [line.rstrip() for line in file]
    except UnicodeDecodeError as error:
        raise FileError(path, "is not in UTF-8; save it in this encoding") from error
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error
    return tuple(map(Text, lines))


def of_lines(
    name: str, reference: Path, systems: Sequence[Path], source: Path | None = None
) -> Article:
    """Make an article of files with a segment per line.

    Raises `FileError` where one has another number of lines than the reference.
    """
    references = read_lines(reference)
    others = [read_lines(path) for path in (*systems, *([source] if source else []))]
    for path, lines in zip([*systems, source], others, strict=False):
        if len(lines) != len(references):
            reason = f"{len(lines)} lines where {reference} has {len(references)}"
            raise FileError(path or reference, reason)
    sources = others.pop() if source else ()
    return Article(name, references, tuple(others), sources)


def of_units(
    name: str,
    reference: Iterable[Entry],
    systems: Sequence[Iterable[Entry]],
    languages: tuple[str, str],
) -> Article:
    """Make an article of memories: of all sources that the reference has.

    What a system has no target for counts as an empty one. ``languages`` are those of
    source and target.
    """
    wanted = _targets(reference, languages)
    found = [_targets(each, languages) for each in systems]
    return Article(
        name,
        tuple(map(seen, wanted.values())),
        tuple(tuple(seen(each.get(key, "")) for key in wanted) for each in found),
        tuple(map(seen, wanted)),
    )


def _targets(entries: Iterable[Entry], languages: tuple[str, str]) -> dict[str, str]:
    found = {}
    for entry in entries:
        source, target = (_text(entry, language) for language in languages)
        if source and target:
            found[source] = target
    return found


def _text(entry: Entry, language: str) -> str:
    return next(
        (text for tag, text in entry.texts.items() if matches(tag, language)), ""
    )


Blocks = Sequence[Block]


@dataclass(frozen=True)
class Document:
    """A document as blocks: of people, of each system, of the source if it is known."""

    name: str
    reference: Blocks
    systems: tuple[Blocks, ...]
    source: Blocks | None = None


def of_documents(
    documents: Sequence[Document],
    language: str,
    source_language: str = "",
    learnt: Sequence[tuple[Blocks, Blocks]] = (),
    workers: Workers | None = None,
) -> list[Article]:
    """Align documents and make articles of them.

    Segments are the source's sentences, or the reference's without a source. Sentences
    that meet in one bead of any side are one segment, so that it is the same for all.
    A segment that people did not translate is left out; one that a system did not is
    empty. ``learnt`` are more documents to learn from, as pairs of source and target.
    ``workers`` share the work.
    """
    workers = workers or Here()
    both = [*learnt, *(side for each in documents for side in _sides(each))]
    aligner = Aligner.learn(both, workers=workers)
    aligning = _Aligning(aligner, language, source_language or language)
    return list(whole(workers.map(_aligned, documents, aligning)))


class _Aligning(NamedTuple):
    """What is the same for all documents."""

    aligner: Aligner
    language: str
    source_language: str


def _sides(document: Document) -> list[tuple[Blocks, Blocks]]:
    """Return what is aligned: the pivot with each other side."""
    if document.source is None:
        return [(document.reference, each) for each in document.systems]
    others = (document.reference, *document.systems)
    return [(document.source, each) for each in others]


def _aligned(document: Document, aligning: _Aligning) -> Article:
    aligner, language, source_language = aligning
    alignments = [aligner.align(*sides) for sides in _sides(document)]
    pivots = alignments[0].sources
    beads = [
        [(bead.sources, bead.targets) for bead in each.beads] for each in alignments
    ]
    groups = merge(
        [place for place, each in enumerate(pivots) if each.is_prose],
        [sources for side in beads for sources, _ in side],
    )
    has_source = document.source is not None
    whole = [
        _joined(pivots, group, source_language if has_source else language)
        for group in groups
    ]
    sides = [
        _side(groups, side, alignment.targets, language)
        for side, alignment in zip(beads, alignments, strict=True)
    ]
    if not has_source:
        return Article(document.name, tuple(whole), tuple(map(tuple, sides)))
    kept = [n for n, text in enumerate(sides[0]) if text.seen]
    return Article(
        document.name,
        tuple(sides[0][n] for n in kept),
        tuple(tuple(side[n] for n in kept) for side in sides[1:]),
        tuple(whole[n] for n in kept),
        len(groups) - len(kept),
    )


def merge(places: Iterable[int], ties: Iterable[Sequence[int]]) -> list[list[int]]:
    """Put places that are tied to each other together, in order.

    >>> merge([0, 1, 2, 3], [(0,), (1, 2), (2,)])
    [[0], [1, 2], [3]]
    """
    groups = {place: [place] for place in places}
    for tie in ties:
        for other in tie[1:]:
            one, two = groups[tie[0]], groups[other]
            if one is not two:
                one += two
                groups.update(dict.fromkeys(two, one))
    distinct = {id(group): group for group in groups.values()}
    return sorted(sorted(group) for group in distinct.values())


def _side(
    groups: Sequence[Sequence[int]],
    beads: Sequence[tuple[tuple[int, ...], tuple[int, ...]]],
    sentences: Sequence[Sentence],
    language: str,
) -> list[Text]:
    """Return what a side has for each group of the pivot's sentences."""
    owner = {place: number for number, group in enumerate(groups) for place in group}
    found: list[list[int]] = [[] for _ in groups]
    for sources, targets in beads:
        if sources:
            found[owner[sources[0]]] += targets
    return [_joined(sentences, sorted(places), language) for places in found]


def _joined(
    sentences: Sequence[Sentence], places: Sequence[int], language: str
) -> Text:
    parts = [seen(sentences[place].text) for place in places]
    words = join_sentences([part.seen for part in parts], language)
    alone = join_sentences([part.words for part in parts], language)
    marks = tuple(sorted(mark for part in parts for mark in part.marks))
    return Text(words, marks, alone)


def check(test_set: TestSet) -> TestSet:
    """Return a test set that can be scored; raises `AmtsError`."""
    kept = tuple(each for each in test_set.articles if each.references)
    if not kept:
        raise AmtsError("there is no segment to score: the references hold no text")
    return TestSet(test_set.systems, kept)
