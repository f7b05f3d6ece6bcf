r"""What an author wrote for a run of inline nodes, found in the page's file.

mystmd keeps no markup, and gettext knows a paragraph by it. The words of the nodes are
looked for one after the other; what is between them has to be the markup of the nodes
between them. Nothing is tried twice, and no mark is longer than `LONGEST`.

>>> nodes = [{"type": "text", "value": "See "}, {"type": "inlineCode", "value": "make"}]
>>> Written("A line.\n\nSee\n``make`` now.\n").find(nodes)
'See ``make``'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sphinx_amts.hosts.myst.inline import TYPOGRAPHY
from sphinx_amts.hosts.myst.nodes import Node, children
from sphinx_amts.text.tagged import collapse

LONGEST = 300  # characters of markup between two words; an address may be long
MOST_MARKS = 4  # side by side, such as what closes bold words and opens a link
MOST_PLACES = 100  # of a page at which a text may begin
_PREFIX = re.compile(r"\n[ \t]*(?:>[ \t]?)*")
_ALONE = "|".join(
    (
        r"\{[\w:+.-]+\}`[^`]+`",
        r"!?\[[^\]]*\]\([^)]*\)",
        r"\[[\^@][^\]]+\]",
        r"@[\w:.-]+",
        r"\{\{[^}]*\}\}",
        r"<[^<>]+>",
        r"(?:https?|mailto):[^\s<>]+",
        r"\\ ",
    )
)
"""How what stands alone may be written."""
_OPENS_LINK = r"\[|<|\{[\w:+.-]+\}`+|"
_CLOSES_LINK = r"\]\([^)]*\)|\]\[[^\]]*\]|>|\s*<[^<>]*>`+|`+|"
_OPENS_ROLE = r"\{[\w:+.-]+\}`+|\["
_CLOSES_ROLE = r"[^`]*`+|\]\{[^}]*\}"
_MARKS = {"emphasis": r"\*|_", "strong": r"\*\*|__", "delete": "~~"}
_QUOTES = {sign: f"(?:{sign}|{re.escape(x)})" for sign, x in TYPOGRAPHY.items()}


class _Word(NamedTuple):
    """Words of a text, with the markup that stands before them; both are patterns."""

    marks: list[str]
    pattern: str = ""  # empty: only markup, at the end


class Written:
    """A page's file, in which texts are found."""

    def __init__(self, source: str) -> None:
        self._text = collapse(_PREFIX.sub(" ", source))

    def find(self, nodes: Iterable[Node]) -> str:
        """Return the markup of nodes, in one line; empty if it is not there."""
        words = list(_words(nodes))
        first = next((n for n, word in enumerate(words) if word.pattern), None)
        if first is None or any(len(word.marks) > MOST_MARKS for word in words):
            return ""
        places = re.finditer(words[first].pattern, self._text)
        for _number, place in zip(range(MOST_PLACES), places, strict=False):
            begin = self._begin(words[first].marks, place.start())
            end = self._end(words[first + 1 :], place.end())
            if begin is not None and end is not None:
                return self._text[begin:end].strip()
        return ""

    def _begin(self, marks: list[str], place: int) -> int | None:
        """Return where the markup before a place begins."""
        if not marks:
            return place
        start = max(0, place - LONGEST)
        found = re.search(f"(?:{')(?:'.join(marks)})$", self._text[start:place])
        return start + found.start() if found else None

    def _end(self, words: Iterable[_Word], place: int) -> int | None:
        """Return where a text ends whose first words end at a place."""
        for word in words:
            between = f"(?:{')(?:'.join(word.marks)})" if word.marks else ""
            part = self._text[place : place + LONGEST]
            if not word.pattern:  # markup at the end
                found = re.match(between, part)
                return place + found.end() if found else None
            next_ = re.compile(word.pattern).search(self._text, place)
            while next_ and next_.start() <= place + LONGEST:
                if re.fullmatch(between, self._text[place : next_.start()]):
                    break
                next_ = re.compile(word.pattern).search(self._text, next_.start() + 1)
            else:
                return None
            place = next_.end()
        return place


def _words(nodes: Iterable[Node]) -> Iterator[_Word]:
    """Yield the words of nodes; the last may be markup alone."""
    marks: list[str] = []
    for mark, pattern in _pieces(nodes):
        if mark is not None:
            marks.append(mark)
            continue
        yield _Word(marks, pattern)
        marks = []
    if marks:
        yield _Word(marks)


def _pieces(nodes: Iterable[Node]) -> Iterator[tuple[str | None, str]]:
    """Yield patterns: of markup, or of words."""
    for node in nodes:
        kind, inside = node["type"], children(node)
        value = collapse(str(node.get("value", "")))
        if kind == "text":
            if value.strip():
                yield None, "".join(map(_sign, value))
            elif value:
                yield " ", ""
        elif kind in ("inlineCode", "inlineMath") and value.strip():
            sign = "`+" if kind == "inlineCode" else r"\$+"
            yield rf"{sign} ?|\{{[\w:+.-]+\}}`+ ?", ""
            yield None, re.escape(value)
            yield rf" ?{sign}| ?`+", ""
        elif not inside:
            yield _ALONE, ""
        else:
            opens, closes = _around(kind)
            yield opens, ""
            yield from _pieces(inside)
            yield closes, ""


def _around(kind: str) -> tuple[str, str]:
    if kind in _MARKS:
        return _MARKS[kind], _MARKS[kind]
    if kind in ("link", "crossReference"):
        return _OPENS_LINK, _CLOSES_LINK
    return _OPENS_ROLE, _CLOSES_ROLE


def _sign(character: str) -> str:
    if character in _QUOTES:
        return _QUOTES[character]
    is_escapable = not character.isalnum() and character != " "
    return (r"\\?" if is_escapable else "") + re.escape(character)
