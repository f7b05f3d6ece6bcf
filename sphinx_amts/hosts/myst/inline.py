"""Inline nodes of mystmd as tagged text, and a target as nodes again.

The rules are those of the Sphinx side, so that a paragraph is the same segment whatever
builds the book: what stands alone, what spans words, what is left out at the ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sphinx_amts.errors import TagError
from sphinx_amts.hosts.myst.nodes import (
    STANDALONE,
    UNSEEN,
    Edit,
    Node,
    children,
    kind_of,
    text_of,
)
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
    tag_places,
)

_LINK = re.compile(r"(?:[a-z][a-z0-9+.-]*:\S+|www\.\S+|\S+@\S+\.\S+)$", re.IGNORECASE)
_NUMBER = re.compile(r"(%s|\{name\}|\{number\}|\{subEnumerator\})")
"""What mystmd replaces in the words of a reference to a place in the book."""


@dataclass(frozen=True)
class Spelling:
    """How a page's words are read.

    mystmd writes typographic signs for an author's plain ones. What stands so in
    ``source``, the page's file, is the author's own, and Sphinx may make the same
    ``signs``. Abbreviations are looked for
    after us, in the words, so these must stay.
    """

    source: str = ""
    kept: re.Pattern[str] | None = None  # one group: abbreviations, as words
    signs: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        source: str,
        abbreviations: Sequence[str] = (),
        signs: frozenset[str] = frozenset(),
    ) -> Spelling:
        """Return the spelling of a page whose file says ``source``."""
        longest = sorted(filter(None, abbreviations), key=len, reverse=True)
        words = "|".join(map(re.escape, longest))
        kept = re.compile(rf"(?<!\w)({words})(?!\w)") if words else None
        return cls(source, kept, signs)

    def plainly(self, text: str) -> str:
        """Return a text as its author wrote it.

        >>> Spelling("It's \u2018so\u2019").plainly("It\u2019s \u2018so\u2019")
        "It's \u2018so\u2019"
        """
        return _SIGN.sub(self._plain, text)

    def _plain(self, sign: re.Match[str]) -> str:
        is_own = sign[0] in self.signs or (sign[0] in self.source and self._has(sign))
        return sign[0] if is_own else TYPOGRAPHY[sign[0]]

    def _has(self, sign: re.Match[str]) -> bool:
        """Tell whether the file has a sign in the midst of what is around it."""
        before = sign.string[max(0, sign.start() - WINDOW) : sign.start()]
        after = sign.string[sign.end() : sign.end() + WINDOW]
        around = "".join(map(_either, before)), "".join(map(_either, after))
        return bool(re.search(sign[0].join(around), self.source))


def _either(character: str) -> str:
    """Return a pattern of a character, in whichever form the file may have it."""
    if character in TYPOGRAPHY:
        return f"(?:{character}|{re.escape(TYPOGRAPHY[character])})"
    return re.escape(character)


TYPOGRAPHY = {
    "\u201c": '"',
    "\u201d": '"',
    "\u2018": "'",
    "\u2019": "'",
    "\u2026": "...",
    "\u2014": "---",
    "\u2013": "--",
}
"""What markdown-it's typographer makes, by what it makes it of."""
WINDOW = 3  # characters on each side of a sign, by which it is found in the file
_SIGN = re.compile(f"[{''.join(TYPOGRAPHY)}]")


@dataclass
class Flat:
    """A run of inline nodes as a segment, with the nodes behind its tags."""

    container: Node
    start: int  # of the container's children that the segment stands for
    end: int
    segment: Segment
    behind: dict[int, list[Node]]  # a placeholder's nodes; a span's outermost, holder
    blanks: tuple[str, str]

    def readable_segment(self) -> Segment:
        """Return the segment with what readers see in its placeholders' places."""
        seen = {
            tag.id: " ".join("".join(map(_seen, self.behind[tag.id])).split())
            for tag in self.segment.tags
            if isinstance(tag, Placeholder)
        }
        if not seen:
            return self.segment
        return Segment(TaggedText(self.segment.source, seen), self.segment.tags)


