"""Terms: words with one required translation, in a file and in Amazon Translate.

A file of terms is a table (CSV, TSV; the first row has the language codes, the
source's first) or TMX; or a list of names in a text file, one in each line, which stay
in every language and need not be sent. In Amazon Translate the terms become a custom
terminology under the name ``<file>-<hash of its content>``: whoever has the file knows
the name without asking, and changed terms never serve a text that was translated with
the former ones.

What is checked before anything is sent, each with its line:

* languages: the service knows them, at most `MAX_TARGETS` targets;
* a term: it has a source and a target, plain text of at most `MAX_TERM_BYTES` each;
* no source twice;
* the whole: at least one term, at most `MAX_FILE_BYTES`.

Blanks and line breaks in a term become single spaces.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from sphinx_amts.aws.client import ask, open_client
from sphinx_amts.aws.errors import Access, Trouble
from sphinx_amts.config import MAX_NAME, NAME_FILES, TERM_FILES, check_name
from sphinx_amts.engines.amazon.languages import code_of
from sphinx_amts.errors import EngineUnavailable, FileError, SettingError
from sphinx_amts.text.languages import LanguagePair, to_bcp47
from sphinx_amts.text.tagged import byte_length, escape, parse, plain
from sphinx_amts.text.terms import NO_TERMS, RequiredTerms

T = TypeVar("T")

MAX_FILE_BYTES = 10_000_000  # of the terms as CSV
MAX_TERM_BYTES = 200  # of UTF-8, source and target each
MAX_TARGETS = 10
"""These three from https://docs.aws.amazon.com/translate/latest/dg/what-is-limits.html"""

SHOWN = 10  # faults of a file that are named; the rest is counted
_HASH_DIGITS = 12  # 48 bits: two of a million files alike with a chance of 1 in 500

Term = Mapping[str, str]
"""One term: plain texts by the service's language codes."""


def is_file(terminology: str) -> bool:
    """Tell whether ``amts_terminology`` is a file of terms, not a name.

    >>> is_file("terms/zh.csv"), is_file("terms-1f3a")
    (True, False)
    """
    return terminology.lower().endswith(TERM_FILES + NAME_FILES)


# --- Files ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """What a file of terms holds; its language codes are the service's."""

    path: Path
    source: str
    rows: tuple[Term, ...]  # sorted by source; no empty text
    names: tuple[str, ...] = ()  # that stay in every language

    @property
    def targets(self) -> list[str]:
        """The target languages, sorted."""
        return sorted({code for row in self.rows for code in row} - {self.source})

    @cached_property
    def content(self) -> bytes:
        """The terms as the CSV that is sent: the same for the same terms."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        codes = [self.source, *self.targets]
        writer.writerow(codes)
        writer.writerows([[row.get(code, "") for code in codes] for row in self.rows])
        return out.getvalue().encode()

    def name(self, prefix: str | None = None) -> str:
        """Return the terminology's name; without a prefix the file's name is it.

        Raises `SettingError` for a prefix that cannot be part of one.
        """
        if prefix is None:
            stem = re.sub("[^A-Za-z0-9-]+", "-", self.path.stem).strip("-") or "terms"
            prefix = stem[: MAX_NAME - _HASH_DIGITS - 1]
        name = f"{prefix}-{sha256(self.content).hexdigest()[:_HASH_DIGITS]}"
        try:
            check_name(name)
        except ValueError as error:
            raise SettingError(f"{prefix!r} cannot begin {error}") from error
        return name

    def of(self, pair: LanguagePair) -> dict[str, str]:
        """Return the targets of a language pair by their sources."""
        source, target = code_of(pair.source), code_of(pair.target)
        if source != self.source or target is None:
            return {}
        return {row[source]: row[target] for row in self.rows if target in row}

    @property
    def everywhere(self) -> list[str]:
        """What is its own target in every target language."""
        own = [row for row in self.rows if len(set(row.values())) == 1]
        return [*self.names, *(row[self.source] for row in own)]


def load(path: Path | str) -> Terms:
    """Read and check a file of terms; raises `FileError` with all that is wrong."""
    if str(path).lower().endswith(NAME_FILES):
        return Terms(Path(path), "", (), tuple(_names(Path(path))))
    source, rows = _read(Path(path))
    faults = list(_faults(source, rows))
    if not rows:
        faults.append((0, "holds no term"))
    targets = {code for _line, row in rows for code in row} - {source}
    if len(targets) > MAX_TARGETS:
        faults.append((0, f"{len(targets)} target languages; at most {MAX_TARGETS}"))
    if faults:
        raise _error(Path(path), faults)
    kept = sorted((_plain(row) for _line, row in rows), key=lambda row: row[source])
    terms = Terms(Path(path), source, tuple(kept))
    if len(terms.content) > MAX_FILE_BYTES:
        size = f"{len(terms.content)} bytes of terms; at most {MAX_FILE_BYTES}"
        raise FileError(path, size)
    return terms


def _names(path: Path) -> Iterator[str]:
    """Yield the names of a list: what is in its lines, without comments."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise FileError(path, "is not in UTF-8; save it in this encoding") from error
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error
    for line in lines:
        name = " ".join(line.split())
        if name and not name.startswith("#"):
            yield name


