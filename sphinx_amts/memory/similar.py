"""The units of people's that are most like a text that none of them translates.

Comparing a text with every unit takes too long for a book. So only the units that share
most of its rarer phrases are compared, and their sentences.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from sphinx_amts.errors import TagError
from sphinx_amts.memory.normal import normal_form
from sphinx_amts.memory.phrases import phrase_numbers
from sphinx_amts.memory.unit import Similar

if TYPE_CHECKING:
    from sphinx_amts.memory.people import People

MIN_SIMILARITY = 0.75
"""Of 1. Below it, what a person wrote for the one helps little with the other."""
MAX_CANDIDATES = 30  # units that are compared with one text
MAX_PHRASES = 20
"""Of a text that are looked up. Two texts that are alike share half of theirs or more,
and so of any part of them."""
MIN_SHARED = 0.1
"""Of these, as far as any unit has them: with less, it cannot be similar enough."""
MAX_LENGTH = 10_000
"""Characters of a text that are compared: that takes the product of both lengths."""


def similar(people: People, source: str, limit: int) -> list[Similar]:
    """Return at most ``limit`` units, those that are similar enough, the best first."""
    text = _text(source)
    texts = {number: _text(row) for number, row in _candidates(people, source)}
    found = process.extract(
        text,
        texts,
        scorer=fuzz.ratio,
        score_cutoff=100 * MIN_SIMILARITY,
        limit=limit,
    )
    rows = people.best("normal", [number for _text, _similarity, number in found])
    return [
        Similar(row.source, row.target, similarity / 100, row.kinds)
        for _text, similarity, number in found
        if (row := rows.get(number)) and row.origin.is_human
    ]


def _candidates(people: People, source: str) -> list[tuple[int, str]]:
    """Yield keys of normal forms, and sources, of what may be like a text."""
    shared: Counter[int] = Counter()
    places = people.units_with(_phrases(source))
    for units in places.values():
        shared.update(units)
    return people.sources(
        unit
        for unit, count in shared.most_common(MAX_CANDIDATES)
        if count >= MIN_SHARED * len(places)
    )


def _phrases(source: str) -> list[int]:
    """Return phrases from all over a text, of two words or more if there are many."""
    several = {*phrase_numbers(source, fewest=2)}
    phrases = several if len(several) >= MAX_PHRASES else {*phrase_numbers(source)}
    return sorted(phrases)[:MAX_PHRASES]  # the order of numbers is chance


def _text(source: str) -> str:
    try:
        return normal_form(source)[:MAX_LENGTH]
    except TagError:
        return ""  # a database that is not ours
