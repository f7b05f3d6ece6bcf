"""The inline children of a node as tagged text, and back from the same node objects.

`flatten` decides for each inline node whether it stands alone (a placeholder) or spans
words (an inline tag). `rebuild` puts the *original* nodes around the target's words, in
the target's order. Nothing is ever parsed as markup on the way.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx import addnodes

from sphinx_amts.errors import TagError
from sphinx_amts.hosts.sphinx.html_pairs import Pair, has_order, pair_up
from sphinx_amts.hosts.sphinx.references import holds_words, is_numref
from sphinx_amts.text.markup import LEADING_MARKERS
from sphinx_amts.text.segment import InlineTag, Placeholder, Segment
from sphinx_amts.text.tagged import (
    MAX_DEPTH,
    MAX_TAGS,
    Piece,
    TaggedText,
    collapse,
    escape,
    has_words,
    parse,
    plain,
)

STANDALONE: tuple[type[nodes.Node], ...] = (
    nodes.literal,
    nodes.math,
    nodes.raw,
    nodes.image,
    nodes.footnote_reference,
    nodes.citation_reference,
    nodes.substitution_reference,
    nodes.abbreviation,
    nodes.generated,
    nodes.problematic,
    nodes.system_message,
    nodes.FixedTextElement,
    nodes.pending,
    addnodes.index,
    addnodes.literal_emphasis,
    addnodes.literal_strong,
    addnodes.number_reference,
    addnodes.manpage,
    addnodes.desc_inline,
)
"""Inline nodes that stand alone whatever they hold."""

_KINDS = {
    "literal": "code",
    "desc_inline": "code",
    "literal_emphasis": "code",
    "literal_strong": "code",
    "download_reference": "code",
    "pending_xref": "reference",
    "number_reference": "reference",
    "footnote_reference": "footnote",
    "citation_reference": "citation",
    "substitution_reference": "substitution",
    "title_reference": "emphasis",
    "index": "mark",
    "target": "mark",
}
_UNREADABLE: tuple[type[Any], ...] = (
    nodes.raw,
    nodes.Invisible,
    nodes.system_message,
    addnodes.index,
)
"""Nodes in whose place a reader sees nothing, or what nobody knows here."""

_NUMREF_PART = re.compile(r"(%s|\{name\}|\{number\})")
_LINK = re.compile(r"(?:[a-z][a-z0-9+.-]*:\S+|www\.\S+|\S+@\S+\.\S+)$", re.IGNORECASE)
_STANDARD = re.compile(r"(?:PEP|RFC|CVE|CWE)[ -]")


@dataclass
class Flat:
    """A node's inline content as a segment, with the nodes behind its tags."""

    container: nodes.Element  # whose children the segment stands for
    segment: Segment
    behind: dict[
        int, list[nodes.Node]
    ]  # per id: a placeholder's nodes, a span's holder
    run: list[nodes.Node]  # those of the container's children that the segment is
    blanks: tuple[str, str]  # white space, or a marker, at both ends of the text

    def equivalents(self) -> dict[int, str]:
        """Return what readers see in the placeholders' places, by their ids."""
        return {
            tag.id: " ".join("".join(map(_seen, self.behind[tag.id])).split())
            for tag in self.segment.tags
            if isinstance(tag, Placeholder)
        }

    def readable_segment(self) -> Segment:
        """Return the segment with what readers see in its placeholders' places."""
        equivalents = self.equivalents()
        if not equivalents:
            return self.segment
        source = TaggedText(self.segment.source, equivalents)
        return Segment(source, self.segment.tags)


