"""The units of people's that are most like a text that none of them translates.

Comparing a text with every unit takes too long for a book. So only the units that share
most of its rarer phrases are compared, and their sentences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz import fuzz, process

from sphinx_amts.errors import TagError
from sphinx_amts.memory.normal import normal_form
from sphinx_amts.memory.phrases import phrase_numbers

MIN_SIMILARITY = 0.75
"""Of 1. Below it, what a person wrote for the one helps little with the other."""
MAX_CANDIDATES = 30  # units that are compared with one text
MAX_PHRASES = 15
"""Of a text that are looked up. Two texts that are alike share half of theirs or more,
and so of any part of them."""
MIN_SHARED = 0.1
"""Of these, as far as any unit has them: with less, it cannot be similar enough."""
MAX_LENGTH = 10_000
"""Characters of a text that are compared: that takes the product of both lengths."""


def phrases_of(source: str) -> list[int]:
    """Return phrases from all over a text, of two words or more if there are many."""
    several = {*phrase_numbers(source, fewest=2)}
    phrases = several if len(several) >= MAX_PHRASES else {*phrase_numbers(source)}
    return sorted(phrases)[:MAX_PHRASES]  # the order of numbers is chance


def sharing_most(places: Mapping[int, Sequence[int]]) -> list[int]:
    """Return the units that have most of the phrases, of those that units have."""
    shared: Counter[int] = Counter()
    for units in places.values():
        shared.update(units)
    fewest = MIN_SHARED * len(places)
    most = shared.most_common(MAX_CANDIDATES)
    return [unit for unit, count in most if count >= fewest]


def most_similar(
    source: str, texts: Iterable[tuple[int, str]], limit: int
) -> list[tuple[int, float]]:
    """Return the keys of texts that are similar enough, the most similar first.

    Each with its similarity, 0 to 1.
    """
    found = process.extract(
        _text(source),
        {key: _text(text) for key, text in texts},
        scorer=fuzz.ratio,
        score_cutoff=100 * MIN_SIMILARITY,
        limit=limit,
    )
    return [(key, similarity / 100) for _text, similarity, key in found]


def _text(source: str) -> str:
    try:
        return normal_form(source)[:MAX_LENGTH]
    except TagError:
        return ""  # a database that is not ours