def is_standalone(node: Node) -> bool:
    """Tell whether an inline node is taken over as it is."""
    kind = node["type"]
    if kind in STANDALONE or not children(node):
        return True
    if "notranslate" in str(node.get("class", "")).split():
        return True
    text = text_of(node)
    return kind == "link" and (text == node.get("url") or bool(_LINK.match(text)))


def flatten(container: Node, start: int, end: int, spelling: Spelling) -> Flat | None:
    """Take a run of a node's children as a segment; None where there are no words.

    A tag around the whole is left out, if `_is_alone` says that it is one, and so is
    what nobody sees at the ends. Nor is there a segment of more tags than a text may
    have.
    """
    while True:
        nodes = children(container)
        while start < end and _is_unseen(nodes[start]):
            start += 1
        while end > start and _is_unseen(nodes[end - 1]):
            end -= 1
        if end - start != 1 or not _is_alone(nodes[start]):
            break
        container = nodes[start]
        start, end = 0, len(children(container))
    walk = _Walk(spelling)
    walk.children(nodes[start:end], container)
    if not walk.has_words or len(walk.tags) > MAX_TAGS:
        return None
    source = "".join(walk.out)
    blanks = (
        " " if source.startswith(" ") else "",
        " " if source.endswith(" ") else "",
    )
    segment = Segment(source.strip(" "), tuple(walk.tags))
    return Flat(container, start, end, segment, walk.behind, blanks)


def rebuild(flat: Flat, target: str) -> Edit:
    """Return what puts a target in the place of the source; raises `TagError`."""
    pieces = list(parse(target))
    spans = {tag.id: isinstance(tag, InlineTag) for tag in flat.segment.tags}
    found = {number: is_span for number, (_around, is_span) in tag_places(pieces)}
    if found != spans:
        lost = spans.keys() - found.keys()
        if found.items() - spans.items() or not all(_is_bare(flat, n) for n in lost):
            raise TagError("its tags are not those of the text")
    _check_formats(pieces, flat, is_filled=_is_numref(flat.container))
    before, after = flat.blanks
    pieces = [*([before] if before else []), *pieces, *([after] if after else [])]
    return {
        "n": flat.container["n"],
        "start": flat.start,
        "end": flat.end,
        "children": _specs(pieces, flat),
    }


def _check_formats(
    pieces: Sequence[Piece], flat: Flat, *, is_filled: bool = False
) -> None:
    """Refuse what mystmd would replace in the words of a reference."""
    for piece in pieces:
        if isinstance(piece, str):
            found = _NUMBER.search(piece) if is_filled else None
            if found:
                raise TagError(f"{found[0]!r} in the words of a reference")
        elif not isinstance(piece, int):
            is_inside = any(map(_is_numref, flat.behind[piece.id]))
            _check_formats(piece.children, flat, is_filled=is_filled or is_inside)


def _is_bare(flat: Flat, number: int) -> bool:
    """Tell whether a tag is an emphasis and nothing more.

    A translation by people may do without it.
    """
    node, holder = flat.behind[number][0], flat.behind[number][-1]
    while node["type"] in ("emphasis", "strong"):
        if node is holder:
            return True
        node = children(node)[0]
    return False


def _specs(pieces: Sequence[Piece], flat: Flat) -> list[Any]:
    made: list[Any] = []
    for piece in pieces:
        if isinstance(piece, str):
            made.append(piece)
        elif isinstance(piece, int):
            made += [
                {"n": each["n"]} if "n" in each else each["value"]
                for each in flat.behind[piece]
            ]
        else:
            made.append(_nested(flat.behind[piece.id], _specs(piece.children, flat)))
    return made


def _nested(behind: Sequence[Node], inner: list[Any]) -> dict[str, Any]:
    """Return a span's nodes around its words."""
    outermost, holder = behind
    if outermost is holder:
        return {"n": outermost["n"], "children": inner}
    below = _nested((children(outermost)[0], holder), inner)
    return {"n": outermost["n"], "children": [below]}


