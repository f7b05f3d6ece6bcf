"""Marks on nodes: what the text of a block is, for whoever writes pages.

A mark is no attribute of the node: writers look at those (docutils keeps the tags of a
paragraph that has any), and a page without marks has to be as it is without us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from docutils import nodes

from sphinx_amts.doctree.units import TextUnit, Unit
from sphinx_amts.segment import Piece, equivalents_of, parse

SHOWN_KINDS = ("code", "math", "strong", "emphasis")
"""Kinds of inline tags that look different from the text around them."""

Shown = str | list[Any]
"""One piece of a text as JSON: characters, or ``[kind, *pieces]``."""


@dataclass(frozen=True)
class Mark:
    """What the text of a block is, where people have not translated it."""

    state: str  # machine, stale (of people, for an earlier source) or source
    number: int = 0  # within the document, from 1; none for text in the source language
    source: tuple[Shown, ...] = ()  # what the block said before


def set_mark(unit: Unit, mark: Mark) -> None:
    """Mark the block of a unit; texts in attributes have no block of their own."""
    if isinstance(unit, TextUnit):
        unit.node.amts = mark  # type: ignore[attr-defined]


def mark_of(node: object) -> Mark | None:
    """Return a node's mark, if it has one."""
    return cast("Mark | None", getattr(node, "amts", None))


def marks_of(document: nodes.document) -> list[Mark]:
    """Return the marks of a document that have a number, in order."""
    marks = map(mark_of, document.findall(nodes.Element))
    return [mark for mark in marks if mark is not None and mark.number]


def shown_pieces(unit: Unit) -> tuple[Shown, ...]:
    """Return the text of a unit as a reader sees it now, with code, math, emphasis."""
    if not isinstance(unit, TextUnit):
        return ()
    source = unit.readable_segment().source
    kinds = {tag.id: tag.kind for tag in unit.segment.tags}
    return tuple(_shown(parse(source), kinds, equivalents_of(source)))


def _shown(
    pieces: Sequence[Piece], kinds: Mapping[int, str], equivalents: Mapping[int, str]
) -> list[Shown]:
    found: list[Shown] = []
    for piece in pieces:
        if isinstance(piece, str):
            found.append(piece)
            continue
        if isinstance(piece, int):
            kind = kinds[piece]
            inner: list[Shown] = [equivalents.get(piece, "")]
        else:
            kind = kinds[piece.id]
            inner = _shown(piece.children, kinds, equivalents)
        found += [[kind, *inner]] if kind in SHOWN_KINDS else inner
    return found
