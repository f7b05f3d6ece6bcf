"""The units of a document: every node, or part of one, whose text is one segment.

`find_units` walks a doctree and knows what an author wrote for readers (prose) and what
must stay as it is. The rule is general (any text element that is not one of `SKIPPED`),
so that the nodes of extensions that we never heard of are units too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from gettext import NullTranslations
from itertools import groupby
from typing import Any

from docutils import nodes
from docutils.languages import get_language
from sphinx import addnodes

from sphinx_amts.book.unit import Unit
from sphinx_amts.hosts.sphinx.inline import (
    Flat,
    flatten,
    is_standalone,
    label_text,
    language_of,
    rebuild,
)
from sphinx_amts.hosts.sphinx.workarounds import messages_of
from sphinx_amts.text.languages import matches
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import escape, has_words, parse, plain

SKIPPED: tuple[type[Any], ...] = (
    nodes.FixedTextElement,  # code, math, raw text, comments, doctests
    nodes.Invisible,  # targets, comments, pending; with two exceptions below
    nodes.label,  # of footnotes and citations; see `_is_free_label`
    nodes.option_group,
    nodes.system_message,
    nodes.docinfo,
    addnodes.desc_signature,
    addnodes.production,
    addnodes.productionlist,
    addnodes.highlightlang,
)
"""Nodes that hold no prose, with all that is in them."""

_WITHIN_TEXT = (
    nodes.Inline,
    nodes.Invisible,
    nodes.FixedTextElement,
    nodes.image,
    nodes.system_message,
)
"""Nodes that may stand between the words of a paragraph."""

_ONLY_TEXT = {nodes.Text}
_MIME_BUNDLE = "mime_bundle"  # what a notebook cell printed
_META_NAMES = frozenset(
    "description keywords og:title og:description og:image:alt"
    " twitter:title twitter:description twitter:image:alt".split()
)
PROSE_ATTRIBUTES = frozenset(("alt", "aria-label", "placeholder", "tooltip"))
"""Attributes that hold text for readers on whatever node an extension makes."""


class DoctreeUnit(Unit):
    """A unit of a doctree; ``node`` is where to report."""

    node: nodes.Element

    @property
    def is_heading(self) -> bool:  # type: ignore[override]
        """Whether it is a section's title."""
        return isinstance(self.node, nodes.title) and isinstance(
            self.node.parent, nodes.section | nodes.document
        )


class TextUnit(DoctreeUnit):
    """The inline content of a paragraph, a title, a term, ...

    ``run`` counts the texts of a node that has blocks between them.
    """

    def __init__(self, node: nodes.Element, flat: Flat, run: int = 0) -> None:
        self.node = node
        self.flat = flat
        self.run = run
        self.segment = flat.segment

    def insert(self, target: str) -> None:
        """Put a checked target in the source's place."""
        rebuild(self.flat, target)

    def readable_segment(self) -> Segment:
        """Return the segment with what readers see in its placeholders' places."""
        return self.flat.readable_segment()


class AttributeUnit(DoctreeUnit):
    """Plain text in an attribute: an image's alternative, a toctree's caption, ..."""

    def __init__(self, node: nodes.Element, attribute: str) -> None:
        self.node = node
        self.attribute = attribute
        self.segment = _plain_segment(node[attribute])

    def insert(self, target: str) -> None:
        """Put a checked target in the source's place."""
        self.node[self.attribute] = plain(parse(target))


class TocEntryUnit(DoctreeUnit):
    """The title that an author gave to one entry of a toctree."""

    def __init__(self, node: nodes.Element, position: int) -> None:
        self.node = node
        self.position = position
        self.segment = _plain_segment(node["entries"][position][0])

    def insert(self, target: str) -> None:
        """Put a checked target in the source's place."""
        entries = list(self.node["entries"])
        entries[self.position] = (plain(parse(target)), entries[self.position][1])
        self.node["entries"] = entries


