"""Blocks of a docutils tree: the build's own units, and the landmarks between them."""

from __future__ import annotations

from collections.abc import Iterator

from docutils import nodes
from sphinx import addnodes

from sphinx_amts.hosts.sphinx.units import (
    AttributeUnit,
    DoctreeUnit,
    TextUnit,
    find_units,
)
from sphinx_amts.parallel_data.blocks import Block, Kind

_LANDMARKS: tuple[tuple[type[nodes.Node], Kind], ...] = (
    (nodes.comment, Kind.LABEL),  # a fixed text, but nobody reads it
    (nodes.raw, Kind.LABEL),
    (nodes.math_block, Kind.MATH),
    (nodes.FixedTextElement, Kind.CODE),
    (nodes.image, Kind.IMAGE),
)
_CAPTIONS = (nodes.caption, nodes.legend)


def read_blocks(document: nodes.document) -> list[Block]:
    """Return a document's blocks in order, as the build would translate them."""
    places = {id(node): place for place, node in enumerate(document.findall())}
    found: list[tuple[int, int, Block]] = [
        (places.get(id(unit.node), 0), 1, _prose(unit)) for unit in find_units(document)
    ]
    found += [
        (places[id(node)], 0, block)
        for node in document.findall()
        for block in _landmark(node)
    ]
    return [block for _, _, block in sorted(found, key=lambda each: each[:2])]


def _prose(unit: DoctreeUnit) -> Block:
    segment = unit.readable_segment()
    node = unit.node
    kind = _kind(unit)
    return Block(
        kind,
        segment.source,
        {tag.id: tag.kind for tag in segment.tags},
        level=_level(node) if kind is Kind.TITLE else 0,
        line=node.line or (node.parent.line if node.parent is not None else 0) or 0,
    )


def _kind(unit: DoctreeUnit) -> Kind:
    node = unit.node
    if isinstance(unit, AttributeUnit) and isinstance(node, nodes.image):
        return Kind.CAPTION
    if not isinstance(unit, TextUnit):
        return Kind.LABEL
    if isinstance(node, nodes.title | nodes.subtitle | nodes.rubric):
        return Kind.TITLE
    if isinstance(node, _CAPTIONS) or isinstance(node.parent, _CAPTIONS):
        return Kind.CAPTION
    if isinstance(node, nodes.entry) or isinstance(node.parent, nodes.entry):
        return Kind.CELL
    return Kind.TEXT


def _level(node: nodes.Node) -> int:
    level = 0
    while node.parent is not None:
        node = node.parent
        level += isinstance(node, nodes.section)
    return level


def _landmark(node: nodes.Node) -> Iterator[Block]:
    """Yield a block for code, a formula or an image."""
    kind = next((kind for known, kind in _LANDMARKS if isinstance(node, known)), None)
    if kind is None or kind is Kind.LABEL:
        return
    text = str(node["uri"]) if isinstance(node, nodes.image) else node.astext()
    if isinstance(node.parent, addnodes.toctree) or not text.strip():
        return
    yield Block(kind, text, line=node.line or 0)
