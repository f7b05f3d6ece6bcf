"""Counterparts for what a path that only runs forward left over.

A translator may move a sentence across others. The path then leaves out one of the
two, or hangs it on a neighbour that it has little to do with. Where the words are
clear, the two become a bead of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sphinx_amts.parallel_data.guide import Finder
from sphinx_amts.parallel_data.scoring import Scorer
from sphinx_amts.parallel_data.search import Bead

MOVED = 3.0
"""What a pair across others is worth at least, beyond what it costs. 2 and 4.5 do as
well; without such pairs .973, and moved sentences are lost."""


class _Loose(NamedTuple):
    """A sentence that may be paired otherwise."""

    bead: int  # place of the bead that it is in
    cost: float  # what taking it out of its bead costs; 0 for a leftover


class _Move(NamedTuple):
    """A source and a target that may become a bead."""

    gain: float
    source: int
    target: int


def pair_moved(beads: Sequence[Bead], scorer: Scorer) -> list[Bead]:
    """Pair leftovers of both sides across the others, the clearest first.

    One of the two may also be the first or the last of a bead with several sentences.
    """
    sources, targets = (_loose(beads, scorer, side) for side in (0, 1))
    used: set[int] = set()
    partners: dict[int, int] = {}
    for move in sorted(_moves(sources, targets, scorer), reverse=True):
        changed = {sources[move.source].bead, targets[move.target].bead}
        if not changed & used:
            partners[move.source] = move.target
            used |= changed
    return list(_rebuilt(beads, partners))


def _loose(beads: Sequence[Bead], scorer: Scorer, side: int) -> dict[int, _Loose]:
    found: dict[int, _Loose] = {}
    for number, bead in enumerate(beads):
        here, there = (bead.sources, bead.targets)[:: 1 - 2 * side]
        if not there:
            found.update((place, _Loose(number, 0.0)) for place in here)
        elif len(here) > 1:
            whole = scorer.words(bead.sources, bead.targets)
            for place, rest in ((here[0], here[1:]), (here[-1], here[:-1])):
                parts = (rest, there)[:: 1 - 2 * side]
                found[place] = _Loose(number, max(0.0, whole - scorer.words(*parts)))
    return found


def _moves(
    sources: Mapping[int, _Loose], targets: Mapping[int, _Loose], scorer: Scorer
) -> Iterator[_Move]:
    find = Finder(scorer, list(targets))
    for i, source in sources.items():
        for j in find.targets(i):
            cost = source.cost + targets[j].cost
            if not source.cost or not targets[j].cost:
                worth = scorer.words([i], [j]) + scorer.length(i, 1, j, 1)
                if worth - cost >= MOVED:
                    yield _Move(worth - cost, i, j)


def _rebuilt(beads: Sequence[Bead], partners: Mapping[int, int]) -> Iterator[Bead]:
    """Yield the new beads and what they leave of the old ones, by their sources."""
    moved = set(partners.values())
    for bead in beads:
        rest = Bead(
            tuple(i for i in bead.sources if i not in partners),
            tuple(j for j in bead.targets if j not in moved),
        )
        made = [
            Bead((i,), (partners[i],), is_moved=True)
            for i in bead.sources
            if i in partners
        ]
        if rest.sources or rest.targets:
            made.append(rest)
        yield from sorted(made, key=lambda each: each.sources)