class IndexUnit(DoctreeUnit):
    """One part of one index entry: ``part`` of the value split at semicolons."""

    def __init__(self, node: nodes.Element, entry: int, part: int, text: str) -> None:
        self.node = node
        self.entry = entry
        self.part = part
        self.segment = _plain_segment(text)

    def insert(self, target: str) -> None:
        """Put a checked target in the source's place."""
        entries = list(self.node["entries"])
        kind, value, *rest = entries[self.entry]
        parts = value.split(";")
        old = parts[self.part]
        lead = old[: len(old) - len(old.lstrip())]
        # A semicolon would make one part two; the full-width one reads the same.
        parts[self.part] = lead + plain(parse(target)).replace(";", "\uff1b")
        entries[self.entry] = (kind, ";".join(parts), *rest)
        self.node["entries"] = entries


def find_units(
    document: nodes.document,
    done: Container[int] = frozenset(),
    interface: Container[str] = frozenset(),
    language: str = "",
) -> list[DoctreeUnit]:
    """Return the units of a document in order, each before anything inside it.

    Nodes whose ``id()`` is in ``done`` are left out, and so is what stands beside an
    author's words and is one of `interface_texts`. So is what says of itself that it
    is not in ``language``, the book's own.
    """
    finder = _Finder(done, interface, language)
    finder.attributes(document, _rules[type(document)])
    docinfo = _docinfo_candidate(document)
    finder.walk([node for node in document.children if node is not docinfo])
    return finder.units


@dataclass(frozen=True)
class _Rule:
    """What a class of nodes is in the search for units."""

    is_skipped: bool  # there is no prose in it, or it is text
    is_text: bool  # its children are one text
    is_inline: bool
    is_block: bool  # within a text element, it has paragraphs of its own
    find: (
        Callable[[nodes.Element], Iterator[DoctreeUnit]] | None
    )  # units in its attributes

    @classmethod
    def of(cls, node_class: type[nodes.Node]) -> _Rule:
        """Make the rule of a class."""
        is_summary = issubclass(node_class, nodes.comment)  # a comment in name only
        is_skipped = issubclass(node_class, SKIPPED) and not (
            issubclass(node_class, nodes.substitution_definition | addnodes.index)
            or (is_summary and node_class is not nodes.comment)
        )
        return cls(
            is_skipped=is_skipped or not issubclass(node_class, nodes.Element),
            is_text=issubclass(node_class, nodes.TextElement),
            is_inline=issubclass(node_class, nodes.Inline),
            is_block=issubclass(node_class, nodes.Body | nodes.Part)
            and not issubclass(node_class, _WITHIN_TEXT),
            find=next(
                (find for known, find in _FINDERS if issubclass(node_class, known)),
                None,
            ),
        )


class _Rules(dict[type[nodes.Node], _Rule]):
    """The rules of classes, each made when it is first asked for."""

    def __missing__(self, node_class: type[nodes.Node]) -> _Rule:
        rule = self[node_class] = _Rule.of(node_class)
        return rule


_rules = _Rules()