def is_standalone(node: nodes.Node) -> bool:
    """Tell whether an inline node is taken over as it is, with all that it holds."""
    if isinstance(node, STANDALONE):
        return not holds_words(node)
    if not isinstance(node, nodes.Element) or not node.children:
        return True
    if isinstance(node, Pair):
        return node.is_standalone
    classes = node.get("classes", ())
    if "notranslate" in classes or "versionmodified" in classes:
        return True
    if "lang" in node.attributes or language_of(classes):
        return True
    if isinstance(node, addnodes.pending_xref | addnodes.download_reference):
        return not node.get("refexplicit") and node.get("reftype") != "term"
    if isinstance(node, nodes.reference):
        text = node.astext()
        if text == node.get("refuri") or _LINK.match(text):
            return True
        return bool(_STANDARD.match(text)) and bool(
            {"pep", "rfc", "cve", "cwe"} & set(classes)
        )
    return isinstance(node, nodes.inline) and any(
        "accelerator" in child.get("classes", ())
        for child in node.children
        if isinstance(child, nodes.inline)
    )


_LANGUAGE_CLASS = "language-"  # docutils' own way to say it


def language_of(classes: Iterable[str]) -> str:
    """Return the code of the language that classes name; empty if none does."""
    for each in classes:
        if each.startswith(_LANGUAGE_CLASS):
            return each[len(_LANGUAGE_CLASS) :]
    return ""


def flatten(
    node: nodes.Element,
    children: list[nodes.Node] | None = None,
    label: int = 0,
    interface: Container[str] = frozenset(),
) -> Flat | None:
    """Take a node's inline content as a segment; ``None`` where there are no words.

    Nor is there a segment of more tags than a text may have.

    With ``children``, only that run of the node's children. Unseen nodes (index
    entries, targets) and white space at the ends are kept aside. An inline tag around
    the whole text is left out: its content is the text. The first ``label`` characters
    are an extension's and stand alone, and so does a node whose text is one of
    ``interface``.
    """
    container = node
    if children is None:
        children = node.children
    while True:
        start, end = 0, len(children)
        while start < end and _is_unseen(children[start]):
            start += 1
        while end > start and _is_unseen(children[end - 1]):
            end -= 1
        paired = pair_up(children[start:end])
        only = paired[0] if len(paired) == 1 else None
        if (
            not isinstance(only, nodes.Element)
            or is_standalone(only)
            or is_numref(only)
        ):
            break
        children = only.children
        if not isinstance(only, Pair):  # whose nodes are the container's own
            container = only
    run = children[start:end]
    walk = _Walk(label, interface)
    walk.children(run, container)
    if not walk.has_words or len(walk.tags) > MAX_TAGS:
        return None
    source = "".join(walk.out)
    start = _start(source)
    stripped = source[start:].strip(" ")
    blanks = (source[:start], " " if source.endswith(" ") else "")
    segment = Segment(stripped, tuple(walk.tags))
    return Flat(container, segment, walk.behind, run, blanks)


def _start(source: str) -> int:
    """Return where the words of a text begin: behind a blank and a marker."""
    start = source.startswith(" ")
    marker = next((m for m in LEADING_MARKERS if source.startswith(m, start)), "")
    return start + len(marker)


def rebuild(flat: Flat, target: str) -> None:
    """Put a target in the place of the source.

    Raises `TagError` where its tags are not the source's: nothing has changed then.
    """
    pieces = list(parse(target))
    spans = {tag.id: isinstance(tag, InlineTag) for tag in flat.segment.tags}
    found = dict(_tags(pieces))
    if found != spans:
        lost = spans.keys() - found.keys()
        if found.items() - spans.items() or not all(_is_bare(flat, n) for n in lost):
            raise TagError("its tags are not those of the text")
    if any(is_numref(behind[0]) for behind in flat.behind.values()):
        _check_formats(pieces, flat)
    if any(isinstance(behind[0], nodes.raw) for behind in flat.behind.values()):
        _check_order(pieces, flat)
    before, after = flat.blanks
    if before:
        pieces.insert(0, before)
    if after:
        pieces.append(after)
    children = flat.container.children
    start = next(i for i, child in enumerate(children) if child is flat.run[0])
    end = start + len(flat.run)
    rebuilt = _nodes(pieces, flat)
    _refill(flat.container, [*children[:start], *rebuilt, *children[end:]])


