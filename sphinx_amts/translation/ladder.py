"""The ladder: what is tried for a segment that does not come back whole.

1. as it is, with many others in one request;
2. alone (where the engine repeats itself, only what its company was refused for);
3. its numbers and required terms as placeholders;
4. its inline tags emptied: their words are translated as texts of their own;
5. what is between brackets as texts of its own;
6. sentence by sentence, emptied too;
7. the source is kept, and the refusal remembered under the engine's signature, so that
   the same text is not paid for again.

Names travel as placeholders on each. Where all that a target lacks is a required term,
or one digit that may have become a word, it is kept unless the third rung brings that.

The requests of one rung go to the engine together; each one's results are given out as
soon as they are there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import cast

from sphinx_amts.engines.contract import Answer, Limits, Untranslated
from sphinx_amts.engines.packing import Attempt, Size, pack, pack_texts
from sphinx_amts.errors import SignError, TagError
from sphinx_amts.text.check import check
from sphinx_amts.text.faithful import faithful, lacks_digits, tokens
from sphinx_amts.text.hollow import apart, hollow
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.sentences import join_sentences, split_sentences
from sphinx_amts.text.shield import Find, shield
from sphinx_amts.text.tagged import has_words, parse, plain
from sphinx_amts.text.terms import NO_TERMS, RequiredTerms

_NO_ANSWER = Untranslated("no answer")

Rung = Callable[[Segment], "Attempt | None"]
Ask = Callable[[Sequence[Sequence[str]]], Iterator[Answer]]


class Fault(Enum):
    """What is wrong with what came back; it decides which rungs are of use."""

    TAGS = 1  # or no text
    REQUEST = 2  # all of it was refused
    SIGNS = 3  # a number, a bracket, a quote
    TERM = 4  # a required term is missing, or one digit: the target is kept for now


@dataclass
class Outcome:
    """What became of segments: each is a target, broken or lost."""

    targets: list[tuple[Segment, str]] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    """Why a segment, by its key, came back but not whole."""
    faults: dict[str, Fault] = field(default_factory=dict)
    """What is wrong, by key, with what is broken, and with a target to be bettered."""
    lost: dict[str, str] = field(default_factory=dict)
    """Why a segment, by its key, did not come back."""


@dataclass(frozen=True)
class Ladder:
    """The way of segments into requests, and of answers into targets."""

    limits: Limits
    size: Size  # bytes that a text adds to a request
    characters: Callable[[Sequence[str]], int]  # of a request, as they are paid for
    pair: LanguagePair
    repeats: bool = False  # see `Traits`
    terms: RequiredTerms = NO_TERMS

    def rungs(self) -> Iterator[Rung]:
        """Yield the rungs, one after the other."""
        yield self.whole
        yield self.alone
        yield self.shielded
        yield self.emptied
        yield self._apart
        yield self._sentences

    def is_of_use(self, rung: Rung, fault: Fault) -> bool:
        """Tell whether a rung may help.

        Alone, an engine may only repeat itself.
        """
        if rung == self.shielded:
            return fault in (Fault.SIGNS, Fault.TERM)
        if rung == self._apart:
            return fault is Fault.SIGNS
        if rung == self.alone and self.repeats:
            return fault is Fault.REQUEST
        return fault is not Fault.TERM

    def whole(self, segment: Segment) -> Attempt:
        """Return the first rung's attempt: the text, or its sentences if it is long."""
        limit = self.limits.max_bytes
        if limit and self.size(segment.source) > limit:
            return self._by_sentence(segment)
        return self.alone(segment)

    def alone(self, segment: Segment) -> Attempt:
        """Return the attempt that asks for a text as it is."""
        return self._named(_alone(segment))

    def shielded(self, segment: Segment) -> Attempt | None:
        """Return the attempt with numbers and terms as placeholders, if there are."""
        attempt = _shielded(_alone(segment), self._words_that_stay)
        return None if attempt.sources == self.alone(segment).sources else attempt

    def emptied(self, segment: Segment) -> Attempt | None:
        """Return the attempt that asks for a text and the words of its tags apart.

        ``None`` where there is no inline tag.
        """
        taken = hollow(segment.source)
        if not taken.inner:
            return None
        sources = tuple(dict.fromkeys(taken.sources()))
        return self._named(Attempt(segment, sources, taken.fill))

    def _named(self, attempt: Attempt) -> Attempt:
        return _shielded(attempt, self.terms.names) if self.terms else attempt

    def _words_that_stay(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield the places of terms and of what is like a number, as `Find` says."""
        found = list(self.terms.find(text))
        found += ((start, end, text[start:end]) for start, end in tokens(text))
        after = 0
        for start, end, target in sorted(found, key=lambda each: each[:2]):
            if start >= after:
                yield start, end, target
                after = end

    def _sentences(self, segment: Segment) -> Attempt | None:
        is_several = len(split_sentences(segment.source)) > 1
        return self._by_sentence(segment) if is_several else None

    def _apart(self, segment: Segment) -> Attempt | None:
        taken = apart(segment.source)
        if not taken.inner:
            return None
        return self._named(Attempt(segment, tuple(taken.sources()), taken.fill))

    def _by_sentence(self, segment: Segment) -> Attempt:
        parts = [hollow(part) for part in split_sentences(segment.source)]
        sources = dict.fromkeys(text for part in parts for text in part.sources())
        attempt = Attempt(
            segment,
            tuple(sources),
            lambda targets: join_sentences(
                [part.fill(targets) for part in parts], self.pair.target
            ),
        )
        return self._named(attempt)

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
        for group, numbers in zip(groups, waiting, strict=True):
            if not numbers:  # names only
                yield self.read(group, {})
        found: dict[str, object] = {}
        begun: dict[int, None] = {}  # groups with some of their answers
        for number, targets in ask(requests) if requests else ():
            found.update(zip(requests[number], targets, strict=True))
            for owner in owners[number]:
                begun[owner] = None
                waiting[owner].remove(number)
                if not waiting[owner]:
                    del begun[owner]
                    yield self.read(groups[owner], found)
        for owner in begun:  # of an engine that stopped half-way
            yield self.read(groups[owner], found)

    def read(self, attempts: Iterable[Attempt], found: Mapping[str, object]) -> Outcome:
        """Tell what became of segments; ``found`` has the answers by their texts."""
        outcome = Outcome()
        for attempt in attempts:
            segment = attempt.segment
            if reason := _why_lost(attempt, found):
                outcome.lost[segment.key] = reason
                continue
            try:
                target = self._target(attempt, found)
            except TagError as error:
                outcome.broken[segment.key] = str(error)
                is_shared = any(_is_shared(found[text]) for text in attempt.sources)
                fault = Fault.SIGNS if isinstance(error, SignError) else Fault.TAGS
                outcome.faults[segment.key] = Fault.REQUEST if is_shared else fault
            else:
                outcome.targets.append((segment, target))
                if self._is_flawed(segment.source, target):
                    outcome.faults[segment.key] = Fault.TERM
        return outcome

    def _is_flawed(self, source: str, target: str) -> bool:
        if self.terms.missed(source, target):
            return True
        return source != target and lacks_digits(source, target)

    def _target(self, attempt: Attempt, found: Mapping[str, object]) -> str:
        """Return a target that can take the source's place; raises `TagError`."""
        answers = {text: self._checked(text, found[text]) for text in attempt.sources}
        source = attempt.segment.source
        made = attempt.build(answers)
        if source in answers and made == answers[source] == found[source]:
            return made  # the whole, as it was answered: nothing new to look at
        return faithful(source, check(source, made), self.pair)

    def _checked(self, source: str, answer: object) -> str:
        if isinstance(answer, Untranslated):
            raise TagError(answer.reason)
        return faithful(source, check(source, cast(str, answer)), self.pair)


def _alone(segment: Segment) -> Attempt:
    """Return the attempt that asks for a text as it is."""
    source = segment.source
    return Attempt(segment, (source,), lambda targets: targets[source])


def _shielded(attempt: Attempt, find: Find) -> Attempt:
    """Return an attempt whose texts have what ``find`` finds as placeholders.

    A text of which no word is left is not asked for.
    """
    made = {text: shield(text, find) for text in attempt.sources}
    if not any(each.words for each in made.values()):
        return attempt
    texts = dict.fromkeys(each.text for each in made.values())
    sources = tuple(text for text in texts if has_words(plain(parse(text))))

    def build(targets: Mapping[str, str]) -> str:
        return attempt.build(
            {
                text: each.restore(targets.get(each.text, each.text))
                for text, each in made.items()
            }
        )

    return Attempt(attempt.segment, sources, build)


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


def _texts(group: Sequence[Attempt]) -> Iterable[str]:
    """Return the texts that a group needs, each once."""
    return dict.fromkeys(text for attempt in group for text in attempt.sources)
