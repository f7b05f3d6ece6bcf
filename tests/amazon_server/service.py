"""The operations of the service: one method for each, by its name in Python's form.

A method gets the account of the request's region, the members (checked against the
model) and what the text asks for itself; it answers with members, or raises
`ServiceError`. What the model does not say is marked "assumed".
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import sha256
from typing import Any, NoReturn

from amazon_server import model
from amazon_server.behaviour import MESSAGES, Behaviour, Commands, Ledger
from amazon_server.files import FileError, Table, dump_terms, load_terms
from amazon_server.languages import AUTO, FORMAL, LANGUAGES
from amazon_server.state import (
    ACCOUNT_ID,
    DONE,
    Account,
    Import,
    Job,
    ParallelData,
    Terminology,
)
from amazon_server.storage import split_uri
from amazon_server.translation import Manner, Translator

MAX_TEXT_BYTES = 10_000
MAX_DOCUMENT_BYTES = 100_000
MAX_APPLIED_TERMS = 250
MAX_TERMINOLOGIES = 100
MAX_PARALLEL_DATA = 1000
MAX_JOB_TARGETS = 10
MAX_QUEUED_JOBS = 1000
MAX_TAGS = 50
PAGE = 100  # assumed
COMPREHEND = "comprehend:DetectDominantLanguage"  # what the language auto needs
_OFFICE = "application/vnd.openxmlformats-officedocument"
JOB_TYPES = (
    "text/html",
    "text/plain",
    "application/x-xliff+xml",
    f"{_OFFICE}.wordprocessingml.document",
    f"{_OFFICE}.presentationml.presentation",
    f"{_OFFICE}.spreadsheetml.sheet",
)


class ServiceError(Exception):
    """An error as the service answers it; ``members`` are more of the error's own."""

    def __init__(self, code: str, message: str = "", **members: Any):
        super().__init__(message or MESSAGES.get(code, code))
        self.code = code
        self.members = members


def fail(code: str, message: str, **members: Any) -> NoReturn:
    """Raise an error whose name goes without the ending Exception."""
    raise ServiceError(f"{code}Exception", message, **members)


def denial(action: str) -> str:
    """Say that an action is denied, as the service does."""
    return (
        f"User: arn:aws:iam::{ACCOUNT_ID}:user/books is not authorized to perform:"
        f" {action} because no identity-based policy allows the {action} action"
    )


@dataclass(frozen=True)
class Call:
    """What a method needs to know beside the members."""

    account: Account
    url: str  # of the server, for files to fetch
    commands: Commands


Members = Mapping[str, Any]
Answer = dict[str, Any]