def _is_bare(flat: Flat, number: int) -> bool:
    """Tell whether a tag is an emphasis and nothing more: no link, no anchor, no class.

    A translation by people may do without it.
    """
    node, holder = flat.behind[number][0], flat.behind[number][-1]
    while (isinstance(node, Pair) and node.is_bare) or (
        isinstance(node, nodes.emphasis | nodes.strong)
        and not any(node.get(name) for name in ("ids", "names", "classes"))
    ):
        if node is holder:
            return True
        node = node.children[0]
    return False


def _check_formats(pieces: Sequence[Piece], flat: Flat) -> None:
    """Refuse what Sphinx would take for the place of a number in a reference."""
    for piece in pieces:
        if isinstance(piece, str | int):
            continue
        outermost, holder = flat.behind[piece.id]
        if is_numref(outermost):
            before = _NUMREF_PART.sub("", holder.astext())
            after = plain(piece.children)
            for sign in ("{", "}", "%", "number"):
                if after.count(sign) > before.count(sign):
                    raise TagError(f"{sign!r} in the words of a numbered reference")
        _check_formats(piece.children, flat)


def _check_order(pieces: Sequence[Piece], flat: Flat) -> None:
    """Refuse what has HTML tags closed that are opened only after that."""
    placed = [
        node
        for number, spans_words in _tags(pieces)
        if not spans_words
        for node in flat.behind[number]
    ]
    if not has_order(flat.run, placed):
        raise TagError("an HTML tag is closed before it is opened")


def nodes_behind(flat: Flat, target: str) -> Iterator[nodes.Node]:
    """Yield the nodes that a target's tags stand for, in the target's order."""
    for number, spans_words in _tags(parse(target)):
        behind = flat.behind.get(number, [])
        if not spans_words:
            for node in behind:
                yield from node.findall()
            continue
        node, holder = behind
        while node is not holder:
            yield node
            node = node.children[0]
        yield holder


def _tags(pieces: Sequence[Piece]) -> Iterator[tuple[int, bool]]:
    """Yield the tags in pieces, and whether each spans words."""
    for piece in pieces:
        if isinstance(piece, int):
            yield piece, False
        elif not isinstance(piece, str):
            yield piece.id, True
            yield from _tags(piece.children)


def _nodes(pieces: Sequence[Piece], flat: Flat) -> list[nodes.Node]:
    built: list[nodes.Node] = []
    for piece in pieces:
        if isinstance(piece, str):
            built.append(nodes.Text(piece))
        elif isinstance(piece, int):
            built.extend(flat.behind[piece])
        else:
            outermost, holder = flat.behind[piece.id]
            assert isinstance(holder, nodes.Element)
            _refill(holder, _nodes(piece.children, flat))
            built.extend(_expanded(outermost))
    return built


def _expanded(node: nodes.Node) -> list[nodes.Node]:
    return node.expanded() if isinstance(node, Pair) else [node]


def _refill(node: nodes.Element, children: list[nodes.Node]) -> None:
    """Give a node other children (docutils would look for the document each time)."""
    node.children = children
    for child in children:
        child.parent = node


def _is_unseen(node: nodes.Node) -> bool:
    """Tell whether a reader never sees the node: it has a place but no text."""
    if isinstance(node, nodes.Text):
        return False
    if isinstance(node, addnodes.index | nodes.comment):
        return True
    return isinstance(node, nodes.target) and not node.children


def _seen(node: nodes.Node) -> str:
    """Return the words that a reader sees of a node, as far as they are known yet."""
    if isinstance(node, _UNREADABLE):
        return ""
    if isinstance(node, nodes.image):
        return str(node.get("alt", ""))
    if isinstance(node, nodes.footnote_reference | nodes.citation_reference):
        return f"[{node.astext() or 1}]"  # numbers are given later
    if isinstance(node, nodes.Text) or not isinstance(node, nodes.Element):
        return node.astext()
    return node.child_text_separator.join(map(_seen, node.children))


