"""Markup read as tagged text, by the pieces of markup that the source has."""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from sphinx_amts.errors import TagError
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import Piece, Span, parse, plain, serialize

_SIGNS = {True: "*`|", False: "*`$["}
"""What may begin markup, in reStructuredText and in Markdown."""
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
    def named(self) -> Mapping[str, Span]:
        """Links by one word."""


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
        self.place = 0
        closes: dict[str, list[tuple[str, int]]] = {}
        alone: list[tuple[str, int]] = []
        self.attached: list[int] = []
        for number, (first, last) in markup.pieces.items():
            if last:  # only inline tags close
                closes.setdefault(first, []).append((last, number))
            elif first:
                alone.append((first, number))
            else:
                self.attached.append(number)
        self.alone = _Raws(alone)
        self.opens = _Raws((opens, 0) for opens in closes)
        self.ends = {opens: _Ends.of(each, text) for opens, each in closes.items()}
        self.named = _Raws((raw, 0) for raw in markup.named)
        self.strange: Counter[str] = Counter()
        raws = {raw for pair in markup.pieces.values() for raw in pair} | {
            *markup.named
        }
        self.watched = {raw[0] for raw in raws if raw}.union(
            "\\", "&", _SIGNS[markup.is_rst]
        )
        """Characters that may not be words."""

    def read(self) -> str:
        """Return the tagged text."""
        pieces = list(self._until(""))
        if self.place < len(self.text):
            raise TagError(f"{self.text[self.place : self.place + 20]!r} opens nothing")
        tagged = serialize(self._attach(pieces))
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
            if self.text[self.place] == "\\" and self.place + 1 < len(self.text):
                escaped = self.text[self.place + 1]
                words.append("" if escaped == " " and self.markup.is_rst else escaped)
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

    def _word(self) -> str:
        """Take one character, or one that Markdown writes as an entity."""
        if not self.markup.is_rst:
            entity = _ENTITY.match(self.text, self.place)
            if entity:
                self.place = entity.end()
                return html.unescape(entity[0])
        sign = self.text[self.place]
        if sign in _SIGNS[self.markup.is_rst]:
            self.strange[sign] += 1
        self.place += 1
        return sign

    def _tag(self) -> Piece | None:
        """Take the tag that is next, if any: the longest of the source's pieces."""
        alone = next(self.alone.at(self.text, self.place), "")
        for opens in self.opens.at(self.text, self.place):
            if len(opens) <= len(alone):
                break
            ends = self.ends[opens]
            nearest = ends.nearest(self.text, self.place + len(opens) + 1)
            if nearest:
                _, number, closes = nearest
                ends.raws.take(closes)
                return self._span(number, opens, closes)
        if alone:
            self.place += len(alone)
            return self.alone.take(alone)
        return self._named()

    def _span(self, number: int, opens: str, closes: str) -> Span:
        self.place += len(opens)
        children = tuple(piece for piece in self._until(closes) if piece != "")
        if not self.text.startswith(closes, self.place):
            raise TagError(f"{opens!r} is not closed by {closes!r}")
        self.place += len(closes)
        return Span(number, children)

    def _named(self) -> Span | None:
        for raw in self.named.at(self.text, self.place):
            span = self.markup.named[raw]
            opens, closes = self.markup.pieces[span.id]
            if self.ends[opens].raws.drop(closes, span.id):
                self.place += len(raw)
                return span
        return None

    def _attach(self, pieces: Sequence[Piece]) -> list[Piece]:
        """Put back, behind the tags before them, placeholders that have no markup."""
        waiting, made = {*self.attached}, []
        for piece in pieces:
            if piece == "":
                continue
            made.append(piece)
            if not isinstance(piece, str):
                number = piece.id if isinstance(piece, Span) else piece
                while number + 1 in waiting:
                    number += 1
                    waiting.remove(number)
                    made.append(number)
        return [*sorted(waiting), *made]
