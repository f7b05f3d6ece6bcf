"""Pairs of tagged texts from an alignment: by sentence, or by paragraph.

In a pair, the target's tags have the ids of the source's tags that they stand for. A
placeholder of the target that the source has not becomes the words that readers see in
its place; an inline tag that it has not is taken off its words.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sphinx_amts.parallel_data.align import Alignment
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.parallel_data.search import Bead
from sphinx_amts.parallel_data.words import UNSPACED, Sentence, sentences
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.sentences import join_sentences
from sphinx_amts.text.tagged import (
    Piece,
    Span,
    TaggedText,
    byte_length,
    equivalents_of,
    parse,
    readable,
    serialize,
)

MAX_BYTES = 1000
"""Of one text in UTF-8, of Amazon Translate's quotas for parallel data."""

_WIDE = rf"{UNSPACED}\u3001-\u301f\uff01-\uff65"
_BROKEN_LINE = re.compile(rf"(?<=[{_WIDE}]) (?=[{_WIDE}])")


@dataclass(frozen=True)
class Pair:
    """A source and its target, with where they are from."""

    source: str  # a `TaggedText`, its ids from 1 in its order
    target: str  # a `TaggedText` with the ids of the source
    kinds: Mapping[int, str] = field(
        default_factory=dict
    )  # of the source's tags, by id
    quality: float = 1.0  # 0 to 1: how sure the alignment is; of a paragraph, the mean
    document: str = ""
    line: int = 0  # of the source's block, 1-based; 0 where it is not known


@dataclass(frozen=True)
class Texts:
    """The blocks of both sides of a document, to make pairs from their alignment."""

    name: str
    source: Sequence[Block]
    target: Sequence[Block]
    pair: LanguagePair

    def sentences(self, alignment: Alignment) -> Iterator[Pair]:
        """Yield a pair for each bead that has both sides, in the source's order."""
        for bead in alignment.beads:
            if bead.sources and bead.targets:
                yield self._pair(alignment, [bead])

    def paragraphs(self, alignment: Alignment) -> Iterator[Pair]:
        """Yield a pair for blocks that belong together, cut where it is too long."""
        for beads in _paragraphs(alignment):
            yield from self._fitting(alignment, beads)

    def _fitting(self, alignment: Alignment, beads: Sequence[Bead]) -> Iterator[Pair]:
        """Yield pairs of some beads that fit, halved at sentence borders until then."""
        if not any(bead.sources for bead in beads):
            return
        if not any(bead.targets for bead in beads):
            return
        made = self._pair(alignment, beads)
        longest = max(byte_length(made.source), byte_length(made.target))
        if longest <= MAX_BYTES or len(beads) == 1:
            yield made
            return
        middle = len(beads) // 2
        yield from self._fitting(alignment, beads[:middle])
        yield from self._fitting(alignment, beads[middle:])

    def _pair(self, alignment: Alignment, beads: Sequence[Bead]) -> Pair:
        sources = [alignment.sources[i] for bead in beads for i in bead.sources]
        places = sorted(j for bead in beads for j in bead.targets)
        targets = [alignment.targets[j] for j in places]
        source = _Text.of(sources, self.source, self.pair.source)
        target = _Text.of(targets, self.target, self.pair.target).matched(source)
        matched = [bead for bead in beads if bead.sources and bead.targets]
        return Pair(
            source.tagged(),
            _without_broken_lines(target.tagged(), self.pair.target),
            source.kinds,
            round(sum(bead.quality for bead in matched) / max(1, len(beads)), 2),
            self.name,
            self.source[sources[0].block].line,
        )


def paired_blocks(
    source: Block, target: Block, pair: LanguagePair, document: str, line: int
) -> Pair:
    """Return the pair of two blocks that are known to be each other's."""
    sides = []
    for block, language in ((source, pair.source), (target, pair.target)):
        whole = sentences([block], whole=True)
        sides.append(_Text.of(whole, [block], language))
    matched = sides[1].matched(sides[0]).tagged()
    return Pair(
        sides[0].tagged(),
        _without_broken_lines(matched, pair.target),
        sides[0].kinds,
        document=document,
        line=line,
    )


@dataclass
class _Group:
    """Beads of blocks that belong together, with their places in the alignment."""

    beads: list[tuple[int, Bead]]
    blocks: set[_Place]


_Place = tuple[str, int]  # side and block


def _paragraphs(alignment: Alignment) -> Iterator[list[Bead]]:
    """Yield beads in groups: those of blocks that beads tie together.

    A sentence that has moved does not tie: it stays a part of the paragraph that it is
    in, unless its paragraph is nothing else.
    """
    groups: dict[_Place, _Group] = {}
    order = sorted(enumerate(alignment.beads), key=lambda each: each[1].is_moved)
    for place, bead in order:
        parts = [bead]
        if bead.is_moved and groups.keys() & _blocks(alignment, bead):
            parts = [Bead(bead.sources, ()), Bead((), bead.targets)]
        for part in parts:
            _add(groups, place, part, _blocks(alignment, part))
    distinct = {id(group): group for group in groups.values()}
    for group in distinct.values():
        yield [bead for _, bead in sorted(group.beads, key=lambda each: each[0])]


