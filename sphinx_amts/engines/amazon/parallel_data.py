"""Parallel data in Amazon Translate: create, update, watch, delete.

The service reads a file from S3, and it reads one at a time. What became of it is only
seen by asking again:

=========  =======================================================================
create     CREATING -> ACTIVE, or FAILED
update     ACTIVE all the time, with the old content; its own status is that of the
           latest attempt: UPDATING -> ACTIVE, or FAILED
delete     DELETING -> gone
=========  =======================================================================

The file's name in S3 holds the hash of its content: what is in use can be told apart
from what is to be used, and the same content is not imported twice.
"""

from __future__ import annotations

import codecs
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.request import urlopen

from sphinx_amts.aws.bucket import Bucket
from sphinx_amts.aws.client import ask, demand, open_client
from sphinx_amts.aws.errors import Access, Trouble, unavailable
from sphinx_amts.engines.amazon.languages import code_of
from sphinx_amts.errors import AmtsError, EngineUnavailable, FileError
from sphinx_amts.files import read_json
from sphinx_amts.formats.tables import load_units

MAX_NAME = 256  # characters; this and `_NAME` are the service's
MAX_BYTES = 5_000_000_000
"""Of one file. From https://docs.aws.amazon.com/translate/latest/dg/what-is-limits.html
"""
FOLDER = "parallel-data"  # in the bucket, below the prefix
HASH = 12  # hexadecimal digits of the content's hash in names
FIRST_PAUSE_S, LAST_PAUSE_S = 5.0, 30.0  # between two looks at an import
BUSY = ("CREATING", "UPDATING")
SHOWN = 10  # messages of the service's error file
FETCH_S = 30.0
"""Until the file of what was not imported is given up: some kilobytes from S3."""

_NAME = re.compile("([A-Za-z0-9-]_?)+")
_TMX_CODE = re.compile(rb"""(\b(?:xml:lang|srclang|lang)\s*=\s*["'])([A-Za-z0-9_-]+)""")
_FORMATS = {".tmx": "TMX", ".csv": "CSV", ".tsv": "TSV"}
_TYPES = {
    "TMX": "application/xml",
    "CSV": "text/csv",
    "TSV": "text/tab-separated-values",
}


@dataclass(frozen=True)
class Upload:
    """A file of pairs that the service would take."""

    path: Path
    format: str  # as the service calls it
    codes: Mapping[str, str]  # the service's language codes by those of the file
    records: int
    digest: str = ""  # of the content as it is sent

    @classmethod
    def read(cls, path: Path) -> Upload:
        """Read and check a file; raises `FileError`."""
        form = _FORMATS.get(path.suffix.lower())
        if form is None:
            understood = ", ".join(_FORMATS)
            raise FileError(path, f"{path.suffix!r} is none of {understood}")
        written: dict[str, None] = {}
        records = 0
        for entry in load_units(path):
            written.update(dict.fromkeys(entry.texts))
            records += 1
        if not records:
            raise FileError(path, "has no pair")
        if path.stat().st_size > MAX_BYTES:
            raise FileError(path, f"is over {MAX_BYTES:,} bytes")
        codes = {code: _code(code, path) for code in written}
        file = cls(path, form, codes, records)
        return replace(file, digest=sha256(file.content()).hexdigest()[:HASH])

    def content(self) -> bytes:
        """Return what is sent: the file with the service's language codes."""
        content = self.path.read_bytes().removeprefix(codecs.BOM_UTF8)
        known = {old.encode(): new.encode() for old, new in self.codes.items()}
        if self.format == "TMX":
            return _TMX_CODE.sub(
                lambda match: match[1] + known.get(match[2], match[2]), content
            )
        first, end, rest = content.partition(b"\n")
        for old, new in known.items():
            pattern = rb"(?<![\w-])" + re.escape(old) + rb"(?![\w-])"
            first = re.sub(pattern, new, first)
        return first + end + rest

    def name(self) -> str:
        """Return the name that goes with the content.

        >>> Upload(Path("our book.tmx"), "TMX", {}, 9, "0f3c").name()
        'our-book-0f3c'
        """
        stem = re.sub("[^A-Za-z0-9]+", "-", self.path.stem).strip("-") or "pairs"
        return f"{stem[: MAX_NAME - HASH - 1]}-{self.digest}"


def _code(tag: str, path: Path) -> str:
    try:
        code = code_of(tag)
    except ValueError:
        code = None
    if code is None:
        raise FileError(path, f"Amazon Translate does not know the language {tag!r}")
    return code


