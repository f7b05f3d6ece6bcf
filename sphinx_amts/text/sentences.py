"""Cutting tagged text at the ends of its sentences, and joining sentences."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from sphinx_amts.text.tagged import (
    TAG,
    Context,
    TaggedText,
    context_of,
    equivalents_of,
    reads,
)

_STOP = re.compile(
    r"""
    (?<![.!?\u2026\u061f\u0964]) [.!?\u2026\u061f\u0964]+ (?:["'\u2019\u201d\u00bb)\]]|</g>)* [ ]+
    | [\u3002\uff01\uff1f\uff61]+
    """,
    re.VERBOSE,
)
"""Where a sentence may end: a stop with what closes, a blank; or a full-width stop."""
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|resp|ca|viz|al|approx|Figs?|figs?|Tabs?|Eqs?|Eqns?"
    r"|Secs?|Sect|Chap|Ch|Thm|Def|Refs?|Vol|No|Nos|pp|p|Dr|Mr|Mrs|Ms|Prof|St)"
    r"|\b[A-Z])\.[)\]\"'\u2019\u201d]*[ ]*$"
)
LONGEST_ABBREVIATION = 6  # characters before the stop
_NUMBER = re.compile(r"[0-9]{1,3}\.[)\]\"'\u2019\u201d]*[ ]*$")
"""Of an item, where it begins a sentence."""
_SPAN = re.compile("<g |</g>")
_BLANKS = re.compile(" *")
_SENTENCE_START = re.compile(
    r"""(?:["'\u2018\u201c\u00ab\u00bf\u00a1(\[]|<g\ id="\d+">|&lt;)*"""
    r"""(?:(?P<placeholder><x)|(?P<first>\w))"""
)
_OPENS = "([\uff08\u3010\u300c\u300e\u300a\u201c\u00ab"
_CLOSES = ")]\uff09\u3011\u300d\u300f\u300b\u201d\u00bb"
_ENCLOSED = re.compile(f"[{re.escape(_OPENS + _CLOSES)}]")
_FULL_WIDTH_CLOSES = re.compile("[\u2019\u201d\uff09\u300d\u300f\u3011]+")
_QUOTE = re.compile(r'(?<![\w=])"[^"<>]{1,300}"(?!\w)')
MAX_ENCLOSED = 300
"""Characters between brackets or quotes that stay one sentence whatever stops are in
them. What is longer is a passage, or a bracket that is never closed."""


def split_sentences(tagged: str) -> list[str]:
    r"""Cut tagged text at sentence borders outside inline tags, brackets and quotes.

    Joining the parts with a space (nothing after a full-width stop) gives the text.

    >>> split_sentences("See e.g. Fig. 1 (or not. No?). It is <x id=\"1\"/>. Done.")
    ['See e.g. Fig. 1 (or not. No?).', 'It is <x id="1"/>.', 'Done.']
    """
    parts: list[str] = []
    start = 0
    borders = None
    for match in _STOP.finditer(tagged):
        borders = borders or _Borders(tagged)
        end = borders.find(start, match)
        if end:
            parts.append(tagged[start:end].rstrip(" "))
            start = borders.skip_blanks(end)
    parts.append(tagged[start:])
    return _with_what_is_known(tagged, [part for part in parts if part.strip()])


class _Borders:
    """Tells which stops of a text end a sentence; asked from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._enclosed = sorted(_enclosed(text))
        self._spans = _SPAN.finditer(text)
        self._open = 0  # inline tags, at `_seen`
        self._seen = 0
        self._next = next(self._spans, None)

    def skip_blanks(self, place: int) -> int:
        """Return where the blanks at a place end."""
        found = _BLANKS.match(self._text, place)
        return found.end() if found else place

    def find(self, start: int, stop: re.Match[str]) -> int:
        """Return where the sentence from ``start`` on ends by a stop; 0: it goes on."""
        text, end = self._text, stop.end()
        is_full_width = stop[0][-1] != " "
        if is_full_width:
            closing = _FULL_WIDTH_CLOSES.match(text, end)
            end = closing.end() if closing else end
            while text.startswith("</g>", end):
                end += len("</g>")
        for first, last in self._around(stop.start()):
            is_aside = is_full_width and _is_aside(text, first, end, first > start)
            if last >= end or is_aside:
                return 0
        if end >= len(text) or self._is_inside(end):
            return 0
        if is_full_width:
            return end
        if _is_abbreviation(text, start, stop.start(), end):
            return 0
        following = _SENTENCE_START.match(text, end)
        if not following:
            return 0
        return 0 if (following["first"] or "").islower() else end

    def _around(self, place: int) -> Iterator[tuple[int, int]]:
        """Yield what is enclosed around a place."""
        number = bisect_left(self._enclosed, (place,))
        while number and self._enclosed[number - 1][0] > place - MAX_ENCLOSED - 2:
            number -= 1
            first, last = self._enclosed[number]
            if place < last:
                yield first, last

    def _is_inside(self, end: int) -> bool:
        """Tell whether an inline tag is open at a place."""
        while self._next is not None and self._next.start() < end:
            self._open += 1 if self._next[0] == "<g " else -1
            self._next = next(self._spans, None)
        return self._open != 0


def _is_abbreviation(text: str, start: int, stop: int, end: int) -> bool:
    """Tell whether what ends by a stop is no sentence."""
    if stop - start <= 3 and _NUMBER.match(text, start, end):
        return True
    first = max(start, stop - LONGEST_ABBREVIATION)
    return bool(_ABBREVIATION.search(text, first, end))


def _is_aside(text: str, first: int, end: int, is_inside: bool) -> bool:
    """Tell whether a sentence goes on behind what is enclosed and ends with a stop.

    Quoted speech ends a sentence by its full stop, a bracket only where it began it.
    """
    if text[first] == "\uff08":
        return is_inside
    return "\u3002" not in text[max(first, end - 3) : end]


def _enclosed(text: str) -> list[tuple[int, int]]:
    """Return the places of brackets and quotes that belong together."""
    found = [(match.start(), match.end() - 1) for match in _QUOTE.finditer(text)]
    opened: list[int] = []
    for match in _ENCLOSED.finditer(text):
        if match[0] in _OPENS:
            opened.append(match.start())
            continue
        partner = _OPENS[_CLOSES.index(match[0])]
        while opened:
            place = opened.pop()
            if text[place] == partner:
                if match.start() - place <= MAX_ENCLOSED:
                    found.append((place, match.start()))
                break
    return found


def _with_what_is_known(whole: str, parts: list[str]) -> list[str]:
    """Give the parts of a text what the whole knows of each."""
    known, context = equivalents_of(whole), context_of(whole)
    if not known and context == Context():
        return parts
    made: list[str] = []
    for part in parts:
        before = reads(made[-1]) if made else context.before
        numbers = [int(match[1]) for match in TAG.finditer(part) if match[1]]
        equivalents = {each: known[each] for each in numbers if each in known}
        made.append(TaggedText(part, equivalents, Context(context.heading, before)))
    return made


UNSPACED = {"zh", "ja", "th", "lo", "km", "my"}  # scripts without spaces between words
_LATIN_END = re.compile(r"""[.!?]["')\]]*(?:</g>)*$""")


def join_sentences(parts: Sequence[str], language: str) -> str:
    """Put translated sentences of a BCP 47 language together; see `split_sentences`.

    >>> join_sentences(["好。", "See above.", "再见。"], "zh")
    '好。See above. 再见。'
    """
    unspaced = language.partition("-")[0] in UNSPACED
    joined: list[str] = []
    for part in filter(None, map(str.strip, parts)):
        # What ends the last part ends all: closing signs do not reach across a blank.
        if joined and not (unspaced and not _LATIN_END.search(joined[-1])):
            joined.append(" ")
        joined.append(part)
    return "".join(joined)
