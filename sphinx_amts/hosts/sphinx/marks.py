"""Marks on nodes: what the text of a block is, for whoever writes pages.

A mark is no attribute of the node: writers look at those (docutils keeps the tags of a
paragraph that has any), and a page without marks has to be as it is without us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from docutils import nodes

from sphinx_amts.hosts.sphinx.units import DoctreeUnit, TextUnit
from sphinx_amts.text.tagged import Piece, parse, unescape

SHOWN_KINDS = ("code", "math", "strong", "emphasis")
"""Kinds of inline tags that look different from the text around them."""

Shown = str | list[Any]
"""One piece of a text as JSON: characters, or ``[kind, *pieces]``."""


class Mark(NamedTuple):
    """What the text of a block is, where people have not translated it."""

    state: str  # machine, stale (of people, for an earlier source) or source
    number: int = 0  # within the document, from 1; none for text in the source language
    source: tuple[Shown, ...] = ()  # what the block said before


def set_mark(unit: DoctreeUnit, mark: Mark) -> None:
    """Mark the block of a unit; texts in attributes have no block of their own."""
    if isinstance(unit, TextUnit):
        unit.node.amts = mark  # type: ignore[attr-defined]


def mark_of(node: object) -> Mark | None:
    """Return a node's mark, if it has one."""
    return cast("Mark | None", getattr(node, "amts", None))


def set_key(unit: DoctreeUnit) -> None:
    """Note on the block of a unit which segment it has: the first of several."""
    if isinstance(unit, TextUnit) and not key_of(unit.node):
        unit.node.amts_key = unit.segment.key  # type: ignore[attr-defined]


def key_of(node: object) -> str:
    """Return the key of a node's segment; empty where it has none."""
    return cast("str", getattr(node, "amts_key", ""))


def shown_pieces(unit: DoctreeUnit) -> tuple[Shown, ...]:
    """Return the text of a unit as a reader sees it now, with code, math, emphasis."""
    if not isinstance(unit, TextUnit):
        return ()
    segment = unit.segment
    if not segment.tags:
        return (unescape(segment.source),)
    kinds = {tag.id: tag.kind for tag in segment.tags}
    return tuple(_shown(parse(segment.source), kinds, unit.flat.equivalents()))


def said(piece: Shown) -> str:
    """Return the characters of a piece of a text.

    >>> said(["strong", "all ", ["code", "cups"]])
    'all cups'
    """
    return piece if isinstance(piece, str) else "".join(map(said, piece[1:]))


def words_of(node: nodes.Element) -> str:
    """Return what a node says to readers, without markup of an output format."""
    return "".join(
        str(text)
        for text in node.findall(nodes.Text)
        if not isinstance(text.parent, nodes.raw)
    )


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
