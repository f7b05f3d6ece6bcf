"""What people wrote that is like a segment: similar units, and the stale one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from sphinx_amts.errors import TagError
from sphinx_amts.memory.compose import sentences_of
from sphinx_amts.memory.normal import fit
from sphinx_amts.memory.people import People
from sphinx_amts.memory.unit import Similar, TranslationUnit
from sphinx_amts.review.differences import word_difference
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import (
    Piece,
    Span,
    equivalents_of,
    parse,
    readable,
    serialize,
    tag_places,
)

SHOWN = 5  # similar units that a translator is shown


class Likeness:
    """Finds similar units, in any thread: those of memory files, and what is new."""

    def __init__(self, read: Callable[[], People]) -> None:
        self._read = read
        self._people: People | None = None  # read when it is first wanted
        self._added: list[TranslationUnit] = []
        self._new: People | None = People.of([])  # of these; None: one is missing
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Read what people wrote."""
        self._find("")

    def add(self, source: str, target: str, kinds: str) -> None:
        """Take in what somebody has just written."""
        with self._lock:
            self._added.append(TranslationUnit(source, target, kinds=kinds))
            self._new = None

    def _find(self, source: str, limit: int = 1) -> list[Similar]:
        with self._lock:
            if self._people is None:
                self._people = self._read()
            if self._new is None:
                self._new = People.of(self._added)
            both = self._new, self._people
        found = [each for people in both for each in people.similar(source, limit)]
        return sorted(found, key=lambda each: -each.similarity)[:limit]

    def similar(self, segment: Segment) -> list[dict[str, Any]]:
        """Return units that are like a segment, as the page shows them."""
        found = self._find(segment.source, 2 * SHOWN)  # some come twice
        texts = {
            (each.source, each.target): each
            for each in found
            if each.source != segment.source
        }
        return [_shown(each, segment) for each in texts.values()][:SHOWN]

    def stale(self, segment: Segment) -> dict[str, Any] | None:
        """Return what people wrote for an earlier form of a segment, or of a part."""
        for found in self._find(segment.source):
            return _shown(found, segment)
        for text in sentences_of(segment):
            for found in self._find(text.source):
                return _shown(found, text, has_tags=False)  # its ids are others
        return None


def _shown(unit: Similar, segment: Segment, *, has_tags: bool = True) -> dict[str, Any]:
    known = equivalents_of(segment.source)
    then, now = (readable(parse(text), known) for text in (unit.source, segment.source))
    target = fitted(unit, segment)
    if not has_tags:
        target = serialize(_only(parse(target), {}))
    return {
        "source": unit.source,
        "target": target,
        "shown_source": then,
        "shown_target": readable(parse(target), known),
        "similarity": min(99, round(100 * unit.similarity)),
        "diff": word_difference(then, now),
    }


def fitted(unit: Similar, segment: Segment) -> str:
    """Return a unit's target with no tags but those of a segment.

    All of them where the texts differ by nothing else; otherwise somebody has to put in
    what is missing.
    """
    try:
        return fit(unit.source, unit.target, segment)
    except TagError:
        pass
    wanted = {
        number: is_span for number, (_, is_span) in tag_places(parse(segment.source))
    }
    return serialize(_only(parse(unit.target), wanted))


def _only(pieces: Sequence[Piece], wanted: dict[int, bool]) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Span):
            inside = _only(piece.children, wanted)
            is_kept = wanted.get(piece.id) is True
            found += [Span(piece.id, tuple(inside))] if is_kept else inside
        elif isinstance(piece, str) or wanted.get(piece) is False:
            found.append(piece)
    return found
