"""The ladder: what is tried for a segment that does not come back whole.

1. as it is, with many others in one request;
2. alone (where the engine repeats itself, only what its company was refused for);
3. its inline tags emptied: their words are translated as texts of their own;
4. sentence by sentence, emptied too;
5. the source is kept, and the refusal remembered under the engine's signature, so that
   the same text is not paid for again.

The requests of one rung go to the engine together; each one's results are given out as
soon as they are there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from sphinx_amts.engines.contract import Answer, Limits, Untranslated
from sphinx_amts.engines.packing import Attempt, Size, pack, pack_texts
from sphinx_amts.errors import TagError
from sphinx_amts.text.check import check
from sphinx_amts.text.hollow import hollow
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.sentences import join_sentences, split_sentences

_NO_ANSWER = Untranslated("no answer")

Rung = Callable[[Segment], "Attempt | None"]
Ask = Callable[[Sequence[Sequence[str]]], Iterator[Answer]]


@dataclass
class Outcome:
    """What became of segments: each is in one of the three."""

    targets: list[tuple[Segment, str]] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    """Why a segment, by its key, came back but not whole."""
    shared: set[str] = field(default_factory=set)
    """Of these, the keys of those whose whole request was refused."""
    lost: dict[str, str] = field(default_factory=dict)
    """Why a segment, by its key, did not come back."""


@dataclass(frozen=True)
class Ladder:
    """The way of segments into requests, and of answers into targets."""

    limits: Limits
    size: Size  # bytes that a text adds to a request
    characters: Callable[[Sequence[str]], int]  # of a request, as they are paid for
    language: str  # of the target
    repeats: bool = False  # see `Traits`

    def rungs(self) -> Iterator[Rung]:
        """Yield the rungs, one after the other."""
        yield self.whole
        yield alone
        yield emptied
        yield self._sentences

    def is_of_use(self, rung: Rung, is_shared: bool) -> bool:
        """Tell whether a rung may help: alone, an engine may only repeat itself."""
        return rung is not alone or not self.repeats or is_shared

    def whole(self, segment: Segment) -> Attempt:
        """Return the first rung's attempt: the text, or its sentences if it is long."""
        limit = self.limits.max_bytes
        if limit and self.size(segment.source) > limit:
            return self._by_sentence(segment)
        return alone(segment)

    def _sentences(self, segment: Segment) -> Attempt | None:
        is_several = len(split_sentences(segment.source)) > 1
        return self._by_sentence(segment) if is_several else None

    def _by_sentence(self, segment: Segment) -> Attempt:
        parts = [hollow(part) for part in split_sentences(segment.source)]
        sources = dict.fromkeys(text for part in parts for text in part.sources())
        return Attempt(
            segment,
            tuple(sources),
            lambda targets: join_sentences(
                [part.fill(targets) for part in parts], self.language
            ),
        )

    # Requests

    def plan(self, segments: Iterable[Segment]) -> list[list[str]]:
        """Return the requests that are sent for segments at first."""
        attempts = list(map(self.whole, segments))
        return self.requests(pack(attempts, self.limits, self.size))

    def cost(self, requests: Iterable[Sequence[str]]) -> int:
        """Return the characters of requests as they are paid for."""
        return sum(map(self.characters, requests))

    def requests(self, groups: Iterable[Sequence[Attempt]]) -> list[list[str]]:
        """Return the requests for groups; a text that several need is in the first."""
        requests: list[list[str]] = []
        seen: set[str] = set()
        for group in groups:
            new = [text for text in _texts(group) if text not in seen]
            requests += pack_texts(new, self.limits, self.size)
            seen.update(new)
        return requests

    def affordable(
        self, attempts: list[Attempt], left: float, *, is_alone: bool
    ) -> list[Attempt]:
        """Return the first of ``attempts``, as many as ``left`` characters pay for."""
        if left == float("inf"):
            return attempts

        def cost(count: int) -> int:
            groups = self.groups(attempts[:count], is_alone=is_alone)
            return self.cost(self.requests(groups))

        count = bisect_right(range(len(attempts) + 1), left, key=cost) - 1
        while cost(count) > left:  # more texts may pack better
            count -= 1
        return attempts[:count]

    def groups(
        self, attempts: Sequence[Attempt], *, is_alone: bool
    ) -> list[list[Attempt]]:
        """Put attempts together that are asked for in one request, or few."""
        return pack(attempts, self.limits, self.size, alone=is_alone)

    # Answers

    def climb(self, groups: Sequence[Sequence[Attempt]], ask: Ask) -> Iterator[Outcome]:
        """Ask for groups; yield what became of each as soon as it is known.

        Not of groups that an engine did not get to before it stopped.
        """
        requests = self.requests(groups)
        place = {text: number for number, each in enumerate(requests) for text in each}
        waiting = [{place[text] for text in _texts(group)} for group in groups]
        owners: list[list[int]] = [[] for _ in requests]
        for owner, numbers in enumerate(waiting):
            for number in numbers:
                owners[number].append(owner)
        found: dict[str, object] = {}
        begun: dict[int, None] = {}  # groups with some of their answers
        for number, targets in ask(requests):
            found.update(zip(requests[number], targets, strict=True))
            for owner in owners[number]:
                begun[owner] = None
                waiting[owner].remove(number)
                if not waiting[owner]:
                    del begun[owner]
                    yield read(groups[owner], found)
        for owner in begun:  # of an engine that stopped half-way
            yield read(groups[owner], found)


def alone(segment: Segment) -> Attempt:
    """Return the attempt that asks for a text as it is."""
    source = segment.source
    return Attempt(segment, (source,), lambda targets: targets[source])


def emptied(segment: Segment) -> Attempt | None:
    """Return the attempt that asks for a text and the words of its inline tags apart.

    ``None`` where there is no inline tag.
    """
    taken = hollow(segment.source)
    if not taken.inner:
        return None
    return Attempt(segment, tuple(dict.fromkeys(taken.sources())), taken.fill)


def read(attempts: Iterable[Attempt], found: Mapping[str, object]) -> Outcome:
    """Tell what became of segments; ``found`` has the answers by their texts."""
    outcome = Outcome()
    for attempt in attempts:
        segment = attempt.segment
        if reason := _why_lost(attempt, found):
            outcome.lost[segment.key] = reason
            continue
        try:
            answers = {text: _checked(text, found[text]) for text in attempt.sources}
            target = check(segment.source, attempt.build(answers))
        except TagError as error:
            outcome.broken[segment.key] = str(error)
            if any(_is_shared(found[text]) for text in attempt.sources):
                outcome.shared.add(segment.key)
        else:
            outcome.targets.append((segment, target))
    return outcome


def _why_lost(attempt: Attempt, found: Mapping[str, object]) -> str:
    """Say why an attempt lacks an answer; empty if it lacks none."""
    for text in attempt.sources:
        answer = found.get(text, _NO_ANSWER)
        if isinstance(answer, Untranslated):
            if not answer.is_broken:
                return answer.reason
        elif not isinstance(answer, str):
            return f"{type(answer).__name__} in place of text"
    return ""


def _is_shared(answer: object) -> bool:
    return isinstance(answer, Untranslated) and answer.is_shared


def _checked(source: str, answer: object) -> str:
    """Return an answer that can take the source's place; raises `TagError`."""
    if isinstance(answer, Untranslated):
        raise TagError(answer.reason)
    return check(source, cast(str, answer))


def _texts(group: Sequence[Attempt]) -> Iterable[str]:
    """Return the texts that a group needs, each once."""
    return dict.fromkeys(text for attempt in group for text in attempt.sources)