class _Walk:
    """Collects tagged text, tags and the nodes behind them, over a node's children."""

    def __init__(self, label: int, interface: Container[str]) -> None:
        self._label = label
        self._interface = interface
        self.out: list[str] = []
        self.tags: list[Placeholder | InlineTag] = []
        self.behind: dict[int, list[nodes.Node]] = {}
        self.has_words = False
        self._open_placeholder = 0  # id to which an adjacent standalone node is added
        self._depth = 0  # of inline tags; what is deeper stands alone

    def children(self, children: Sequence[nodes.Node], parent: nodes.Element) -> None:
        for child in pair_up(children):
            if isinstance(child, nodes.Text):
                self._text(child, parent)
            elif (
                self._depth == MAX_DEPTH
                or is_standalone(child)
                or not _has_own_words(child)
                or (self._interface and label_text(child) in self._interface)
            ):
                self._stand(child)
            else:
                assert isinstance(child, nodes.Element)
                self._span(child)

    def _text(self, text: nodes.Text, parent: nodes.Element) -> None:
        words = str(text)
        if "\x00" in words:
            words = text.astext()  # without it: a backslash in reStructuredText
        if self._label:
            self._stand(nodes.Text(words[: self._label]))
            words, self._label = words[self._label :], 0
        if is_numref(parent):
            for number, part in enumerate(_NUMREF_PART.split(words)):
                if number % 2:
                    self._stand(nodes.Text(part))
                elif part:
                    self._words(part)
        elif words:
            self._words(words)

    def _words(self, text: str) -> None:
        joined = collapse(text)
        if joined.startswith(" ") and self.out and self.out[-1].endswith(" "):
            joined = joined[1:]
        if joined:
            self.out.append(escape(joined))
            self.has_words = self.has_words or has_words(joined)
        self._open_placeholder = 0

    def _stand(self, node: nodes.Node) -> None:
        if self._open_placeholder:
            self.behind[self._open_placeholder] += _expanded(node)
            return
        number = len(self.tags) + 1
        self.tags.append(Placeholder(number, kind_of(node)))
        self.behind[number] = _expanded(node)
        self.out.append(f'<x id="{number}"/>')
        self._open_placeholder = number

    def _span(self, node: nodes.Element) -> None:
        holder = node
        while (
            len(holder.children) == 1
            and isinstance(holder.children[0], nodes.Element)
            and not is_standalone(holder.children[0])
        ):
            holder = holder.children[0]
        number = len(self.tags) + 1
        self.tags.append(InlineTag(number, _kind_of_span(node, holder)))
        self.behind[number] = [node, holder]
        self.out.append(f'<g id="{number}">')
        self._open_placeholder = 0
        self._depth += 1
        self.children(holder.children, node if is_numref(node) else holder)
        self._depth -= 1
        self.out.append("</g>")
        self._open_placeholder = 0


def label_text(node: nodes.Node) -> str:
    """Return a label's words as tagged text, without the sign at its end."""
    return escape(node.astext().strip(" :."))


def _has_own_words(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Text):
        return has_words(node)
    return any(
        _has_own_words(child)
        for child in pair_up(node.children)
        if isinstance(child, nodes.Text) or not is_standalone(child)
    )


def _kind_of_span(node: nodes.Node, holder: nodes.Node) -> str:
    """Return the kind of an inline tag; a link in bold words is a link."""
    if isinstance(node, addnodes.download_reference):
        return "reference"
    each = node
    while each is not holder and isinstance(each, nodes.emphasis | nodes.strong):
        each = each.children[0]
    return kind_of(node if isinstance(each, nodes.emphasis | nodes.strong) else each)


def kind_of(node: nodes.Node) -> str:
    """Return the kind of tag that a node becomes."""
    if isinstance(node, Pair):
        return node.kind
    name = type(node).__name__
    return _KINDS.get(name, name.lower())
