"""What is known of batch jobs, on disk: none is lost, none is started twice.

::

    jobs/<token>/documents/0001.json   the segments of each document that is sent
                 job.json              the plan: written when all documents are
                 started.json          the service's id of the job
                 done-<language>.json  what became of it, for each language

A job is planned, then started, then done in each of its languages. Every file is
written once and in one step, by whoever comes to it first, so that a process may end at
any point and several may work on one job. The token is a hash of all that is asked for:
the service takes two requests with one token for one job.

The folder may have come from elsewhere. What has not the form that is written here is
no job, and what is a link is neither read nor written.
"""

from __future__ import annotations

import datetime
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from sphinx_amts.errors import TagError
from sphinx_amts.files import read_json, replace_file
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import InlineTag, Placeholder, Segment
from sphinx_amts.text.tagged import TaggedText, equivalents_of, tag_ids

FOLDER = "jobs"
"""The folder of jobs in that of the store."""
_PLAN, _STARTED, _DOCUMENTS = "job.json", "started.json", "documents"


@dataclass(frozen=True)
class Plan:
    """A batch job that is to be started, or was."""

    base: str  # hash of what is asked for
    attempt: int  # 1, and one more for each time that the same came to nothing
    made: str  # date, UTC, ISO 8601
    source: str  # language, BCP 47
    signatures: Mapping[str, str]  # of the engine, by target language, BCP 47
    codes: Mapping[str, str]  # the service's, by target language
    version: str  # of the parallel data; empty without
    bucket: str
    folder: str  # in the bucket, for this job only
    request: Mapping[str, Any]  # what the service is asked, without places and token
    documents: tuple[str, ...]  # names in the folder
    segments: int
    characters: int  # for one language
    region: str = ""  # of the service; empty in plans that did not know it
    names: tuple[str, ...] = ()  # words that its documents have placeholders for

    @property
    def token(self) -> str:
        """The job's identity, 64 hexadecimal digits as the service allows them."""
        return token_of(self.base, self.attempt)

    @property
    def targets(self) -> tuple[str, ...]:
        """The target languages."""
        return tuple(self.signatures)

    def is_of(self, pair: LanguagePair) -> bool:
        """Tell whether it translates this pair."""
        return self.source == pair.source and pair.target in self.signatures


@dataclass(frozen=True)
class Outcome:
    """What became of a job in one language."""

    state: str  # the service's
    date: str  # UTC, ISO 8601
    kept: int = 0  # segments
    refused: int = 0  # that came back, but not whole
    lost: int = 0  # that did not come back
    reasons: Sequence[str] = field(default_factory=tuple)  # a few


def now() -> str:
    """Return the present time as the ledger has it."""
    time = datetime.datetime.now(datetime.timezone.utc)
    return time.isoformat(timespec="microseconds")


def token_of(base: str, attempt: int) -> str:
    """Return the token of an attempt."""
    return sha256(f"{base} {attempt}".encode()).hexdigest()


