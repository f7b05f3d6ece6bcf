"""Taking what a job wrote: units under the job's own plan, and what did not come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sphinx_amts.engines.amazon.ledger import Outcome, now
from sphinx_amts.memory.store import Store
from sphinx_amts.text.segment import Segment
from sphinx_amts.translation.keys import lost_key
from sphinx_amts.translation.known import Shelf
from sphinx_amts.translation.ladder import Ladder
from sphinx_amts.translation.ladder import Outcome as Came

SHOWN = 5  # reasons that are kept of a job


class Taking:
    """Takes the results of one job in one language.

    ``shelf`` is where the job's plan says, whatever the settings are now. ``token`` is
    the job's; empty for one that did not come to its end.
    """

    def __init__(self, store: Store, shelf: Shelf, ladder: Ladder, token: str) -> None:
        self.tally = Tally()
        self.made: set[str] = set()  # keys
        self._store = store
        self._shelf = shelf
        self._ladder = ladder
        self._token = token

    def add(self, segments: Sequence[Segment], answers: Mapping[str, object]) -> None:
        """Keep one document's answers.

        What does not come back is noted under the job's token, if it ended well, and
        refused where an earlier job did not bring it either.
        """
        outcome = self._ladder.read(map(self._ladder.whole, segments), answers)
        self._shelf.put(outcome.targets)
        self.made.update(segment.key for segment, _ in outcome.targets)
        self.tally.count(outcome)
        refused = {**outcome.broken, **self._lost_again(outcome.lost)}
        # A text that came customised by other parallel data stays.
        self._shelf.refuse(
            (each, refused[each.key])
            for each in segments
            if each.key in refused and self._shelf.find(each.key) is None
        )

    def _lost_again(self, lost: Mapping[str, str]) -> dict[str, str]:
        """Note what did not come back; return what did not do so before either."""
        again, rows = {}, {}
        for key, reason in lost.items():
            row = lost_key(self._shelf.key(key))
            earlier = self._store.get(row)
            if self._token and earlier not in (None, self._token):
                again[key] = reason
            elif self._token:
                rows[row] = self._token
        self._store.put(rows)
        return again


@dataclass
class Tally:
    """Counts what became of a job's segments."""

    kept: int = 0
    refused: int = 0
    lost: int = 0
    reasons: tuple[str, ...] = ()

    def count(self, outcome: Came) -> None:
        """Count what became of a document's segments, and keep a few reasons."""
        self.kept += len(outcome.targets)
        self.lost += len(outcome.lost)
        self.refused += len(outcome.broken)
        reasons = (*self.reasons, *outcome.lost.values(), *outcome.broken.values())
        self.reasons = tuple(dict.fromkeys(reasons))[:SHOWN]

    def outcome(self, status: str) -> Outcome:
        """Return it as the ledger has it."""
        return Outcome(status, now(), self.kept, self.refused, self.lost, self.reasons)
