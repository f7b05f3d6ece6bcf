"""What stands for the tags of a segment in the markup that an author wrote.

The words between the tags are known, so the markup is what is left between them. Each
element of the source, words or tag, may end at several places of the message; they are
tried one after the other, and from no place is an element tried twice. So the time
is proportional to the length, however much the markup might mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from sphinx_amts.text.segment import KINDS
from sphinx_amts.text.tagged import Piece, Span

MAX_RUN = 16
"""Pieces of markup that stand side by side; what has more is told by nobody."""
MAX_TRIES = 100
"""Places at which an element is tried on the average; real messages need one or two."""
MAX_LINK = 2000  # characters of an image or a link with its address
_URL = rf"(?:[^()\s]|\([^()\s]{{0,{MAX_LINK}}}\)){{0,{MAX_LINK}}}"
_TEXT = rf"(?:[^\[\]]|\[[^\[\]]{{0,{MAX_LINK}}}\]){{0,{MAX_LINK}}}"
_LINK = rf"!?\[{_TEXT}\]\([^)]{{0,{MAX_LINK}}}\)"
_STANDALONE = (
    rf"{_LINK}\{{[^}}]{{0,{MAX_LINK}}}\}}",  # MyST: image, link
    _LINK,
    rf"\{{[\w:+.-]{{1,99}}\}}(`+).{{0,{MAX_LINK}}}?(?<!`)\1(?!`)",  # a role
    r"\[\^[^\]]{1,99}\]",  # a footnote
    rf"\$\$?[^$]{{1,{MAX_LINK}}}\$\$?",  # a formula
    r"\{\{.{0,999}?\}\}",  # a substitution
    # HTML whose words are no prose
    *(
        rf"<{name}(?:\s[^<>]{{0,999}})?>[^<>]{{0,{MAX_LINK}}}</{name}\s*>"
        for name in ("code", "kbd", "math", "pre", "samp", "tt", "var")
    ),
    rf"<[^<>]{{1,{MAX_LINK}}}>",  # an address, or HTML
    rf"(?::[\w:+.-]{{1,99}}:)`(?:\\.|[^`\\]){{1,{MAX_LINK}}}`",  # a role
    rf"``.{{1,{MAX_LINK}}}?``(?!`)",
    rf"`[^`]{{1,{MAX_LINK}}}`(?:__?|:[\w:+.-]{{1,99}}:)?",
    r"\|[^|]{1,999}\|__?",  # a substitution
    r"\|[^|]{1,999}\|",
    r"\[[^\]]{1,99}\]_",  # a footnote, a citation
    r"_`[^`]{1,999}`",  # a target
    r"\w(?:[\w.+:-]{0,99}\w)?__?(?!\w)",  # a reference by one word
    r"\*\*[^*]{1,999}\*\*|__[^_]{1,999}__",  # emphasis without words
    r"\*[^*]{1,999}\*|_[^_]{1,999}_",
    r"%s|\{(?:number|name)\}",  # in a reference, the place of a number
    rf"(?:https?|mailto):[^\s<>]{{1,{MAX_LINK}}}",
    # The same and a mailbox, without the sign that ends a sentence or a bracket.
    rf"(?:https?|mailto):[^\s<>]{{0,{MAX_LINK}}}[^\s<>.,;:!?()'\"\]}}]",
    r"[\w.+-]{1,99}@[\w.-]{1,99}\w",
)
WHOLE = re.compile(r":[\w:+.-]{1,99}:`(?:\\.|[^`\\]){1,2000}`")
"""A role whose words are made elsewhere, such as ``:issue:`12```."""
_OPENS = (
    r"\*\*",
    r"\*",
    r"__",
    r"_",
    r"\{-\} ",  # a note in the margin
    r"\[[ xX]\] ",  # a box
    r"\[",
    r"(?::[\w:+.-]{1,99}:)?`",
    r"\{[\w:+.-]{1,99}\}`+",
    r"~~",
    r"<[A-Za-z][^<>]{0,999}>",
)
_CLOSES = (
    rf"\]\({_URL}(?:\s+\"[^\"]{{0,999}}\")?\)",
    r"\]\[[^\]]{0,999}\]",
    r"\]\{[^}]{0,999}\}",
    r"\]",
    rf"\s*<[^<>]{{1,{MAX_LINK}}}>`(?:__?)?",
    r"`+(?:__?)?",
    r"\*\*",
    r"\*",
    r"__",
    r"_",
    r"~~",
    r"</[A-Za-z][^<>]{0,99}>",
)
_FORMS = {
    "&": "&amp;|&",
    "<": r"\\?<|&lt;",
    ">": r"\\?>|&gt;",
    '"': r'\\?"|&quot;',
    **dict.fromkeys("\u2018\u2019", r"[\u2018\u2019']"),
    **dict.fromkeys("\u201c\u201d", r'[\u201c\u201d"]'),
    "\u2013": "\u2013|--",
    "\u2014": "\u2014|---",
    "\u2026": r"\u2026|\.\.\.",
}
"""Of one character, its forms in markup."""

Shapes = tuple[str, ...]
_compiled = lru_cache(maxsize=None)(re.compile)
BEFORE, AFTER = "before", "after"
"""The names of what is around the whole text."""


class Element(NamedTuple):
    """Words, or markup, at one place of a text."""

    ends: Callable[[int], Iterator[int]]
    """From a place of the message, where it may end, the best first."""
    name: str = ""  # of the markup that it is; empty for words


def find(
    message: str, pieces: Sequence[Piece], kinds: Mapping[int, str], *, is_rst: bool
) -> Mapping[str, str] | None:
    """Return the markup of a message by its names; None if it cannot be told.

    ``a<id>`` stands before, or in the place of, a tag and ``b<id>`` behind it, `BEFORE`
    and `AFTER` around the whole.
    """
    elements = list(_Elements(message, kinds).of_text(pieces, is_rst=is_rst))
    return _search(elements, message)


def _search(elements: Sequence[Element], message: str) -> Mapping[str, str] | None:
    tried: set[tuple[int, int]] = set()
    most = MAX_TRIES * len(elements)
    places = [0]
    open_ends = [elements[0].ends(0)]
    while open_ends:
        depth = len(open_ends)
        place = next(open_ends[-1], None)
        if place is None:
            open_ends.pop()
            places.pop()
        elif depth == len(elements):
            if place == len(message):
                places.append(place)
                return {
                    element.name: message[start:end]
                    for element, start, end in zip(
                        elements, places, places[1:], strict=False
                    )
                    if element.name
                }
        elif (depth, place) not in tried and len(tried) < most:
            tried.add((depth, place))
            places.append(place)
            open_ends.append(elements[depth].ends(place))
    return None


def _or_none(
    ends: Callable[[int], Iterator[int]], wholes: Container[int]
) -> Callable[[int], Iterator[int]]:
    """Let an element be nothing behind a role that stands for it."""

    def found(place: int) -> Iterator[int]:
        yield from ends(place)
        if place in wholes:
            yield place

    return found


def may_be_unseen(kind: str) -> bool:
    """Tell whether a placeholder may have no markup in its message.

    gettext has nothing of an icon that an extension puts before a title.
    """
    return kind not in KINDS or kind in _UNSEEN


_UNSEEN = ("mark", "raw", "inline", "generated", "pending")


class _Elements:
    """Makes the elements of a text for one message."""

    def __init__(self, message: str, kinds: Mapping[int, str]) -> None:
        self._message = message
        self._kinds = kinds
        self._runs: dict[tuple[Shapes, int], list[int]] = {}
        has_escapes = "\\" in message
        self._escape = r"\\?" if has_escapes else ""
        self._null = r"(?:\\ )?" if has_escapes else ""

    def of_text(self, pieces: Sequence[Piece], *, is_rst: bool) -> Iterator[Element]:
        """Yield the elements of a whole text, and what is around it."""
        yield Element(lambda place: reversed(self._run(_OPENS, place)), BEFORE)
        yield from self._of(pieces)
        yield Element(lambda place: iter(self._run(_CLOSES, place)), AFTER)
        if is_rst:  # `::`, before a literal block, reads as `:`
            yield self._words(lambda: ":?")

    def _of(self, pieces: Sequence[Piece]) -> Iterator[Element]:
        for number, piece in enumerate(pieces):
            if isinstance(piece, str):
                beside = pieces[max(0, number - 1) : number + 2]
                yield self._words_of(piece, beside)
                continue
            if self._null:
                yield self._words(lambda: self._null)
            if isinstance(piece, int):
                yield self._placeholder(piece)
            else:
                yield from self._span(piece)
            if self._null:
                yield self._words(lambda: self._null)

    def _words_of(self, text: str, beside: Sequence[Piece]) -> Element:
        """Return words, which most messages have as they are, else in other forms."""
        in_forms = self._words(
            lambda: f"{self._null}{self._signs(text, beside)}{self._null}"
        )
        if self._null or "&" in text:
            return in_forms

        def ends(place: int) -> Iterator[int]:
            end = place + len(text)
            if not self._message.startswith(text, place):
                yield from in_forms.ends(place)
                return
            yield end
            if text[-1] == " " and self._message[end : end + 1].isspace():
                yield from in_forms.ends(place)

        return Element(ends)

    def _signs(self, text: str, beside: Sequence[Piece]) -> str:
        """Return the pattern of words; blanks go with what is unseen beside them."""
        signs = list(map(self._sign, text))
        first, last = beside[0], beside[-1]
        if text[:1] == " " and isinstance(first, int) and self._is_unseen(first):
            signs[0] = r"\s*"
        if text[-1:] == " " and isinstance(last, int) and self._is_unseen(last):
            signs[-1] = r"\s*"
        return "".join(signs)

    def _is_unseen(self, number: int) -> bool:
        return may_be_unseen(self._kinds[number])

    def _placeholder(self, number: int) -> Element:
        is_mark = self._kinds[number] == "mark"  # which is unseen as a rule

        def ends(place: int) -> Iterator[int]:
            found = self._run(_STANDALONE, place)
            if is_mark:
                return reversed(found)
            return iter(found) if self._is_unseen(number) else reversed(found[:-1])

        return Element(ends, f"a{number}")

    def _span(self, span: Span) -> Iterator[Element]:
        wholes: set[int] = set()

        def opens(place: int) -> Iterator[int]:
            yield from self._run(_OPENS, place)
            if whole := WHOLE.match(self._message, place):
                wholes.add(whole.end())
                yield whole.end()

        def closes(place: int) -> Iterator[int]:
            yield from self._run(_CLOSES, place)[:-1]
            if place in wholes:
                yield place

        yield Element(opens, f"a{span.id}")
        for element in self._of(span.children):
            yield Element(_or_none(element.ends, wholes), element.name)
        yield Element(closes, f"b{span.id}")

    def _words(self, pattern: Callable[[], str]) -> Element:
        compiled = cache(lambda: re.compile(pattern()))  # seldom needed, and slow

        def ends(place: int) -> Iterator[int]:
            if found := compiled().match(self._message, place):
                yield found.end()

        return Element(ends)

    def _sign(self, sign: str) -> str:
        if sign == "\xa0":
            return r"(?:\s|&nbsp;)"
        if sign.isspace():
            return r"\s+"
        if sign in _FORMS:
            return f"(?:{_FORMS[sign]})"
        return self._escape + re.escape(sign)

    def _run(self, shapes: Shapes, place: int) -> list[int]:
        """Return where pieces of markup side by side may end, the longest run first.

        The last is the place itself, for none.
        """
        if (found := self._runs.get((shapes, place))) is None:
            found = self._runs[shapes, place] = []
            self._follow(shapes, place, 0, {place}, found)
        return found

    def _follow(
        self, shapes: Shapes, place: int, length: int, seen: set[int], found: list[int]
    ) -> None:
        for shape in shapes if length < MAX_RUN else ():
            match = _compiled(shape).match(self._message, place)
            if match and match.end() not in seen:
                seen.add(match.end())
                self._follow(shapes, match.end(), length + 1, seen, found)
        found.append(place)
