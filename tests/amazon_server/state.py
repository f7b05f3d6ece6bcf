"""What one account has in one region: terminologies, parallel data and batch jobs.

Nothing happens by itself: `Account.tick` looks at the clock and brings everything to
where it would be by now. The server does so at each call; a test's clock leaps.

::

    job            SUBMITTED -> IN_PROGRESS -> COMPLETED | COMPLETED_WITH_ERROR | FAILED
                   SUBMITTED | IN_PROGRESS -> STOP_REQUESTED -> STOPPED
    parallel data  CREATING -> ACTIVE | FAILED; ACTIVE -> DELETING -> gone
                   an update leaves ACTIVE; its own UPDATING -> ACTIVE | FAILED

Compared once with MiniStack 1.5.33, an emulator of batch jobs by others, by one script
against both. They agree on the states, on where outputs are and what they are called
(``sub/es.b.html`` for ``sub/b.html``), on the summary with its counts as strings, on
jobs that fail later for want of documents, tokens, filters, pages and stopping. Apart:

==============================  ==========================  ===========================
                                here                        MiniStack
==============================  ==========================  ===========================
value that breaks a constraint  ValidationException         InvalidParameterValue
                                (a setting)                 Exception
enums and lengths not in Start  checked                     mostly not (formality,
                                                            job id)
unknown job                     404, as the model says      400
no bucket, whole bucket         refused at once             fails later; translated
folder named details            job fails                   translated
language, terminology or        refused at once             not looked at
parallel data that is not
token with another request      refused                     the first job
``translate="no"``              kept                        translated
HTML without ``<html>``         as it came                  translated
characters                      only of texts, without      with blanks around
                                markup                      markup
times                           with fractions              whole seconds
CBOR, regions                   yes                         no
other operations                yes                         InvalidAction
==============================  ==========================  ===========================
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from amazon_server.behaviour import Behaviour, Clock
from amazon_server.files import FileError, Table, load_parallel_data
from amazon_server.languages import AUTO
from amazon_server.storage import Storage, StorageError, split_uri
from amazon_server.translation import Translator, parse, words

ACCOUNT_ID = "123456789012"
MAX_RUNNING_JOBS = 10
MAX_DOCUMENT_BYTES = 20_000_000
MAX_DOCUMENT_CHARACTERS = 1_000_000
DONE = ("COMPLETED", "COMPLETED_WITH_ERROR", "FAILED", "STOPPED")


@dataclass
class Terminology:
    """Terms under a name; the former content serves until ``serves_at``."""

    name: str
    data: bytes
    form: str
    table: Table
    directionality: str
    description: str | None
    key: Mapping[str, str] | None
    created: float
    updated: float
    serves_at: float = 0.0
    former: Table | None = None

    def lookup(self, source: str, target: str, now: float) -> Mapping[str, str]:
        """Return targets by sources for a pair; none where the pair is not its own."""
        table = self.former if self.former and now < self.serves_at else self.table
        is_own = self.directionality == "MULTI" or source == table.source
        return table.lookup(source, target) if is_own else {}


@dataclass
class Import:
    """A file of parallel data on its way in."""

    config: Mapping[str, str]
    ready_at: float


@dataclass
class ParallelData:
    """Parallel data under a name; ``coming`` is what an import will make of it."""

    name: str
    config: Mapping[str, str]
    description: str | None
    key: Mapping[str, str] | None
    created: float
    updated: float
    status: str = "CREATING"
    message: str | None = None
    size: int = 0
    table: Table | None = None
    coming: Import | None = None
    deleted_at: float | None = None
    update_status: str | None = None
    update_at: float | None = None
    report: bytes | None = None  # on the records of the first import
    update_report: bytes | None = None


@dataclass
class Job:
    """A batch job; ``request`` is what it was started with."""

    id: str
    request: Mapping[str, Any]
    output: str  # URI of the folder of its own
    submitted: float
    status: str = "SUBMITTED"
    started: float = 0.0
    stop_at: float = 0.0
    ended: float | None = None
    message: str | None = None
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed(Exception):  # noqa: N818, no error of ours: what a job ends with
    """A job that cannot be done at all; costs nothing."""

    message: str


class Account:
    """The resources in one region."""

    def __init__(
        self,
        region: str,
        behaviour: Behaviour,
        clock: Clock,
        storage: Callable[[], Storage],
        bill: Callable[[int], None],
    ):
        self.region = region
        self.behaviour = behaviour
        self.clock = clock
        self.storage = storage
        self.bill = bill
        self.terminologies: dict[str, Terminology] = {}
        self.parallel_data: dict[str, ParallelData] = {}
        self.jobs: dict[str, Job] = {}
        self.tokens: dict[tuple[str, str], tuple[Any, str]] = {}
        self.tags: dict[str, dict[str, str]] = {}

    def arn(self, kind: str, name: str) -> str:
        """Return the name that a resource has in the world."""
        tail = "/LATEST" if kind == "terminology" else ""
        return f"arn:aws:translate:{self.region}:{ACCOUNT_ID}:{kind}/{name}{tail}"

    def arns(self) -> set[str]:
        """Return the names of all that can have tags."""
        return {self.arn("terminology", name) for name in self.terminologies} | {
            self.arn("parallel-data", name) for name in self.parallel_data
        }

    def add_job(self, request: Mapping[str, Any]) -> Job:
        """Queue a job."""
        number = uuid4().hex
        folder = request["OutputDataConfig"]["S3Uri"].rstrip("/")
        output = f"{folder}/{ACCOUNT_ID}-TranslateText-{number}/"
        self.jobs[number] = Job(number, request, output, self.clock.now())
        return self.jobs[number]

    def stop_job(self, job: Job) -> None:
        """Ask a job to stop."""
        if job.status in ("SUBMITTED", "IN_PROGRESS"):
            job.status = "STOP_REQUESTED"
            job.stop_at = self.clock.now() + self.behaviour.stopping_s

    def tick(self) -> None:
        """Bring everything to where it would be by now."""
        now = self.clock.now()
        for data in list(self.parallel_data.values()):
            self._tick_parallel_data(data, now)
        for job in sorted(self.jobs.values(), key=lambda job: job.submitted):
            self._tick_job(job, now)

    def _tick_parallel_data(self, data: ParallelData, now: float) -> None:
        if data.deleted_at is not None and now >= data.deleted_at:
            del self.parallel_data[data.name]
        elif data.coming and now >= data.coming.ready_at:
            coming, data.coming = data.coming, None
            self._import(data, coming)

    def _import(self, data: ParallelData, coming: Import) -> None:
        try:
            content = self.storage().get(coming.config["S3Uri"])
            table = load_parallel_data(content, coming.config["Format"])
            if not table.records:
                raise FileError("no record can be used")
        except (FileError, StorageError) as error:
            data.message = str(error)
            status, report = "FAILED", _report(Table("", []), str(error))
        else:
            status, report = "ACTIVE", _report(table)
            data.table, data.size, data.config = table, len(content), coming.config
            data.message = None
        if data.update_status:
            data.update_status, data.update_report = status, report
        else:
            data.status, data.report = status, report
        if status == "ACTIVE":
            data.status = status  # also of one whose first import failed
        data.updated = coming.ready_at

    def _tick_job(self, job: Job, now: float) -> None:
        settings = self.behaviour
        running = sum(each.status == "IN_PROGRESS" for each in self.jobs.values())
        ready_at = job.submitted + settings.submitted_s
        if job.status == "SUBMITTED" and now >= ready_at and running < MAX_RUNNING_JOBS:
            job.status, job.started = "IN_PROGRESS", ready_at
        if job.status == "IN_PROGRESS" and now >= job.started + settings.running_s:
            self._run(job)
            job.ended = job.started + settings.running_s
        if job.status == "STOP_REQUESTED" and now >= job.stop_at:
            job.status, job.ended = "STOPPED", job.stop_at
            job.message = "The job was stopped at your request."

    def _run(self, job: Job) -> None:
        try:
            documents = dict(self._documents(job))
            characters, failed = 0, set()
            for target in job.request["TargetLanguageCodes"]:
                billed, names = self._translate(job, target, documents)
                characters += billed
                failed |= names
        except Failed as error:
            job.status, job.message = "FAILED", error.message
            return
        except StorageError as error:
            job.status, job.message = "FAILED", f"S3: {error}"
            return
        self.bill(characters)
        job.status = "COMPLETED_WITH_ERROR" if failed else "COMPLETED"
        job.message = "Your job has completed" + (" with errors." if failed else ".")
        # Assumed: documents are counted, not documents in languages.
        job.counts = {
            "InputDocumentsCount": len(documents),
            "DocumentsWithErrorsCount": len(failed),
            "TranslatedDocumentsCount": len(documents) - len(failed),
        }

    def _documents(self, job: Job) -> Iterator[tuple[str, bytes]]:
        bucket, prefix = split_uri(job.request["InputDataConfig"]["S3Uri"])
        prefix = prefix.rstrip("/") + "/"
        keys = [
            key for key in self.storage().keys(bucket, prefix) if not key.endswith("/")
        ]
        if not keys:
            raise Failed("The input folder has no documents.")
        for key in keys:
            name = key.removeprefix(prefix)
            if "details" in name.split("/")[:-1]:
                raise Failed("The input folder has a folder named details.")
            yield name, self.storage().get(f"s3://{bucket}/{key}")

    def _translate(
        self, job: Job, target: str, documents: Mapping[str, bytes]
    ) -> tuple[int, set[str]]:
        """Write the documents in one language; return characters and what failed."""
        source = job.request["SourceLanguageCode"]
        source = "en" if source == AUTO else source
        kind = job.request["InputDataConfig"]["ContentType"]
        characters, details = 0, []
        for name, content in documents.items():
            translator = self.translator(job, source, target)
            folder, slash, base = name.rpartition("/")
            entry: dict[str, Any] = {"sourceFile": name, "auxiliaryData": {}}
            try:
                text = _decoded(content, kind)
                if name in self.behaviour.failing_documents:
                    raise ValueError(self.behaviour.failing_documents[name])
                written = translator.document(text, kind)
            except ValueError as error:
                entry["auxiliaryData"]["error"] = {
                    "errorCode": "InvalidRequest",
                    "errorMessage": str(error),
                }
            else:
                entry["targetFile"] = f"{folder}{slash}{target}.{base}"
                entry["auxiliaryData"]["appliedTerminologies"] = [
                    {"name": each, "terms": _terms(translator.applied)}
                    for each in job.request.get("TerminologyNames", ())
                ]
                characters += characters_of(text, kind) if source != target else 0
                self._put(job, entry["targetFile"], written)
            details.append(entry)
        failed = {
            entry["sourceFile"]
            for entry in details
            if "error" in entry["auxiliaryData"]
        }
        summary = {
            "sourceLanguageCode": source,
            "targetLanguageCode": target,
            "charactersTranslated": str(characters),
            "documentCountWithCustomerError": str(len(failed)),
            "documentCountWithServerError": "0",
            "inputDataPrefix": job.request["InputDataConfig"]["S3Uri"],
            "outputDataPrefix": job.output,
            "details": details,
        }
        self._put(
            job,
            f"details/{target}.auxiliary-translation-details.json",
            json.dumps(summary, ensure_ascii=False),
        )
        return characters, failed

    def translator(self, job: Job, source: str, target: str) -> Translator:
        """Return what translates for a job, with its terms and its examples."""
        now = self.clock.now()
        terms: dict[str, str] = {}
        for name in job.request.get("TerminologyNames", ()):
            if name in self.terminologies:
                terms.update(self.terminologies[name].lookup(source, target, now))
        examples: dict[str, str] = {}
        for name in job.request.get("ParallelDataNames", ()):
            table = (
                self.parallel_data[name].table if name in self.parallel_data else None
            )
            if table and table.source == source:
                examples.update(table.lookup(source, target))
        return Translator(target, self.behaviour.manner, terms, examples)

    def _put(self, job: Job, name: str, text: str) -> None:
        self.storage().put(job.output + name, text.encode())


def _decoded(content: bytes, kind: str) -> str:
    if len(content) > MAX_DOCUMENT_BYTES:
        raise ValueError(f"the document has more than {MAX_DOCUMENT_BYTES} bytes")
    if not kind.startswith("text/"):
        raise ValueError(f"the test server does not translate {kind}")
    text = content.decode("utf-8")
    if len(text) >= MAX_DOCUMENT_CHARACTERS:
        raise ValueError(f"the document has {len(text)} characters")
    return text


def characters_of(text: str, kind: str) -> int:
    return len(words(parse(text)) if kind == "text/html" else text)


def _terms(applied: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"sourceText": source, "targetText": target}
        for source, target in applied.items()
    ]


def _report(table: Table, error: str = "") -> bytes:
    messages = [
        {"content": content, "message": message} for content, message in table.failed
    ]
    if error:
        messages.append({"content": "", "message": error})
    summary = {
        "record_error_count": len(table.failed),
        "record_skipped_count": table.skipped,
    }
    return json.dumps({"summary": summary, "messages": messages}).encode()
