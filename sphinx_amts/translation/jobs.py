"""The jobs of one pair: what is open, what is on the bill, what has come.

They are planned in `sphinx_amts.translation.submission`, and what they wrote is taken
in `sphinx_amts.translation.results`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sphinx_amts.engines.amazon.jobs import (
    DESCRIBES_PER_S,
    DOCUMENT_BYTES,
    ENDED_BADLY,
    LAST_PAUSE_S,
    UNKNOWN,
    AmazonJobs,
    JobState,
)
from sphinx_amts.engines.amazon.ledger import FOLDER as LEDGER
from sphinx_amts.engines.amazon.ledger import Ledger, Plan, now
from sphinx_amts.engines.contract import Meter
from sphinx_amts.errors import EngineUnavailable
from sphinx_amts.memory.store import Store
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.terms import NO_TERMS, RequiredTerms
from sphinx_amts.translation.asking import Order, Switch
from sphinx_amts.translation.known import Shelf
from sphinx_amts.translation.ladder import Ladder
from sphinx_amts.translation.results import Taking, Tally
from sphinx_amts.translation.sharing import Sharing
from sphinx_amts.translation.translator import Bill, Quote
from sphinx_amts.warnings_ import Subtype

logger = logging.getLogger(__name__)

MAX_UNKNOWN = 20
"""Looks in a row at jobs of which the service tells nothing: some ten minutes."""
NOT_STARTED = "NOT_STARTED"
"""Ours, beside the service's states: a plan that could not, or must not, be started."""


