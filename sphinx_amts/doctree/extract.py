"""What each unit said before people's catalogs were applied.

Sphinx applies ``.po`` catalogs at transform priority 20. Up to Sphinx 7.0 it leaves no
mark on a node that it translated, and no version marks image texts or toctree captions.
A `Snapshot` taken just before tells them by comparison, on every version.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from docutils import nodes
from sphinx.util.nodes import extract_messages

from sphinx_amts.doctree.units import (
    AttributeUnit,
    IndexUnit,
    TocEntryUnit,
    Unit,
    find_units,
)

Place = tuple[int, str]


@dataclass
class Snapshot:
    """The source text of every unit of one document, by its place."""

    sources: dict[Place, str] = field(default_factory=dict)
    kept_as_is: set[int] = field(default_factory=set)
    _alive: list[nodes.Element] = field(default_factory=list)  # ids must stay taken

    @classmethod
    def take(cls, document: nodes.document, catalog: object) -> Snapshot:
        """Remember a document; ``catalog`` is the one about to be applied."""
        taken = cls()
        for unit in find_units(document):
            taken.sources[_place(unit)] = unit.segment.key
            taken._alive.append(unit.node)
        identical = _identical_messages(catalog)
        if identical:
            for node, message in extract_messages(document):
                if message in identical:
                    taken.kept_as_is.add(id(node))
                    taken._alive.append(node)
        return taken

    def is_human(self, unit: Unit) -> bool:
        """Tell whether a catalog gave this unit its present text."""
        if unit.node.get("translated") is True and not isinstance(
            unit, AttributeUnit | IndexUnit | TocEntryUnit
        ):
            return True
        if id(unit.node) in self.kept_as_is:
            return True
        if isinstance(unit, IndexUnit) and id(unit.node.parent) in self.kept_as_is:
            return True  # a glossary's term, whose words are the entry
        return self.sources.get(_place(unit), unit.segment.key) != unit.segment.key


def _place(unit: Unit) -> Place:
    if isinstance(unit, AttributeUnit):
        part = unit.attribute
    elif isinstance(unit, TocEntryUnit):
        part = f"entry {unit.position}"
    elif isinstance(unit, IndexUnit):
        part = f"index {unit.entry} {unit.part}"
    else:
        part = str(getattr(unit, "run", ""))
    return id(unit.node), part


def _identical_messages(catalog: object) -> Collection[str]:
    """Return the messages that people translated by the very same words."""
    identical: set[str] = set()
    current: object | None = catalog
    while current is not None:
        entries = getattr(current, "_catalog", None) or {}
        identical.update(key for key, text in entries.items() if key and key == text)
        current = getattr(current, "_fallback", None)
    return identical
