"""Placeholders of which a message has nothing: where the source has them.

gettext has no markup for an entry of the index before a link, nor for an icon that an
extension puts before a title. A target that was read from such a message gets them
back, beside the tag that they stand beside, or at the beginning or the end.

>>> unseen = UnseenTags('<x id="1"/> See <x id="2"/><g id="3">this</g>.', [1, 2])
>>> unseen.put('<g id="3">Esto</g>, vea.')
'<x id="1"/> <x id="2"/><g id="3">Esto</g>, vea.'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sphinx_amts.text.tagged import Piece, Span, escape, parse


class _Mark(NamedTuple):
    """A placeholder, or one end of an inline tag."""

    number: int
    text: str  # as it is written


class UnseenTags:
    """Knows where a source has the placeholders ``numbers``."""

    def __init__(self, source: str, numbers: Iterable[int]) -> None:
        self._numbers = {*numbers}
        self._first, self._last = "", ""
        self._ahead: dict[_Mark, str] = {}
        self._behind: dict[_Mark, str] = {}
        tokens = list(_tokens(parse(source))) if self._numbers else []
        run: list[_Mark] = []
        before: _Mark | str = ""  # the last that is seen
        nearest: _Mark | None = None  # the last mark that is seen
        for token in tokens:
            if self._is_unseen(token):
                assert isinstance(token, _Mark)
                run.append(token)
                continue
            self._place(run, before, nearest, token)
            run = []
            before = token
            nearest = token if isinstance(token, _Mark) else nearest
        self._place(run, before, nearest, "")

    def _is_unseen(self, token: _Mark | str) -> bool:
        return isinstance(token, _Mark) and token.number in self._numbers

    def _place(
        self,
        run: Sequence[_Mark],
        before: _Mark | str,
        nearest: _Mark | None,
        after: _Mark | str,
    ) -> None:
        """Note what unseen tags stand between, both empty at the ends of the text."""
        text = "".join(mark.text for mark in run)
        if not text:
            return
        if isinstance(before, _Mark):
            self._behind[before] = text
        elif isinstance(after, _Mark):
            self._ahead[after] = text
        elif after == "":
            self._last = " " * before.endswith(" ") + text
        elif before == "":
            self._first = text + " " * after.startswith(" ")
        elif nearest is not None:
            self._behind[nearest] = self._behind.get(nearest, "") + text
        else:
            self._first += text

    def put(self, target: str) -> str:
        """Return a tagged target with them, in place of those that it has."""
        if not self._numbers:
            return target
        seen = [each for each in _tokens(parse(target)) if not self._is_unseen(each)]
        parts = [
            escape(each)
            if isinstance(each, str)
            else self._ahead.get(each, "") + each.text + self._behind.get(each, "")
            for each in seen
        ]
        text = "".join(parts).strip(" ")
        return f"{self._first}{text}{self._last}".strip(" ")


def _tokens(pieces: Sequence[Piece]) -> Iterator[_Mark | str]:
    for piece in pieces:
        if isinstance(piece, str):
            yield piece
        elif isinstance(piece, Span):
            yield _Mark(piece.id, f'<g id="{piece.id}">')
            yield from _tokens(piece.children)
            yield _Mark(piece.id, "</g>")
        else:
            yield _Mark(piece, f'<x id="{piece}"/>')
