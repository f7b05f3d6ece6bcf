"""Batch jobs outside of a build: submit, look, collect, stop.

What several languages of a book lack alike, under equal settings, goes into one job.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sphinx_amts.book.book import Book
from sphinx_amts.book.opening import Warn, open_book
from sphinx_amts.book.purpose import Collect, Publish
from sphinx_amts.book.record import Records
from sphinx_amts.config import Settings
from sphinx_amts.engines.amazon.jobs import DESCRIBES_PER_S, MAX_TARGETS, AmazonJobs
from sphinx_amts.engines.amazon.ledger import FOLDER, Ledger, Plan
from sphinx_amts.engines.contract import EngineSetup
from sphinx_amts.engines.registry import make_engine
from sphinx_amts.errors import AmtsError
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment
from sphinx_amts.translation.asking import Problem
from sphinx_amts.translation.cost import Cost, cost_of
from sphinx_amts.translation.job_translator import JobTranslator
from sphinx_amts.translation.jobs import Jobs
from sphinx_amts.translation.submission import submit

PLANNED = "PLANNED"
"""Ours, beside the service's own: it is not known whether it was started."""


def translator_of(book: Book) -> JobTranslator:
    """Return what translates a book by jobs; raises `AmtsError` for another."""
    if isinstance(book.translator, JobTranslator):
        return book.translator
    raise _not_by_jobs(book.settings)


def _not_by_jobs(settings: Settings) -> AmtsError:
    return AmtsError(
        f"amts_engine is {settings.engine!r}. Batch jobs are made by the engine"
        " 'amazon-batch': set it in conf.py."
    )


# Submitting


@dataclass
class Language:
    """One language of a book, and what a job should bring for it."""

    book: Book  # that may ask
    segments: list[Segment]

    @property
    def jobs(self) -> Jobs:
        """Its jobs."""
        return translator_of(self.book).jobs

    @property
    def cost(self) -> Cost:
        """What a job for it costs."""
        quote = self.jobs.quote(self.segments)
        return cost_of(quote, self.jobs.pair, self.book.settings.prices)

    @property
    def likeness(self) -> str:
        """What two languages have to agree in for one job."""
        keys = sorted(segment.key for segment in self.segments)
        return json.dumps([self.jobs.service.request(self.jobs.pair), keys])


def language_of(
    book: Book,
    found: Collect,
    known: dict[str, Segment],
    warn: Warn,
    *,
    refresh: bool = False,
) -> Language:
    """Find what the next job of a collected book should bring.

    That is what no job has translated, real time's texts among it. With ``refresh``
    also what jobs translated with other parallel data than there are now, for which the
    service is asked. ``known`` has one object for a segment of all languages.
    """
    translator = translator_of(book)
    for key, look in found.looks.items():
        known.setdefault(key, look.segment)
    wanted = {
        piece.key: piece
        for key, look in found.looks.items()
        for piece in translator.pieces(look._replace(segment=known[key]))
    }
    if refresh:
        every = [known[key] for key in found.looks]
        wanted.update((each.key, each) for each in _old(translator, every))
    segments = translator.for_a_job(wanted.values(), again=refresh)
    translator.store.close()
    # The book was read by who may not ask; this one may.
    paying = open_book(
        book.settings, book.folder, translator.pair, Publish(), Records(), warn=warn
    )
    return Language(paying, segments)


def _old(translator: JobTranslator, segments: Sequence[Segment]) -> list[Segment]:
    """Return the segments that a job translated with other parallel data."""
    service = translator.jobs.service
    service.prepare(translator.pair)
    now = service.version([])
    versions = translator.versions(segments)
    return [segment for segment, version in versions if version != now]


def group(languages: Sequence[Language]) -> list[list[Language]]:
    """Put languages together that one job can serve."""
    groups: dict[str, list[Language]] = {}
    for each in languages:
        if each.segments:
            groups.setdefault(each.likeness, []).append(each)
    return [
        alike[start : start + MAX_TARGETS]
        for alike in groups.values()
        for start in range(0, len(alike), MAX_TARGETS)
    ]