def _is_alone(node: Node) -> bool:
    """Tell whether an only child is one with its parent.

    In Sphinx, ``**bold**`` is never alone: markdown-it leaves an empty text on both
    sides of it, of the outer asterisks. A memory has it with its tag.
    """
    return node["type"] not in ("text", "strong") and not is_standalone(node)


def _is_unseen(node: Node) -> bool:
    is_mark = node["type"] == "span" and not children(node)
    return node["type"] in UNSEEN or is_mark


def _is_numref(node: Node) -> bool:
    """Tell whether a number may be put into the node's words later."""
    is_link = node["type"] == "link" and str(node.get("url", "")).startswith("#")
    return is_link or node["type"] == "crossReference"


def _seen(node: Node) -> str:
    """Return what a reader sees of a node, as far as it is known."""
    kind = node["type"]
    if kind == "image":
        return str(node.get("alt", ""))
    if kind == "footnoteReference":
        return f"[{node.get('enumerator', 1)}]"
    if kind in ("html", "raw", "break") or kind in UNSEEN:
        return ""
    return text_of(node)


class _Walk:
    """Collects tagged text, tags and the nodes behind them."""

    def __init__(self, spelling: Spelling) -> None:
        self.spelling = spelling
        self.out: list[str] = []
        self.tags: list[Placeholder | InlineTag] = []
        self.behind: dict[int, list[Node]] = {}
        self.has_words = False
        self._depth = 0  # of inline tags; what is deeper stands alone
        self._open = 0  # the id to which a standalone node beside it is added

    def children(self, nodes: Sequence[Node], parent: Node) -> None:
        for node in nodes:
            if node["type"] == "text":
                self._text(str(node.get("value", "")), parent)
            elif (
                self._depth == MAX_DEPTH
                or is_standalone(node)
                or not _has_own_words(node)
            ):
                self._stand(node)
            else:
                self._span(node)

    def _text(self, value: str, parent: Node) -> None:
        pattern = _NUMBER if _is_numref(parent) else self.spelling.kept
        kind = "text" if _is_numref(parent) else "abbreviation"
        parts = pattern.split(value) if pattern else [value]
        for number, part in enumerate(parts):
            if number % 2:
                self._stand({"type": "text", "value": part}, kind)
            elif part:
                self._words(part)

    def _words(self, text: str) -> None:
        joined = collapse(self.spelling.plainly(text))
        if joined.startswith(" ") and self.out and self.out[-1].endswith(" "):
            joined = joined[1:]
        if joined:
            self.out.append(escape(joined))
            self.has_words = self.has_words or has_words(joined)
        self._open = 0

    def _stand(self, node: Node, kind: str = "") -> None:
        if self._open:
            self.behind[self._open].append(node)
            return
        number = len(self.tags) + 1
        self.tags.append(Placeholder(number, kind or kind_of(node)))
        self.behind[number] = [node]
        self.out.append(f'<x id="{number}"/>')
        self._open = number

    def _span(self, node: Node) -> None:
        holder = node
        while len(children(holder)) == 1:
            only = children(holder)[0]
            if not _is_alone(only):
                break
            holder = only
        number = len(self.tags) + 1
        self.tags.append(InlineTag(number, _kind_of_span(node, holder)))
        self.behind[number] = [node, holder]
        self.out.append(f'<g id="{number}">')
        self._open = 0
        self._depth += 1
        self.children(children(holder), node if _is_numref(node) else holder)
        self._depth -= 1
        self.out.append("</g>")
        self._open = 0


def _has_own_words(node: Node) -> bool:
    if node["type"] == "text":
        return has_words(str(node.get("value", "")))
    return any(
        _has_own_words(child)
        for child in children(node)
        if child["type"] == "text" or not is_standalone(child)
    )


def _kind_of_span(node: Node, holder: Node) -> str:
    """Return the kind of an inline tag; a link in bold words is a link."""
    each = node
    while each is not holder and each["type"] in ("emphasis", "strong"):
        each = children(each)[0]
    return kind_of(node if each["type"] in ("emphasis", "strong") else each)
