"""Translations that come by batch jobs, to this build or to a later one.

What a segment of a book built with `amazon-batch` has, best first:

1. people's text;
2. a batch job's;
3. real time's, kept under real time's own signature: for what is too small for a job,
   or came back from one damaged. A later job takes it along, and its text then wins.

A job is started only for what all documents lack together, and from a number of
characters on. Its segments are not sent again while it runs. Before anything else, a
build collects what jobs of earlier builds have brought, and starts again those of which
it is not known whether they were started: the service takes that for the same job.
"""

from __future__ import annotations

import datetime
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

from sphinx_amts.engines.amazon.jobs import (
    DESCRIBES_PER_S,
    DOCUMENT_BYTES,
    ENDED_BADLY,
    FOLDER,
    LAST_PAUSE_S,
    UNKNOWN,
    AmazonBatchEngine,
    JobState,
)
from sphinx_amts.engines.amazon.languages import codes_of
from sphinx_amts.engines.amazon.ledger import FOLDER as LEDGER
from sphinx_amts.engines.amazon.ledger import Ledger, Outcome, Plan
from sphinx_amts.engines.contract import Engine, Untranslated
from sphinx_amts.errors import EngineUnavailable
from sphinx_amts.memory.people import Match, People
from sphinx_amts.memory.store import Store
from sphinx_amts.memory.unit import Origin
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment
from sphinx_amts.translation.translator import Hall
from sphinx_amts.warnings_ import Subtype

logger = logging.getLogger(__name__)

ROUNDS = 2
"""Jobs for one text: what a job does not bring is asked for once more."""
MAX_UNKNOWN = 20
"""Looks in a row at jobs of which the service tells nothing: some ten minutes."""
DROPPED = "DROPPED"
"""Ours, beside the service's states: a plan that could not be started."""
SHOWN = 5  # reasons that are kept of a job
_LOST = "lost:"  # in the store, before the key of what a job did not bring


