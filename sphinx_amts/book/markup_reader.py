"""Markup read as tagged text, by the pieces of markup that the source has."""

from __future__ import annotations

import html
import re
import string
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from sphinx_amts.book.unseen_tags import UnseenTags
from sphinx_amts.errors import TagError
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import Piece, Span, parse, plain, serialize

_SIGNS = {True: "*`|", False: "*`$["}
"""What may begin markup, in reStructuredText and in Markdown."""
_MARK_OF = {"*": "\x00", "_": "\x01"}
"""What stands for a sign that may be an emphasis, until all is read."""
_MARKS = frozenset(_MARK_OF.values())
_EMPHASIS = [
    re.compile(
        rf"(?<![\w{mark}])({mark}{{1,2}})(?=[^\s{mark}])"
        rf"([^{mark}]{{0,999}}[^\s{mark}])\1(?![\w{mark}])"
    )
    for mark in _MARKS
]
_OPENS_EMPHASIS = re.compile(rf"(?<!\w){_MARK_OF['*']}+(?=\S)")
_BRACKET = re.compile(r"\\.|[\[\]]")
_ENTITY = re.compile(r"&#?\w+;")


class Known(Protocol):
    """What is known of the markup of a source; see `Markup`."""

    @property
    def segment(self) -> Segment:
        """The source."""

    @property
    def is_rst(self) -> bool:
        """Whether it is reStructuredText, and not Markdown."""

    @property
    def pieces(self) -> Mapping[int, tuple[str, str]]:
        """What opens and closes each tag."""

    @property
    def named(self) -> Mapping[str, Sequence[Span]]:
        """Links by one word."""

    @property
    def whole(self) -> Mapping[int, Span]:
        """Inline tags whose words are made elsewhere."""


class _Raws:
    """Finds which of many texts stands at a place, in one look for each length."""

    def __init__(self, raws: Iterable[tuple[str, int]]) -> None:
        self._numbers: dict[str, deque[int]] = {}
        for raw, number in sorted(raws, key=lambda each: each[1]):
            self._numbers.setdefault(raw, deque()).append(number)
        self._lengths = sorted({len(raw) for raw in self._numbers}, reverse=True)

    def at(self, text: str, place: int) -> Iterator[str]:
        """Yield the texts at a place that are still to come, the longest first."""
        for length in self._lengths:
            raw = text[place : place + length]
            if self._numbers.get(raw):
                yield raw

    def first(self, raw: str) -> int:
        """Return the least of the tags that a text stands for."""
        return self._numbers[raw][0]

    def take(self, raw: str) -> int:
        """Return the same, and take it away."""
        return self._numbers[raw].popleft()

    def drop(self, raw: str, number: int) -> bool:
        """Take a tag away; tell whether it was there."""
        numbers = self._numbers.get(raw, deque())
        if number in numbers:
            numbers.remove(number)
            return True
        return False


class _Ends(NamedTuple):
    """The places where spans that open alike may close."""

    raws: _Raws
    places: Sequence[int]

    @classmethod
    def of(cls, closes: Iterable[tuple[str, int]], text: str) -> _Ends:
        """Find the places in a text."""
        raws = _Raws(closes)
        return cls(raws, [n for n in range(len(text)) if any(raws.at(text, n))])

    def nearest(self, text: str, start: int) -> tuple[int, int, str] | None:
        """Return the next place from ``start`` on, the span's id and what closes it."""
        for index in range(bisect_left(self.places, start), len(self.places)):
            place = self.places[index]
            found = [(self.raws.first(raw), raw) for raw in self.raws.at(text, place)]
            if found:
                return (place, *min(found))
        return None


