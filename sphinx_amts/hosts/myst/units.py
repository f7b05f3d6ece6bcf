"""The units of a page of mystmd: every run of inline nodes, and words in attributes.

`find_units` runs on a tree at the document stage, `find_made` on one at the project
stage, for what mystmd has made since.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from sphinx_amts.book.unit import Unit
from sphinx_amts.hosts.myst.inline import Flat, Spelling, flatten, rebuild
from sphinx_amts.hosts.myst.nodes import (
    INLINE,
    SKIPPED,
    Edit,
    Node,
    children,
    text_of,
    walk,
)
from sphinx_amts.text.segment import Placeholder, Segment
from sphinx_amts.text.tagged import (
    escape,
    has_words,
    parse,
    plain,
    readable,
)

Put = Callable[[Edit], object]


class MystUnit(Unit):
    """A unit of a page; what is put in is an edit of its tree."""

    line = 0  # 1-based; 0: not known
    written = ""  # its markup, where that is known beforehand
    is_made_later = False  # put in at the project stage, from the memory

    @abstractmethod
    def edit(self, target: str) -> Edit | None:
        """Return what puts a checked target in; None where that is done elsewhere.

        Raises `TagError`.
        """

    def insert(self, target: str) -> None:
        """Do nothing: trees are in another process."""


class TextUnit(MystUnit):
    """A run of inline nodes: a paragraph, a heading, a cell, ..."""

    def __init__(self, node: Node, flat: Flat, *, is_made_later: bool) -> None:
        self.flat = flat
        self.segment = flat.segment
        self.line = node.get("line", 0)
        self.is_heading = node["type"] == "heading"
        self.is_made_later = is_made_later

    def nodes(self) -> Sequence[Node]:
        """Return the nodes that the segment is made of."""
        flat = self.flat
        return children(flat.container)[flat.start : flat.end]

    def edit(self, target: str) -> Edit | None:
        """Return the nodes of the target."""
        return rebuild(self.flat, target)

    def readable_segment(self) -> Segment:
        """Return the segment with what readers see in its placeholders' places."""
        return self.flat.readable_segment()


class AttributeUnit(MystUnit):
    """Plain text in an attribute: an image's alternative, a tab's title, ..."""

    def __init__(self, node: Node, name: str, spelling: Spelling) -> None:
        self.node, self.name = node, name
        self.line = node.get("line", 0)
        self.segment = plain_segment(node[name], spelling)

    def edit(self, target: str) -> Edit | None:
        """Return the attribute's new value."""
        return {"n": self.node["n"], "set": {self.name: plain(parse(target))}}


class IndexUnit(MystUnit):
    """One entry of the index, or what stands below one.

    A node's entries are one value: ``entries`` is shared by its units.
    """

    def __init__(self, node: Node, entries: list[Any], path: list[Any]) -> None:
        self.node, self.entries, self.path = node, entries, path
        self.line = node.get("line", 0)
        self.segment = plain_segment(self._holder()[path[-1]], Spelling())

    def _holder(self) -> Any:
        holder: Any = self.entries
        for step in self.path[:-1]:
            holder = holder[step]
        return holder

    def edit(self, target: str) -> Edit | None:
        """Return all entries of the node."""
        self._holder()[self.path[-1]] = plain(parse(target))
        return {"n": self.node["n"], "set": {"indexEntries": self.entries}}


class LabelUnit(MystUnit):
    """What mystmd writes around a number or a name: "Figure 1:", "Exercise (Sum)".

    The number is a placeholder, so that "Figure" is asked for once.
    """

    def __init__(self, node: Node, around: tuple[str, str], inside: str) -> None:
        before, after = (each.replace("\xa0", " ") for each in around)
        self.node, self.inside = node, inside
        self.after = ":" if after == ":" else ""
        text = f"{before}\n{after.removesuffix(self.after)}".strip()
        source = escape(text).replace("\n", '<x id="1"/>')
        if not inside:
            self.segment = Segment(source)
        else:
            if "<x" not in source:  # at the end, where it was stripped
                source = f'{source} <x id="1"/>'
            self.segment = Segment(source, (Placeholder(1, "text"),))

    def edit(self, target: str) -> Edit | None:
        """Return the label, with its number."""
        text = readable(parse(target), {1: self.inside})
        made = text.replace(f" {self.inside}", f"\xa0{self.inside}") + self.after
        count = len(children(self.node))
        return {"n": self.node["n"], "start": 0, "end": count, "children": [made]}


class PlainUnit(MystUnit):
    """A title or description that stands in no tree; the plugin puts it in."""

    def __init__(
        self, text: str, tell: Callable[[str, str], object], *, line: int = 0
    ) -> None:
        self.text, self.tell, self.line = text, tell, line
        self.segment = plain_segment(text, Spelling())

    def edit(self, target: str) -> Edit | None:
        """Tell the plugin by `tell`."""
        self.tell(self.text, plain(parse(target)))
        return None


def plain_segment(text: str, spelling: Spelling) -> Segment:
    """Return plain text as a segment."""
    return Segment(escape(" ".join(spelling.plainly(text).split())))


_ATTRIBUTES = {
    "image": ("alt", "title"),
    "link": ("title",),
    "abbreviation": ("title",),
    "tabItem": ("title",),
}
"""Attributes with words for readers, by the types of nodes."""


def find_units(tree: Node, spelling: Spelling) -> list[MystUnit]:
    """Return the units of a page in their order, at the document stage."""
    return list(_Finder(spelling).units(tree))


