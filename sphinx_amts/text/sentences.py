"""Cutting tagged text at the ends of its sentences, and joining sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    [.!?\u2026\u061f\u0964\u3002\uff01\uff1f\uff61]
    (?:
        (?<=[.!?\u2026\u061f\u0964]) (?<![.!?\u2026\u061f\u0964].)
        [.!?\u2026\u061f\u0964]* (?:["'\u2019\u201d\u00bb)\]]|</g>)* [ ]+
        | (?<=[\u3002\uff01\uff1f\uff61]) [\u3002\uff01\uff1f\uff61]*
    )
    """,
    re.VERBOSE | re.DOTALL,
)
"""Where a sentence may end: a stop with what closes, a blank; or a full-width stop.

It begins with one set of signs: only so a text without them is passed over fast."""
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|resp|ca|viz|al|approx|Figs?|figs?|Tabs?|Eqs?|Eqns?"
    r"|Secs?|Sect|Chap|Ch|Thm|Def|Refs?|Vol|No|Nos|pp|p|Dr|Mr|Mrs|Ms|Prof|St)"
    r"|\b[A-Z]|^[0-9]{1,3})\.[)\]\"'\u2019\u201d]*[ ]*$"
)
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


MAX_ABBREVIATION = 40
"""Characters before the end of a stop in which an abbreviation is looked for; the
longest that is known has six, and some brackets and blanks may follow it."""


def split_sentences(tagged: str) -> list[str]:
    r"""Cut tagged text at sentence borders outside inline tags, brackets and quotes.

    Joining the parts with a space (nothing after a full-width stop) gives the text.

    >>> split_sentences("See e.g. Fig. 1 (or not. No?). It is <x id=\"1\"/>. Done.")
    ['See e.g. Fig. 1 (or not. No?).', 'It is <x id="1"/>.', 'Done.']
    """
    parts: list[str] = []
    start = 0
    surroundings: _Surroundings | None = None
    for match in _STOP.finditer(tagged):
        if surroundings is None:
            surroundings = _Surroundings(tagged)
        end = _border(tagged, start, match, surroundings)
        if end:
            parts.append(tagged[start:end].rstrip(" "))
            start = end
            while tagged.startswith(" ", start):
                start += 1
    parts.append(tagged[start:])
    return _with_what_is_known(tagged, [part for part in parts if part.strip()])


def _border(
    text: str, start: int, stop: re.Match[str], surroundings: _Surroundings
) -> int:
    """Return where the sentence from ``start`` on ends by a stop; 0: it goes on."""
    end = stop.end()
    is_full_width = stop[0][-1] != " "
    if is_full_width:
        closing = _FULL_WIDTH_CLOSES.match(text, end)
        end = closing.end() if closing else end
        while text.startswith("</g>", end):
            end += len("</g>")
    for first, last in surroundings.around(stop.start()):
        if last >= end or (is_full_width and _is_aside(text[first:end], first > start)):
            return 0
    if end >= len(text) or surroundings.open_tags(end):
        return 0
    if is_full_width:
        return end
    if _ABBREVIATION.search(text[max(start, end - MAX_ABBREVIATION) : end]):
        return 0
    following = _SENTENCE_START.match(text, end)
    if not following:
        return 0
    return 0 if (following["first"] or "").islower() else end


class _Surroundings:
    """What is around places of a text that are asked for from its beginning on.

    It goes through the text once, however many places there are.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._enclosed = sorted(_enclosed(text), reverse=True)
        self._around: list[tuple[int, int]] = []
        self._open = 0
        self._counted = 0  # characters whose inline tags have been counted

    def around(self, place: int) -> list[tuple[int, int]]:
        """Return the brackets and quotes that a place is inside of."""
        while self._enclosed and self._enclosed[-1][0] < place:
            self._around.append(self._enclosed.pop())
        self._around = [each for each in self._around if each[1] > place]
        return self._around

    def open_tags(self, place: int) -> int:
        """Return how many inline tags are open at a place."""
        self._open += self._text.count("<g ", self._counted, place)
        self._open -= self._text.count("</g>", self._counted, place)
        self._counted = place
        return self._open


def _is_aside(text: str, is_inside: bool) -> bool:
    """Tell whether a sentence goes on behind what is enclosed and ends with a stop.

    Quoted speech ends a sentence by its full stop, a bracket only where it began it.
    """
    return is_inside if text[0] == "\uff08" else "\u3002" not in text[-3:]


def _enclosed(text: str) -> list[tuple[int, int]]:
    """Return the places of brackets and quotes that belong together."""
    quotes = _QUOTE.finditer(text) if '"' in text else ()
    found = [(match.start(), match.end() - 1) for match in quotes]
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
