"""The best path of beads through a document, by dynamic programming in a band.

A path is worth what its beads are worth, less what it costs to leave sentences out.
What has no counterpart often stands together, such as a section that was never
translated: the first sentence of a gap costs more than those behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from sphinx_amts.parallel_data.scoring import PRIORS, Scorer
from sphinx_amts.parallel_data.words import Sentence

GAP = -5.0  # the first sentence that is left out; -4 .969, -6 .971
GAP_GOES_ON = -2.2
"""Each further one; -1.5 .973, -3 .971. With -5, as much as the first, sections that
one side lacks are paired with what is near them: .966."""

Rows = Sequence[tuple[int, int]]
"""The first and the last count of targets that may have been passed before a source."""

_BEADS = list(PRIORS)
_STEPS = [(1, 0), (0, 1), *_BEADS]
_AFTER_BEAD, _AFTER_GAP = 0, 1
_STATES = (_AFTER_BEAD, _AFTER_GAP)


@dataclass(frozen=True)
class Bead:
    """Sentences that go with each other; one side may be empty."""

    sources: tuple[int, ...]  # places in the document's sentences, ascending
    targets: tuple[int, ...]
    quality: float = 0.0  # 0 to 1: how likely the sentence that fits least belongs
    is_moved: bool = False  # paired across others


def search(scorer: Scorer, rows: Rows) -> list[Bead]:
    """Return the best monotone path; ``rows`` has one for each source, and one more."""
    return _Search(scorer, rows).path()


class _Search:
    """One search: the worth of the best way to each cell, and how it came there.

    Of the worths only those of the next few rows are kept, of the ways one byte each.
    """

    def __init__(self, scorer: Scorer, rows: Rows) -> None:
        self._scorer = scorer
        self._rows = rows
        self._runs = _runs(scorer.sources), _runs(scorer.targets)
        self._worths: dict[int, tuple[dict[int, float], dict[int, float]]] = {}
        self._ways = [
            (bytearray(high - low + 1), bytearray(high - low + 1)) for low, high in rows
        ]

    def path(self) -> list[Bead]:
        """Go through all cells, and back along the best way."""
        self._worths[0] = ({0: 0.0}, {})
        last = (len(self._scorer.sources), len(self._scorer.targets))
        ends: list[float] = []
        for i, (low, high) in enumerate(self._rows):
            worths = self._worths.pop(i, ({}, {}))
            self._worths[i] = worths
            for j in range(low, high + 1):
                here = [worths[state].get(j, -inf) for state in _STATES]
                if (i, j) == last:
                    ends = here
                elif max(here) > -inf:
                    self._leave_out(i, j, here)
                    self._pair(i, j, here)
            del self._worths[i]
        return self._back(*last, ends.index(max(ends)))

    def _offer(self, i: int, j: int, state: int, worth: float, way: int) -> None:
        low, high = self._rows[i]
        if low <= j <= high:
            row = self._worths.setdefault(i, ({}, {}))[state]
            if worth > row.get(j, -inf):
                row[j] = worth
                self._ways[i][state][j - low] = way

    def _leave_out(self, i: int, j: int, here: Sequence[float]) -> None:
        """Offer what is behind the next source, and behind the next target."""
        sources, targets = self._scorer.sources, self._scorer.targets
        for step, (m, n) in enumerate(_STEPS[:2]):
            if i + m > len(sources) or j + n > len(targets):
                continue
            is_prose = (sources[i] if m else targets[j]).is_prose
            for state, worth in enumerate(here):
                cost, then = 0.0, state
                if is_prose:
                    cost = GAP_GOES_ON if state == _AFTER_GAP else GAP
                    then = _AFTER_GAP
                if worth > -inf:
                    self._offer(i + m, j + n, then, worth + cost, 2 * step + state)

    def _pair(self, i: int, j: int, here: Sequence[float]) -> None:
        """Offer what is behind each bead that begins here."""
        scorer = self._scorer
        if i == len(scorer.sources) or j == len(scorer.targets):
            return
        if scorer.sources[i].kind is not scorer.targets[j].kind:
            return
        worth = max(here)
        state = here.index(worth)
        if not scorer.sources[i].is_prose:
            way = 2 * _STEPS.index((1, 1)) + state
            landmark = scorer.landmarks(i, j)
            self._offer(i + 1, j + 1, _AFTER_BEAD, worth + landmark, way)
            return
        for step, (m, n) in enumerate(_BEADS, 2):
            if m <= self._runs[0][i] and n <= self._runs[1][j]:
                low, high = self._rows[i + m]
                if low <= j + n <= high:
                    bead = scorer.bead(i, m, j, n)
                    way = 2 * step + state
                    self._offer(i + m, j + n, _AFTER_BEAD, worth + bead, way)

    def _back(self, i: int, j: int, state: int) -> list[Bead]:
        beads = []
        while i or j:
            step, before = divmod(self._ways[i][state][j - self._rows[i][0]], 2)
            m, n = _STEPS[step]
            beads.append(Bead(tuple(range(i - m, i)), tuple(range(j - n, j))))
            i, j, state = i - m, j - n, before
        beads.reverse()
        return beads


def _runs(items: Sequence[Sentence]) -> list[int]:
    """Return for each item how many of its kind stand together from it on."""
    runs = [1] * len(items)
    for i in range(len(items) - 2, -1, -1):
        if items[i].kind is items[i + 1].kind:
            runs[i] = runs[i + 1] + 1
    return runs