def _blocks(alignment: Alignment, bead: Bead) -> set[_Place]:
    sources = {("source", alignment.sources[i].block) for i in bead.sources}
    return sources | {("target", alignment.targets[j].block) for j in bead.targets}


def _add(
    groups: dict[_Place, _Group], place: int, bead: Bead, blocks: set[_Place]
) -> None:
    """Add a bead to the group of its blocks, made one if they were several."""
    merged = _Group([(place, bead)], set(blocks))
    for block in sorted(blocks & groups.keys()):
        group = groups[block]
        if group is merged:
            continue
        merged, small = sorted((group, merged), key=lambda each: -len(each.beads))
        merged.beads += small.beads
        merged.blocks |= small.blocks
        groups.update(dict.fromkeys(small.blocks, merged))
    groups.update(dict.fromkeys(blocks, merged))


@dataclass
class _Text:
    """A text in pieces, with what is known of its tags; ids count from 1 in order."""

    pieces: tuple[Piece, ...]
    kinds: dict[int, str]
    known: dict[int, str]  # what readers see in a placeholder's place

    @classmethod
    def of(
        cls, sentences: Sequence[Sentence], blocks: Sequence[Block], language: str
    ) -> _Text:
        """Put sentences together; those of different blocks may have the same ids."""
        made = cls((), {}, {})
        texts = []
        numbers: dict[tuple[int, int], int] = {}
        for sentence in sentences:
            pieces = parse(sentence.text)
            seen = equivalents_of(sentence.text)
            for old in _ids(pieces):
                new = numbers.setdefault((sentence.block, old), len(numbers) + 1)
                made.kinds[new] = blocks[sentence.block].tags.get(old, "")
                if old in seen:
                    made.known[new] = seen[old]
            mapping = {old: numbers[sentence.block, old] for old in _ids(pieces)}
            texts.append(serialize(_relabelled(pieces, mapping, {})))
        made.pieces = parse(join_sentences(texts, language))
        return made

    def tagged(self) -> TaggedText:
        """Return the text, with what readers see in its placeholders' places."""
        return TaggedText(serialize(self.pieces).strip(" "), self.known)

    def matched(self, source: _Text) -> _Text:
        """Return the text with the ids of the source's tags."""
        mapping = _matching(source, self)
        pieces = _relabelled(self.pieces, mapping, self.known)
        known = {
            new: self.known[old] for old, new in mapping.items() if old in self.known
        }
        return _Text(tuple(pieces), source.kinds, known)


def _ids(pieces: Sequence[Piece]) -> list[int]:
    """Return the ids of tags in their order."""
    found = []
    for piece in pieces:
        if isinstance(piece, int):
            found.append(piece)
        elif isinstance(piece, Span):
            found += [piece.id, *_ids(piece.children)]
    return found


def _spans(pieces: Sequence[Piece]) -> dict[int, Span]:
    found = {}
    for piece in pieces:
        if isinstance(piece, Span):
            found[piece.id] = piece
            found.update(_spans(piece.children))
    return found


def _relabelled(
    pieces: Sequence[Piece], mapping: Mapping[int, int], known: Mapping[int, str]
) -> list[Piece]:
    """Give tags new ids; those that get none become their words."""
    made: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Span):
            inner = _relabelled(piece.children, mapping, known)
            number = mapping.get(piece.id)
            made += inner if number is None else [Span(number, tuple(inner))]
        elif isinstance(piece, int):
            made.append(mapping.get(piece, known.get(piece, "")))
        else:
            made.append(piece)
    return made


def _matching(source: _Text, target: _Text) -> dict[int, int]:
    """Return for each tag of the target the tag of the source that it stands for.

    What reads alike goes first, then what is of one kind, then, of inline tags, any.
    """
    mapping: dict[int, int] = {}
    free = _ids(source.pieces)
    for rule in (_by_words, _by_kind, _by_form):
        places: dict[Hashable, deque[int]] = defaultdict(deque)
        source_look, target_look = rule(source), rule(target)
        for new in free:
            places[source_look(new)].append(new)
        for old in _ids(target.pieces):
            look = target_look(old)
            if old not in mapping and look is not None and places[look]:
                mapping[old] = places[look].popleft()
        taken = set(mapping.values())
        free = [new for new in free if new not in taken]
    return mapping


_Look = Callable[[int], Hashable]  # what tags have in common that are each other's


def _by_words(text: _Text) -> _Look:
    spans = _spans(text.pieces)

    def look(number: int) -> Hashable:
        if number in spans:
            return "span", readable(spans[number].children, text.known)
        return text.kinds.get(number, ""), _compact(text.known.get(number, ""))

    return look


def _by_kind(text: _Text) -> _Look:
    spans = _spans(text.pieces)
    return lambda number: (number in spans, text.kinds.get(number))


def _by_form(text: _Text) -> _Look:
    spans = _spans(text.pieces)
    return lambda number: "span" if number in spans else None


def _compact(text: str) -> str:
    return "".join(text.split()).lower().replace("_", "-")


def _without_broken_lines(text: TaggedText, language: str) -> TaggedText:
    """Take out the blanks that line breaks left in a script that has none."""
    if join_sentences(["a", "b"], language) != "ab":
        return text
    return TaggedText(_BROKEN_LINE.sub("", text), text.equivalents)
