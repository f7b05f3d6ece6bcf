"""Amazon Translate in batch jobs, which alone can use parallel data.

A job reads a folder of S3 and writes another one, for up to ten languages at once. It
takes minutes to hours, so that this engine does not answer: it starts jobs and tells
what became of them. `sphinx_amts.translation.jobs` waits for them, or does not.

::

    s3://bucket/prefix/jobs/<token>/in/0001.html       segments as paragraphs
                                    out/.../zh.0001.html   where the service says

What is billed is all that is in the folder, so each job has its own. Results are where
`DescribeTextTranslationJob` says, and only what is listed there counts: the summary
that comes with them is read for reasons alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sphinx_amts.aws.bucket import Bucket, split_uri
from sphinx_amts.aws.client import ask, demand, open_client
from sphinx_amts.aws.errors import Access, Fault, Trouble, unavailable
from sphinx_amts.engines.amazon.html import Page, characters_at_most, size
from sphinx_amts.engines.amazon.languages import codes_of
from sphinx_amts.engines.amazon.ledger import Plan
from sphinx_amts.engines.amazon.parallel_data import Resources, printable
from sphinx_amts.engines.amazon.realtime import AmazonEngine
from sphinx_amts.engines.contract import (
    EngineSetup,
    JobService,
    Limits,
    Traits,
    Untranslated,
)
from sphinx_amts.errors import EngineUnavailable
from sphinx_amts.files import read_json
from sphinx_amts.text.languages import LanguagePair

DOCUMENT_BYTES = 100_000
"""Of the texts in one document. The service takes 1 MB; a document that fails takes its
segments with it, and one is held in memory at a time."""
MAX_TARGETS = 10
"""Languages of one job, from
https://docs.aws.amazon.com/translate/latest/dg/what-is-limits.html"""
FIRST_PAUSE_S, LAST_PAUSE_S = 5.0, 30.0  # between two looks at a job
DESCRIBES_PER_S = 5.0
"""How often jobs are looked at, over all of them; the service allows 10."""
FOLDER = "jobs"  # in the bucket, below the prefix
UNKNOWN = "UNKNOWN"
"""Ours, beside the service's own: it did not say this time."""
RUNNING = (UNKNOWN, "SUBMITTED", "IN_PROGRESS", "STOP_REQUESTED")
ENDED_BADLY = ("FAILED", "STOPPED")
_HEAD = (
    '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title></title></head><body>\n'
)
_FOOT = "\n</body></html>\n"


@dataclass(frozen=True)
class JobState:
    """What the service says of a job."""

    status: str
    message: str = ""
    output: str = ""  # address of the folder with the results
    name: str = ""

    @classmethod
    def of(cls, answer: Any) -> JobState:
        """Read an answer of the service."""
        found = answer["TextTranslationJobProperties"]
        return cls(
            str(found["JobStatus"]),
            printable(found.get("Message", "")),
            str(found.get("OutputDataConfig", {}).get("S3Uri", "")),
            str(found.get("JobName", "")),
        )

    @property
    def is_running(self) -> bool:
        """Whether it may still change."""
        return self.status in RUNNING