def _plain(row: Term) -> Term:
    return {code: plain(parse(text)) for code, text in row.items() if text}


def _error(path: Path, faults: list[tuple[int, str]]) -> FileError:
    line, first = faults[0]
    others = [str(FileError(path, text, at)) for at, text in faults[1:SHOWN]]
    if len(faults) > SHOWN:
        others.append(f"{path}: and {len(faults) - SHOWN} more")
    return FileError(path, "\n".join([first, *others]), line)


def _read(path: Path) -> tuple[str, list[tuple[int, Term]]]:
    """Return the source's code, and each term with its line and tagged texts."""
    from sphinx_amts.formats import tmx  # XML: only where needed
    from sphinx_amts.formats.tables import load_rows

    if path.suffix.lower() == ".tmx":
        entries = list(tmx.load(path))
        language = tmx.source_language(path)
    else:
        entries = list(load_rows(path))
        language = next(iter(entries[0].texts)) if entries else "en"
    source = _code(language, path, 0)
    rows = [
        (
            entry.line,
            {_code(code, path, entry.line): text for code, text in entry.texts.items()},
        )
        for entry in entries
    ]
    return source, [(line, {**row, source: row.get(source, "")}) for line, row in rows]


def _code(language: str, path: Path, line: int) -> str:
    try:
        code = code_of(to_bcp47(language))
    except ValueError:
        code = None
    if code is None:
        reason = f"Amazon Translate has no language {language!r}"
        raise FileError(path, reason, line)
    return code


def _faults(source: str, rows: list[tuple[int, Term]]) -> Iterator[tuple[int, str]]:
    seen: dict[str, int] = {}
    for line, row in rows:
        term = row[source]
        if not term:
            yield line, f"no text in {source!r}"
        elif not any(text for code, text in row.items() if code != source):
            yield line, f"no target for {term!r}"
        if term and term in seen:
            yield line, f"{term!r} is also in line {seen[term]}"
        seen.setdefault(term, line)
        for code, text in row.items():
            yield from ((line, fault) for fault in _faults_of(code, text))


def check_term(path: Path, pair: LanguagePair, source: str, target: str) -> None:
    """Raise `FileError` if a file cannot hold a term; texts are plain."""
    for language, text in ((pair.source, source), (pair.target, target)):
        if not text.strip():
            raise FileError(path, "a term needs a source and a target")
        for fault in _faults_of(_code(language, path, 0), escape(text)):
            raise FileError(path, fault)


def _faults_of(code: str, text: str) -> Iterator[str]:
    if any(not isinstance(piece, str) for piece in parse(text)):
        yield f"tags in {code!r}; a term is plain text"
    elif (size := byte_length(plain(parse(text)))) > MAX_TERM_BYTES:
        yield f"{size} bytes in {code!r}; at most {MAX_TERM_BYTES}"