class Reader:
    """Reads markup from left to right, by the pieces that the source has."""

    def __init__(self, markup: Known, text: str) -> None:
        self.markup = markup
        self.text = text
        if _MARKS.intersection(text):
            raise TagError("a control character")
        self.place = 0
        closes: dict[str, list[tuple[str, int]]] = {}
        alone: list[tuple[str, int]] = []
        unseen: list[int] = []
        for number, (first, last) in markup.pieces.items():
            if last and number not in markup.whole:  # only inline tags close
                closes.setdefault(first, []).append((last, number))
            elif first:
                alone.append((first, number))
            else:
                unseen.append(number)
        self.unseen = UnseenTags(markup.segment.source, unseen)
        self.alone = _Raws(alone)
        self.opens = _Raws((opens, 0) for opens in closes)
        self.ends = {opens: _Ends.of(each, text) for opens, each in closes.items()}
        self.named = _Raws((raw, 0) for raw in markup.named)
        self.brackets = {} if markup.is_rst else _brackets(text)
        self.strange: Counter[str] = Counter()
        raws = {raw for pair in markup.pieces.values() for raw in pair} | {
            *markup.named
        }
        self.watched = {raw[0] for raw in raws if raw}.union(
            "\\", "&", _SIGNS[markup.is_rst], "" if markup.is_rst else "_"
        )
        """Characters that may not be words."""

    def read(self) -> str:
        """Return the tagged text."""
        pieces = [self._unmarked(piece) for piece in self._until("")]
        if self.place < len(self.text):
            raise TagError(f"{self.text[self.place : self.place + 20]!r} opens nothing")
        tagged = self.unseen.put(serialize(pieces))
        own = Counter(plain(parse(self.markup.segment.source)))
        for sign, count in self.strange.items():
            if count > own[sign]:
                raise TagError(f"{sign!r} is markup that the source has not")
        return tagged

    def _until(self, closes: str) -> Iterator[Piece]:
        words: list[str] = []
        while self.place < len(self.text):
            if self.text[self.place] not in self.watched:
                words.append(self.text[self.place])
                self.place += 1
                continue
            if closes and self.text.startswith(closes, self.place):
                break
            if self._is_escape():
                escaped = self.text[self.place + 1]
                words.append("" if escaped == " " else escaped)
                self.place += 2
                continue
            piece = self._tag()
            if piece is None:
                words.append(self._word())
                continue
            yield "".join(words)
            words = []
            yield piece
        yield "".join(words)

    def _is_escape(self) -> bool:
        """Tell whether a backslash makes a character of what is next.

        In Markdown, only of a sign.
        """
        following = self.text[self.place + 1 : self.place + 2]
        if self.text[self.place] != "\\" or not following:
            return False
        return self.markup.is_rst or following in string.punctuation

    def _word(self) -> str:
        """Take one character, or one that Markdown writes as an entity."""
        if not self.markup.is_rst:
            entity = _ENTITY.match(self.text, self.place)
            if entity:
                self.place = entity.end()
                return html.unescape(entity[0])
        sign = self.text[self.place]
        self.place += 1
        if sign == "*" or (sign == "_" and not self.markup.is_rst):
            return _MARK_OF[sign]
        if sign in _SIGNS[self.markup.is_rst]:
            self.strange[sign] += 1
        return sign

    def _unmarked(self, piece: Piece) -> Piece:
        """Return words without an emphasis that the source has not.

        No memory can hold it, and the words are the same.
        """
        if isinstance(piece, Span):
            return Span(piece.id, tuple(map(self._unmarked, piece.children)))
        if isinstance(piece, int) or not _MARKS.intersection(piece):
            return piece
        for pattern in _EMPHASIS:
            piece = pattern.sub(r"\2", piece)
        self.strange["*"] += len(_OPENS_EMPHASIS.findall(piece))
        for sign, mark in _MARK_OF.items():
            piece = piece.replace(mark, sign)
        return piece

    def _tag(self) -> Piece | None:
        """Take the tag that is next, if any: the longest of the source's pieces."""
        alone = next(self.alone.at(self.text, self.place), "")
        for opens in self.opens.at(self.text, self.place):
            if len(opens) <= len(alone):
                break
            ends = self.ends[opens]
            nearest = ends.nearest(self.text, self._inside(opens))
            if nearest and self._may_close(opens, nearest[0]):
                _, number, closes = nearest
                ends.raws.take(closes)
                return self._span(number, opens, closes)
        if alone:
            self.place += len(alone)
            number = self.alone.take(alone)
            return self.markup.whole.get(number, number)
        return self._named()

    def _inside(self, opens: str) -> int:
        """Return where the end of a span is looked for, behind its first word.

        That of a link in brackets is the bracket of its own.
        """
        first = self.place + len(opens)
        if opens.endswith("[") and not self.markup.is_rst:
            return self.brackets.get(first - 1, first + 1)
        return first + 1

    def _may_close(self, opens: str, place: int) -> bool:
        bracket = self.brackets.get(self.place + len(opens) - 1, place)
        return not opens.endswith("[") or place == bracket

    def _span(self, number: int, opens: str, closes: str) -> Span:
        self.place += len(opens)
        children = tuple(piece for piece in self._until(closes) if piece != "")
        if not self.text.startswith(closes, self.place):
            raise TagError(f"{opens!r} is not closed by {closes!r}")
        self.place += len(closes)
        return Span(number, children)

    def _named(self) -> Span | None:
        for raw in self.named.at(self.text, self.place):
            for span in self.markup.named[raw]:
                opens, closes = self.markup.pieces[span.id]
                if self.ends[opens].raws.drop(closes, span.id):
                    self.place += len(raw)
                    return span
        return None


def _brackets(text: str) -> dict[int, int]:
    """Return where square brackets close, by where they open."""
    found: dict[int, int] = {}
    open_: list[int] = []
    for match in _BRACKET.finditer(text):
        if match[0] == "[":
            open_.append(match.start())
        elif match[0] == "]" and open_:
            found[open_.pop()] = match.start()
    return found
