"""The unit of people's that is nearest to a text that none of them translates.

Comparing a text with every unit takes too long for a book. So only the units that share
its rarest words are compared.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from sphinx_amts.errors import TagError
from sphinx_amts.memory.normal import normal_form
from sphinx_amts.memory.people import Row
from sphinx_amts.memory.unit import Similar

MIN_SIMILARITY = 0.75
"""Of 1. Below it, what a person wrote for the one helps little with the other."""
MAX_CANDIDATES = 30  # units that are compared with one text
MAX_SHARED = 500
"""Units that may share a word; one that more of them have tells nothing."""
MAX_LENGTH = 10_000
"""Characters of a text that are compared: that takes the product of both lengths."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+")


class FuzzyIndex:
    """People's units by the words of their sources."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = list({row.normal: row for row in rows}.values())
        self._texts = [_text(row.source) for row in self._rows]
        self._places: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(self._texts):
            self._note(number, text)

    def add(self, row: Row) -> None:
        """Take in one more unit."""
        self._rows.append(row)
        self._texts.append(_text(row.source))
        self._note(len(self._rows) - 1, self._texts[-1])

    def _note(self, number: int, text: str) -> None:
        for word in _words(text):
            self._places[word].append(number)

    def nearest(self, source: str) -> Similar | None:
        """Return the most similar unit, if one is similar enough."""
        found = self.similar(source, 1)
        return found[0] if found else None

    def similar(self, source: str, limit: int) -> list[Similar]:
        """Return the units that are similar enough, the most similar first."""
        text = _text(source)
        shared: Counter[int] = Counter()
        for word in _words(text):
            places = self._places.get(word, ())
            if len(places) <= MAX_SHARED:
                shared.update(places)
        candidates = [number for number, _count in shared.most_common(MAX_CANDIDATES)]
        found = process.extract(
            text,
            {number: self._texts[number] for number in candidates},
            scorer=fuzz.ratio,
            score_cutoff=100 * MIN_SIMILARITY,
            limit=limit,
        )
        return [
            Similar(row.source, row.target, similarity / 100, row.kinds)
            for _text, similarity, number in found
            if (row := self._rows[number])
        ]


def _text(source: str) -> str:
    try:
        return normal_form(source)[:MAX_LENGTH]
    except TagError:
        return ""  # an index in the store that is not ours


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))