# --- Use ------------------------------------------------------------------------------


def required_terms(
    terminology: str | None, base: Path, pair: LanguagePair
) -> RequiredTerms:
    """Return the required terms of a pair; none if ``amts_terminology`` is no file.

    Raises `FileError`.
    """
    if not terminology or not is_file(terminology):
        return NO_TERMS
    terms = load(base / terminology)
    wanted = {**{name: name for name in terms.names}, **terms.of(pair)}
    if not wanted:
        return NO_TERMS
    return RequiredTerms(wanted, pair.source, terms.everywhere)


# --- Amazon Translate -----------------------------------------------------------------


@dataclass(frozen=True)
class Terminology:
    """A custom terminology, as the service describes it."""

    name: str
    source: str
    targets: tuple[str, ...]
    terms: int  # targets of one term count each
    skipped: int  # terms that the service did not take
    changed: str  # ISO 8601

    @property
    def count(self) -> str:
        """How many terms there are, in words."""
        return f"{self.terms} term{'' if self.terms == 1 else 's'}"

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> Terminology:
        """Read the service's answer."""
        changed = properties.get("LastUpdatedAt")
        return cls(
            properties.get("Name", ""),
            properties.get("SourceLanguageCode", ""),
            tuple(properties.get("TargetLanguageCodes", ())),
            properties.get("TermCount", 0),
            properties.get("SkippedTermCount", 0),
            changed.isoformat(timespec="seconds") if changed else "",
        )


def not_pushed(path: Path, access: Access) -> EngineUnavailable:
    """Return the error that the terms of a file are not in the service."""
    place = f" --region {access.region}" if access.region else ""
    profile = f" --profile {access.profile}" if access.profile else ""
    file = f'"{path}"' if " " in str(path) else path  # for every system's shell
    return EngineUnavailable(
        f"the terms in {path} are not in Amazon Translate ({access})."
        f" Run: sphinx-amts terminology push {file}{place}{profile}"
    )


class Terminologies:
    """The custom terminologies of an account in a region.

    Its methods raise `EngineError` where AWS does not do it.
    """

    def __init__(self, access: Access) -> None:
        self._client = open_client("translate", access)
        self.access = Access(self._client.meta.region_name, access.profile)

    def find(self, name: str) -> Terminology | None:
        """Return the terminology of a name."""
        found = ask(self._client, "get_terminology", self.access, answered, Name=name)
        if isinstance(found, Trouble):
            if found.name == "ResourceNotFoundException":
                return None
            raise found.error
        return found

    def push(self, terms: Terms, name: str) -> tuple[Terminology, bool]:
        """Bring terms to the service, unless they are there; tell whether they were.

        ``name`` is `Terms.name`: what is there under it has the same content.
        """
        found = self.find(name)
        if found is not None:
            return found, True
        made = self._call(
            "import_terminology",
            answered,
            Name=name,
            MergeStrategy="OVERWRITE",
            TerminologyData={
                "File": terms.content,
                "Format": "CSV",
                "Directionality": "UNI",
            },
        )
        return made, False

    def list(self) -> list[Terminology]:
        """Return all of them, by name."""
        found: list[Terminology] = []
        token: dict[str, str] = {}
        while True:
            page, next_token = self._call("list_terminologies", _page, **token)
            found += page
            if not next_token:
                return sorted(found, key=lambda each: each.name)
            token = {"NextToken": next_token}

    def delete(self, name: str) -> None:
        """Delete one."""
        self._call("delete_terminology", dict, Name=name)

    def _call(self, method: str, read: Callable[[Any], T], **members: Any) -> T:
        found = ask(self._client, method, self.access, read, **members)
        if isinstance(found, Trouble):
            raise found.error
        return found


def answered(answer: Any) -> Terminology:
    """Read an answer of the service about one terminology."""
    return Terminology.of(answer["TerminologyProperties"])


def _page(answer: Any) -> tuple[list[Terminology], str]:
    each = answer.get("TerminologyPropertiesList", ())
    return [Terminology.of(one) for one in each], str(answer.get("NextToken", ""))