def submit_group(languages: Sequence[Language]) -> Plan | None:
    """Start one job for languages that are alike; None where problems say why."""
    for each in languages:
        each.jobs.collect()  # what an earlier process may have begun to start
    first = translator_of(languages[0].book)
    segments = first.for_a_job(languages[0].segments, again=True)
    plan = submit([each.jobs for each in languages], segments)
    for each in languages:
        each.book.receipts.save()
        each.book.translator.store.close()
    return plan


# What becomes of them


@dataclass(frozen=True)
class Job:
    """A job as the ledger and the service know it."""

    job_id: str
    status: str
    source: str  # language
    targets: tuple[str, ...]
    segments: int
    characters: int  # for one language
    made: str  # date
    message: str = ""
    languages: dict[str, Any] = field(default_factory=dict)  # outcomes


def ledger_of(settings: Settings, folder: Path) -> Ledger:
    """Return the ledger of a book in ``folder``."""
    return Ledger(folder / settings.cache_dir / FOLDER)


def service_of(settings: Settings, folder: Path) -> AmazonJobs:
    """Return the service of a book's jobs; raises `AmtsError` where it has none."""
    setup = EngineSetup(settings.engine_options, vars(settings), folder)
    found = make_engine(settings.engine, setup)
    if isinstance(found, AmazonJobs):
        return found
    raise _not_by_jobs(settings)


def jobs_of(settings: Settings, folder: Path, *, every: bool = False) -> list[Job]:
    """Return the jobs that are not done, as the service says; ``every``: also others.

    Raises `AmtsError` where the service does not answer.
    """
    ledger = ledger_of(settings, folder)
    plans = [plan for plan in ledger.plans() if every or not ledger.is_done(plan)]
    return [_job(ledger, plan, settings, folder) for plan in plans]


def _job(ledger: Ledger, plan: Plan, settings: Settings, folder: Path) -> Job:
    outcomes = {target: ledger.outcome(plan, target) for target in plan.targets}
    done = {name: asdict(each) for name, each in outcomes.items() if each}
    job_id = ledger.job_id(plan)
    status, message = next((each["state"] for each in done.values()), PLANNED), ""
    if job_id and not ledger.is_done(plan):
        state = service_of(settings, folder).look(plan, job_id)
        time.sleep(1 / DESCRIBES_PER_S)
        status, message = state.status, state.message
    return Job(
        job_id,
        status,
        plan.source,
        plan.targets,
        plan.segments,
        plan.characters,
        plan.made,
        message,
        done,
    )


@dataclass(frozen=True)
class Collected:
    """What has been collected of one language."""

    language: str
    is_done: bool  # whether no job of it is open any more
    problems: list[Problem]


def collect(
    settings: Settings, folder: Path, names: Iterable[str], warn: Warn, *, wait: bool
) -> Iterator[Collected]:
    """Keep what jobs have brought, language by language.

    ``names`` are languages; without any, those of all jobs that are not done.
    """
    ledger = ledger_of(settings, folder)
    open_plans = [plan for plan in ledger.plans() if not ledger.is_done(plan)]
    targets = dict.fromkeys(target for plan in open_plans for target in plan.targets)
    for name in names or targets:
        try:
            pair = LanguagePair.of(settings.source_language, name)
        except ValueError as error:
            raise AmtsError(str(error)) from error
        book = open_book(settings, folder, pair, Publish(), Records(), warn=warn)
        jobs = translator_of(book).jobs
        jobs.collect()
        if wait:
            jobs.wait()
        book.receipts.save()
        book.translator.store.close()
        yield Collected(pair.target, not jobs.open, list(book.problems))


def stop(
    settings: Settings, folder: Path, job_ids: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Ask the service to end jobs; yields each with its status.

    Without ``job_ids``, all that are not done.
    """
    ledger = ledger_of(settings, folder)
    running = {
        ledger.job_id(plan): plan
        for plan in ledger.plans()
        if ledger.job_id(plan) and not ledger.is_done(plan)
    }
    for job_id in job_ids:
        if job_id not in running:
            raise AmtsError(f"no job {job_id!r} is running for this book")
    for job_id in job_ids or running:
        service = service_of(settings, folder)
        service.look(running[job_id], job_id)  # or it is another's
        yield job_id, service.stop(job_id)