@dataclass(frozen=True)
class ParallelData:
    """What the service says of parallel data."""

    name: str
    status: str  # the latest attempt's, where there was an update
    is_active: bool  # whether jobs may use it, perhaps with its former content
    message: str
    source: str
    targets: tuple[str, ...]
    imported: int
    failed: int
    skipped: int
    file: str  # address in S3
    changed: str  # date, ISO 8601
    errors_at: str = ""  # where the service's own error file can be fetched for a while

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> ParallelData:
        """Read an answer of the service."""
        found = answer["ParallelDataProperties"]
        update = found.get("LatestUpdateAttemptStatus")
        where = "LatestUpdateAttemptAuxiliaryDataLocation" if update else ""
        location = answer.get(where or "AuxiliaryDataLocation") or {}
        changed = found.get("LatestUpdateAttemptAt") or found.get("LastUpdatedAt")
        return cls(
            name=found["Name"],
            status=update or found["Status"],
            is_active=found["Status"] == "ACTIVE",
            message=printable(found.get("Message", "")),
            source=found.get("SourceLanguageCode", ""),
            targets=tuple(found.get("TargetLanguageCodes", ())),
            imported=found.get("ImportedRecordCount", 0),
            failed=found.get("FailedRecordCount", 0),
            skipped=found.get("SkippedRecordCount", 0),
            file=found.get("ParallelDataConfig", {}).get("S3Uri", ""),
            changed=changed.isoformat() if changed else "",
            errors_at=location.get("Location", ""),
        )

    @property
    def digest(self) -> str:
        """The hash of the content in use or on its way; empty for a file of others."""
        stem = PurePosixPath(self.file).stem
        return stem if re.fullmatch(f"[0-9a-f]{{{HASH}}}", stem) else ""

    @property
    def version(self) -> str:
        """The name with what tells its contents apart."""
        return f"{self.name}@{self.digest or self.changed}"

    def problems(self, sent: int, threshold: float) -> list[str]:
        """Return what is wrong with an import of so many records.

        ``threshold`` is the share of them that has to be imported, 0 to 1.
        """
        if self.status == "FAILED":
            return [f"the import failed. {self.message}".strip()]
        found = []
        counted = self.imported + self.failed + self.skipped
        if counted != sent:
            found.append(f"of {sent} pairs the service counts {counted}: {self.counts}")
        if self.imported < threshold * sent:
            found.append(
                f"only {self.imported} of {sent} pairs were imported,"
                f" less than {threshold:.0%}: {self.counts}"
            )
        return found

    @property
    def counts(self) -> str:
        """What became of the records."""
        return f"{self.imported} imported, {self.skipped} skipped, {self.failed} failed"


