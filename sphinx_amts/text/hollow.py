"""Tagged text parts of which are taken out into texts of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

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
    tag_ids,
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


_GROUP = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\u201c[^\u201c\u201d]*\u201d")


@dataclass(frozen=True)
class Apart:
    """A tagged text; what is between brackets or quotes is a text of its own."""

    outer: TaggedText
    inner: Mapping[int, str]  # with its brackets, by placeholder

    def sources(self) -> list[str]:
        """Return every text in it that has words, each once."""
        texts = [self.outer, *(text[1:-1] for text in self.inner.values())]
        return [each for each in dict.fromkeys(texts) if has_words(plain(parse(each)))]

    def fill(self, targets: Mapping[str, str]) -> str:
        """Put the targets of `sources` together into one tagged text."""
        made = targets.get(self.outer, self.outer)
        for number, text in self.inner.items():
            words = targets.get(text[1:-1], text[1:-1])
            made = made.replace(
                f'<x id="{number}"/>', f"{text[0]}{words.strip()}{text[-1]}"
            )
        return made


def apart(source: str) -> Apart:
    """Take what stands between brackets or quotes out of the sentence around it.

    >>> taken = apart('used (e.g. a heading), <x id="1"/> so')
    >>> taken.sources()
    ['used <x id="2"/>, <x id="1"/> so', 'e.g. a heading']
    """
    numbers = count(max(tag_ids(source), default=0) + 1)
    inner: dict[int, str] = {}

    def take(match: re.Match[str]) -> str:
        if match[0].count("<g ") != match[0].count("</g>"):
            return match[0]
        inner[number := next(numbers)] = match[0]
        return f'<x id="{number}"/>'

    outer = _GROUP.sub(take, source)
    return Apart(TaggedText(outer, equivalents_of(source), context_of(source)), inner)


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
