"""Reading ``amts_memory_files``: people's units for one language pair.

A file is read as XML or CSV once; its index is kept in the store under the hash of the
file's content, because a warm build must not spend a second on a file that did not
change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx_amts.errors import FileError, TagError
from sphinx_amts.memory.normal import without_emphasis
from sphinx_amts.memory.people import People, Row, from_lists, rows_of
from sphinx_amts.memory.store import Store
from sphinx_amts.memory.unit import SCHEMA, Origin, TranslationUnit
from sphinx_amts.text.check import check
from sphinx_amts.text.languages import LanguagePair, matches
from sphinx_amts.text.tagged import renumber, tag_ids

if TYPE_CHECKING:
    from sphinx_amts.formats.tmx import Entry

INDEX = 1  # raised when the form of the index changes
SHOWN = 3  # unusable units that are named, per file; the rest is counted


@dataclass(frozen=True)
class Problem:
    """What a user must be told of a memory file."""

    message: str
    is_fatal: bool  # the file as a whole could not be read


def digest(paths: Sequence[Path]) -> str:
    """Return the identity of what the files hold; a missing file is a content too."""
    whole = sha256()
    for path in paths:
        whole.update(f"{path}\0".encode())
        try:
            whole.update(sha256(path.read_bytes()).digest())
        except OSError:
            whole.update(b"-")
    return whole.hexdigest()[:16] if paths else ""


def load(
    paths: Sequence[Path], pair: LanguagePair, store: Store, reuse: str = "sentence"
) -> tuple[People, list[Problem]]:
    """Read memory files in order; see `People` for which of two units wins."""
    rows: list[Row] = []
    problems = []
    for path in paths:
        try:
            found, messages = _load_file(path, pair, store)
        except FileError as error:
            problems.append(Problem(f"memory file {error}", is_fatal=True))
            continue
        rows += found
        problems += [Problem(message, is_fatal=False) for message in messages]
    identity = f"{digest(paths)} {reuse}"
    return People(rows, identity, by_sentence=reuse == "sentence"), problems


def _load_file(
    path: Path, pair: LanguagePair, store: Store
) -> tuple[list[Row], list[str]]:
    try:
        content = sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from error
    key = f"file:{SCHEMA}.{INDEX}:{pair.source}:{pair.target}:{path}"
    try:
        kept = json.loads(store.get(key) or "{}")
        if kept.get("content") == content:
            return from_lists(kept["rows"]), list(kept["messages"])
    except (ValueError, KeyError, AttributeError):
        pass  # not what we keep there: read the file
    messages: list[str] = []
    rows = [row for unit in units(path, pair, messages) for row in rows_of(unit)]
    kept = {"content": content, "rows": rows, "messages": messages}
    store.put({key: json.dumps(kept, ensure_ascii=False)})
    return rows, messages


def units(
    path: Path, pair: LanguagePair, messages: list[str]
) -> Iterable[TranslationUnit]:
    """Yield the units of a file that can be used; ``messages`` says of the others.

    Raises `FileError` while iterating.
    """
    return (unit for unit, _entry in units_with_entries(path, pair, messages))


def units_with_entries(
    path: Path, pair: LanguagePair, messages: list[str]
) -> Iterator[tuple[TranslationUnit, Entry]]:
    """As `units`, each with all that the file has of it."""
    from sphinx_amts.formats.tables import load_units  # XML: only where needed

    unusable = 0
    for entry in load_units(path):
        source = _text(entry, pair.source)
        target = _text(entry, pair.target)
        if not source or not target:
            continue
        try:
            kinds = [entry.kinds.get(number, "") for number in tag_ids(source)]
            source, target = renumber(source, target)
            target = check(source, target, without_emphasis(kinds))
        except TagError as error:
            unusable += 1
            if unusable <= SHOWN:
                messages.append(f"memory file {path}:{entry.line}: not used: {error}")
            continue
        unit = TranslationUnit(source, target, _origin(entry), kinds=",".join(kinds))
        yield unit, entry
    if unusable > SHOWN:
        messages.append(f"memory file {path}: {unusable - SHOWN} more units not used")


def _text(entry: Entry, language: str) -> str:
    exact = entry.texts.get(language)
    if exact is not None:
        return exact
    return next(
        (text for tag, text in entry.texts.items() if matches(tag, language)), ""
    )


def _origin(entry: Entry) -> Origin:
    try:
        return Origin(entry.properties.get("origin", Origin.HUMAN.value))
    except ValueError:
        return Origin.HUMAN