class Resources:
    """The parallel data of an account in a region; raises `EngineUnavailable`.

    ``report`` is told, now and then, what is being waited for.
    """

    def __init__(
        self,
        access: Access,
        report: Callable[[str], None] = lambda text: None,
        pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self._client = open_client("translate", access)
        self.access = Access(str(self._client.meta.region_name), access.profile)
        self._report = report
        self._pause_s = pause_s

    def find(self, name: str) -> ParallelData | None:
        """Return what the service has under a name; None where it has nothing."""
        found = ask(
            self._client, "get_parallel_data", self.access, ParallelData.of, Name=name
        )
        if isinstance(found, Trouble):
            if found.name == "ResourceNotFoundException":
                return None
            raise unavailable(found)
        return found

    def get(self, name: str) -> ParallelData:
        """As `find`, for what has to be there."""
        found = self.find(name)
        if found is None:
            raise EngineUnavailable(
                f"there is no parallel data {name!r} in {self.access}. Create it with"
                " `sphinx-amts parallel-data create`, or check the region."
            )
        return found

    def list(self) -> list[ParallelData]:
        """Return all that there is, by name."""
        found: list[ParallelData] = []
        token: dict[str, str] = {}
        while True:
            page, next_token = demand(
                self._client, "list_parallel_data", self.access, _page, **token
            )
            found += page
            if not next_token:
                return found
            token = {"NextToken": next_token}

    def create(
        self,
        file: Upload,
        name: str,
        place: Folder,
        tags: Mapping[str, str] | None = None,
    ) -> bool:
        """Begin to create parallel data; False where it has this content already.

        One whose import failed is updated. Raises `AmtsError` where another content has
        this name.
        """
        check_name(name)
        found = self.find(name)
        if found is None:
            listed = [{"Key": key, "Value": text} for key, text in (tags or {}).items()]
            more = {**place.encryption, **({"Tags": listed} if listed else {})}
            self._import("create_parallel_data", name, place.put(file, name), **more)
            return True
        if found.digest != file.digest:
            raise AmtsError(
                f"parallel data {name!r} has another content. Update it with"
                " `sphinx-amts parallel-data update`, or choose another name."
            )
        return self._update(found, file, place)

    def update(self, name: str, file: Upload, place: Folder) -> bool:
        """Begin to put another content under a name; False where it is there."""
        return self._update(self.get(name), file, place)

    def _update(self, found: ParallelData, file: Upload, place: Folder) -> bool:
        if found.status in BUSY:
            found = self.wait(found.name)
        if found.digest == file.digest and found.status != "FAILED":
            return False
        # Not the same token twice: an attempt that failed is one to be made again.
        told = f"{found.name} {file.digest} {found.changed} {found.status}"
        token = sha256(told.encode()).hexdigest()
        uri = place.put(file, found.name)
        self._import("update_parallel_data", found.name, uri, ClientToken=token)
        return True

    def _import(
        self, method: str, name: str, config: Mapping[str, str], **more: Any
    ) -> None:
        """Ask for an import, as soon as no other one runs."""
        pause_s = self._pause_s
        is_last = False
        while True:
            answer = ask(
                self._client,
                method,
                self.access,
                dict,
                Name=name,
                ParallelDataConfig=config,
                **more,
            )
            if not isinstance(answer, Trouble):
                return
            busy = [each.name for each in self.list() if each.status in BUSY]
            if answer.name not in _ANOTHER_RUNS or (is_last and not busy):
                raise unavailable(answer)
            is_last = not busy  # it may have ended just now
            self._report(f"waiting for the import of {', '.join(busy)}")
            time.sleep(pause_s)
            pause_s = min(pause_s * 1.5, LAST_PAUSE_S)

    def wait(self, name: str) -> ParallelData:
        """Return what has become of an import."""
        pause_s = self._pause_s
        while True:
            found = self.get(name)
            if found.status not in BUSY:
                return found
            self._report(f"{name}: {found.status}")
            time.sleep(pause_s)
            pause_s = min(pause_s * 1.5, LAST_PAUSE_S)

    def delete(self, name: str) -> None:
        """Begin to delete parallel data; its file in S3 stays."""
        self.get(name)
        demand(self._client, "delete_parallel_data", self.access, dict, Name=name)


def _page(answer: Any) -> tuple[list[ParallelData], str]:
    each = answer.get("ParallelDataPropertiesList", ())
    found = [ParallelData.of({"ParallelDataProperties": one}) for one in each]
    return found, str(answer.get("NextToken", ""))


_ANOTHER_RUNS = (
    "ConcurrentModificationException",
    "ConflictException",
    "LimitExceededException",
)


@dataclass(frozen=True)
class Folder:
    """Where files of pairs are put in S3; ``prefix`` is a folder or empty."""

    bucket: str
    prefix: str
    access: Access
    key: str | None = None  # of KMS, for the file and for what the service makes of it

    @property
    def encryption(self) -> dict[str, Any]:
        """What a request says of it."""
        return {"EncryptionKey": {"Type": "KMS", "Id": self.key}} if self.key else {}

    def put(self, file: Upload, name: str) -> dict[str, str]:
        """Bring a file to S3; return where and what it is, as the service wants it."""
        bucket = Bucket(self.bucket, self.access, self.key)
        bucket.check()
        parts = (self.prefix, FOLDER, name, file.digest + file.path.suffix.lower())
        where = "/".join(filter(None, parts))
        bucket.put(where, file.content(), _TYPES[file.format])
        return {"S3Uri": bucket.uri(where), "Format": file.format}


def check_name(name: str) -> None:
    """Check a name as the service does; raises `AmtsError`."""
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise AmtsError(
            f"{name!r} is no name: at most {MAX_NAME} letters, digits, hyphens, and"
            " underscores that stand alone"
        )


def read_errors(data: ParallelData) -> Sequence[str]:
    """Return what the service's own error file says, in lines; empty without one."""
    if not data.errors_at.startswith(("https://", "http://")):
        return []
    try:
        with urlopen(data.errors_at, timeout=FETCH_S) as answer:
            report = read_json(answer.read())
        messages = report.get("messages", [])
        lines = [
            printable(f"{each.get('message', '')} {each.get('content', '')}")
            for each in messages[:SHOWN]
        ]
    except (OSError, ValueError, AttributeError) as error:
        return [f"its error file cannot be read: {type(error).__name__}"]
    if len(messages) > SHOWN:
        lines.append(f"and {len(messages) - SHOWN} more")
    return lines


def printable(text: str, limit: int = 200) -> str:
    """Write a text of the service in one line for a terminal."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[:limit].rstrip() + "\u2026"