class _Finder:
    """Collects units.

    It runs over every node of a book, three times: a plain list, and rules by class.
    """

    def __init__(
        self, done: Container[int], interface: Container[str], language: str
    ) -> None:
        self.units: list[DoctreeUnit] = []
        self.done = done
        self.interface = interface
        self.language = language

    def walk(self, children: Iterable[nodes.Node]) -> None:
        """Look at nodes that hold blocks or text, and at everything below them."""
        classes: list[str] = []  # that docutils gives to the next node later
        for node in children:
            rule = _rules[type(node)]
            if not isinstance(node, nodes.Element):
                continue
            if rule.is_skipped and not _is_free_label(node):
                if isinstance(node, nodes.pending):
                    classes = node.details.get("class") or []
                continue
            is_foreign = classes and self.is_foreign({"classes": classes})
            classes = []
            if is_foreign or self.is_foreign(node.attributes):
                continue
            if not _is_kept(node.attributes):
                self.attributes(node, rule)
                self.below(node, rule)
            elif node.get("nb_element") == _MIME_BUNDLE:
                self.pictures(node)

    def below(self, node: nodes.Element, rule: _Rule) -> None:
        """Look at everything below a node."""
        below = node.children
        if not below:
            return
        kinds = set(map(type, below))
        if not rule.is_text and nodes.Text not in kinds:
            self.walk(below)
        elif kinds == _ONLY_TEXT or not any(_rules[kind].is_block for kind in kinds):
            if not rule.is_inline or not is_standalone(node):
                self.text(node, kinds)
        else:
            self.runs(node)

    def pictures(self, output: nodes.Element) -> None:
        """Take the texts that an author gave to pictures which a cell has drawn.

        What else the cell has printed is no text of the author.
        """
        for picture in output.findall(nodes.image):
            kind = picture.parent.get("mime_type") if picture.parent else None
            if str(kind).startswith("image/"):
                self.attributes(picture, _rules[type(picture)])

    def text(self, node: nodes.Element, kinds: Collection[type[nodes.Node]]) -> None:
        """Take a text element, or the words in it that are an author's.

        Where Sphinx makes a sentence around an author's words (the description of a
        parameter, of a version), it marks those words.
        """
        is_whole = node.attributes.get("translatable") is not False
        marked = [] if kinds == _ONLY_TEXT else _marked(node.children, not is_whole)
        if is_whole and not marked:
            marked = [node]
        for each in marked:
            if id(each) not in self.done:
                flat = flatten(
                    each, self.authored(each), self.label(each), self.interface
                )
                if flat is not None:
                    self.units.append(TextUnit(each, flat))
        if kinds != _ONLY_TEXT:
            self.inside(node.children)

    def authored(self, node: nodes.Element) -> list[nodes.Node]:
        """Return a text's nodes without a label of an extension's beside them.

        The label is a text of its own, at the beginning or the end.
        """
        children = node.children
        for place in {0, len(children) - 1}:
            rest = children[:place] + children[place + 1 :]
            if (
                rest
                and isinstance(children[place], nodes.Text)
                and not any(isinstance(each, nodes.Text) for each in rest)
                and label_text(children[place]) in self.interface
            ):
                return rest
        return children

    def label(self, node: nodes.Element) -> int:
        """Return how many characters an extension has put before an author's words.

        As in ``Exercise: the title``, where these are one text.
        """
        first = node.children[0]
        found = _LABEL.match(first) if isinstance(first, nodes.Text) else None
        return found.end() if found and escape(found[0]) in self.interface else 0

    def runs(self, node: nodes.Element) -> None:
        """Take the texts between the blocks of a text element, and the blocks."""
        groups = groupby(node.children, lambda child: _rules[type(child)].is_block)
        for number, (is_block, group) in enumerate(groups):
            children = list(group)
            if is_block:
                self.walk(children)
                continue
            flat = None if id(node) in self.done else flatten(node, children)
            if flat is not None:
                self.units.append(TextUnit(node, flat, number))
            self.inside(children)

    def inside(self, children: Iterable[nodes.Node]) -> None:
        """Take the attributes of a text element's inline nodes."""
        for child in children:
            if (
                isinstance(child, nodes.Element)
                and not _is_kept(child.attributes)
                and not self.is_foreign(child.attributes)
            ):
                rule = _rules[type(child)]
                self.attributes(child, rule)
                if child.children:
                    self.inside(child.children)

    def is_foreign(self, attributes: Mapping[str, Any]) -> bool:
        """Tell whether a node says that its words are in a language of their own."""
        code = attributes.get("lang") or language_of(attributes["classes"])
        return bool(code and self.language) and not matches(str(code), self.language)

    def attributes(self, node: nodes.Element, rule: _Rule) -> None:
        """Take the texts that a node has in its attributes."""
        if rule.find is not None:
            if id(node) not in self.done:
                self.units += rule.find(node)
        elif (
            not PROSE_ATTRIBUTES.isdisjoint(node.attributes)
            and id(node) not in self.done
        ):
            for name in sorted(PROSE_ATTRIBUTES & node.attributes.keys()):
                self.units += _attribute(node, name)


def _toctree_parts(node: nodes.Element) -> Iterator[DoctreeUnit]:
    yield from _attribute(node, "caption")
    entries: list[tuple[str | None, str]] = node.get("entries", [])
    for position, (title, _ref) in enumerate(entries):
        if title and has_words(title):
            yield TocEntryUnit(node, position)


def _meta_content(node: nodes.Element) -> Iterator[DoctreeUnit]:
    if not _META_NAMES.isdisjoint((node.get("name"), node.get("property"))):
        yield from _attribute(node, "content")