class Jobs:
    """The jobs of one pair of a book."""

    def __init__(
        self,
        pair: LanguagePair,
        service: AmazonJobs,
        store: Store,
        order: Order,
        terms: RequiredTerms = NO_TERMS,
        sharing: Sharing | None = None,
    ) -> None:
        self.pair = pair
        self.service = service
        self.sharing = sharing or Sharing()
        self.switch = Switch(order)
        self.meter = Meter(order.budget)
        self.ledger = Ledger(store.folder.parent / LEDGER)
        self.ladder = Ladder(
            service.traits.limits,
            service.size,
            service.characters,
            pair,
            terms=terms,
        )
        self._store = store
        self._timeout_s = order.timeout_s
        self._made: set[str] = set()  # keys that jobs have translated in this build
        self._open_keys: frozenset[str] | None = None
        self._collected: str | None = None
        self._paid: dict[str, Plan] = {}  # started in this build, by token

    # What there is

    @property
    def signature(self) -> str:
        """The service's signature for this pair."""
        try:
            return self.service.signature(self.pair)
        except EngineUnavailable as error:
            self.fail(error)
            return self.service.name

    @property
    def shelf(self) -> Shelf:
        """Where a job's translations are, by the settings as they are now."""
        return Shelf(
            self._store,
            self.pair,
            self.signature,
            self.service.name,
            terms=self.ladder.terms,
        )

    @property
    def open(self) -> list[Plan]:
        """The jobs whose results have not been collected."""
        return self.ledger.open_jobs(self.pair)

    @property
    def open_keys(self) -> frozenset[str]:
        """The keys of all segments that a job is to bring."""
        if self._open_keys is None:
            self._open_keys = frozenset(
                key for job in self.open for key in self.ledger.keys(job)
            )
        return self._open_keys

    @property
    def collected(self) -> str:
        """What changes when the results of a job have been collected."""
        if self._collected is None:
            self._collected = self.ledger.collected(self.pair.target)
        return self._collected

    def look_again(self) -> None:
        """Forget what the ledger said."""
        self._open_keys = self._collected = None

    # What a job would be

    def ladder_of(self, plan: Plan) -> Ladder:
        """Return the way of a plan's segments, whatever the names are now."""
        names = RequiredTerms.of_names(plan.names, plan.source)
        return replace(self.ladder, terms=names)

    def texts(self, plan: Plan, name: str) -> list[str]:
        """Return the texts of a plan's document, each once."""
        return _texts(self.ladder_of(plan), self.ledger.segments(plan, name))

    def cost(self, documents: Iterable[Sequence[Segment]]) -> int:
        """Return what documents have in characters, as they are paid for."""
        return self.ladder.cost(_texts(self.ladder, each) for each in documents)

    def documents(self, segments: Iterable[Segment]) -> Iterator[list[Segment]]:
        """Divide segments into documents, the same ones for them in any order."""
        document: list[Segment] = []
        size = 0
        for segment in sorted(segments, key=lambda each: each.key):
            sources = self.ladder.whole(segment).sources
            length = sum(map(self.service.size, sources))
            if document and size + length > DOCUMENT_BYTES:
                yield document
                document, size = [], 0
            document.append(segment)
            size += length
        if document:
            yield document

    def quote(self, segments: Sequence[Segment]) -> Quote:
        """Return what a job for these would be sent."""
        documents = list(self.documents(segments))
        tariff, cost = self.service.traits.tariff, self.cost(documents)
        return Quote(self.service.name, tariff, segments, len(documents), cost)

    def is_enough(self, segments: Sequence[Segment]) -> bool:
        """Tell whether these are enough for a job that nobody asked for by hand."""
        return self.quote(segments).characters >= self.service.min_characters

    # The bill

    @property
    def bill(self) -> Bill:
        """What was asked for in this build."""
        tariff = self.service.traits.tariff
        return Bill(self.service.name, self.signature, tariff, self.meter, self._made)

    def pay(self, plan: Plan) -> bool:
        """Put a job on the bill; False where it would be over the cap."""
        if not self.meter.spend(plan.characters, len(plan.documents)):
            return False
        self._paid[plan.token] = plan
        return True

    def give_back(self, plan: Plan) -> None:
        """Take a job out of the bill: one that fails costs nothing."""
        if paid := self._paid.pop(plan.token, None):
            self.meter.give_back(paid.characters, len(paid.documents))

    # What becomes of them

    def fail(self, error: Exception) -> None:
        """Ask no more because of an error."""
        self.switch.stop(Subtype.ENGINE, f"engine {self.service.name!r}: {error}")

    def collect(self) -> list[tuple[Plan, JobState]]:
        """Keep what jobs have brought; return what the service says of open ones.

        Never raises for the service's sake: `problems` then say why nothing is known.
        """
        if strange := self.ledger.strange():
            self.switch.problems.add(
                Subtype.STORE,
                f"{strange[0]} is no batch job as sphinx_amts writes it, and counts for"
                f" nothing ({len(strange)} in all). Delete its folder.",
            )
        try:
            return [(plan, self._collect(plan)) for plan in self.open]
        except (EngineUnavailable, OSError) as error:
            self.fail(error)
            return []

    def _collect(self, plan: Plan) -> JobState:
        job_id = self.ledger.job_id(plan) or self._resume(plan)
        if not job_id:
            return JobState(NOT_STARTED)
        state = self.service.look(plan, job_id)
        if not state.is_running:
            self._keep(plan, job_id, state)
        return state

    def _resume(self, plan: Plan) -> str:
        """Start a job that may have been started; return the service's id.

        Empty where nothing may be asked, and where the settings are others by now, or
        what it sends is lost: the plan is then dropped. Raises `EngineUnavailable`.
        """
        if self.switch.down:
            return ""
        documents = [self.texts(plan, name) for name in plan.documents]
        if all(documents) and self.service.is_own(plan):
            # What the plan says of its length and its languages is not believed.
            cost = self.ladder.cost(documents) * len(plan.targets)
            return start(self, replace(plan, characters=cost))[0]
        self.ledger.drop(plan)
        self.look_again()
        logger.info(
            "sphinx_amts: the batch job that was planned on %s is not started: the"
            " settings are others by now. What it was to bring is asked for anew",
            plan.made,
        )
        return ""

    def wait(self) -> None:
        """Wait for the open jobs of this pair and keep what they bring."""
        pause_s, began = self.service.poll_s, time.monotonic()
        said: dict[str, str] = {}
        unknown = 0  # looks in a row that told nothing
        while jobs := self.open:
            states = self.collect()
            if self.switch.down:
                return
            for plan, state in states:
                if said.get(plan.token) != state.status:
                    said[plan.token] = state.status
                    say(plan, self.ledger.job_id(plan), state.status)
            is_unknown = any(state.status == UNKNOWN for _plan, state in states)
            unknown = unknown + 1 if is_unknown else 0
            if reason := self._end_of_patience(began, unknown, states):
                self.fail(
                    EngineUnavailable(
                        f"{reason}. The job goes on, and a later build collects it"
                    )
                )
                return
            if any(state.is_running for _plan, state in states):
                time.sleep(max(pause_s, len(jobs) / DESCRIBES_PER_S))
                pause_s = min(pause_s * 1.5, max(LAST_PAUSE_S, pause_s))

    def _end_of_patience(
        self, began: float, unknown: int, states: Sequence[tuple[Plan, JobState]]
    ) -> str:
        """Return why jobs are not waited for any longer; empty if they are."""
        if unknown >= MAX_UNKNOWN:
            return next(state.message for _, state in states if state.message)
        if self._timeout_s and time.monotonic() - began > self._timeout_s:
            return "its job takes longer than amts_timeout_s"
        return ""

    def _keep(self, plan: Plan, job_id: str, state: JobState) -> None:
        """Take what a job that has ended wrote in this language."""
        tally = Tally()
        if state.status == "FAILED":
            self.fail(
                EngineUnavailable(
                    f"job {job_id} failed. {state.message} It costs nothing. Build"
                    " again when the cause is gone"
                )
            )
            self.give_back(plan)
        else:
            tally = self._take_in(plan, state)
        self.ledger.note_end(plan, self.pair.target, tally.outcome(state.status))
        self.look_again()
        if tally.refused + tally.lost:
            logger.info(
                "sphinx_amts: of job %s, %d segments came back damaged and %d not at"
                " all: %s",
                job_id,
                tally.refused,
                tally.lost,
                "; ".join(tally.reasons),
            )
        if self.ledger.is_done(plan) and not self.service.keep_inputs:
            self.service.remove_inputs(plan)

    def _take_in(self, plan: Plan, state: JobState) -> Tally:
        """Keep what a job wrote; return what became of its segments."""
        target = self.pair.target
        shelf = Shelf(
            self._store,
            self.pair,
            plan.signatures[target],
            self.service.name,
            plan.version,
        )
        token = "" if state.status in ENDED_BADLY else plan.token
        taking = Taking(self._store, shelf, self.ladder_of(plan), token)
        results = self.service.results(plan, state, plan.codes[target])
        for name in plan.documents:
            answers = results.read(name, self.texts(plan, name))
            segments = self.ledger.segments(plan, name)
            taking.add(segments, answers)
            self.sharing.put(shelf, {shelf.key(each.key): each for each in segments})
        self._made |= taking.made
        return taking.tally