class BatchHall(Hall):
    """A hall whose engine answers by batch jobs."""

    def __init__(
        self,
        pair: LanguagePair,
        engine: Engine,
        store: Store,
        read_people: Callable[[], People],
        **options: Any,
    ) -> None:
        super().__init__(pair, engine, store, read_people, **options)
        self.batch = cast(AmazonBatchEngine, engine)
        self.ledger = Ledger(store.folder.parent / LEDGER)
        self.real_time = Hall(
            pair, self.batch.real_time, store, lambda: self.people, **options
        )
        self.helpers = (self.real_time,)
        self._open: frozenset[str] | None = None  # keys of what jobs are to bring
        self._edition: str | None = None
        self._paid: dict[str, Plan] = {}  # started in this build, by token

    # What is known

    def _stored(self, key: str) -> Match | None:
        own = super()._stored(key)
        if own is not None and own.target:
            return own
        return self.real_time._stored(key) or own

    def _is_improvable(self, key: str) -> bool:
        """Tell whether a job, or real time after it, could still give a better text."""
        own = super()._stored(key)
        if own is None:
            return True
        return bool(own.refusal) and self.real_time._stored(key) is None

    def lacks(self, segment: Segment) -> bool:
        """Tell whether a text, or a part of it, is neither people's nor a job's."""
        if super().lacks(segment):
            return True
        match = self.find(segment)
        if match is None or match.origin is Origin.MACHINE:
            return self._is_improvable(segment.key)
        return not match.origin.is_human and bool(self._pieces(segment))

    def _pieces(self, segment: Segment) -> list[Segment]:
        """Return what to send for a segment: parts, where people know the others."""
        parts = self.parts(segment)
        if not parts:
            return [segment]
        return [
            part.segment
            for part in parts
            if part.match is None and self._is_improvable(part.segment.key)
        ]

    def cut(self, segments: Iterable[Segment]) -> list[Segment]:
        """Return, once each, what to send for segments that lack a translation."""
        pieces = (piece for segment in segments for piece in self._pieces(segment))
        return list({piece.key: piece for piece in pieces}.values())

    def _derived_key(self, key: str) -> str:
        # What was put together of a job's parts is another text after the next job.
        return f"{super()._derived_key(key)}:{self.edition}"

    def is_settled(self, key: str) -> bool:
        """Tell whether nothing more can be had for a segment in this build."""
        match = self.find_key(key)
        if match is None:
            return not self.may_ask(key)
        return (
            match.origin is not Origin.MACHINE
            or not self._is_improvable(key)
            or not self.may_ask(key)
        )

    def may_ask(self, key: str) -> bool:
        """Tell whether a segment may be asked for; it may be on its way already."""
        return super().may_ask(key) and (self.batch.wait or not self.is_on_its_way(key))

    def is_on_its_way(self, key: str) -> bool:
        """Tell whether a job is to bring this segment."""
        return key in self._open_keys()

    def _open_keys(self) -> frozenset[str]:
        if self._open is None:
            jobs = self.ledger.open_jobs(self.pair)
            self._open = frozenset(key for job in jobs for key in self.ledger.keys(job))
        return self._open

    @property
    def edition(self) -> str:
        """What changes when the results of a job have been collected."""
        if self._edition is None:
            self._edition = self.ledger.edition(self.pair.target)
        return self._edition

    def _look_again(self) -> None:
        """Forget what the ledger said."""
        self._open = self._edition = None
        self._known.clear()

    # What is asked for

    def offer(self, segments: Sequence[Segment]) -> tuple[Hall, Sequence[Segment]]:
        """Return who would translate these now, and which of them."""
        wanted = self.for_a_job(segments)
        if self.is_enough(wanted):
            return self, wanted
        wanted = self._for_real_time(segments)
        return self.real_time, wanted if self._is_little(wanted) else []

    def for_a_job(
        self, segments: Iterable[Segment], *, again: bool = False
    ) -> list[Segment]:
        """Return what no job has brought yet, or is to bring.

        ``again``: also what one has brought.
        """
        return [
            segment
            for segment in segments
            if (again or super(BatchHall, self)._stored(segment.key) is None)
            and not self.is_on_its_way(segment.key)
        ]

    def _for_real_time(self, segments: Iterable[Segment]) -> list[Segment]:
        return [
            segment
            for segment in segments
            if not self._has_target(segment)
            and self.real_time._stored(segment.key) is None
            and not self.is_on_its_way(segment.key)
        ]

    def _has_target(self, segment: Segment) -> bool:
        match = self.find(segment)
        return match is not None and not match.refusal

    def _is_little(self, segments: Sequence[Segment]) -> bool:
        """Tell whether real time may translate these, after what it did already."""
        cost = self.real_time.characters(self.real_time.plan(segments))
        return self.real_time.meter.characters + cost < self.batch.min_characters

    def is_enough(self, segments: Sequence[Segment]) -> bool:
        """Tell whether these are enough for a job that nobody asked for by hand."""
        return self._size_of(segments) >= self.batch.min_characters

    def _size_of(self, segments: Sequence[Segment]) -> int:
        return self.characters(self.plan(segments)) if segments else 0

    def plan(self, segments: Iterable[Segment]) -> list[list[str]]:
        """Return the texts of each document that a job would get."""
        return [self.texts(document) for document in self.documents(segments)]

    def texts(self, document: Sequence[Segment]) -> list[str]:
        """Return the texts of a document, each once."""
        recipes = self.recipes(document)
        return list(dict.fromkeys(text for each in recipes for text in each.sources))

    def documents(self, segments: Iterable[Segment]) -> Iterator[list[Segment]]:
        """Divide segments into documents, the same ones for them in any order."""
        document: list[Segment] = []
        size = 0
        for recipe in self.recipes(sorted(segments, key=lambda each: each.key)):
            length = sum(map(self.batch.size, recipe.sources))
            if document and size + length > DOCUMENT_BYTES:
                yield document
                document, size = [], 0
            document.append(recipe.segment)
            size += length
        if document:
            yield document

    def fill(
        self,
        segments: Sequence[Segment],
        report: Callable[[int], None] = lambda done: None,
    ) -> None:
        """Translate in real time what is little, and leave the rest to a job."""
        self._fill_in_real_time(segments)
        report(len(segments))

    def fill_all(
        self,
        segments: Sequence[Segment],
        report: Callable[[int], None] = lambda done: None,
    ) -> None:
        """Have ``segments`` translated, by a job if they are enough for one."""
        self.collect()
        for _round in range(ROUNDS):
            wanted = self.for_a_job(self.missing(segments))
            if wanted and not self.down and self.is_enough(wanted):
                submit([self], wanted)
            if not self.batch.wait or not self.ledger.open_jobs(self.pair):
                break
            self.wait()
        self._fill_in_real_time(segments)
        report(len(segments))

    def _fill_in_real_time(self, segments: Sequence[Segment]) -> None:
        wanted = self._for_real_time(segments)
        if not wanted:
            return
        if not self._is_little(wanted):
            self._leave(len(wanted))
            return
        cap = self.meter.max_characters
        if cap is not None:
            self.real_time.meter.max_characters = cap - self.meter.characters
        self.real_time.fill(wanted)
        for segment in wanted:
            self._known.pop(segment.key, None)
        self.notices += self.real_time.notices
        self.failure = self.failure or self.real_time.failure
        self.real_time.notices.clear()

    def _leave(self, count: int) -> None:
        if not self.down and not self.notices:
            self.failure = (
                f"engine {self.engine.name!r}: {count} segments are left to a batch"
                " job. Start it with `sphinx-amts batch submit`"
            )
            self.notices.append((Subtype.ENGINE, self.failure))

    # Jobs

    def collect(self) -> list[tuple[Plan, JobState]]:
        """Keep what jobs have brought; return what the service says of open ones.

        Never raises for the service's sake: `notices` then says why nothing is known.
        """
        try:
            jobs = self.ledger.open_jobs(self.pair)
            return [(plan, self._collect(plan)) for plan in jobs]
        except (EngineUnavailable, OSError) as error:
            self.stop(Subtype.ENGINE, f"engine {self.engine.name!r}: {error}")
            return []

    def _collect(self, plan: Plan) -> JobState:
        job_id = self.ledger.job_id(plan) or self._resume(plan)
        if not job_id:
            return JobState(DROPPED)
        state = self.batch.describe(job_id)
        if not state.is_running:
            self._keep(plan, job_id, state)
        return state

    def _resume(self, plan: Plan) -> str:
        """Start a job that may have been started; return the service's id.

        Empty where that is refused and the settings are others by now: the plan is then
        dropped. Raises `EngineUnavailable` where they are the same.
        """
        try:
            return start(self, plan)[0]
        except EngineUnavailable:
            now = self.batch.bucket_name, self.batch.request(self.pair)
            if now == (plan.bucket, plan.request):
                raise
        self.ledger.drop(plan)
        self._look_again()
        return ""

    def wait(self) -> None:
        """Wait for the open jobs of this pair and keep what they bring."""
        pause_s, began = self.batch.poll_s, time.monotonic()
        said: dict[str, str] = {}
        unknown = 0  # looks in a row that told nothing
        while jobs := self.ledger.open_jobs(self.pair):
            states = self.collect()
            if self.down:
                return
            for plan, state in states:
                if said.get(plan.token) != state.status:
                    said[plan.token] = state.status
                    _say(plan, self.ledger.job_id(plan), state.status)
            is_unknown = any(state.status == UNKNOWN for _plan, state in states)
            unknown = unknown + 1 if is_unknown else 0
            if reason := self._end_of_patience(began, unknown, states):
                self.stop(
                    Subtype.ENGINE,
                    f"engine {self.engine.name!r}: {reason}. The job goes on, and a"
                    " later build collects it",
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
        target = self.pair.target
        found = _Tally()
        if state.status == "FAILED":
            self.stop(
                Subtype.ENGINE,
                f"engine {self.engine.name!r}: job {job_id} failed."
                f" {state.message} It costs nothing. Build again when the cause is"
                " gone",
            )
            self._give_back(plan)
        else:
            results = self.batch.results(plan, state, plan.codes[target])
            with _Under(self, plan):
                for name in plan.documents:
                    segments = self.ledger.segments(plan, name)
                    answers = results.read(name, self.texts(segments))
                    is_final = state.status not in ENDED_BADLY
                    self._take(segments, answers, plan.token * is_final, found)
        outcome = Outcome(
            state.status, _now(), found.kept, found.refused, found.lost, found.reasons
        )
        self.ledger.note_end(plan, target, outcome)
        self._look_again()
        if found.refused + found.lost:
            logger.info(
                "sphinx_amts: of job %s, %d segments came back damaged and %d not at"
                " all: %s",
                job_id,
                found.refused,
                found.lost,
                "; ".join(found.reasons),
            )
        if self.ledger.is_done(plan) and not self.batch.keep_inputs:
            self.batch.remove_inputs(plan)

    def _take(
        self,
        segments: Sequence[Segment],
        answers: Mapping[str, object],
        token: str,
        found: _Tally,
    ) -> None:
        """Keep one document's answers.

        What does not come back is noted under the job's ``token``, if there is one, and
        refused where an earlier job did not bring it either.
        """
        broken = self.take(segments, answers)
        rows, refused = {}, {}
        for recipe in self.recipes(segments):
            key = recipe.segment.key
            if self.is_lost(key):
                self._failed.discard(key)  # to be asked for once more
                reason = found.lose(answers[text] for text in recipe.sources)
                row = _LOST + self._key(key)
                earlier = self.store.get(row)
                if token and earlier not in (None, token):
                    refused[key] = reason
                elif token:
                    rows[row] = token
            elif key in broken:
                refused[key] = found.refuse(broken[key])
            else:
                found.kept += 1
        self.store.put(rows)
        # A text that came customised by other parallel data stays.
        self._refuse(
            [
                each
                for each in segments
                if each.key in refused
                and super(BatchHall, self)._stored(each.key) is None
            ],
            refused,
        )

    def _give_back(self, plan: Plan) -> None:
        """Take a job out of the bill: one that fails costs nothing."""
        if self._paid.pop(plan.token, None):
            self.meter.characters -= plan.characters
            self.meter.requests -= len(plan.documents)

    def versions(self, segments: Iterable[Segment]) -> Iterator[tuple[Segment, str]]:
        """Yield the segments that a job translated, with what it was customised by.

        Of a segment that people know in part, the other parts.
        """
        for segment in segments:
            match = self.find(segment)
            if match is None or match.origin.is_human:
                continue
            parts = [part.segment for part in self.parts(segment) if part.match is None]
            for piece in parts or [segment]:
                text = self.store.get(self._key(piece.key))
                if text is not None:
                    yield piece, _version(text)


def _version(text: str) -> str:
    try:
        return str(json.loads(text).get("version", ""))
    except (ValueError, AttributeError):
        return ""


@dataclass
class _Tally:
    """Counts what became of a job's segments."""

    kept: int = 0
    refused: int = 0
    lost: int = 0
    reasons: tuple[str, ...] = ()

    def lose(self, answers: Iterable[object]) -> str:
        """Count a loss; return the reason for it."""
        reasons = (each.reason for each in answers if isinstance(each, Untranslated))
        self.lost += 1
        return self._note(next(reasons, "no answer"))

    def refuse(self, reason: str) -> str:
        """Count what came back damaged; return the reason."""
        self.refused += 1
        return self._note(reason)

    def _note(self, reason: str) -> str:
        if reason not in self.reasons and len(self.reasons) < SHOWN:
            self.reasons = (*self.reasons, reason)
        return reason


class _Under:
    """Has a hall keep units as a job's plan says, whatever the settings are now."""

    def __init__(self, hall: BatchHall, plan: Plan) -> None:
        self._hall = hall
        self._plan = plan

    def __enter__(self) -> None:
        self._before = self._hall._signature, self._hall.failure
        self._hall._signature = self._plan.signatures[self._hall.pair.target]
        self._hall.version = self._plan.version

    def __exit__(self, *error: object) -> None:
        self._hall._signature, self._hall.failure = self._before


def submit(halls: Sequence[BatchHall], segments: Sequence[Segment]) -> Plan | None:
    """Start one job for what several languages lack alike; None where that failed.

    The halls are of one book and ask for the same in other languages. Never raises for
    the service's sake: their `notices` then say why.
    """
    try:
        for hall in halls:
            hall.batch.load(hall.pair)
        return _submit(halls, segments)
    except (EngineUnavailable, OSError) as error:
        for hall in halls:
            hall.stop(Subtype.ENGINE, f"engine {hall.engine.name!r}: {error}")
        return None
    finally:
        for hall in halls:
            hall._look_again()


def _submit(halls: Sequence[BatchHall], segments: Sequence[Segment]) -> Plan | None:
    first = halls[0]
    while plan := _planned(halls, segments):
        _job_id, status = start(first, plan, halls)
        if status not in ENDED_BADLY:
            return plan
        # A job of earlier, which the ledger has forgotten and the service has not.
        for hall in halls:
            hall.ledger.note_end(plan, hall.pair.target, Outcome(status, _now()))
            hall._give_back(plan)
    return None


def _planned(halls: Sequence[BatchHall], segments: Sequence[Segment]) -> Plan | None:
    first = halls[0]
    codes = {hall.pair.target: codes_of(hall.pair)[1] for hall in halls}
    version = first.batch.version(list(codes.values()))
    segments = _affordable(halls, segments)
    documents = list(first.documents(segments))
    if not documents:
        return None
    signatures = {hall.pair.target: hall.signature for hall in halls}
    request = first.batch.request(first.pair)
    keys = sorted(segment.key for segment in segments)
    asked = json.dumps([first.pair.source, signatures, request, version, keys])
    base = sha256(asked.encode()).hexdigest()
    attempt = first.ledger.attempt(base)
    plan = Plan(
        base=base,
        attempt=attempt,
        made=_now(),
        source=first.pair.source,
        signatures=signatures,
        codes=codes,
        version=version,
        bucket=str(first.batch.bucket_name),
        folder="",
        request=request,
        documents=tuple(f"{n:04}.html" for n in range(1, len(documents) + 1)),
        segments=len(segments),
        characters=first.characters(map(first.texts, documents)),
    )
    plan = Plan(
        **{**vars(plan), "folder": f"{first.batch.prefix}/{FOLDER}/{plan.token[:20]}"}
    )
    first.ledger.write(plan, zip(plan.documents, documents, strict=True))
    return plan


def _affordable(
    halls: Sequence[BatchHall], segments: Sequence[Segment]
) -> Sequence[Segment]:
    """Return the first segments, as many as may still be sent in each language."""
    left = min(hall.meter.left for hall in halls)
    if left == float("inf"):
        return segments
    taken = []
    ordered = sorted(segments, key=lambda each: each.key)
    for recipe in halls[0].recipes(ordered):
        left -= sum(map(halls[0].batch.characters_at_most, recipe.sources))
        if left < 0:
            break
        taken.append(recipe.segment)
    if len(taken) < len(ordered):
        for hall in halls:
            hall._stop_at_cap(len(ordered) - len(taken))
    return taken


def start(
    hall: BatchHall, plan: Plan, payers: Sequence[BatchHall] = ()
) -> tuple[str, str]:
    """Bring a plan's documents to S3 and start the job; return its id and status.

    Does no harm where that was done before. Raises `EngineUnavailable`.
    """
    batch = hall.batch
    batch.bucket(plan.bucket).check()
    for name in plan.documents:
        batch.put(plan, name, hall.texts(hall.ledger.segments(plan, name)))
    job_id, status = batch.start(plan)
    hall.ledger.note_start(plan, job_id, _now())
    for payer in payers or [hall]:
        payer.meter.characters += plan.characters
        payer.meter.requests += len(plan.documents)
        payer._paid[plan.token] = plan
    _say(plan, job_id, status)
    return job_id, status


def _say(plan: Plan, job_id: str, status: str) -> None:
    logger.info(
        "sphinx_amts: batch job %s (%s to %s), %d segments in %d documents: %s",
        job_id,
        plan.source,
        ", ".join(plan.targets),
        plan.segments,
        len(plan.documents),
        status,
    )


def _now() -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.isoformat(timespec="microseconds")
