"""Tagged text whose inline tags are emptied into texts of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sphinx_amts.text.tagged import (
    Context,
    Piece,
    Span,
    TaggedText,
    context_of,
    equivalents_of,
    has_words,
    parse,
    plain,
    readable,
    serialize,
)


@dataclass(frozen=True)
class Hollow:
    """A tagged text whose inline tags have been emptied into texts of their own.

    ``outer`` has a placeholder where each span was; ``inner`` maps the span's id to its
    content, hollow in turn.
    """

    outer: TaggedText
    inner: Mapping[int, Hollow]

    def sources(self) -> Iterator[str]:
        """Yield every text in it that has words, outermost first."""
        if has_words(plain(parse(self.outer))):
            yield self.outer
        for hollow in self.inner.values():
            yield from hollow.sources()

    def fill(self, targets: Mapping[str, str]) -> str:
        """Put the targets of `sources` together into one tagged text."""
        pieces = parse(targets.get(self.outer, self.outer))
        return "".join(
            f'<g id="{piece}">{self.inner[piece].fill(targets)}</g>'
            if isinstance(piece, int) and piece in self.inner
            else serialize((piece,))
            for piece in pieces
        )


def hollow(source: str) -> Hollow:
    """Take each inline tag's words out of the sentence around it.

    The way to a translation for a text whose inline tags an engine does not keep.

    >>> taken = hollow('see <g id="1">the guide</g> now')
    >>> list(taken.sources())
    ['see <x id="1"/> now', 'the guide']

    What readers see in the place of a placeholder stays known; in that of a span, it is
    the span's words.

    >>> taken.outer.equivalents
    {1: 'the guide'}
    """
    return _hollow(parse(source), equivalents_of(source), context_of(source))


def _hollow(
    pieces: Sequence[Piece], known: Mapping[int, str], context: Context
) -> Hollow:
    outer: list[Piece] = []
    inner: dict[int, Hollow] = {}
    equivalents: dict[int, str] = {}
    for piece in pieces:
        if isinstance(piece, Span):
            inner[piece.id] = _hollow(piece.children, known, context)
            equivalents[piece.id] = readable(piece.children, known)
            piece = piece.id
        elif isinstance(piece, int) and piece in known:
            equivalents[piece] = known[piece]
        outer.append(piece)
    return Hollow(TaggedText(serialize(outer), equivalents, context), inner)