def _texts(ladder: Ladder, document: Sequence[Segment]) -> list[str]:
    attempts = map(ladder.whole, document)
    return list(dict.fromkeys(text for each in attempts for text in each.sources))


def start(jobs: Jobs, plan: Plan, payers: Sequence[Jobs] = ()) -> tuple[str, str]:
    """Bring a plan's documents to S3 and start the job; return its id and status.

    Does no harm where that was done before. Raises `EngineUnavailable`.
    """
    service, payers = jobs.service, payers or [jobs]
    if not all(each.pay(plan) for each in payers):
        for each in payers:
            each.give_back(plan)
        raise EngineUnavailable(
            f"a job of {plan.characters:,} characters would be over"
            " amts_max_characters. Raise it to have it started"
        )
    try:
        service.bucket(plan.bucket).check()
        for name in plan.documents:
            service.put(plan, name, jobs.texts(plan, name))
        job_id, status = service.start(plan)
    except BaseException:
        for each in payers:
            each.give_back(plan)
        raise
    jobs.ledger.note_start(plan, job_id, now())
    say(plan, job_id, status)
    return job_id, status


def say(plan: Plan, job_id: str, status: str) -> None:
    """Log what is known of a job."""
    logger.info(
        "sphinx_amts: batch job %s (%s to %s), %d segments in %d documents: %s",
        job_id,
        plan.source,
        ", ".join(plan.targets),
        plan.segments,
        len(plan.documents),
        status,
    )