def method_name(operation: str) -> str:
    """Return an operation's name in Python's form.

    >>> method_name("StartTextTranslationJob")
    'start_text_translation_job'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


class Service:
    """Answers calls; knows nothing of HTTP."""

    def __init__(self, behaviour: Behaviour, ledger: Ledger):
        self.behaviour = behaviour
        self.ledger = ledger
        self.files: dict[str, bytes] = {}  # by the last part of their address

    def serves(self, operation: str) -> bool:
        """Tell whether there is such an operation."""
        return operation in model.service().operation_names and hasattr(
            self, method_name(operation)
        )

    def call(self, call: Call, operation: str, members: Members) -> Answer:
        """Check the members, answer, check the answer; raises `ServiceError`."""
        _check_input(operation, members, self.behaviour.validation_error)
        method: Callable[[Call, Members], Answer] = getattr(
            self, method_name(operation)
        )
        answer = method(call, members)
        shape = model.operation(operation).output_shape
        if shape:
            answer = _without_none(answer)
            self.ledger.mistakes += map(str, model.problems(shape, answer))
        return answer

    # Texts and documents

    def translate_text(self, call: Call, members: Members) -> Answer:
        text, target = members["Text"], members["TargetLanguageCode"]
        source = self._source(members, text)
        self._check_pair(source, target)
        translator = self._translator(call, members, source)
        return {
            "TranslatedText": text if source == target else translator.text(text),
            **_translated(members, source, translator),
        }

    def translate_document(self, call: Call, members: Members) -> Answer:
        content, target = members["Document"]["Content"], members["TargetLanguageCode"]
        settings = members.get("Settings", {})
        if len(content) > MAX_DOCUMENT_BYTES:
            fail(
                "LimitExceeded",
                f"The document has more than {MAX_DOCUMENT_BYTES} bytes",
            )
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            fail("InvalidRequest", "The document is not UTF-8.")
        source = self._source(members, text)
        self._check_pair(source, target)
        if "en" not in (source, target):
            self._unsupported(source, target, "One of them has to be 'en'")
        if "Brevity" in settings:
            fail("InvalidRequest", "Documents do not support Brevity.")
        if "Formality" in settings and target not in FORMAL:
            fail("InvalidRequest", f"Formality is not supported for {target}.")
        translator = self._translator(call, members, source)
        kind = members["Document"]["ContentType"]
        try:
            written = translator.document(text, kind)
        except ValueError as error:
            fail("InvalidRequest", str(error))
        return {
            "TranslatedDocument": {"Content": written.encode()},
            **_translated(members, source, translator),
        }

    def list_languages(self, call: Call, members: Members) -> Answer:
        every = [
            {"LanguageName": name, "LanguageCode": code}
            for code, name in [*LANGUAGES.items(), (AUTO, "Auto")]
            if code not in self.behaviour.unsupported
        ]
        every.sort(key=lambda each: each["LanguageName"])
        page, token = _page(every, members, lambda each: each["LanguageCode"])
        # Assumed: the names are English whatever is asked for.
        shown = members.get("DisplayLanguageCode", "en")
        return {"Languages": page, "DisplayLanguageCode": shown, "NextToken": token}

    def _source(self, members: Members, text: str) -> str:
        source: str = members["SourceLanguageCode"]
        if source != AUTO:
            return source
        if COMPREHEND in self.behaviour.denied:
            fail(
                "AccessDenied",
                "com.amazonaws.translate.dataplane.DownstreamDependencyAccessDenied"
                f"Exception: {denial(COMPREHEND)}",
            )
        if not any(map(str.isalpha, text)):
            fail(
                "DetectedLanguageLowConfidence",
                "The language of the text cannot be told.",
                DetectedLanguageCode="en",
            )
        return "en"  # assumed; nothing is detected here

    def _check_pair(self, source: str, target: str) -> None:
        for kind, code in (("Source", source), ("Target", target)):
            if code not in LANGUAGES or code in self.behaviour.unsupported:
                why = f"{kind} language '{code}' is not supported"
                self._unsupported(source, target, why)

    def _unsupported(self, source: str, target: str, why: str) -> NoReturn:
        fail(
            "UnsupportedLanguagePair",
            f"Unsupported language pair: {source} to {target}. {why}",
            SourceLanguageCode=source,
            TargetLanguageCode=target,
        )

    def _translator(self, call: Call, members: Members, source: str) -> Translator:
        names = members.get("TerminologyNames", ())
        _at_most_one(names, "TerminologyNames", "InvalidRequest")
        target = members["TargetLanguageCode"]
        terms: Mapping[str, str] = {}
        for name in names:
            found = _get(call.account.terminologies, name, "terminology")
            terms = found.lookup(source, target, call.account.clock.now())
        manner = self.behaviour.manner
        if call.commands.tags:
            manner = Manner(call.commands.tags, misses_terms=manner.misses_terms)
        return Translator(target, manner, terms)

    # Terminologies

    def import_terminology(self, call: Call, members: Members) -> Answer:
        account, name = call.account, members["Name"]
        arn = account.arn("terminology", name)
        self._check_tags(arn, members.get("Tags", ()))
        former = account.terminologies.get(name)
        if not former and len(account.terminologies) >= MAX_TERMINOLOGIES:
            fail("LimitExceeded", f"There are {MAX_TERMINOLOGIES} terminologies.")
        data = members["TerminologyData"]
        try:
            table = load_terms(data["File"], data["Format"])
        except FileError as error:
            fail("InvalidParameterValue", str(error))
        now = account.clock.now()
        made = Terminology(
            name,
            data["File"],
            data["Format"],
            table,
            data.get("Directionality", "UNI"),
            members.get("Description"),
            members.get("EncryptionKey"),
            former.created if former else now,
            now,
            now + self.behaviour.propagating_s,
            former.table if former else None,
        )
        account.terminologies[name] = made
        account.tags[arn] = _tags(members.get("Tags", ()))
        return {"TerminologyProperties": _terminology(account, made)}

    def get_terminology(self, call: Call, members: Members) -> Answer:
        found = _get(call.account.terminologies, members["Name"], "terminology")
        form = members.get("TerminologyDataFormat", found.form)
        data = found.data if form == found.form else dump_terms(found.table, form)
        return {
            "TerminologyProperties": _terminology(call.account, found),
            "TerminologyDataLocation": self._file(call, data),
        }

    def list_terminologies(self, call: Call, members: Members) -> Answer:
        every = [
            _terminology(call.account, each)
            for each in _by_name(call.account.terminologies)
        ]
        page, token = _page(every, members, lambda each: each["Name"])
        return {"TerminologyPropertiesList": page, "NextToken": token}

    def delete_terminology(self, call: Call, members: Members) -> Answer:
        _get(call.account.terminologies, members["Name"], "terminology")
        del call.account.terminologies[members["Name"]]
        call.account.tags.pop(call.account.arn("terminology", members["Name"]), None)
        return {}

    # Parallel data

    def create_parallel_data(self, call: Call, members: Members) -> Answer:
        account, name = call.account, members["Name"]
        arn = account.arn("parallel-data", name)
        known = self._known(call, "CreateParallelData", members)
        if not known:
            if name in account.parallel_data:
                fail("Conflict", f"There is parallel data named {name}.")
            self._check_tags(arn, members.get("Tags", ()))
            self._check_import(account, members)
            if len(account.parallel_data) >= MAX_PARALLEL_DATA:
                fail("LimitExceeded", f"There are {MAX_PARALLEL_DATA} parallel data.")
            now = account.clock.now()
            account.parallel_data[name] = ParallelData(
                name,
                members["ParallelDataConfig"],
                members.get("Description"),
                members.get("EncryptionKey"),
                now,
                now,
                coming=self._import(account, members),
            )
            account.tags[arn] = _tags(members.get("Tags", ()))
            self._remember(call, "CreateParallelData", members, name)
        found = _get(account.parallel_data, name, "parallel data")
        return {"Name": name, "Status": found.status}

    def update_parallel_data(self, call: Call, members: Members) -> Answer:
        account, name = call.account, members["Name"]
        data = _get(account.parallel_data, name, "parallel data")
        if not self._known(call, "UpdateParallelData", members):
            if data.status not in ("ACTIVE", "FAILED") or data.coming:
                fail("ConcurrentModification", f"{name} is being changed.")
            self._check_import(account, members)
            data.coming = self._import(account, members)
            data.description = members.get("Description", data.description)
            data.update_status, data.update_at = "UPDATING", account.clock.now()
            self._remember(call, "UpdateParallelData", members, name)
        return {
            "Name": name,
            "Status": data.status,
            "LatestUpdateAttemptStatus": data.update_status,
            "LatestUpdateAttemptAt": _time(data.update_at),
        }

    def get_parallel_data(self, call: Call, members: Members) -> Answer:
        data = _get(call.account.parallel_data, members["Name"], "parallel data")
        content = None
        if data.table and call.account.storage().has(data.config["S3Uri"]):
            content = call.account.storage().get(data.config["S3Uri"])
        return {
            "ParallelDataProperties": _parallel_data(call.account, data),
            "DataLocation": self._file(call, content),
            "AuxiliaryDataLocation": self._file(call, data.report),
            "LatestUpdateAttemptAuxiliaryDataLocation": self._file(
                call, data.update_report
            ),
        }

    def list_parallel_data(self, call: Call, members: Members) -> Answer:
        every = [
            _parallel_data(call.account, each)
            for each in _by_name(call.account.parallel_data)
        ]
        page, token = _page(every, members, lambda each: each["Name"])
        return {"ParallelDataPropertiesList": page, "NextToken": token}

    def delete_parallel_data(self, call: Call, members: Members) -> Answer:
        data = _get(call.account.parallel_data, members["Name"], "parallel data")
        if data.coming or data.status == "DELETING":
            fail("ConcurrentModification", f"{data.name} is being changed.")
        data.status = "DELETING"
        data.deleted_at = call.account.clock.now() + self.behaviour.deleting_s
        call.account.tags.pop(call.account.arn("parallel-data", data.name), None)
        return {"Name": data.name, "Status": data.status}

    def _check_import(self, account: Account, members: Members) -> None:
        if any(each.coming for each in account.parallel_data.values()):
            fail("LimitExceeded", "Another import of parallel data is running.")
        config = members["ParallelDataConfig"]
        if "S3Uri" not in config or "Format" not in config:
            fail("InvalidRequest", "ParallelDataConfig needs S3Uri and Format.")
        if not account.storage().has(config["S3Uri"]):
            fail("InvalidRequest", f"There is no file {config['S3Uri']} to read.")

    def _import(self, account: Account, members: Members) -> Import:
        ready_at = account.clock.now() + self.behaviour.importing_s
        return Import(members["ParallelDataConfig"], ready_at)

    # Batch jobs

    def start_text_translation_job(self, call: Call, members: Members) -> Answer:
        known = self._known(call, "StartTextTranslationJob", members)
        if known:
            job = call.account.jobs[known]
        else:
            self._check_job(call.account, members)
            job = call.account.add_job(members)
            self._remember(call, "StartTextTranslationJob", members, job.id)
        return {"JobId": job.id, "JobStatus": job.status}

    def describe_text_translation_job(self, call: Call, members: Members) -> Answer:
        job = _get(call.account.jobs, members["JobId"], "job")
        return {"TextTranslationJobProperties": _job(job)}

    def list_text_translation_jobs(self, call: Call, members: Members) -> Answer:
        filters = members.get("Filter", {})
        if len(filters) > 1:
            fail("InvalidFilter", "Only one filter can be set at a time.")
        jobs = sorted(
            call.account.jobs.values(),
            key=lambda job: (job.submitted, job.id),
            reverse="SubmittedAfterTime" not in filters,
        )
        every = [_job(job) for job in jobs if _passes(job, filters)]
        page, token = _page(
            every, members, lambda each: each["JobId"], error="InvalidRequest"
        )
        return {"TextTranslationJobPropertiesList": page, "NextToken": token}

    def stop_text_translation_job(self, call: Call, members: Members) -> Answer:
        job = _get(call.account.jobs, members["JobId"], "job")
        call.account.stop_job(job)
        return {"JobId": job.id, "JobStatus": job.status}

    def _check_job(self, account: Account, members: Members) -> None:
        targets = members["TargetLanguageCodes"]
        wrong = "InvalidParameterValue"
        if len(targets) > MAX_JOB_TARGETS or len(set(targets)) < len(targets):
            fail(wrong, f"TargetLanguageCodes: 1 to {MAX_JOB_TARGETS}, each once.")
        source = members["SourceLanguageCode"]
        for target in targets:
            self._check_pair("en" if source == AUTO else source, target)
        kind = members["InputDataConfig"]["ContentType"]
        if kind not in JOB_TYPES:
            fail(wrong, f"ContentType: {kind} is not supported.")
        if "Brevity" in members.get("Settings", {}):
            fail("InvalidRequest", "Batch jobs do not support Brevity.")
        self._check_folders(account, members)
        self._check_names(account, members, source, targets)
        queued = sum(job.status not in DONE for job in account.jobs.values())
        if queued >= MAX_QUEUED_JOBS:
            fail("TooManyRequests", f"There are {MAX_QUEUED_JOBS} jobs in the queue.")

    def _check_folders(self, account: Account, members: Members) -> None:
        for name in ("InputDataConfig", "OutputDataConfig"):
            uri = members[name]["S3Uri"]
            bucket, key = split_uri(uri)
            if not account.storage().has_bucket(bucket):
                fail("InvalidRequest", f"{name}: no access to the bucket of {uri}.")
            if name == "InputDataConfig" and not key.strip("/"):
                fail("InvalidRequest", f"{name}: {uri} is no folder in a bucket.")

    def _check_names(
        self, account: Account, members: Members, source: str, targets: Sequence[str]
    ) -> None:
        wrong = "InvalidParameterValue"
        terminologies = members.get("TerminologyNames", ())
        _at_most_one(terminologies, "TerminologyNames", wrong)
        for name in terminologies:
            _get(account.terminologies, name, "terminology")
        names = members.get("ParallelDataNames", ())
        _at_most_one(names, "ParallelDataNames", wrong)
        for name in names:
            data = _get(account.parallel_data, name, "parallel data")
            if data.status != "ACTIVE" or not data.table:
                fail("InvalidRequest", f"The parallel data {name} is not active.")
            missing = sorted(set(targets) - set(data.table.targets))
            if missing or source != data.table.source:
                fail(wrong, f"The parallel data {name} lacks {missing or [source]}.")

    # Tags

    def list_tags_for_resource(self, call: Call, members: Members) -> Answer:
        tags = self._tagged(call, members)
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def tag_resource(self, call: Call, members: Members) -> Answer:
        tags = self._tagged(call, members)
        self._check_tags(members["ResourceArn"], members["Tags"], tags)
        tags.update(_tags(members["Tags"]))
        return {}

    def untag_resource(self, call: Call, members: Members) -> Answer:
        tags = self._tagged(call, members)
        for key in members["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _tagged(self, call: Call, members: Members) -> dict[str, str]:
        arn = members["ResourceArn"]
        if not arn.startswith(f"arn:aws:translate:{call.account.region}:{ACCOUNT_ID}:"):
            fail("InvalidParameterValue", f"{arn} is no resource of this account.")
        if arn not in call.account.arns():
            fail("ResourceNotFound", f"There is no resource {arn}.")
        return call.account.tags.setdefault(arn, {})

    def _check_tags(
        self, arn: str, tags: Iterable[Members], present: Iterable[str] = ()
    ) -> None:
        if len({*present, *_tags(tags)}) > MAX_TAGS:
            message = f"A resource has no more than {MAX_TAGS} tags."
            fail("TooManyTags", message, ResourceArn=arn)

    # What several of them need

    def _file(self, call: Call, content: bytes | None) -> Answer | None:
        if content is None:
            return None
        name = sha256(content).hexdigest()
        self.files[name] = content
        location = f"{call.url}/files/{name}"
        return {"RepositoryType": "S3", "Location": location}

    def _known(self, call: Call, operation: str, members: Members) -> str:
        """Return what a request with the same token made, if it was the same."""
        key = (operation, members["ClientToken"])
        request, made = call.account.tokens.get(key, (None, ""))
        if request is not None and request != members:
            conflict = "InvalidParameterValue" if "Job" in operation else "Conflict"
            fail(conflict, "The same ClientToken came with another request.")
        return made

    def _remember(
        self, call: Call, operation: str, members: Members, made: str
    ) -> None:
        call.account.tokens[operation, members["ClientToken"]] = (members, made)


def _check_input(operation: str, members: Members, error: str) -> None:
    text = members.get("Text") if operation == "TranslateText" else None
    if isinstance(text, str) and len(text.encode(errors="replace")) > MAX_TEXT_BYTES:
        fail(
            "TextSizeLimitExceeded",
            "Input text size exceeds limit. Max length of request text allowed is"
            f" {MAX_TEXT_BYTES} bytes while in this request the text size is"
            f" {len(text.encode())} bytes",
        )
    shape = model.operation(operation).input_shape
    found = list(model.problems(shape, members)) if shape else []
    for each in found:
        if each.kind == "type":
            fail("Serialization", f"{each.path}: {each.constraint}")
        if each.path == "displayLanguageCode" and each.kind == "enum":
            fail(
                "UnsupportedDisplayLanguageCode",
                f"Unsupported display language: {each.value}",
                DisplayLanguageCode=each.value,
            )
    if found:
        raise ServiceError(error, model.message(found))


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _without_none(each)
            for name, each in value.items()
            if each is not None
        }
    return [_without_none(each) for each in value] if isinstance(value, list) else value


def _translated(members: Members, source: str, translator: Translator) -> Answer:
    answer: Answer = {
        "SourceLanguageCode": source,
        "TargetLanguageCode": members["TargetLanguageCode"],
    }
    if members.get("TerminologyNames"):
        pairs = list(translator.applied.items())[:MAX_APPLIED_TERMS]
        terms = [{"SourceText": text, "TargetText": term} for text, term in pairs]
        answer["AppliedTerminologies"] = [
            {"Name": name, "Terms": terms} for name in members["TerminologyNames"]
        ]
    if members.get("Settings"):
        answer["AppliedSettings"] = {
            name: value
            for name, value in members["Settings"].items()
            if name != "Formality" or translator.target in FORMAL
        }
    return answer


def _terminology(account: Account, found: Terminology) -> Answer:
    skipped = found.table.skipped
    return {
        "Name": found.name,
        "Description": found.description,
        "Arn": account.arn("terminology", found.name),
        "SourceLanguageCode": found.table.source,
        "TargetLanguageCodes": found.table.targets,
        "EncryptionKey": found.key,
        "SizeBytes": len(found.data),
        "TermCount": sum(len(record) - 1 for record in found.table.records),
        "CreatedAt": _time(found.created),
        "LastUpdatedAt": _time(found.updated),
        "Directionality": found.directionality,
        "Message": f"{skipped} terms were skipped." if skipped else None,
        "SkippedTermCount": skipped,
        "Format": found.form,
    }


def _parallel_data(account: Account, data: ParallelData) -> Answer:
    table = data.table or Table("", [])
    return {
        "Name": data.name,
        "Arn": account.arn("parallel-data", data.name),
        "Description": data.description,
        "Status": data.status,
        "SourceLanguageCode": table.source or None,
        "TargetLanguageCodes": table.targets or None,
        "ParallelDataConfig": data.config,
        "Message": data.message,
        "ImportedDataSize": data.size if data.table else None,
        "ImportedRecordCount": len(table.records) if data.table else None,
        "FailedRecordCount": len(table.failed) if data.table else None,
        "SkippedRecordCount": table.skipped if data.table else None,
        "EncryptionKey": data.key,
        "CreatedAt": _time(data.created),
        "LastUpdatedAt": _time(data.updated),
        "LatestUpdateAttemptStatus": data.update_status,
        "LatestUpdateAttemptAt": _time(data.update_at),
    }


_ECHOED = (
    "JobName",
    "SourceLanguageCode",
    "TargetLanguageCodes",
    "TerminologyNames",
    "ParallelDataNames",
    "InputDataConfig",
    "DataAccessRoleArn",
    "Settings",
)


def _job(job: Job) -> Answer:
    return {
        **{name: job.request[name] for name in _ECHOED if name in job.request},
        "JobId": job.id,
        "JobStatus": job.status,
        "JobDetails": job.counts or None,
        "Message": job.message,
        "SubmittedTime": _time(job.submitted),
        "EndTime": _time(job.ended),
        "OutputDataConfig": {**job.request["OutputDataConfig"], "S3Uri": job.output},
    }


def _passes(job: Job, filters: Members) -> bool:
    submitted = _time(job.submitted)
    return (
        job.status == filters.get("JobStatus", job.status)
        and job.request.get("JobName")
        == filters.get("JobName", job.request.get("JobName"))
        and not (
            "SubmittedBeforeTime" in filters
            and submitted >= filters["SubmittedBeforeTime"]
        )
        and not (
            "SubmittedAfterTime" in filters
            and submitted <= filters["SubmittedAfterTime"]
        )
    )


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc)


def _by_name(resources: Mapping[str, Any]) -> list[Any]:
    return [resources[name] for name in sorted(resources)]


def _get(resources: Mapping[str, Any], name: str, what: str) -> Any:
    if name not in resources:
        fail("ResourceNotFound", f"There is no {what} {name}.")
    return resources[name]


def _at_most_one(names: Sequence[str], member: str, error: str) -> None:
    if len(names) > 1:
        fail(error, f"{member}: no more than one can be given.")


def _tags(tags: Iterable[Members]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _page(
    every: Sequence[Answer],
    members: Members,
    key: Callable[[Answer], str],
    error: str = "InvalidParameterValue",
) -> tuple[list[Answer], str | None]:
    """Return a page and the token of the next; a token names the page's last item."""
    start = 0
    if "NextToken" in members:
        try:
            last = base64.urlsafe_b64decode(members["NextToken"]).decode()
            start = [key(each) for each in every].index(last) + 1
        except (binascii.Error, ValueError):
            fail(error, "NextToken: this is none of ours.")
    page = list(every[start : start + members.get("MaxResults", PAGE)])
    if not page or start + len(page) >= len(every):
        return page, None
    return page, base64.urlsafe_b64encode(key(page[-1]).encode()).decode()