class Ledger:
    """The jobs of a book, in ``folder``; raises `OSError` where it cannot write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def plans(self) -> list[Plan]:
        """Return all jobs, the oldest first."""
        found = [self._plan(path) for path in self.folder.glob(f"*/{_PLAN}")]
        return sorted(filter(None, found), key=lambda plan: (plan.made, plan.token))

    def strange(self) -> list[Path]:
        """Return the files in the place of plans that are none of ours."""
        paths = sorted(self.folder.glob(f"*/{_PLAN}"))
        return [path for path in paths if self._plan(path) is None]

    def _plan(self, path: Path) -> Plan | None:
        values = self._read(path)
        try:
            names = tuple(values.get("names", ()))
            documents = tuple(values["documents"])
            plan = Plan(**{**values, "documents": documents, "names": names})
        except (TypeError, KeyError, AttributeError):
            return None  # not written by us
        return plan if path.parent.name == plan.token and _is_sound(plan) else None

    def open_jobs(self, pair: LanguagePair) -> list[Plan]:
        """Return the jobs whose results for this pair have not been collected."""
        return [
            plan
            for plan in self.plans()
            if plan.is_of(pair) and self.outcome(plan, pair.target) is None
        ]

    def attempt(self, base: str) -> int:
        """Return the number that an attempt at this has, which may be under way."""
        number = 1
        while (path := self.folder / token_of(base, number) / _PLAN).exists():
            plan = self._plan(path)
            if plan is None or not self.is_done(plan):
                break
            number += 1
        return number

    def write(
        self, plan: Plan, documents: Iterable[tuple[str, Sequence[Segment]]]
    ) -> None:
        """Keep a plan with what its documents hold."""
        folder = self.folder / plan.token
        (folder / _DOCUMENTS).mkdir(parents=True, exist_ok=True)
        for name, segments in documents:
            rows = [_row(segment) for segment in segments]
            self._write(self._document(plan, name), rows)
        self._write(folder / _PLAN, asdict(plan))

    def segments(self, plan: Plan, name: str) -> list[Segment]:
        """Return what a document holds; nothing where it is not there or not ours."""
        try:
            return [_segment(*row) for row in self._read(self._document(plan, name))]
        except (TypeError, ValueError, AttributeError, TagError):
            return []

    def keys(self, plan: Plan) -> Iterator[str]:
        """Yield the keys of all segments of a job whose documents are still there."""
        for name in plan.documents:
            yield from (segment.key for segment in self.segments(plan, name))

    def _document(self, plan: Plan, name: str) -> Path:
        return self.folder / plan.token / _DOCUMENTS / f"{Path(name).stem}.json"

    def job_id(self, plan: Plan) -> str:
        """Return the service's id of a job; empty if it is not known to be started."""
        values = self._read(self.folder / plan.token / _STARTED)
        found = values.get("job_id") if isinstance(values, dict) else None
        return found if isinstance(found, str) and _JOB_ID.fullmatch(found) else ""

    def note_start(self, plan: Plan, job_id: str, date: str) -> None:
        """Keep the service's id."""
        values = {"job_id": job_id, "date": date}
        self._write(self.folder / plan.token / _STARTED, values)

    def outcome(self, plan: Plan, target: str) -> Outcome | None:
        """Return what became of a job in one language, once that is known."""
        values = self._read(self.folder / plan.token / f"done-{target}.json")
        try:
            found = Outcome(**{**values, "reasons": tuple(values["reasons"])})
        except (TypeError, KeyError):
            return None
        texts, counts = (found.state, found.date, *found.reasons), _counts(found)
        return found if _are(str, texts) and _are(int, counts) else None

    def note_end(self, plan: Plan, target: str, outcome: Outcome) -> None:
        """Keep what became of a job in one language."""
        self._write(self.folder / plan.token / f"done-{target}.json", asdict(outcome))
        if self.is_done(plan):
            shutil.rmtree(self.folder / plan.token / _DOCUMENTS, ignore_errors=True)

    def drop(self, plan: Plan) -> None:
        """Forget a job that was not started."""
        shutil.rmtree(self.folder / plan.token, ignore_errors=True)

    def is_done(self, plan: Plan) -> bool:
        """Tell whether a job is done in all its languages."""
        return all(self.outcome(plan, target) for target in plan.targets)

    def collected(self, target: str) -> str:
        """Return what changes when results in a language have been collected."""
        found = sorted(self.folder.glob(f"*/done-{target}.json"))
        names = " ".join(path.parent.name for path in found)
        return sha256(names.encode()).hexdigest()[:12] if found else ""

    def _write(self, path: Path, values: object) -> None:
        if link := self._link(path):
            raise OSError(
                f"{link} is a link, which sphinx_amts makes none of: delete it"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, [json.dumps(values, ensure_ascii=False), "\n"])

    def _read(self, path: Path) -> Any:
        """Return what a file holds; None for one that is not there or not ours."""
        try:
            return None if self._link(path) else read_json(path.read_bytes())
        except (OSError, ValueError):
            return None

    def _link(self, path: Path) -> Path | None:
        """Return what is a link of a path in the folder, or the folder; else None."""
        inside = [path, *path.parents]
        places = inside[: inside.index(self.folder) + 1]
        return next((each for each in places if each.is_symlink()), None)


_TARGET = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_DOCUMENT = re.compile(r"[0-9]{4,9}\.html")
_JOB_ID = re.compile(r"[\w.:/=+%@ -]{1,64}")  # the service's own have 32 signs


def _is_sound(plan: Plan) -> bool:
    """Tell whether the values of a plan are of the kinds that they should be."""
    texts = (plan.base, plan.made, plan.source, plan.version, plan.bucket, plan.folder)
    tables = (plan.signatures, plan.codes)
    return (
        _are(str, (*texts, plan.region))
        and _are(int, (plan.attempt, plan.segments, plan.characters))
        and _are(dict, (*tables, plan.request))
        and all(_are(str, (*each, *each.values())) for each in tables)
        and plan.signatures.keys() == plan.codes.keys()
        and all(map(_TARGET.fullmatch, plan.targets))
        and _are(str, (*plan.documents, *plan.names))
        and all(map(_DOCUMENT.fullmatch, plan.documents))
    )


def _are(kind: type, values: Iterable[object]) -> bool:
    """Tell whether all are of a kind; numbers also whether they count something."""
    return all(
        type(each) is kind and not (isinstance(each, int) and each < 0)
        for each in values
    )


def _counts(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.kept, outcome.refused, outcome.lost


def _row(segment: Segment) -> list[Any]:
    kinds = [[isinstance(tag, InlineTag), tag.kind] for tag in segment.tags]
    known = {str(key): text for key, text in equivalents_of(segment.source).items()}
    return [str(segment.source), kinds, known]


def _segment(
    source: str, kinds: Sequence[tuple[bool, str]], known: Mapping[str, str]
) -> Segment:
    if sorted(tag_ids(source)) != list(range(1, len(kinds) + 1)):
        raise ValueError("other tags than kinds")
    if not _are(str, (source, *known.values(), *(kind for _is_span, kind in kinds))):
        raise TypeError("a value that is no text")
    text = TaggedText(source, {int(key): each for key, each in known.items()})
    tags = tuple(
        (InlineTag if is_span else Placeholder)(number, kind)
        for number, (is_span, kind) in enumerate(kinds, 1)
    )
    return Segment(text, tags)
