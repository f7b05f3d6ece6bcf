"""Reading ``amts_memory_files``: people's units for one language pair.

A file is read as XML or CSV once; its units are kept in a database beside the store,
because a warm build must not spend a second on a file that did not change. Whether a
file can be read is known at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx_amts.errors import FileError, TagError
from sphinx_amts.memory import loading
from sphinx_amts.memory.people import People
from sphinx_amts.memory.rows import unit_of
from sphinx_amts.memory.unit import TranslationUnit
from sphinx_amts.memory.units_database import UnitsDatabase, database_path
from sphinx_amts.text.languages import LanguagePair

if TYPE_CHECKING:
    from sphinx_amts.formats.tmx import Entry


@dataclass(frozen=True)
class Fault:
    """What a user must be told of a memory file."""

    message: str
    is_fatal: bool  # the file as a whole could not be read


class MemoryFiles:
    """The memory files of a book for one pair; ``paths`` in order, later ones win.

    Without a folder to keep them in, they are read anew. ``faults`` are known when it
    is made.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        pair: LanguagePair,
        cache_folder: Path | None,
        reuse: str = "sentence",
    ) -> None:
        self._paths = paths
        self._pair = pair
        self._reuse = reuse
        self._contents: dict[Path, str] = {}  # as they were found first
        self._errors: dict[Path, FileError] = {}
        self._kept: dict[Path, loading.Kept] = {}
        place = database_path(cache_folder, pair) if cache_folder else None
        self._database = UnitsDatabase(place, self._bring_up)
        if paths:
            self._database.open()
        self.faults = tuple(fault for path in paths for fault in self._faults(path))

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
        by_sentence = self._reuse == "sentence"
        if not any(kept.units for kept in self._kept.values()):
            return People(digest=self.digest, by_sentence=by_sentence)
        return People(self._database, self._order, self.digest, by_sentence=by_sentence)

    def check(self) -> None:
        """Raise the `FileError` of the first file that cannot be read."""
        for error in self._errors.values():
            raise error

    def _order(self) -> dict[int, int]:
        """Return the numbers of files in the database, each with its place."""
        kept = [self._kept.get(path) for path in self._paths]
        return {each.id: place for place, each in enumerate(kept) if each}

    def _faults(self, path: Path) -> Iterator[Fault]:
        if path in self._errors:
            yield Fault(f"memory file {self._errors[path]}", is_fatal=True)
        elif path in self._kept:
            for message in self._kept[path].messages:
                yield Fault(message, is_fatal=False)

    def _bring_up(self, connection: sqlite3.Connection) -> None:
        """Have the files in a database, as they are, or as they were found first."""
        for path in dict.fromkeys(self._paths):
            if path not in self._errors:
                try:
                    self._kept[path] = self._up_to_date(connection, path)
                except FileError as error:
                    self._errors[path] = error
                    self._kept.pop(path, None)

    def _up_to_date(self, connection: sqlite3.Connection, path: Path) -> loading.Kept:
        if path in self._contents:  # it is opened again, as after a fork
            kept = loading.find(connection, path)
            if kept and kept.content == self._contents[path]:
                return kept
        kept = loading.bring_up(connection, path, self._pair)
        self._contents.setdefault(path, kept.content)
        return kept


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
        source, target = loading.texts_of(entry, pair)
        if not source or not target:
            continue
        origin = loading.origin_of(entry)
        try:
            yield unit_of(source, target, entry.kinds, origin), entry
        except TagError as error:
            unusable += 1
            if unusable <= loading.SHOWN:
                messages.append(loading.not_used(path, entry.line, str(error)))
    if unusable > loading.SHOWN:
        messages.append(loading.more_not_used(path, unusable - loading.SHOWN))