class AmazonJobs(JobService):
    """Amazon Translate, by batch jobs; ``live`` is for what is too small."""

    name = "amazon-batch"

    def __init__(
        self,
        live: AmazonEngine,
        *,
        bucket: str | None = None,
        prefix: str = "sphinx-amts",
        role_arn: str | None = None,
        parallel_data: str | None = None,
        wait: bool = True,
        min_characters: int = 5000,
        encryption_key: str | None = None,
        keep_inputs: bool = False,
        poll_s: float | str = FIRST_PAUSE_S,
    ) -> None:
        self.live: AmazonEngine = live
        self.bucket_name = bucket
        self.prefix = prefix
        self.role_arn = role_arn
        self.parallel_data = parallel_data
        self.wait = wait
        self.min_characters = min_characters
        self.encryption_key = encryption_key
        self.keep_inputs = str(keep_inputs).lower() in ("1", "true")
        self.poll_s = float(poll_s)
        self._client: Any = None
        self._bucket: Bucket | None = None
        self._opened_in = 0  # process id

    @classmethod
    def from_setup(cls, setup: EngineSetup) -> AmazonJobs:
        """Make one from the settings; options that are not its own are real time's."""
        settings, options = setup.settings, dict(setup.options)
        own: dict[str, Any] = {
            name: options.pop(name)
            for name in ("encryption_key", "keep_inputs", "poll_s")
            if name in options
        }
        for name in ("batch_wait", "batch_min_characters"):
            if name in settings:
                own[name.removeprefix("batch_")] = settings[name]
        for name in ("role_arn", "parallel_data"):
            own[name] = settings.get(name)
        return cls(
            AmazonEngine.from_setup(replace(setup, options=options)),
            bucket=settings.get("s3_bucket"),
            prefix=settings.get("s3_prefix") or "sphinx-amts",
            **own,
        )

    @property
    def traits(self) -> Traits:  # type: ignore[override]
        """What it is like; with parallel data it has a price of its own."""
        tariff = f"{self.name}-custom" if self.parallel_data else self.name
        return Traits(Limits(max_bytes=DOCUMENT_BYTES), tariff=tariff)

    def signature(self, pair: LanguagePair) -> str:
        """Return what real time's signature has, under another name.

        Parallel data are not in it: other parallel data make no text missing. Which
        they were is kept with each translation.
        """
        rest = self.live.signature(pair).removeprefix(self.live.name)
        return f"{self.name}{rest}"

    def prepare(self, pair: LanguagePair) -> None:
        """See that a job could be started, as far as that is known here."""
        codes_of(pair)
        for name, value in (
            ("amts_s3_bucket", self.bucket_name),
            ("amts_role_arn", self.role_arn),
        ):
            if not value:
                raise EngineUnavailable(
                    f"{name} is not set. A batch job needs an S3 bucket, and a role"
                    " that may read and write it."
                )

    def size(self, text: str) -> int:
        """Return the bytes that a text adds to a document, nearly.

        What readers see in the place of placeholders does not count, so that the same
        segments always make the same documents.
        """
        return size(str(text))

    def characters(self, texts: Sequence[str]) -> int:
        """Return the characters of a document's texts, tags included."""
        return self.live.characters(texts)

    def characters_at_most(self, text: str) -> int:
        """Return the characters that a text adds to a document, at the most."""
        return characters_at_most(text)

    def request(self, pair: LanguagePair) -> dict[str, Any]:
        """Return what a job is asked, without languages and places."""
        members = self.live.parameters(pair)
        del members["TargetLanguageCode"]
        members["DataAccessRoleArn"] = self.role_arn
        if self.parallel_data:
            members["ParallelDataNames"] = [self.parallel_data]
        return members

    def version(self, codes: Sequence[str]) -> str:
        """Return what tells the parallel data from former ones; asks the service.

        ``codes`` are the languages they are needed for. Raises `EngineUnavailable`
        where they cannot be used.
        """
        if not self.parallel_data:
            return ""
        found = Resources(self.live.access).get(self.parallel_data)
        if not found.is_active:
            raise EngineUnavailable(
                f"the parallel data {found.name!r} are not ready: {found.status}."
                f" {found.message} See `sphinx-amts parallel-data status`."
            )
        if lacking := sorted(set(codes) - set(found.targets)):
            raise EngineUnavailable(
                f"the parallel data {found.name!r} have no pairs for"
                f" {', '.join(lacking)}, only for {', '.join(found.targets)}. Update"
                " them, or leave amts_parallel_data out for this language."
            )
        return found.version

    # Jobs

    def _open(self) -> Any:
        if self._client is None or self._opened_in != os.getpid():
            self._client = open_client("translate", self.live.access)
            self._bucket = None
            self._opened_in = os.getpid()
        return self._client

    @property
    def access(self) -> Access:
        """Whose account, and where."""
        region = str(self._open().meta.region_name)
        return Access(region, self.live.access.profile)

    def bucket(self, name: str) -> Bucket:
        """Return the bucket of a job."""
        self._open()
        if self._bucket is None or self._bucket.name != name:
            self._bucket = Bucket(name, self.access, self.encryption_key)
        return self._bucket

    def folder(self, token: str) -> str:
        """Return the folder of a job in the bucket."""
        return f"{self.prefix}/{FOLDER}/{token[:20]}"

    def is_own(self, plan: Plan) -> bool:
        """Tell whether these settings would make the same of a plan's texts.

        The plan may be anybody's: what is sent where, and as whom, is for the settings
        to say.
        """
        pairs = [LanguagePair(plan.source, target) for target in plan.targets]
        try:
            codes = {each.target: codes_of(each)[1] for each in pairs}
        except EngineUnavailable:
            return False
        return (
            self._is_in_place(plan)
            and plan.region in ("", self.access.region)
            and plan.codes == codes
            and all(plan.request == self.request(each) for each in pairs)
        )

    def _is_in_place(self, plan: Plan) -> bool:
        place = (self.bucket_name, self.folder(plan.token))
        return (plan.bucket, plan.folder) == place

    def put(self, plan: Plan, name: str, texts: Sequence[str]) -> None:
        """Bring a document to S3."""
        content = f"{_HEAD}{Page.of(texts).html}{_FOOT}".encode()
        self.bucket(plan.bucket).put(f"{plan.folder}/in/{name}", content, "text/html")

    def start(self, plan: Plan) -> tuple[str, str]:
        """Start a job whose documents are there; return its id and its status.

        The same plan is the same job, however often it is started.
        """
        bucket = self.bucket(plan.bucket)
        output: dict[str, Any] = {"S3Uri": bucket.uri(f"{plan.folder}/out/")}
        if self.encryption_key:
            output["EncryptionKey"] = {"Type": "KMS", "Id": self.encryption_key}
        try:
            return demand(
                self._open(),
                "start_text_translation_job",
                self.access,
                lambda answer: (str(answer["JobId"]), str(answer["JobStatus"])),
                **plan.request,
                JobName=job_name(plan),
                InputDataConfig={
                    "S3Uri": bucket.uri(f"{plan.folder}/in/"),
                    "ContentType": "text/html",
                },
                OutputDataConfig=output,
                TargetLanguageCodes=list(plan.codes.values()),
                ClientToken=plan.token,
            )
        except EngineUnavailable as error:
            raise EngineUnavailable(f"{error}{_ADVICE}") from None

    def look(self, plan: Plan, job_id: str) -> JobState:
        """Return what the service says of a plan's job; `UNKNOWN`: it may say later.

        Raises `EngineUnavailable` for the id of another job: somebody wrote it here.
        """
        state = self.describe(job_id)
        if state.status != UNKNOWN and state.name != job_name(plan):
            raise EngineUnavailable(
                f"job {job_id} is not the one that was planned on {plan.made}. Delete"
                f" the folder {plan.token} in the folder 'jobs' of amts_cache_dir."
            )
        return state

    def describe(self, job_id: str) -> JobState:
        """Return what the service says of a job; `UNKNOWN` where it may say later."""
        method = "describe_text_translation_job"
        found = ask(self._open(), method, self.access, JobState.of, JobId=job_id)
        if isinstance(found, Trouble):
            if found.fault in (Fault.THROTTLED, Fault.PASSING, Fault.UNREACHABLE):
                return JobState(UNKNOWN, str(found.error))
            if found.name == "ResourceNotFoundException":
                raise EngineUnavailable(
                    f"job {job_id} is not known in {self.access}. Choose the account"
                    " and the region where it was started. If it is lost, delete its"
                    " folder in the folder 'jobs' of amts_cache_dir."
                )
            raise unavailable(found)
        return found

    def stop(self, job_id: str) -> str:
        """Ask for the end of a job; return its status."""
        return demand(
            self._open(),
            "stop_text_translation_job",
            self.access,
            lambda answer: str(answer["JobStatus"]),
            JobId=job_id,
        )

    def results(self, plan: Plan, state: JobState, code: str) -> Results:
        """Return what a job wrote in one language."""
        bucket_name, folder = split_uri(state.output)
        bucket = self.bucket(bucket_name)
        names = bucket.names(folder)
        wanted = {f"{code}.{name}": name for name in plan.documents}
        files = {}
        for name in names:
            document = wanted.get(name.rpartition("/")[2])
            if document and "details" not in name.removeprefix(folder).split("/"):
                files[document] = name
        summary = next(
            (each for each in names if each.endswith(f"details/{code}{_SUMMARY}")), ""
        )
        reasons = _reasons(bucket.get(summary)) if summary else {}
        return Results(bucket, files, reasons)

    def remove_inputs(self, plan: Plan) -> None:
        """Delete what was sent, when it is not needed any more; nothing elsewhere."""
        if not self._is_in_place(plan):
            return
        bucket = self.bucket(plan.bucket)
        bucket.delete([f"{plan.folder}/in/{name}" for name in plan.documents])


