"""Reading ``amts_memory_files``: people's units for one language pair.

A file is read as XML or CSV once; its index is kept in the store under the hash of the
file's content, because a warm build must not spend a second on a file that did not
change. Whether a file can be read is known at once, its units are read when they are
asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sphinx_amts.errors import FileError, TagError
from sphinx_amts.files import read_json
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
class Fault:
    """What a user must be told of a memory file."""

    message: str
    is_fatal: bool  # the file as a whole could not be read


class MemoryFiles:
    """The memory files of a book for one pair; ``paths`` in order, later ones win.

    ``faults`` are known when it is made, `people` when they are first wanted.
    """

    def __init__(
        self, paths: Sequence[Path], pair: LanguagePair, store: Store, reuse: str
    ) -> None:
        self._paths = paths
        self._pair = pair
        self._store = store
        self._reuse = reuse
        self._rows: dict[Path, list[Row]] = {}  # of files that had to be read now
        self._contents: dict[Path, str] = {}
        self.faults = tuple(fault for path in paths for fault in self._open(path))

    @property
    def digest(self) -> str:
        """Identity of what the files hold and how it is used; a missing file counts."""
        whole = sha256()
        for path in self._paths:
            whole.update(f"{path}\0{self._contents.get(path, '-')}".encode())
        return f"{whole.hexdigest()[:16] if self._paths else ''} {self._reuse}"

    @cached_property
    def people(self) -> People:
        """People's units; see `People` for which of two wins."""
        rows = [row for path in self._paths for row in self._rows_of(path)]
        self._rows.clear()
        return People(rows, self.digest, by_sentence=self._reuse == "sentence")

    def _open(self, path: Path) -> Iterator[Fault]:
        try:
            messages = self._messages(path)
        except FileError as error:
            yield Fault(f"memory file {error}", is_fatal=True)
        else:
            yield from (Fault(message, is_fatal=False) for message in messages)

    def _messages(self, path: Path) -> list[str]:
        """Return what is wrong with single units; raises `FileError`."""
        try:
            content = sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise FileError(path, error.strerror or str(error)) from error
        self._contents[path] = content
        kept = self._kept("state", path)
        if kept is not None:
            return [str(message) for message in kept]
        messages: list[str] = []
        found = units(path, self._pair, messages)
        rows = self._rows[path] = [row for unit in found for row in rows_of(unit)]
        self._keep(path, state=messages, rows=rows)
        return messages

    def _rows_of(self, path: Path) -> list[Row]:
        if path in self._rows or path not in self._contents:
            return self._rows.get(path, [])
        try:
            return from_lists(cast("list[list[object]]", self._kept("rows", path)))
        except (TypeError, ValueError):
            pass  # not what we keep there: read the file
        try:
            found = units(path, self._pair, [])
            rows = [row for unit in found for row in rows_of(unit)]
        except FileError:
            return []  # it was there a moment ago
        self._keep(path, rows=rows)
        return rows

    def _kept(self, what: str, path: Path) -> list[object] | None:
        """Return what the store has of a file as it is now."""
        try:
            values = read_json(self._store.get(self._key(what, path)) or "{}")
            if values.get("content") == self._contents[path]:
                return list(values["values"])
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # not what we keep there
        return None

    def _keep(self, path: Path, **values: Sequence[object]) -> None:
        content = self._contents[path]
        self._store.put(
            {
                self._key(what, path): json.dumps(
                    {"content": content, "values": each}, ensure_ascii=False
                )
                for what, each in values.items()
            }
        )

    def _key(self, what: str, path: Path) -> str:
        pair = self._pair
        return f"file-{what}:{SCHEMA}.{INDEX}:{pair.source}:{pair.target}:{path}"


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