def _attribute(node: nodes.Element, name: str) -> Iterator[DoctreeUnit]:
    text = node.get(name)
    if isinstance(text, str) and has_words(text):
        yield AttributeUnit(node, name)


def _index_parts(node: nodes.Element) -> Iterator[DoctreeUnit]:
    if not _is_author_index(node):
        return
    entries: list[tuple[str, ...]] = node.get("entries", [])
    for number, entry in enumerate(entries):
        for position, part in enumerate(entry[1].split(";")):
            if has_words(part):
                yield IndexUnit(node, number, position, part.strip())


def _is_author_index(node: nodes.Element) -> bool:
    """Tell whether an author wrote an index entry.

    Others are made for described objects, and for links to a standard or a variable.
    """
    parent = node.parent
    if not isinstance(parent, nodes.TextElement):
        return node.get("inline") is False
    following = parent.children[parent.index(node) + 1 :]
    linked = next((each for each in following if not _is_mark(each)), None)
    return linked is None or isinstance(linked, nodes.Text)


def _is_mark(node: nodes.Node) -> bool:
    return isinstance(node, nodes.target) and not node.children


_FINDERS: tuple[
    tuple[type[nodes.Node], Callable[[nodes.Element], Iterator[DoctreeUnit]]], ...
] = (
    (nodes.document, lambda node: _attribute(node, "title")),
    (nodes.image, lambda node: _attribute(node, "alt")),
    (addnodes.toctree, _toctree_parts),
    (addnodes.index, _index_parts),
    (nodes.meta, _meta_content),
    (nodes.abbreviation, lambda node: _attribute(node, "explanation")),
    (nodes.reference, lambda node: _attribute(node, "reftitle")),
)
"""Nodes with prose in attributes, and what finds it."""


def _is_kept(attributes: Mapping[str, Any]) -> bool:
    return (
        "notranslate" in attributes["classes"]
        or attributes.get("translate") == "no"
        or attributes.get("nb_element") == _MIME_BUNDLE
    )


def _is_free_label(node: nodes.Element) -> bool:
    """Tell whether a label is an author's words: on a tab, not on a footnote."""
    return isinstance(node, nodes.label) and not isinstance(
        node.parent, nodes.footnote | nodes.citation
    )


def _marked(children: Iterable[nodes.Node], is_deep: bool) -> list[nodes.Element]:
    """Return the inline nodes that are marked as an author's words."""
    found: list[nodes.Element] = []
    for child in children:
        if isinstance(child, nodes.inline) and child.attributes.get("translatable"):
            found.append(child)
        elif is_deep and isinstance(child, nodes.Element):
            found += _marked(child.children, is_deep)
    return found


def _docinfo_candidate(document: nodes.document) -> nodes.Node | None:
    """Return the field list that becomes the document's metadata, if there is one."""
    before: Any = nodes.PreBibliographic  # a mix-in, to mypy no class of nodes
    position = document.first_child_not_matching_class(before)
    if position is None:
        return None
    candidate = document[position]
    return candidate if isinstance(candidate, nodes.field_list) else None


def _plain_segment(text: str) -> Segment:
    return Segment(escape(" ".join(text.split())))


def interface_texts(
    catalogs: Iterable[NullTranslations], language: str
) -> Collection[str]:
    """Return what Sphinx, extensions and docutils write in the target language.

    Such text stands in a document already translated ("Todo", "Contents"), as tagged
    text with ``%s`` where something is put in.
    """
    texts = {
        text
        for catalog in catalogs
        for message, text in messages_of(catalog).items()
        if text != message
    }
    english, labels = (get_language(each).labels for each in ("en", language))
    texts.update(text for name, text in labels.items() if text != english.get(name))
    return set(map(escape, texts))


def is_interface(segment: Segment, texts: Collection[str]) -> bool:
    """Tell whether a text is one of `interface_texts`, perhaps with names put in."""
    source = segment.source
    return source in texts or ("<x" in source and _PUT_IN.sub("%s", source) in texts)


_LABEL = re.compile(r"[^\s:(.][^:(.]{1,40}(?=: \S| \(\S|\. \S)")
"""What may be a label before words."""
_PUT_IN = re.compile(r'<x id="\d+"/>(?:, <x id="\d+"/>)*')
