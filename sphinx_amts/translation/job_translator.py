"""Translations that come by jobs, to this build or to a later one.

What a segment of a book built with `amazon-batch` has, best first:

1. people's text;
2. a job's;
3. real time's, kept under real time's own signature: for what is too small for a job,
   or came back from one damaged. A later job takes it along, and its text then wins.

A job is started only for what all documents lack together, and from a number of
characters on. Its segments are not sent again while it runs. Before anything else, a
build collects what jobs of earlier builds have brought, and starts again those of which
it is not known whether they were started: the service takes that for the same job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from sphinx_amts.engines.amazon.jobs import AmazonJobs
from sphinx_amts.memory.people import Match, People
from sphinx_amts.memory.store import Store
from sphinx_amts.memory.unit import Origin
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.terms import NO_TERMS, RequiredTerms
from sphinx_amts.translation import submission
from sphinx_amts.translation.asking import Order
from sphinx_amts.translation.jobs import Jobs
from sphinx_amts.translation.known import Known, Look
from sphinx_amts.translation.sharing import Sharing
from sphinx_amts.translation.translator import (
    Bill,
    Quote,
    Report,
    Translator,
    silent,
)
from sphinx_amts.warnings_ import Subtype

LONGEST_JOB_S = 2 * 24 * 3600.0
"""For how long a runner waits for a job of another one that lives:
https://docs.aws.amazon.com/translate/latest/dg/async-start.html"""
ROUNDS = 2
"""Jobs for one text: what a job does not bring is asked for once more."""


class LiveRoute:
    """Real time, for what is too little for a job."""

    def __init__(self, translator: Translator, jobs: Jobs) -> None:
        self.translator = translator
        self._jobs = jobs

    def ask(self, segments: Iterable[Segment], known: Known) -> dict[str, Match]:
        """Translate what is little; say that the rest is left to a job."""
        wanted = self.wanted(segments, known)
        if not wanted:
            return {}
        if not self.is_little(wanted):
            self._leave(len(wanted))
            return {}
        found = self.translator.ask(wanted)
        known.remember(found)
        return found

    def wanted(self, segments: Iterable[Segment], known: Known) -> list[Segment]:
        """Return the segments that nobody has translated or is to."""
        return [
            segment
            for segment in segments
            if not _has_target(known, segment)
            and self.translator.shelf.find(segment.key) is None
            and segment.key not in self._jobs.open_keys
        ]

    def is_little(self, segments: Sequence[Segment]) -> bool:
        """Tell whether real time may translate these, after what it did already."""
        sent = self.translator.asker.meter.characters
        cost = self.translator.quote(segments).characters
        return sent + cost < self._jobs.service.min_characters

    def _leave(self, count: int) -> None:
        switch = self._jobs.switch
        if switch.down or len(switch.problems):
            return
        message = (
            f"engine {self._jobs.service.name!r}: {count} segments are left to a batch"
            " job. Start it with `sphinx-amts batch submit`"
        )
        switch.note_failure(message)
        switch.problems.add(Subtype.ENGINE, message)


def _has_target(known: Known, segment: Segment) -> bool:
    match = known.find(segment)
    return match is not None and not match.refusal