class _Finder:
    """Walks a tree; what is in a glossary waits for the project stage.

    mystmd makes the identifiers of terms of their words, after the document stage.
    """

    def __init__(self, spelling: Spelling) -> None:
        self.spelling = spelling

    def units(self, node: Node, *, is_term: bool = False) -> Iterator[MystUnit]:
        """Yield the units in a node that holds blocks or a text."""
        yield from self._attributes(node)
        groups = groupby(enumerate(children(node)), lambda x: x[1]["type"] in INLINE)
        for is_inline, group in groups:
            run = list(group)
            if is_inline:
                yield from self._run(node, run[0][0], run[-1][0] + 1, is_term)
                continue
            for _place, child in run:
                if child["type"] in SKIPPED or _is_kept(child):
                    yield from self._attributes(child)
                    continue
                in_glossary = node["type"] == "glossary" or (
                    is_term and node["type"] == "definitionList"
                )
                is_kept = in_glossary and child["type"] != "definitionDescription"
                yield from self.units(child, is_term=is_kept)

    def _run(
        self, node: Node, start: int, end: int, is_term: bool
    ) -> Iterator[MystUnit]:
        flat = flatten(node, start, end, self.spelling)
        if flat is not None:
            yield TextUnit(node, flat, is_made_later=is_term)
        for child in children(node)[start:end]:
            for each in walk(child):
                if each["type"] in _ATTRIBUTES or "indexEntries" in each:
                    yield from self._attributes(each)

    def _attributes(self, node: Node) -> Iterator[MystUnit]:
        for name in _ATTRIBUTES.get(node["type"], ()):
            if isinstance(node.get(name), str) and has_words(node[name]):
                yield AttributeUnit(node, name, self.spelling)
        yield from index_units(node)


def _is_kept(node: Node) -> bool:
    return "notranslate" in str(node.get("class", "")).split()


def index_units(node: Node) -> Iterator[MystUnit]:
    """Yield the entries of the index that a node has."""
    if not node.get("indexEntries"):
        return
    entries = [dict(each) for each in node["indexEntries"]]
    for number, entry in enumerate(entries):
        if has_words(str(entry.get("entry", ""))):
            yield IndexUnit(node, entries, [number, "entry"])
        below = entry.get("subEntry")
        if isinstance(below, dict) and has_words(str(below.get("value", ""))):
            entry["subEntry"] = dict(below)
            yield IndexUnit(node, entries, [number, "subEntry", "value"])


_FILLED = re.compile(r"%s|\{name\}|\{number\}")


def find_labels(tree: Node) -> Iterator[MystUnit]:
    """Yield what mystmd has written around numbers, where it still says so."""
    for node in walk(tree):
        template = node.get("template")
        if node["type"] not in ("captionNumber", "crossReference") or not template:
            continue
        parts = _FILLED.split(template)
        if len(parts) > 2 or not has_words("".join(parts)):
            continue
        text = text_of(node)
        before, after = parts if len(parts) == 2 else (template, "")
        inside = text[len(before) : len(text) - len(after)]
        if f"{before}{inside}{after}" == text and bool(inside) == (len(parts) == 2):
            yield LabelUnit(node, (before, after), inside)


def find_made(tree: Node, spelling: Spelling) -> Iterator[MystUnit]:
    """Yield what waits for this stage, or was copied from elsewhere.

    That are terms of glossaries, explanations of abbreviations, titles in references
    and in tables of contents. All of it is a unit elsewhere; what is not known may be
    a target already, and is not to be asked for.
    """
    for node in walk(tree):
        kind = node["type"]
        if kind == "definitionTerm" and node.get("identifier"):
            yield from _whole(node, spelling)
            yield from index_units(node)
        elif kind == "abbreviation" and has_words(str(node.get("title", ""))):
            yield AttributeUnit(node, "title", spelling)
        elif kind in ("link", "crossReference") and children(node):
            if all(child["type"] == "text" for child in children(node)):
                yield TitleUnit(node, text_of(node))
        elif kind == "block" and _is_made(node):
            for each in walk(node):
                if each["type"] == "text":
                    yield TitleUnit(each, str(each.get("value", "")))


def _whole(node: Node, spelling: Spelling) -> Iterator[MystUnit]:
    flat = flatten(node, 0, len(children(node)), spelling)
    if flat is not None:
        yield TextUnit(node, flat, is_made_later=False)


def _is_made(block: Node) -> bool:
    """Tell whether mystmd has made a block: a table of contents, an index."""
    data = block.get("data")
    part = str(data.get("part", "")) if isinstance(data, dict) else ""
    return part == "index" or part.startswith("toc:")


class TitleUnit(MystUnit):
    """A title that stands in a reference, or a line of a list that mystmd makes."""

    def __init__(self, node: Node, text: str) -> None:
        self.node = node
        self.title = text.strip().removesuffix(":")
        self.around = text.partition(self.title)[::2] if self.title else ("", "")
        self.segment = plain_segment(self.title, Spelling())

    def edit(self, target: str) -> Edit | None:
        """Return the node with the title's target."""
        made = self.around[0] + plain(parse(target)) + self.around[1]
        if self.node["type"] == "text":
            return {"n": self.node["n"], "set": {"value": made}}
        count = len(children(self.node))
        return {"n": self.node["n"], "start": 0, "end": count, "children": [made]}
