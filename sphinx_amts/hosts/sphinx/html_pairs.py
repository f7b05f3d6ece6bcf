"""Raw HTML in a sentence: an opening tag, what is inside, and the closing tag as one.

Parsers leave ``<b>very</b>`` as a raw node, words, and a raw node. `pair_up` puts such
a pair into one `Pair`, which is no part of any doctree: it stands where a node would
while a sentence is taken apart and put together again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from docutils import nodes

CODE_TAGS = frozenset(
    ("code", "kbd", "math", "pre", "samp", "script", "style", "svg", "tt", "var")
)
"""Elements whose words are no prose: code, keys, output, names, formulas."""
_VOID_TAGS = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()
)
"""Elements of HTML that have no closing tag."""
_KINDS = {
    "a": "reference",
    "abbr": "abbreviation",
    "b": "strong",
    "strong": "strong",
    "cite": "emphasis",
    "dfn": "emphasis",
    "em": "emphasis",
    "i": "emphasis",
    "sub": "subscript",
    "sup": "superscript",
}
"""The kind of tag that the same words would have in Markdown or reStructuredText."""
_KEPT = re.compile(
    r"""\stranslate\s*=\s*["']?no\b|\sclass\s*=[^=]*\bnotranslate\b|\s(?:xml:)?lang\s*=""",
    re.IGNORECASE,
)
"""Attributes by which words are not for translation, or of another language."""
_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)([^<>]*)>")


class Pair(nodes.Element):
    """Raw HTML tags around nodes; the nodes' parent stays the one that they have."""

    def __init__(
        self, opening: nodes.raw, inside: list[nodes.Node], closing: nodes.raw
    ) -> None:
        super().__init__()
        self.opening = opening
        self.closing = closing
        self.children = inside
        tags = _TAG.findall(opening.astext())
        self._names = [name.lower() for _slash, name, _attributes in tags]
        self._attributes = "".join(attributes for _slash, _name, attributes in tags)

    @property
    def is_code(self) -> bool:
        """Whether its words are no prose."""
        return not CODE_TAGS.isdisjoint(self._names)

    @property
    def is_standalone(self) -> bool:
        """Whether it is taken over as it is, with all that it holds."""
        return self.is_code or bool(_KEPT.search(self._attributes))

    @property
    def kind(self) -> str:
        """The kind of tag that it becomes."""
        if self.is_code:
            return "code"
        return next(filter(None, map(_KINDS.get, self._names)), "inline")

    @property
    def is_bare(self) -> bool:
        """Whether it is an emphasis and nothing more."""
        return self.kind in ("emphasis", "strong") and not self._attributes.strip()

    def expanded(self) -> list[nodes.Node]:
        """Return the nodes that it stands for."""
        return [self.opening, *self.children, self.closing]


def pair_up(children: Sequence[nodes.Node]) -> Sequence[nodes.Node]:
    """Return nodes side by side, those between a tag's opening and closing in a `Pair`.

    What has no partner among them stays as it is.
    """
    if sum(isinstance(child, nodes.raw) for child in children) < 2:
        return children
    partners = _partners(children)
    paired: list[nodes.Node] = []
    place = 0
    while place < len(children):
        node, end = children[place], partners.get(place)
        closing = children[end] if end is not None else None
        if isinstance(node, nodes.raw) and isinstance(closing, nodes.raw):
            assert end is not None
            paired.append(Pair(node, list(children[place + 1 : end]), closing))
            place = end
        else:
            paired.append(node)
        place += 1
    return paired


def _partners(children: Sequence[nodes.Node]) -> dict[int, int]:
    """Return the places of opening tags, each with that of its closing tag."""
    partners: dict[int, int] = {}
    is_open: list[tuple[tuple[str, ...], int]] = []
    count: Counter[tuple[str, ...]] = Counter()
    for place, child in enumerate(children):
        opened, closed = _effect(child)
        if opened and not closed:
            is_open.append((opened, place))
            count[opened] += 1
        elif closed and not opened and count[closed[::-1]]:
            while True:  # what is still open inside has no partner
                names, begin = is_open.pop()
                count[names] -= 1
                if names == closed[::-1]:
                    break
            partners[begin] = place
    return partners


def _effect(node: nodes.Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the elements that a node opens for what follows, and those it closes."""
    if not isinstance(node, nodes.raw) or "html" not in str(node.get("format")).split():
        return (), ()
    text = node.astext()
    if _TAG.sub("", text).strip():
        return (), ()
    opened: list[str] = []
    closed: list[str] = []
    for slash, name, rest in _TAG.findall(text):
        tag = name.lower()
        if tag in _VOID_TAGS or rest.endswith("/"):
            continue
        if not slash:
            opened.append(tag)
        elif opened and opened[-1] == tag:
            opened.pop()
        else:
            closed.append(tag)
    return tuple(opened), tuple(closed)


def has_order(before: Iterable[nodes.Node], after: Iterable[nodes.Node]) -> bool:
    """Tell whether no tag is closed before it is opened, that was not so before."""
    return not _closed_early(after) - _closed_early(before)


def _closed_early(run: Iterable[nodes.Node]) -> Counter[str]:
    """Count, by element, the closing tags that nothing before them has opened."""
    is_open: Counter[str] = Counter()
    early: Counter[str] = Counter()
    for node in _raws(run):
        opened, closed = _effect(node)
        for tag in closed:
            if is_open[tag]:
                is_open[tag] -= 1
            else:
                early[tag] += 1
        is_open.update(opened)
    return early


def _raws(run: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    for node in run:
        if isinstance(node, Pair):
            yield node.opening
            yield from _raws(node.children)
            yield node.closing
        else:
            yield from node.findall(nodes.raw)
