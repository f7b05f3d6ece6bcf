"""Words that travel as placeholders, so that no engine can change them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from sphinx_amts.text.tagged import (
    Piece,
    Span,
    TaggedText,
    context_of,
    equivalents_of,
    escape,
    parse,
    serialize,
    tag_ids,
)

Find = Callable[[str], Iterable[tuple[int, int, str]]]
"""Yields what is to be shielded in plain characters, in order: start, end, and what
stands there in the target."""


@dataclass(frozen=True)
class Shielded:
    """A tagged text some words of which are placeholders."""

    text: TaggedText
    words: Mapping[int, str]  # plain characters of the target, by placeholder

    def restore(self, target: str) -> str:
        """Put the words into a target that has each of the placeholders."""
        for number, word in self.words.items():
            target = target.replace(f'<x id="{number}"/>', escape(word))
        return target


def shield(source: str, find: Find) -> Shielded:
    """Make placeholders of what ``find`` finds in a tagged text.

    >>> made = shield("Use 3.10", lambda text: [(4, 8, "3.10")])
    >>> made.text, made.text.equivalents, made.restore('Com <x id="1"/>')
    ('Use <x id="1"/>', {1: '3.10'}, 'Com 3.10')
    """
    words: dict[int, str] = {}
    read: dict[int, str] = {}
    numbers = count(max(tag_ids(source), default=0) + 1)

    def shielded(pieces: Sequence[Piece]) -> list[Piece]:
        made: list[Piece] = []
        for piece in pieces:
            if isinstance(piece, Span):
                made.append(Span(piece.id, tuple(shielded(piece.children))))
            elif isinstance(piece, int):
                made.append(piece)
            else:
                end = 0
                for start, after, word in find(piece):
                    number = next(numbers)
                    words[number], read[number] = word, piece[start:after]
                    made += [piece[end:start], number]
                    end = after
                made.append(piece[end:])
        return made

    text = serialize(shielded(parse(source)))
    known = {**equivalents_of(source), **read}
    return Shielded(TaggedText(text, known, context_of(source)), words)