class JobTranslator:
    """Translates by `Jobs`, and in real time what is little."""

    least_documents = 1

    def __init__(
        self,
        pair: LanguagePair,
        service: AmazonJobs,
        store: Store,
        read_people: Callable[[], People],
        order: Order,
        terms: RequiredTerms = NO_TERMS,
        sharing: Sharing | None = None,
    ) -> None:
        self.pair = pair
        self.store = store
        self.problems = order.problems
        self.sharing = sharing or Sharing()
        self.jobs = Jobs(pair, service, store, order, terms.everywhere, self.sharing)
        live = Translator(
            pair,
            service.live,
            store,
            lambda: self.known.people,
            order,
            terms,
            self.sharing,
        )
        self.live = LiveRoute(live, self.jobs)
        self._read_people = read_people
        self._known: Known | None = None

    # What is known

    @property
    def known(self) -> Known:
        """What people, jobs and real time have given, the best first."""
        collected = self.jobs.collected
        if self._known is None or self._known.collected != collected:
            before = self._known
            read = (lambda: before.people) if before else self._read_people
            shelves = [self.jobs.shelf, self.live.translator.shelf]
            self._known = Known(read, shelves, collected)
        return self._known

    @property
    def engine_name(self) -> str:
        """The service's name."""
        return self.jobs.service.name

    @property
    def wants_all(self) -> bool:
        """Whether the texts of all documents should be asked for at once."""
        return not self.down

    @property
    def down(self) -> str:
        """Why the service is not asked; empty if it is."""
        return self.jobs.switch.down

    @property
    def failure(self) -> str:
        """Why a segment got no answer, the first time."""
        return self.jobs.switch.failure or self.live.translator.failure

    @property
    def identity(self) -> str:
        """What changes when the same text might be translated otherwise."""
        return f"{self.jobs.signature} {self.jobs.collected}".strip()

    def may_ask(self, key: str) -> bool:
        """Tell whether a segment may be asked for; it may be on its way already."""
        return not self.down and (self.jobs.service.wait or not self.is_on_its_way(key))

    def is_on_its_way(self, key: str) -> bool:
        """Tell whether a job is to bring this segment."""
        return key in self.jobs.open_keys

    def is_settled(self, key: str) -> bool:
        """Tell whether nothing more can be had for a segment in this build."""
        match = self.known.find_key(key)
        if match is None:
            return not self.may_ask(key)
        return (
            match.origin is not Origin.MACHINE
            or not self._is_improvable(key)
            or not self.may_ask(key)
        )

    def _is_improvable(self, key: str) -> bool:
        """Tell whether a job, or real time after it, could still give a better text."""
        own = self.known.shelves[0].find(key)
        if own is None:
            return True
        return bool(own.refusal) and self.live.translator.shelf.find(key) is None

    # What is asked for

    def to_send(self, looks: Iterable[Look]) -> list[Segment]:
        """Return, once each, what is neither people's nor a job's."""
        wanted = {
            piece.key: piece
            for look in looks
            if self.may_ask(look.segment.key)
            for piece in self.pieces(look)
        }
        return list(wanted.values())

    def _is_open(self, look: Look) -> bool:
        if look.match is None or look.parts:
            return True
        if look.match.origin is Origin.MACHINE:
            return self._is_improvable(look.segment.key)
        return not look.match.origin.is_human

    def pieces(self, look: Look) -> list[Segment]:
        """Return what of a segment is neither people's nor a job's."""
        if not self._is_open(look):
            return []
        parts = self.known.parts(look.segment)
        if not parts:
            return [look.segment]
        return [
            part.segment
            for part in parts
            if part.match is None and self._is_improvable(part.segment.key)
        ]

    def for_a_job(
        self, segments: Iterable[Segment], *, again: bool = False
    ) -> list[Segment]:
        """Return what no job has brought yet, or is to bring.

        ``again``: also what one has brought.
        """
        shelf = self.known.shelves[0]
        return [
            segment
            for segment in segments
            if (again or shelf.find(segment.key) is None)
            and not self.is_on_its_way(segment.key)
        ]

    def ask(
        self, segments: Sequence[Segment], report: Report = silent
    ) -> dict[str, Match]:
        """Translate in real time what is little, and leave the rest to a job."""
        found = self.live.ask(segments, self.known)
        report(len(segments))
        return found

    def ask_for_all(
        self, segments: Sequence[Segment], report: Report = silent
    ) -> dict[str, Match]:
        """Have ``segments`` translated, by a job if they are enough for one."""
        self.jobs.collect()
        for _round in range(ROUNDS):
            looks = [self.known.look(each) for each in segments]
            wanted = self.for_a_job(self.to_send(looks))
            is_enough = wanted and not self.down and self.jobs.is_enough(wanted)
            began = is_enough and _submit(self.jobs, wanted, self.known)
            if not self.jobs.service.wait or not (began or self.jobs.open):
                break
            self.jobs.wait()
        self.live.ask(segments, self.known)
        report(len(segments))
        looked = ((each.key, self.known.find(each)) for each in segments)
        return {key: match for key, match in looked if match is not None}

    def complete(self, look: Look, made: Mapping[str, Match]) -> Look:
        """Return a look with what was made since."""
        if not made and not look.lacks:
            return look
        return self.known.look(look.segment)

    def collect(self) -> None:
        """Keep what jobs of earlier builds have brought."""
        self.jobs.collect()

    # What it costs

    def quote(self, segments: Sequence[Segment]) -> Quote:
        """Return who would translate these now, and what it would be sent."""
        wanted = self.for_a_job(segments)
        if self.jobs.is_enough(wanted):
            return self.jobs.quote(wanted)
        wanted = self.live.wanted(segments, self.known)
        wanted = wanted if self.live.is_little(wanted) else []
        return self.live.translator.quote(wanted)

    def worth(self, segments: Sequence[Segment]) -> Quote:
        """Return what segments that are known would have cost."""
        return self.jobs.quote(segments)

    def characters(self, segments: Iterable[Segment]) -> int:
        """Return what segments have in characters, each in a request of its own."""
        return self.jobs.ladder.cost([each.source] for each in segments)

    def bills(self) -> list[Bill]:
        """Return what was asked for in this build, by jobs and in real time."""
        return [self.jobs.bill, *self.live.translator.bills()]

    def check_pair(self) -> None:
        """Raise `UnsupportedPair` for a pair that is never translated."""
        self.jobs.service.check_pair(self.pair)

    def versions(self, segments: Iterable[Segment]) -> Iterator[tuple[Segment, str]]:
        """Yield the segments that a job translated, with what it was customised by.

        Of a segment that people know in part, the other parts.
        """
        shelf = self.known.shelves[0]
        for segment in segments:
            match = self.known.find(segment)
            if match is None or match.origin.is_human:
                continue
            unknown = [p.segment for p in self.known.parts(segment) if p.match is None]
            for piece in unknown or [segment]:
                if (unit := shelf.unit(piece.key)) is not None:
                    yield piece, unit.version


def _submit(jobs: Jobs, segments: Sequence[Segment], known: Known) -> bool:
    """Start a job for what no other runner has one for, and wait where that is set.

    What others hold is waited for, so that it comes once. Tells whether a job was
    started.
    """
    began = False
    with jobs.sharing.asking(
        jobs.shelf,
        segments,
        silent,
        portion=len(segments),
        patience_s=LONGEST_JOB_S,
    ) as asking:
        is_patient = jobs.service.wait
        for portion in asking.portions() if is_patient else [asking.first()]:
            if jobs.is_enough(portion):
                began = submission.submit([jobs], portion) is not None or began
            if jobs.switch.down:
                break
            if is_patient:
                jobs.wait()
    known.remember(asking.found)
    return began
