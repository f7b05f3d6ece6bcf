"""What each unit said before people's catalogs were applied.

Sphinx applies ``.po`` catalogs at transform priority 20. Up to Sphinx 7.0 it leaves no
mark on a node that it translated, and no version marks image texts or toctree captions.
A `Snapshot` taken just before tells them by comparison, on every version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from gettext import NullTranslations

from docutils import nodes
from sphinx.util.nodes import extract_messages

from sphinx_amts.hosts.sphinx.anchors import is_section_title
from sphinx_amts.hosts.sphinx.raw_places import full_width
from sphinx_amts.hosts.sphinx.units import (
    AttributeUnit,
    DoctreeUnit,
    IndexUnit,
    TextUnit,
    TocEntryUnit,
)
from sphinx_amts.hosts.sphinx.workarounds import messages_of
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import escape, parse, plain

_MARKUP = re.compile(r"[*`|\\<>\[\]{}$_]|://|::")
"""What a text without markup has none of."""

NodePart = tuple[int, str]


@dataclass
class Snapshot:
    """The source text of every unit of one document, by its place."""

    messages: dict[str, str]  # of the catalog
    sources: dict[NodePart, Segment] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=dict)
    """The texts of sections' titles, by the ``id()`` of their nodes."""
    kept_as_is: set[int] = field(default_factory=set)  # ids of nodes
    human: set[int] = field(default_factory=set)  # ids of nodes found to be so
    children: list[tuple[nodes.Element, list[nodes.Node]]] = field(default_factory=list)
    """Of each node that has a message, those that it had."""
    _alive: list[nodes.Element] = field(default_factory=list)  # ids must stay taken

    @classmethod
    def take(
        cls,
        document: nodes.document,
        catalog: NullTranslations,
        units: Iterable[DoctreeUnit],
    ) -> Snapshot:
        """Remember the units of a document.

        ``catalog`` is the one about to be applied.
        """
        messages, identical = _read(catalog)
        taken = cls(messages)
        for unit in units:
            taken.sources[_node_part(unit)] = unit.segment
            taken._alive.append(unit.node)
            if is_section_title(unit.node):
                taken.titles[id(unit.node)] = unit.node.astext()
        for node, message in extract_messages(document):
            taken.children.append((node, node.children))
            if message in identical:
                taken.kept_as_is.add(id(node))
        return taken

    def is_human(self, unit: DoctreeUnit) -> bool:
        """Tell whether a catalog gave this unit its present text; asked in order."""
        source = self.sources.get(_node_part(unit))
        found = (
            (isinstance(unit, TextUnit) and unit.node.get("translated") is True)
            or id(unit.node) in self.kept_as_is
            # Where it was not there before, it may have come with a catalog's text.
            or (source is None and self._is_within_human(unit.node))
            or (source is not None and source.key != unit.segment.key)
        )
        if found:
            self.human.add(id(unit.node))
        return found

    def source(self, unit: DoctreeUnit) -> Segment:
        """Return the segment that a unit had; its present one if it had none."""
        return self.sources.get(_node_part(unit), unit.segment)

    def is_new(self, unit: DoctreeUnit) -> bool:
        """Tell whether the document had no such unit: a catalog's text brought it."""
        return _node_part(unit) not in self.sources

    def changed(self) -> Iterator[tuple[nodes.Element, list[nodes.Node]]]:
        """Yield the nodes that a catalog gave other children, with those they had."""
        for node, children in self.children:
            if node.children is not children:
                yield node, children

    def _is_within_human(self, node: nodes.Element) -> bool:
        parent = node.parent
        while isinstance(parent, nodes.TextElement):
            if id(parent) in self.human:
                return True
            parent = parent.parent
        return False

    def find(self, unit: DoctreeUnit) -> str | None:
        """Return what a catalog has for a unit that Sphinx left alone.

        It does not look for definitions of substitutions, for texts in attributes and
        labels of extensions, nor for the index unless a book has ``"index"`` in
        ``gettext_additional_targets``. Markup in either text is for Sphinx to read.
        """
        segment = unit.segment
        if segment.tags:
            return None
        message = plain(parse(segment.source))
        target = self.messages.get(message)
        if target is None:
            return None
        if not isinstance(unit, IndexUnit) and _MARKUP.search(target + message):
            return None
        target = " ".join(target.split())
        return escape(target.translate(full_width(unit.node, message, target)))


def _node_part(unit: DoctreeUnit) -> NodePart:
    if isinstance(unit, AttributeUnit):
        part = unit.attribute
    elif isinstance(unit, TocEntryUnit):
        part = f"entry {unit.position}"
    elif isinstance(unit, IndexUnit):
        part = f"index {unit.entry} {unit.part}"
    else:
        part = str(getattr(unit, "run", ""))
    return id(unit.node), part


@lru_cache(maxsize=8)  # many documents share one catalog
def _read(catalog: NullTranslations) -> tuple[dict[str, str], frozenset[str]]:
    """Return a catalog's texts, and the messages that people gave the same words."""
    messages = messages_of(catalog)
    return messages, frozenset(key for key, text in messages.items() if key == text)