def job_name(plan: Plan) -> str:
    """Return the name that the service shows for a job."""
    return f"sphinx-amts-{plan.token[:12]}"


_SUMMARY = ".auxiliary-translation-details.json"
_ADVICE = (
    " For a batch job, amts_role_arn has to be a role that Amazon Translate may take"
    " (its trust policy names translate.amazonaws.com) and that may read and write the"
    " bucket, and you need iam:PassRole for it. `sphinx-amts doctor` looks at that."
)


@dataclass(frozen=True)
class Results:
    """What a job wrote in one language."""

    bucket: Bucket
    files: Mapping[str, str]  # document's name -> where its translation is
    reasons: Mapping[str, str]  # document's name -> why there is none

    def read(self, name: str, texts: Sequence[str]) -> dict[str, str | Untranslated]:
        """Return the answers to the texts of a document."""
        page = Page.of(texts)
        if name not in self.files:
            reason = self.reasons.get(name, "it is not among the results")
            return dict.fromkeys(texts, Untranslated(f"document {name}: {reason}"))
        html = self.bucket.get(self.files[name]).decode("utf-8", "replace")
        return dict(zip(texts, page.read(html), strict=True))


def _reasons(content: bytes) -> dict[str, str]:
    """Return what a summary says of documents that failed, by their names.

    The form of its errors is not documented: what is not understood is left out.
    """
    found = {}
    try:
        for each in read_json(content)["details"]:
            error = each.get("auxiliaryData", {}).get("error", {})
            if message := printable(str(error.get("errorMessage", ""))):
                found[str(each["sourceFile"]).rpartition("/")[2]] = message
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return found
