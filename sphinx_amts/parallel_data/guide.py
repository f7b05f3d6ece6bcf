"""Where in a translation the sentences of its source are to be looked for.

Sentences whose words speak for each other are *anchors*, wherever they stand. The
heaviest chain of anchors that runs forward on both sides is the guide; the search keeps
close to it, and looks at all there is between two anchors. Where there are none, the
work still grows with the length of the document, not with its square.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import nlargest
from itertools import pairwise
from math import log1p
from typing import NamedTuple

from sphinx_amts.parallel_data.scoring import Scorer

CLEAR = 3.0  # worth from which on two sentences are an anchor; 2 to 5 do as well
COMMON = 20  # targets that a word may be in; beyond, it guides nowhere; 10 does as well
TRIED = 3  # targets for a source, those with the most words in common; 2 does as well
BAND = 5  # sentences around the guide; 8 finds the same, and takes longer
FAR = 25  # sentences between two anchors; beyond, only what is near their diagonal


class Anchor(NamedTuple):
    """A source and a target that are most likely each other's."""

    source: int
    target: int
    worth: float


def rows(scorer: Scorer) -> list[tuple[int, int]]:
    """Return for each source which targets may stand before it, for `search`."""
    count, other = len(scorer.sources), len(scorer.targets)
    lows, highs = [other] * (count + 1), [0] * (count + 1)
    path = chain(list(anchors(scorer)))
    marks = [(-1, -1), *((a.source, a.target) for a in path), (count, other)]
    for (i, j), (k, q) in pairwise(marks):
        for row in range(i + 1, k + 1):
            low, high = j + 1, q
            if min(k - i, q - j) > FAR:
                slope = (q - j) / (k - i)
                middle, width = j + int((row - i) * slope), FAR + int(slope)
                low, high = max(low, middle - width), min(high, middle + width)
            lows[row], highs[row] = low - BAND, high + BAND
    lows[0] = 0
    return [
        (max(0, low), min(other, high)) for low, high in zip(lows, highs, strict=True)
    ]


def anchors(scorer: Scorer) -> Iterator[Anchor]:
    """Yield anchors, by their sources."""
    find = Finder(scorer, range(len(scorer.targets)))
    for i, source in enumerate(scorer.sources):
        for j in find.targets(i):
            if not source.is_prose:
                yield Anchor(i, j, CLEAR)
                continue
            worth = scorer.words([i], [j]) + scorer.length(i, 1, j, 1)
            if worth >= CLEAR:
                yield Anchor(i, j, worth)


class Finder:
    """Finds for a source the targets that share most of what it lets expect."""

    def __init__(self, scorer: Scorer, targets: Sequence[int]) -> None:
        self._scorer = scorer
        self._places: dict[str, list[int]] = defaultdict(list)
        self._landmarks: dict[object, list[int]] = defaultdict(list)
        for j in targets:
            target = scorer.targets[j]
            if target.is_prose:
                for word in target.words:
                    self._places[word].append(j)
            else:
                self._landmarks[target.kind, target.words].append(j)

    def targets(self, i: int) -> list[int]:
        """Return the likeliest targets of a source, at most `TRIED`."""
        source = self._scorer.sources[i]
        if not source.is_prose:
            return self._landmarks.get((source.kind, source.words), [])[:TRIED]
        share = 1 / (1 + len(source.words))
        worths: dict[int, float] = defaultdict(float)
        for word, value in self._scorer.expected[i].items():
            places = self._places.get(word, ())
            if len(places) <= COMMON:
                worth = log1p(share * value)
                for j in places:
                    worths[j] += worth
        found = nlargest(TRIED, worths, key=lambda j: worths[j])
        return [j for j in found if self._scorer.targets[j].kind is source.kind]


def chain(found: Sequence[Anchor]) -> list[Anchor]:
    """Return the heaviest chain whose sources and targets both ascend.

    The heaviest chain up to each target is kept in a tree of prefixes (Fenwick 1994).
    """
    ordered = sorted(found, key=lambda each: (each.source, -each.target))
    tree: dict[int, tuple[float, int]] = {}
    before: list[int] = []
    size = 1 + max((each.target for each in ordered), default=0)
    for number, anchor in enumerate(ordered):
        weight, last = _heaviest(tree, anchor.target)
        before.append(last)
        place = anchor.target + 1
        while place <= size:
            known = tree.get(place, (0.0, -1))
            tree[place] = max(known, (weight + anchor.worth, number))
            place += place & -place
    path = []
    number = _heaviest(tree, size)[1]
    while number >= 0:
        path.append(ordered[number])
        number = before[number]
    return path[::-1]


def _heaviest(tree: dict[int, tuple[float, int]], place: int) -> tuple[float, int]:
    best = (0.0, -1)
    while place > 0:
        best = max(best, tree.get(place, best))
        place -= place & -place
    return best
