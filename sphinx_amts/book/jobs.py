"""Batch jobs outside of a build: submit, look, collect, stop.

What several languages of a book lack alike, under equal settings, goes into one job.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from sphinx_amts.book.doctor import read_conf
from sphinx_amts.book.exchange import opened, read_build
from sphinx_amts.engines.amazon.jobs import DESCRIBES_PER_S, MAX_TARGETS
from sphinx_amts.engines.amazon.ledger import FOLDER, Ledger, Plan
from sphinx_amts.errors import AmtsError
from sphinx_amts.hosts.sphinx.localized import Build
from sphinx_amts.text.segment import Segment
from sphinx_amts.translation.cost import Cost, cost_of
from sphinx_amts.translation.jobs import BatchHall, submit

PLANNED = "PLANNED"
"""Ours, beside the service's own: it is not known whether it was started."""


@dataclass
class Language:
    """One language of a book, and what a job should bring for it."""

    build: Build
    segments: list[Segment]

    @property
    def hall(self) -> BatchHall:
        """Its hall."""
        return hall_of(self.build)

    @property
    def cost(self) -> Cost:
        """What a job for it costs."""
        return cost_of(self.hall, self.segments, self.build.settings.prices)

    @property
    def likeness(self) -> str:
        """What two languages have to agree in for one job."""
        keys = sorted(segment.key for segment in self.segments)
        return json.dumps([self.hall.batch.request(self.hall.pair), keys])


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


def hall_of(build: Build) -> BatchHall:
    """Return the hall of a book with batch jobs; raises `AmtsError` for another."""
    if isinstance(build.hall, BatchHall):
        return build.hall
    raise AmtsError(
        f"amts_engine is {build.hall.engine.name!r}. Batch jobs are made by the engine"
        " 'amazon-batch': set it in conf.py."
    )


def read_languages(
    source: Path, names: Sequence[str], warnings: TextIO, *, refresh: bool = False
) -> list[Language]:
    """Read a book in each language; find what its next job should bring.

    That is what no job has translated, real time's texts among it. With ``refresh``
    also what jobs translated with other parallel data than there are now, for which the
    service is asked.
    """
    known: dict[str, Segment] = {}  # one object for a segment of all languages
    found = []
    for name in names:
        build, book = read_build(source, name, warnings)
        hall = hall_of(build)
        hall.down = hall.failure = ""
        hall.notices.clear()
        every = [known.setdefault(key, segment) for key, (segment, _) in book.items()]
        wanted = hall.cut(filter(hall.lacks, every))
        if refresh:
            wanted += _old(hall, every)
        found.append(Language(build, hall.for_a_job(wanted, again=refresh)))
        hall.store.close()
    return found


def _old(hall: BatchHall, segments: Sequence[Segment]) -> list[Segment]:
    """Return the segments that a job translated with other parallel data."""
    hall.batch.load(hall.pair)
    now = hall.batch.version([])
    return [segment for segment, version in hall.versions(segments) if version != now]


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
    """Start one job for languages that are alike; None where their notices say why."""
    halls = [each.hall for each in languages]
    for hall in halls:
        hall.collect()  # what an earlier process may have begun to start
    plan = submit(halls, halls[0].for_a_job(languages[0].segments, again=True))
    for each in languages:
        each.build.receipts.save()
        each.hall.store.close()
    return plan


def ledger_of(source: Path) -> Ledger:
    """Return the ledger of a book; raises `AmtsError` for a folder that is none."""
    if not (source / "conf.py").is_file():
        raise AmtsError(f"{source}: there is no conf.py in this folder")
    return Ledger(source / read_conf(source).cache_dir / FOLDER)


def jobs_of(source: Path, warnings: TextIO, *, every: bool = False) -> list[Job]:
    """Return the jobs that are not done, as the service says; ``every``: also others.

    Raises `AmtsError` where the service does not answer.
    """
    ledger = ledger_of(source)
    return [
        _job(ledger, plan, source, warnings)
        for plan in ledger.plans()
        if every or not ledger.is_done(plan)
    ]


def _job(ledger: Ledger, plan: Plan, source: Path, warnings: TextIO) -> Job:
    outcomes = {target: ledger.outcome(plan, target) for target in plan.targets}
    done = {name: asdict(each) for name, each in outcomes.items() if each}
    job_id = ledger.job_id(plan)
    status, message = next((each["state"] for each in done.values()), PLANNED), ""
    if job_id and not ledger.is_done(plan):
        with opened(source, plan.targets[0], warnings) as (_app, build):
            state = hall_of(build).batch.describe(job_id)
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


def collect(
    source: Path, names: Sequence[str], warnings: TextIO, *, wait: bool
) -> Iterator[tuple[str, bool, list[str]]]:
    """Keep what jobs have brought, language by language.

    ``names`` are languages; without any, those of all jobs that are not done. Yields
    each with whether all its jobs are done, and what a user must be told.
    """
    ledger = ledger_of(source)
    open_plans = [plan for plan in ledger.plans() if not ledger.is_done(plan)]
    targets = dict.fromkeys(target for plan in open_plans for target in plan.targets)
    for name in names or targets:
        with opened(source, name, warnings) as (_app, build):
            hall = hall_of(build)
            hall.collect()
            if wait:
                hall.wait()
            build.receipts.save()
            hall.store.close()
            said = [message for _subtype, message in hall.notices]
            yield hall.pair.target, not ledger.open_jobs(hall.pair), said


def stop(
    source: Path, job_ids: Sequence[str], warnings: TextIO
) -> Iterator[tuple[str, str]]:
    """Ask the service to end jobs; yields each with its status.

    Without ``job_ids``, all that are not done.
    """
    ledger = ledger_of(source)
    running = {
        ledger.job_id(plan): plan
        for plan in ledger.plans()
        if ledger.job_id(plan) and not ledger.is_done(plan)
    }
    for job_id in job_ids:
        if job_id not in running:
            raise AmtsError(f"no job {job_id!r} is running for this book")
    for job_id in job_ids or running:
        with opened(source, running[job_id].targets[0], warnings) as (_app, build):
            yield job_id, hall_of(build).batch.stop(job_id)
