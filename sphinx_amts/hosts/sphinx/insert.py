"""Putting targets into a document, with what depends on the order and text of units."""

from __future__ import annotations

from docutils import nodes

from sphinx_amts.errors import TagError
from sphinx_amts.hosts.sphinx.inline import nodes_behind
from sphinx_amts.hosts.sphinx.units import DoctreeUnit, TextUnit


def insert_target(document: nodes.document, unit: DoctreeUnit, target: str) -> None:
    """Put a checked target in its unit's place.

    Raises `TagError` where that cannot be done: nothing has changed then.
    """
    ordered = None
    if isinstance(unit, TextUnit):
        ordered = _Anonymous.within(document, unit)
    if ordered is not None and isinstance(unit, TextUnit):
        ordered.insert(unit, target)
    else:
        unit.insert(target)


def placed(node: nodes.Element) -> nodes.Node | None:
    """Return a node, or one near it, whose file and line are known.

    Sphinx looks only at what is around a node, and parsers leave gaps.
    """
    around: nodes.Node = node
    while isinstance(around, nodes.Element):
        if around.source and around.line:
            return around
        around = around.parent
    candidates = list(node.findall())
    around = node
    while isinstance(around.parent, nodes.Element):
        siblings = around.parent.children
        for sibling in reversed(siblings[: siblings.index(around)]):
            candidates += sibling.findall()
        around = around.parent
    return next((each for each in candidates if each.source and each.line), None)


class _Anonymous:
    """Anonymous references (``text__``): docutils pairs them with targets by order.

    Where a target text changes their order, their targets change places too.
    """

    def __init__(self, document: nodes.document) -> None:
        self.document = document
        self.references = self._references()
        self.targets = [
            node for node in document.findall(nodes.target) if node.get("anonymous")
        ]

    @classmethod
    def within(cls, document: nodes.document, unit: TextUnit) -> _Anonymous | None:
        """Return the document's, if ``unit`` has two or more of them."""
        if sum(tag.kind == "reference" for tag in unit.segment.tags) < 2:
            return None
        inside = {
            id(node)
            for behind in unit.flat.behind.values()
            for node in behind
            if isinstance(node, nodes.reference) and node.get("anonymous")
        }
        return cls(document) if len(inside) > 1 else None

    def _references(self) -> list[nodes.Element]:
        return [
            node
            for node in self.document.findall(nodes.reference)
            if node.get("anonymous")
        ]

    def insert(self, unit: TextUnit, target: str) -> None:
        """Put a target in, and the targets of references in their new order."""
        if len(self.references) != len(self.targets):
            raise TagError("links without a name of their own lack their targets")
        partner = {
            id(reference): node
            for reference, node in zip(self.references, self.targets, strict=True)
        }
        reordered = [
            node for node in nodes_behind(unit.flat, target) if id(node) in partner
        ]
        inside = set(map(id, reordered))
        following = iter(reordered)
        wanted = [
            partner[id(next(following) if id(node) in inside else node)]
            for node in self.references
        ]
        moved = [
            (old, new)
            for old, new in zip(self.targets, wanted, strict=True)
            if old is not new
        ]
        if not all("refuri" in new or "refname" in new for _old, new in moved):
            # A place in the text: it cannot be moved.
            raise TagError("it changes the order of links that have only an order")
        unit.insert(target)
        places = [(old.parent, old.parent.index(old)) for old, _new in moved]
        for (parent, index), (_old, new) in zip(places, moved, strict=True):
            parent.children[index] = new
            new.parent = parent
